"""Amending a contract in force: tried out when it is asked for, carried out as one when it is approved."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import Organization, User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.actions import treasury
from challenges.actions.contracts import CENT, split, with_values
from challenges.actions.midterm_checks import plan_midterm_check
from challenges.actions.signing import keep_version, record_papers
from challenges.contract_text import content_of
from challenges.models import AmendmentOpinion, Contract, ContractAmendment, ContractShare
from challenges.models.bid_guards import SHARES
from challenges.models.booking import Account, Source
from challenges.models.contract import most_from_public, public_share_is_within_its_cap
from challenges.models.contract_guards import share_totals, strength

Kind = ContractAmendment.Kind
DONE = ("accepted", "failed", "closed")
BY_AMENDMENT = "合同变更"


def request_amendment(
    contract: Contract, *, actor: User, kind: str, reason: str, changes: dict[str, Any]
) -> ContractAmendment:
    """One side asks for a change, `changes` as its kind takes them; what cannot be carried out is refused at once."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.amend", contract)
        if contract.amendments.filter(state__in=ContractAmendment.OPEN).exists():
            raise Refused(_("Another change of this contract is not decided yet."), code="open")
        if kind == Kind.EXTENSION and contract.amendments.filter(kind=kind, state="approved").exists():
            raise Refused(_("The contract was extended once already."), code="extended")
        before = content_of(contract)
        targets = list(contract.targets)
        after = _tried(contract, kind, changes)
        amendment = ContractAmendment(
            contract=contract, number=contract.amendments.count() + 1, kind=kind, reason=reason, changes=changes,
            lines=list(difference(before, after["content"])), by_owner=decision.role == "owner", requested_by=actor,
            weakens_core=_weakens_core(targets, after["targets"]),
        )  # fmt: skip
        if not amendment.lines:
            raise Refused(_("This changes nothing."), code="nothing")
        amendment.save(force_insert=True)
        ledger.append(
            amendment, "create", actor=actor, acting_as=decision.role, target="requested",
            data={"number": amendment.number, "kind": kind, "reason": reason, "lines": amendment.lines},
        )  # fmt: skip
        notifications.tell("amendment_requested_of_contract", amendment, actor=actor)
    return amendment


@step(ContractAmendment, "approve")
def approve(amendment: ContractAmendment, *, actor: User) -> ContractAmendment:
    """The change is carried out and the contract gets its next version, whole or not at all."""
    workflow.lock(amendment.contract.challenge)
    contract = workflow.lock(amendment.contract)
    amendment = perform(amendment.approve, actor=actor, version=contract.version + 1)
    _apply(contract, amendment.kind, amendment.changes)
    contract.version += 1
    contract.save()
    keep_version(contract)
    record_papers(contract)
    plan_midterm_check(contract)
    return amendment


def give_opinion(amendment: ContractAmendment, *, actor: User, supports: bool, text: str) -> AmendmentOpinion:
    """An expert of the panel writes whether a core target may be weakened."""
    with transaction.atomic():
        amendment = workflow.lock(amendment)
        decision = require(actor, "amendment.opine", amendment)
        opinion = AmendmentOpinion.objects.create(amendment=amendment, expert=actor, supports=supports, text=text)
        ledger.append(
            amendment, "give_opinion", actor=actor, acting_as=decision.role, source="agreed", target="agreed",
            data={"supports": supports, "text": text},
        )  # fmt: skip
    return opinion


def difference(before: Any, after: Any, path: str = "") -> Iterator[list[str]]:
    """Field by field what differs, as [where, before, after]; a row that is only on one side is blank on the other."""
    if isinstance(before, dict) or isinstance(after, dict):
        old, new = before or {}, after or {}
        for key in dict.fromkeys((*old, *new)):
            if key != "version":
                yield from difference(old.get(key), new.get(key), f"{path}.{key}".strip("."))
    elif isinstance(before, list) or isinstance(after, list):
        old, new = before or [], after or []
        for place in range(max(len(old), len(new))):
            one, other = (rows[place] if place < len(rows) else None for rows in (old, new))
            yield from difference(one, other, f"{path}.{place + 1}")
    elif before != after:
        yield [path, before or "", after or ""]


def _weakens_core(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    pairs = zip(before, after, strict=True)
    return any(old["core"] and strength(new, old) == "weaker" for old, new in pairs)


def _tried(contract: Contract, kind: str, changes: dict[str, Any]) -> dict[str, Any]:
    """What the contract would say; nothing of it stays."""
    trial = workflow.lock(contract)
    before = transaction.savepoint()
    _apply(trial, kind, changes)
    found = {"content": content_of(trial), "targets": trial.targets}
    transaction.savepoint_rollback(before)
    return found


def _apply(contract: Contract, kind: str, changes: dict[str, Any]) -> None:
    """Carry the change out; raises ValidationError or Refused where it cannot be."""
    _APPLY[Kind(kind)](contract, changes)
    contract.save()


def _principal(contract: Contract, changes: dict[str, Any]) -> None:
    contract.leader = str(changes.get("leader", "")).strip()[:100]
    if not contract.leader:
        raise ValidationError({"leader": _("Name the person in charge.")})


def _targets(contract: Contract, changes: dict[str, Any]) -> None:
    contract.targets = with_values(contract.targets, list(changes.get("targets", [])))


def _dates(contract: Contract, changes: dict[str, Any]) -> None:
    rows = {str(row.pk): row for row in contract.milestones.all()}
    end = max((row.due_on for row in rows.values() if row.due_on), default=None)
    for pk, given in changes.get("due_on", {}).items():
        row = rows.get(pk)
        if row is None or (row.state in DONE and row.due_on != _day(given)):
            raise Refused(
                _("The date of a milestone that is closed, or not of this contract, stays."), code="milestone"
            )
        if row.due_on is not None and row.state not in DONE and row.due_on != _day(given):
            row.due_on = _day(given)
            row.save()
    _in_order(contract)
    if end is not None and any(row.due_on > end for row in rows.values() if row.due_on):
        raise Refused(
            _("This would end the whole later than %(end)s: ask for an extension, which is granted once.")
            % {"end": end.isoformat()},
            code="extension",
        )


def _in_order(contract: Contract) -> None:
    days = [row.due_on for row in contract.milestones.order_by("position") if row.due_on]
    if days != sorted(days):
        raise ValidationError({"due_on": _("A milestone cannot be due before the one that precedes it.")})


def _day(given: Any) -> date:
    try:
        return date.fromisoformat(str(given))
    except ValueError as error:
        raise ValidationError({"due_on": _("Write the date as 2027-06-30.")}) from error


def _extend(contract: Contract, changes: dict[str, Any]) -> None:
    most = contract.challenge.frozen_rules.extension_months_at_most
    months = changes.get("months")
    if not isinstance(months, int) or not 1 <= months <= most:
        raise ValidationError({"months": _("Between 1 and %(most)d months.") % {"most": most}})
    for row in contract.milestones.exclude(state__in=DONE):
        if row.due_on is not None:
            row.due_on = _later(row.due_on, months)
            row.save()


def _later(day: date, months: int) -> date:
    """The same day that many months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValidationError({"months": _("No calendar has that day.")})


def _budget(contract: Contract, changes: dict[str, Any]) -> None:
    """Payments that nobody has asked for yet share what is left, in the proportion of their milestones."""
    try:
        amount = Decimal(str(changes.get("amount")))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount <= contract.amount * 100 or amount != amount.quantize(CENT):
        raise ValidationError({"amount": _("Write an amount in yuan, to the cent.")})
    payments = list(contract.payments.select_related("milestone").order_by("milestone__position"))
    movable = [row for row in payments if row.state == "scheduled" and row.milestone.state not in DONE]
    rest = amount - sum(row.amount for row in payments if row not in movable)
    weight = sum((row.milestone.share for row in movable), Decimal(0))
    if rest < 0 or not weight:
        raise Refused(_("More than this is accepted or asked for already."), code="amount")
    for row, part in zip(movable, split(rest, [row.milestone.share * 100 / weight for row in movable]), strict=True):
        row.amount = part
        row.save()
    more = amount - contract.amount
    if more > 0:
        treasury.grow(contract, [treasury.Part(Source.ENTERPRISE, Account.PROMISED, more)], reason=BY_AMENDMENT)
    elif more < 0:
        treasury.shrink(contract, -more, reason=BY_AMENDMENT, public=_above_cap(contract, amount))
    contract.amount = amount
    if more < 0 and not public_share_is_within_its_cap(contract):
        raise Refused(public_share_is_within_its_cap.explain(contract), code="sources")


def _above_cap(contract: Contract, amount: Decimal) -> Decimal:
    """How much less public funds must give for their share of `amount` to stay within its cap."""
    above: Decimal = contract.from_fiscal - most_from_public(contract, amount).quantize(CENT, rounding=ROUND_DOWN)
    return max(Decimal(0), above)


def _partners(contract: Contract, changes: dict[str, Any]) -> None:
    given = changes.get("shares", [])
    found = {row.uscc: row for row in Organization.objects.filter(uscc__in=[item["uscc"] for item in given])}
    rows = []
    for position, item in enumerate(given, start=1):
        organization = found.get(item["uscc"])
        if organization is None or organization.state != "verified":
            raise ValidationError({"shares": _("%(uscc)s is no verified organisation here.") % {"uscc": item["uscc"]}})
        if organization.pk == contract.challenge.owner_id:
            raise ValidationError({"shares": _("The challenge owner cannot join the team it contracts.")})
        shares = {name: Decimal(str(item[name])) for name in SHARES}
        rows.append(ContractShare(contract=contract, organization=organization, position=position, **shares))
    if contract.bid.lead_id not in {row.organization_id for row in rows} or len(found) != len(rows):
        raise ValidationError({"shares": _("The lead stays, and each organisation is named once.")})
    if any(total != 100 for total in share_totals(rows).values()):
        raise ValidationError({"shares": _("Each share must sum to 100 % over the consortium.")})
    contract.shares.all().delete()
    ContractShare.objects.bulk_create(rows)


_APPLY = {
    Kind.PARTNER: _partners,
    Kind.PRINCIPAL: _principal,
    Kind.BUDGET: _budget,
    Kind.DATE: _dates,
    Kind.TARGET: _targets,
    Kind.EXTENSION: _extend,
}
