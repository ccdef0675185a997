"""The mid-term check: planned halfway, asked for, reported by the team, concluded by an operator."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts import clock, documents
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.actions.midterm_checks import plan_midterm_check
from challenges.models import Contract, MidtermCheck, MidtermDocument
from reviews.demo import walk
from reviews.demo.papers import upload
from tests.factories.life import challenge_at
from tests.factories.outcomes import contract_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WORDS = "样机已运行三个月，数据完整，进度与任务书一致。"


def told(kind):
    return set(Notification.objects.filter(kind=kind).values_list("recipient__email", flat=True))


def today():
    return timezone.localdate(clock.now())


def checked(cast, **dates):
    """A contract of thirty months in force, its check with these dates."""
    contract = contract_of(challenge_at(cast, "executing"))
    MidtermCheck.objects.filter(contract=contract).update(**dates)
    return contract, MidtermCheck.objects.get(contract=contract)


def report(check, **more):
    return take(check, "report", actor=walk.team_lead(check.contract.bid), summary=WORDS, spent=100, **more)


def test_a_long_contract_is_checked_halfway_and_a_short_one_never(cast, rules):
    contract, check = checked(cast)
    last = max(item.due_on for item in contract.milestones.all())
    begun = timezone.localdate(contract.effective_at)
    assert check.due_on == begun + (last - begun) // 2
    assert check.due_on - check.opens_on == timedelta(days=30)
    assert LedgerEntry.objects.get(object_id=check.pk).action == "plan"
    short = contract_of(challenge_at(cast, "executing", title="短期榜题", duration_months=6))
    assert not MidtermCheck.objects.filter(contract=short).exists()


def test_a_check_that_waits_moves_with_the_dates_and_a_reported_one_stays(cast, rules):
    contract, check = checked(cast)
    contract.milestones.update(due_on=today() + 1000 * DAY)
    moved = plan_midterm_check(Contract.objects.get(pk=contract.pk))
    assert (moved.pk, moved.due_on) == (check.pk, today() + 500 * DAY)
    MidtermCheck.objects.filter(pk=check.pk).update(opens_on=today())
    report(MidtermCheck.objects.get(pk=check.pk))
    contract.milestones.update(due_on=today() + 1200 * DAY)
    assert plan_midterm_check(Contract.objects.get(pk=contract.pk)).due_on == today() + 500 * DAY


def test_team_is_asked_and_the_late_are_reminded_once(cast, rules):
    contract, check = checked(cast)
    rows = MidtermCheck.objects.filter(pk=check.pk)
    team = walk.team_lead(contract.bid)
    actions.remind()
    assert not told("midterm_due")
    rows.update(opens_on=today(), due_on=today())
    assert (actions.remind(), actions.remind()) == (1, 0)
    assert told("midterm_due") == {team.email}
    rows.update(due_on=today() - DAY)
    assert (actions.remind(), actions.remind()) == (1, 0)
    assert {team.email, cast.owner.email, cast.operator.email} <= told("midterm_overdue")
    report(rows.get())
    assert (actions.remind(), told("midterm_conclusion_overdue")) == (0, set())
    rows.update(conclude_by=Now() - DAY)
    assert (actions.remind(), actions.remind()) == (1, 0)
    assert cast.operator.email in told("midterm_conclusion_overdue")


def test_only_the_team_reports_and_only_an_operator_concludes(cast, rules):
    _contract, check = checked(cast)
    with pytest.raises(Refused, match=check.opens_on.isoformat()):
        report(check)
    MidtermCheck.objects.update(opens_on=today())
    check = MidtermCheck.objects.get()
    with pytest.raises(Denied):
        take(check, "report", actor=cast.owner, summary=WORDS, spent=1)
    team = walk.team_lead(check.contract.bid)
    paper = {"model": MidtermDocument, "midterm_check": check}
    documents.store(upload("中期报告.pdf", "中期报告", WORDS), actor=team, **paper)
    check = report(check, progress=[{"name": "位错密度", "progress": "已达6e8。"}])
    assert {cast.owner.email, cast.operator.email} <= told("midterm_reported")
    with pytest.raises(Denied, match="提交报告之前"):
        documents.store(upload("补充.pdf", "补充", WORDS), actor=team, **paper)
    for person in (team, cast.owner, cast.decider):
        with pytest.raises(Denied):
            take(check, "conclude", actor=person, conclusion="on_course", opinion=WORDS)
    check = take(check, "conclude", actor=cast.operator, conclusion="on_course", opinion=WORDS)
    assert (check.state, Contract.objects.get().state) == ("concluded", "effective")
    assert told("midterm_concluded") == {team.email}
    assert not told("midterm_at_risk")


def test_at_risk_is_told_to_owner_and_deciders_and_changes_nothing_of_the_contract(cast, rules):
    _contract, check = checked(cast, opens_on=today())
    take(report(check), "conclude", actor=cast.operator, conclusion="at_risk", opinion=WORDS)
    assert {cast.owner.email, cast.decider.email, cast.decider2.email} <= told("midterm_at_risk")
    assert Contract.objects.get().state == "effective"


def test_contracts_in_force_before_are_checked_halfway_by_the_migration(cast, rules):
    _contract, check = checked(cast)
    planned = MidtermCheck.objects.values_list("due_on", "opens_on", "state", "progress").get()
    check.delete()
    plan = import_module("challenges.migrations.0027_midterm_checks_of_running").PLAN
    with connection.cursor() as cursor:
        cursor.execute(plan)
    assert MidtermCheck.objects.values_list("due_on", "opens_on", "state", "progress").get() == planned
