"""Contracts seen at a glance: timeline of milestones and payments, burn of the budget, risks; read, never stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import (
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.db.models.lookups import LessThanOrEqual
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from challenges.models import Contract, ContractAmendment, MidtermCheck, Milestone, Payment, Termination
from challenges.models.booking import DRAWN, Account, Posting
from challenges.models.milestone_guards import proof_plan
from challenges.risks import Limits, Risk, Standing, Step, accepted, elapsed, risks
from challenges.rules import standard

RISKY = {
    "overdue": gettext_lazy("Overdue"),
    "rectification": gettext_lazy("In rectification"),
    "failed": gettext_lazy("A milestone failed"),
    "acceptance": gettext_lazy("Acceptance late"),
    "frozen": gettext_lazy("Money frozen"),
    "amendment": gettext_lazy("Change being decided"),
    "termination": gettext_lazy("Termination being decided"),
}
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Bar:
    """A milestone on the timeline: when it was to be worked on and when it was, and its payment. Dates inclusive."""

    title: str
    state: str
    planned_from: date
    due: date
    handed_in: date | None
    accepted: date | None
    rectify_by: date | None
    amount: Decimal
    payment_state: str
    paid: date | None


@dataclass(frozen=True)
class Point:
    """What is planned to be paid, and what was paid, in sum up to the end of a day; `paid` is None after today."""

    day: date
    planned: Decimal
    paid: Decimal | None


@dataclass(frozen=True)
class Outlook:
    """A contract at a glance; money in yuan, shares in per cent."""

    contract: Contract
    risks: list[Risk]
    next_due: date | None
    elapsed: Decimal
    accepted: Decimal
    paid: Decimal

    @property
    def paid_share(self) -> Decimal:
        """Of the amount, how much is paid, in per cent."""
        return (100 * self.paid / self.contract.amount).quantize(Decimal("0.1")) if self.contract.amount else NOTHING


def in_order(rows: QuerySet[Contract], order: str) -> QuerySet[Contract]:
    """The contracts with the day on which each has something due next, by that day or as `order` says."""
    open_steps = Milestone.objects.filter(contract=OuterRef("pk"), state__in=("planned", "rectification"))
    due = Coalesce(TruncDate("rectify_by"), "due_on")
    soonest = open_steps.order_by().values("contract").annotate(day=Min(due)).values("day")
    rows = rows.annotate(next_due=Subquery(soonest))
    by = {"due": F("next_due").asc(nulls_last=True), "amount": F("amount").desc()}.get(order, F("created_at").desc())
    return rows.order_by(by, "id")


def risky(rows: QuerySet[Contract], kind: str) -> QuerySet[Contract]:
    """Those in force of which a risk of this kind is true today; `kind` is one of RISKY."""
    steps = Milestone.objects.filter(contract=OuterRef("pk"))
    late = Q(state="planned", due_on__lt=localdate()) | Q(state="rectification", rectify_by__date__lt=localdate())
    found = {
        "acceptance": steps.filter(_acceptance_is_late()),
        "amendment": ContractAmendment.objects.filter(contract=OuterRef("pk"), state__in=ContractAmendment.OPEN),
        "overdue": steps.filter(late),
        "rectification": steps.filter(state="rectification"),
        "failed": steps.filter(state="failed"),
        "frozen": Payment.objects.filter(contract=OuterRef("pk"), state="frozen"),
        "termination": Termination.objects.filter(contract=OuterRef("pk"), state__in=Termination.OPEN),
    }[kind]
    return rows.filter(Exists(found), state="effective")


def _acceptance_is_late() -> Q:
    """What was handed in and waits longer than its challenge's rules give, in whole days, as `risks` tells it."""
    given = Cast(KeyTextTransform("acceptance_period", "contract__challenge__rules"), DurationField())
    usual = Value(standard().acceptance_period, DurationField())
    until = ExpressionWrapper(TruncDate("submitted_at") + Coalesce(given, usual), DateField())
    late = LessThanOrEqual(until, Value(localdate() - timedelta(days=1)))
    return Q(late, state__in=("submitted", "under_acceptance"))


def outlooks(contracts: Iterable[Contract]) -> list[Outlook]:
    """One for each of these contracts, in their order; as many queries for one as for many."""
    keys = [item.pk for item in contracts]
    read = {
        item.pk: item
        for item in _with_money(Contract.objects.filter(pk__in=keys))
        .select_related("challenge__owner", "bid__lead")
        .prefetch_related("milestones__payment", "milestones__measurements", "terminations", "amendments")
    }
    return [_outlook(read[key]) for key in keys]


def _with_money(rows: QuerySet[Contract]) -> QuerySet[Contract]:
    posted = Posting.objects.filter(contract=OuterRef("pk"), source__in=DRAWN).order_by().values("contract")

    def on(account: str) -> Any:
        total = posted.filter(account=account).annotate(total=Sum("amount")).values("total")
        return Coalesce(Subquery(total), Value(NOTHING))

    return rows.annotate(paid=on(Account.PAID), held=on(Account.HELD))


def _outlook(contract: Any) -> Outlook:
    standing = _standing(contract)
    in_force = contract.state == Contract.State.EFFECTIVE
    open_dues = [step.rectify_by or step.due for step in standing.steps if step.state in ("planned", "rectification")]
    return Outlook(
        contract=contract,
        risks=risks(standing, _limits(contract)) if in_force else [],
        next_due=min((day for day in open_dues if day), default=None) if in_force else None,
        elapsed=elapsed(standing),
        accepted=accepted(standing),
        paid=contract.paid,
    )


def _limits(contract: Contract) -> Limits:
    rules = contract.challenge.frozen_rules
    return Limits(horizon=rules.risk_horizon, acceptance=rules.acceptance_period, lag=rules.work_lag)


def _standing(contract: Any) -> Standing:
    milestones = contract.milestones.all()
    proofs = proof_plan(contract)
    proved = {row.position for item in milestones for row in item.measurements.all() if row.report_id is not None}
    core = {place for place, target in enumerate(contract.targets) if target.get("core")}
    payments = [item.payment for item in milestones if hasattr(item, "payment")]
    # What is approved is set apart from what is held already.
    asked = sum((item.amount for item in payments if item.state == Payment.State.REQUESTED), NOTHING)
    changes = [item for item in contract.amendments.all() if item.state in ContractAmendment.OPEN]
    return Standing(
        today=localdate(),
        began=_began(contract),
        steps=tuple(
            Step(
                title=item.title,
                state=item.state,
                share=item.share,
                due=item.due_on,
                rectify_by=_day(item.rectify_by) if item.state == "rectification" else None,
                submitted=_day(item.submitted_at),
                unproved=len(core.intersection(proofs[item.pk]) - proved),
            )
            for item in milestones
        ),
        frozen=sum((item.amount for item in payments if item.state == Payment.State.FROZEN), NOTHING),
        unfunded=max(asked - contract.held, NOTHING),
        termination=any(item.state in Termination.OPEN for item in contract.terminations.all()),
        amendment=", ".join(str(item.get_kind_display()) for item in changes),
    )


def _began(contract: Contract) -> date:
    return localdate(contract.effective_at or contract.created_at)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else localdate(moment)


def timeline(contract: Contract) -> list[Bar]:
    """The milestones with a due date as bars, each planned from the day on which the one before was due."""
    bars = []
    begins = _began(contract)
    for item in contract.milestones.all():
        if item.due_on is None:
            continue
        payment = getattr(item, "payment", None)
        bars.append(
            Bar(
                title=item.title,
                state=item.state,
                planned_from=min(begins, item.due_on),
                due=item.due_on,
                handed_in=_day(item.submitted_at),
                accepted=_day(item.accepted_at),
                rectify_by=_day(item.rectify_by) if item.state == "rectification" else None,
                amount=payment.amount if payment else NOTHING,
                payment_state=payment.state if payment else "",
                paid=_day(payment.paid_at) if payment else None,
            )
        )
        begins = item.due_on
    return bars


def burn(contract: Contract, bars: list[Bar]) -> list[Point]:
    """Planned and paid in sum, on each day on which either moves and today; what was recovered counts as not paid."""
    today = localdate()
    moves = Posting.objects.filter(contract=contract, source__in=DRAWN, account=Account.PAID).order_by()
    paid: dict[date, Decimal] = {}
    for at, amount in moves.values_list("booking__at", "amount"):
        day = localtime(at).date()
        paid[day] = paid.get(day, NOTHING) + amount
    planned: dict[date, Decimal] = {}
    for bar in bars:
        if bar.payment_state != Payment.State.CANCELLED:
            planned[bar.due] = planned.get(bar.due, NOTHING) + bar.amount
    days = sorted({_began(contract), today, *paid, *planned})
    ahead = accumulate(planned.get(day, NOTHING) for day in days)
    spent = accumulate(paid.get(day, NOTHING) for day in days)
    return [
        Point(day, plan, done if day <= today else None) for day, plan, done in zip(days, ahead, spent, strict=True)
    ]


def at_a_glance(contract: Contract) -> dict[str, Any]:
    """Risks, timeline and burn, the mid-term check, and what is drawn of a contract that is or was in force."""
    (found,) = outlooks([contract])
    check = MidtermCheck.objects.filter(contract=contract).select_related("contract").first()
    glance: dict[str, Any] = {"outlook": found, "midterm_check": check, "bars": [], "points": []}
    if contract.state in (Contract.State.DRAFT, Contract.State.SIGNING):
        return glance
    bars = timeline(found.contract)
    points = burn(contract, bars)
    return glance | {"bars": bars, "points": points, "charts": charts(contract, bars, points, check)}


def charts(
    contract: Contract, bars: list[Bar], points: list[Point], check: MidtermCheck | None = None
) -> dict[str, Any]:
    """What js/charts.js draws of a timeline and its burn; the same dates and sums stand in the tables."""
    if not bars:
        return {}
    today = localdate()
    rows = [
        {
            "name": f"{place}",
            "plan": [bar.planned_from.isoformat(), bar.due.isoformat()],
            "real": _worked(bar, today),
            "late": bar.handed_in is not None and bar.handed_in > bar.due,
            "paid": bar.paid.isoformat() if bar.paid else None,
        }
        for place, bar in enumerate(bars, start=1)
    ]
    return {
        "timeline": {
            "kind": "timeline",
            "rows": rows,
            "today": today.isoformat(),
            "midterm": check.due_on.isoformat() if check else None,
            "words": {
                "plan": _("Planned"),
                "real": _("Delivered"),
                "paid": _("Paid"),
                "today": _("Today"),
                "midterm": _("Mid-term check"),
            },
        },
        "burn": {
            "kind": "burn",
            "axis": _("10,000 yuan"),
            "today": today.isoformat(),
            "from": _began(contract).isoformat(),
            "planned": [[point.day.isoformat(), _drawn(point.planned)] for point in points],
            "paid": [[point.day.isoformat(), _drawn(point.paid)] for point in points if point.paid is not None],
            "words": {"planned": _("Planned"), "paid": _("Paid"), "today": _("Today")},
        },
    }


def timeline_rows(glance: dict[str, Any]) -> list[list[Any]]:
    """The timeline as a table, the first row its head; the mid-term check comes last. Amounts in yuan."""
    head = [
        _("Milestone"), _("Planned from"), _("Due"), _("State"), _("Handed in"), pgettext("milestone", "Accepted"),
        _("Amount (yuan)"), _("Payment"), pgettext("money", "Paid"),
    ]  # fmt: skip
    rows = [
        [
            bar.title, bar.planned_from, bar.due, Milestone.State(bar.state).label, bar.handed_in, bar.accepted,
            bar.amount, Payment.State(bar.payment_state).label if bar.payment_state else None, bar.paid,
        ]
        for bar in glance["bars"]
    ]  # fmt: skip
    check = glance["midterm_check"]
    if check:
        conclusion = _day(check.concluded_at)
        rows.append([
            _("Mid-term check"), check.opens_on, check.due_on, check.get_state_display(), _day(check.reported_at),
            conclusion, None, None, None,
        ])  # fmt: skip
    return [head, *rows]


def burn_rows(glance: dict[str, Any]) -> list[list[Any]]:
    """The burn as a table, the first row its head; sums in yuan."""
    head = [_("Up to"), _("Planned (yuan)"), _("Paid (yuan)")]
    return [head, *([point.day, point.planned, point.paid] for point in glance["points"])]


def _worked(bar: Bar, today: date) -> list[str] | None:
    """From the planned beginning to the day of acceptance, or of handing in, or of the rectification's end."""
    end = bar.accepted or bar.rectify_by or bar.handed_in
    return None if end is None else [min(bar.planned_from, end).isoformat(), end.isoformat()]


def _drawn(amount: Decimal) -> float:
    """For the eye alone: 万 yuan."""
    return float(amount / 10_000)
