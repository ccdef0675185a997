"""Outcomes: written and amended by the team, confirmed by the owner."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, workflow
from accounts.models import Organization, User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Contract, Outcome, OutcomeFigure, OutcomeShare

COLUMNS = (
    "kind", "title", "number", "dated_on", "standing", "summary", "first_set", "first_set_certificate",
    "team_discloses",
)  # fmt: skip
Shares = Mapping[UUID, tuple[Decimal, Decimal]]
Figures = Iterable[Mapping[str, Any]]


def parties(contract: Contract) -> list[Organization]:
    """Who may hold rights in what came of a contract: the owner, the lead and its partners as the contract stands."""
    consortium = [row.organization for row in contract.shares.select_related("organization")]
    return list(dict.fromkeys([contract.bid.lead, *consortium, contract.challenge.owner]))


def create_outcome(
    contract: Contract, *, actor: User, data: Mapping[str, Any], shares: Shares | None = None, figures: Figures = ()
) -> Outcome:
    """A draft with the holders' shares (rights and benefit by organisation's id) and its yearly figures."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "outcome.create", contract)
        outcome = Outcome(contract=contract, **{name: data[name] for name in COLUMNS if name in data})
        outcome.save(force_insert=True)
        _write(outcome, shares, figures)
        ledger.append(
            outcome, "create", actor=actor, acting_as=decision.role, target="draft", data={"outcome": outcome.pk}
        )
    return outcome


def edit_outcome(
    outcome: Outcome,
    *,
    actor: User,
    data: Mapping[str, Any],
    shares: Shares | None = None,
    figures: Figures | None = None,
) -> Outcome:
    """Change a draft or a returned outcome; `shares` and `figures`, where given, replace those there are."""
    with transaction.atomic():
        outcome = workflow.lock(outcome)
        decision = require(actor, "outcome.edit", outcome)
        for name in COLUMNS:
            if name in data:
                setattr(outcome, name, data[name])
        outcome.save()
        _write(outcome, shares, figures)
        ledger.append(
            outcome, "edit", actor=actor, acting_as=decision.role, source=outcome.state, target=outcome.state,
            data={"fields": sorted(set(data) & set(COLUMNS))},
        )  # fmt: skip
    return outcome


def _write(outcome: Outcome, shares: Shares | None, figures: Figures | None) -> None:
    if shares is not None:
        known = {item.pk for item in parties(outcome.contract)}
        if not known.issuperset(shares):
            raise Refused(_("Only the parties of the contract hold rights in its outcome."), code="holder")
        outcome.shares.all().delete()
        OutcomeShare.objects.bulk_create(
            OutcomeShare(outcome=outcome, holder_id=holder, rights=rights, benefit=benefit)
            for holder, (rights, benefit) in shares.items()
            if rights or benefit
        )
    if figures is not None:
        rows = [OutcomeFigure(outcome=outcome, **item) for item in figures]
        if len({(row.year, row.kind) for row in rows}) != len(rows):
            raise Refused(_("A figure is reported once a year: two rows name the same."), code="figure")
        outcome.figures.all().delete()
        OutcomeFigure.objects.bulk_create(rows)


def amend_outcome(outcome: Outcome, *, actor: User) -> Outcome:
    """A draft of the next version with the same content; its evidence is uploaded anew."""
    with transaction.atomic():
        outcome = workflow.lock(outcome)
        decision = require(actor, "outcome.amend", outcome)
        columns = {name: getattr(outcome, name) for name in COLUMNS}
        made = Outcome(contract=outcome.contract, previous=outcome, version=outcome.version + 1, **columns)
        made.save(force_insert=True)
        OutcomeShare.objects.bulk_create(
            OutcomeShare(outcome=made, holder_id=row.holder_id, rights=row.rights, benefit=row.benefit)
            for row in outcome.shares.all()
        )
        OutcomeFigure.objects.bulk_create(
            OutcomeFigure(outcome=made, year=row.year, kind=row.kind, value=row.value, source=row.source)
            for row in outcome.figures.all()
        )
        ledger.append(
            made, "create", actor=actor, acting_as=decision.role, target="draft",
            data={"outcome": made.pk, "version": made.version, "previous": outcome.pk},
        )  # fmt: skip
    return made


@step(Outcome, "confirm")
def confirm_outcome(outcome: Outcome, *, actor: User, discloses: bool = False) -> Outcome:
    """The owner confirms; the version before it stays on record as replaced."""
    workflow.lock(outcome.contract)
    if outcome.previous is not None:
        perform(outcome.previous.supersede, actor=None)
    return perform(outcome.confirm, actor=actor, discloses=discloses)  # type: ignore[no-any-return]
