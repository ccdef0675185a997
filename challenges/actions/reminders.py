"""What the clock tells people of deadlines: each thing once, when it is near or past."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import clock, notifications, workflow
from accounts.models import Notification
from challenges.models import (
    Award,
    Bid,
    Challenge,
    Contract,
    FollowUp,
    MidtermCheck,
    Milestone,
    Objection,
    Race,
    Termination,
)
from challenges.models.guards import race_is_open
from challenges.rules import Rules

HORIZON = timedelta(days=60)  # no rule set reminds earlier than this, so nothing due later is read


def remind() -> int:
    """Tell of every deadline that is near, or overdue, and was not told before; answers how many. Run by the clock."""
    now = clock.now()
    told = 0
    for kind, obj, due, rules in _open_deadlines(now):
        if due - rules.reminder_before <= now:
            told += _tell_once(kind, obj)
    for kind, rows in _waiting(now):
        for obj in _untold(kind, rows):
            told += _tell_once(kind, obj)
    for kind, milestone, since in _overdue(now):
        told += _tell_once(kind, milestone, since=since)
    for race in _near_tests(now):
        told += _tell_once("race_test_near", race)
    return told


def _waiting(now: datetime) -> Iterator[tuple[str, QuerySet[Any]]]:
    """What is asked for or late by dates of its own: follow-ups, mid-term checks, signatures, acknowledgements."""
    today = timezone.localdate(now)
    reports = FollowUp.objects.filter(state=FollowUp.State.DUE, remind_on__lte=today)
    yield "follow_up_due", reports.filter(due_on__gte=today)
    yield "follow_up_overdue", reports.filter(due_on__lt=today)
    checks = MidtermCheck.objects.filter(contract__state=Contract.State.EFFECTIVE)
    asked = checks.filter(state=MidtermCheck.State.DUE, opens_on__lte=today)
    yield "midterm_due", asked.filter(due_on__gte=today)
    yield "midterm_overdue", asked.filter(due_on__lt=today)
    yield "midterm_conclusion_overdue", checks.filter(state=MidtermCheck.State.REPORTED, conclude_by__lt=now)
    unsigned = Contract.objects.filter(state__in=(Contract.State.DRAFT, Contract.State.SIGNING))
    yield "signature_overdue", unsigned.filter(sign_by__lt=now)
    yield "acknowledgement_overdue", Objection.objects.filter(state=Objection.State.FILED, acknowledge_by__lt=now)


def _near_tests(now: datetime) -> Iterator[Race]:
    """Races that several still run, whose shared test is near."""
    today = timezone.localdate(now)
    near = Race.objects.filter(
        state=Race.State.PLANNED, award__state=Award.State.CONFIRMED, test_on__range=(today, today + HORIZON)
    )
    for race in _untold("race_test_near", near.select_related("award__challenge")):
        days = race.award.challenge.frozen_rules.race_test_reminder
        if _start_of(race.test_on) - days <= now and race_is_open(race.award):
            yield race


def _overdue(now: datetime) -> Iterator[tuple[str, Milestone, datetime | None]]:
    """Deliveries and rectifications that are late: told to the team, later to owner and operator, then to deciders.

    Of a rectification each is told again, since it has a date of its own: what was told before that does not count.
    """
    late = _undelivered().select_related("contract__challenge")
    planned = late.filter(state=Milestone.State.PLANNED, due_on__lt=timezone.localdate(now))
    mending = late.filter(state=Milestone.State.RECTIFICATION, rectify_by__lt=now)
    for kind, wait in OVERDUE:
        for milestone in _untold(kind, planned):
            if _end_of(milestone.due_on) + wait(milestone.contract.challenge.frozen_rules) <= now:
                yield kind, milestone, None
        for milestone in _untold(kind, mending, created_at__gte=OuterRef("rectify_by")):
            if _known(milestone.rectify_by) + wait(milestone.contract.challenge.frozen_rules) <= now:
                yield kind, milestone, milestone.rectify_by


OVERDUE: tuple[tuple[str, Callable[[Rules], timedelta]], ...] = (
    ("milestone_overdue", lambda _rules: timedelta(0)),
    ("milestone_overdue_for_owner", lambda rules: rules.overdue_tells_owner_after),
    ("milestone_overdue_for_decider", lambda rules: rules.overdue_tells_decider_after),
)


def _open_deadlines(now: datetime) -> Iterator[tuple[str, Any, datetime, Rules]]:
    span = (now, now + HORIZON)
    bids = Bid.objects.filter(
        state__in=(Bid.State.DRAFT, Bid.State.WITHDRAWN),
        challenge__state=Challenge.State.PUBLISHED,
        challenge__bid_deadline__range=span,
    )
    objections = Objection.objects.filter(state=Objection.State.FILED, acknowledge_by__range=span)
    appealable = Objection.objects.filter(
        state=Objection.State.DISMISSED, against=None, appeal=None, appeal_until__range=span,
        award__state=Award.State.SUSPENDED,
    )  # fmt: skip
    contracts = Contract.objects.filter(state=Contract.State.SIGNING, sign_by__range=span)
    milestones = _undelivered().filter(due_on__range=(timezone.localdate(span[0]), timezone.localdate(span[1])))
    for bid in _untold("bid_deadline_near", bids.select_related("challenge")):
        yield "bid_deadline_near", bid, _known(bid.challenge.bid_deadline), bid.challenge.frozen_rules
    for objection in _untold("acknowledgement_due", objections.select_related("award__challenge")):
        rules = objection.award.challenge.frozen_rules
        yield "acknowledgement_due", objection, _known(objection.acknowledge_by), rules
    for objection in _untold("appeal_due", appealable.select_related("award__challenge")):
        yield "appeal_due", objection, _known(objection.appeal_until), objection.award.challenge.frozen_rules
    for contract in _untold("signature_due", contracts.select_related("challenge")):
        yield "signature_due", contract, _known(contract.sign_by), contract.challenge.frozen_rules
    for milestone in _untold("milestone_due", milestones.select_related("contract__challenge")):
        yield "milestone_due", milestone, _end_of(milestone.due_on), milestone.contract.challenge.frozen_rules
    dossiers = Termination.objects.filter(state=Termination.State.PROPOSED, answer_by__range=span)
    for termination in _untold("dossier_due", dossiers.select_related("contract__challenge")):
        yield "dossier_due", termination, termination.answer_by, termination.contract.challenge.frozen_rules


def _undelivered() -> QuerySet[Milestone]:
    waiting = Q(state__in=(Milestone.State.PLANNED, Milestone.State.RECTIFICATION))
    return Milestone.objects.filter(waiting, contract__state=Contract.State.EFFECTIVE)


def _untold(kind: str, rows: QuerySet[Any], **since: Any) -> QuerySet[Any]:
    return rows.filter(~Exists(Notification.objects.filter(kind=kind, object_id=OuterRef("pk"), **since)))


def _tell_once(kind: str, obj: Any, *, since: datetime | None = None) -> int:
    with transaction.atomic():
        fresh = workflow.lock(obj)  # of two clocks at once, the second sees the first one's rows
        before = Notification.objects.filter(kind=kind, object_id=fresh.pk)
        if (before.filter(created_at__gte=since) if since else before).exists():
            return 0
        return bool(notifications.tell(kind, fresh))


def _known(moment: datetime | None) -> datetime:
    assert moment is not None  # noqa: S101  (the queries above name a range of it)
    return moment


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end_of(day: date | None) -> datetime:
    assert day is not None  # noqa: S101  (the queries above name a range of it)
    return timezone.make_aware(datetime.combine(day, time.max))
