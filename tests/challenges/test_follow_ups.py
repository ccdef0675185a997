"""Follow-ups are planned at the completion, reminded before and after they are due; outcomes are referred."""

from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts import clock
from accounts.models import Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions, migrations
from challenges.actions.follow_ups import years_after
from challenges.models import FollowUp
from reviews.demo import walk
from tests.factories import outcomes
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(kind):
    return set(Notification.objects.filter(kind=kind).values_list("recipient__email", flat=True))


def today():
    return timezone.localdate(clock.now())


def test_completion_plans_a_report_after_one_and_three_years(cast, rules):
    contract = outcomes.contract_of(challenge_at(cast, "completed"))
    planned = list(contract.follow_ups.order_by("years"))
    assert [item.years for item in planned] == [1, 3]
    assert [item.due_on for item in planned] == [years_after(today(), 1), years_after(today(), 3)]
    assert all(item.due_on - item.remind_on == timedelta(days=30) for item in planned)


def test_what_was_completed_before_is_followed_up_by_the_migration(cast, rules):
    contract = outcomes.contract_of(challenge_at(cast, "completed"))
    planned = sorted(contract.follow_ups.values_list("years", "due_on", "remind_on", "state"))
    contract.follow_ups.all().delete()
    name = next(Path(migrations.__path__[0]).glob("*_follow_ups_of_completed.py")).stem
    with connection.cursor() as cursor:
        cursor.execute(import_module(f"challenges.migrations.{name}").PLAN)
    assert sorted(contract.follow_ups.values_list("years", "due_on", "remind_on", "state")) == planned


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2026, 11, 25), 3, date(2029, 11, 25)),
    ],
)
def test_years_after_keeps_the_day_where_there_is_one(day, years, expected):
    assert years_after(day, years) == expected


def test_team_is_reminded_before_and_owner_and_operator_hear_when_it_is_overdue(cast, rules):
    contract = outcomes.contract_of(challenge_at(cast, "completed"))
    team = walk.team_lead(contract.bid)
    first = contract.follow_ups.get(years=1)
    assert actions.remind() == 0
    FollowUp.objects.filter(pk=first.pk).update(remind_on=today(), due_on=today())
    assert (actions.remind(), actions.remind()) == (1, 0)
    assert told("follow_up_due") == {team.email}
    FollowUp.objects.filter(pk=first.pk).update(due_on=today() - DAY)
    assert (actions.remind(), actions.remind()) == (1, 0)
    assert {team.email, cast.owner.email, cast.operator.email} <= told("follow_up_overdue")


def test_only_the_team_reports_and_figures_name_their_source(cast, rules):
    contract = outcomes.contract_of(challenge_at(cast, "completed"))
    first = contract.follow_ups.get(years=1)
    with pytest.raises(Denied):
        take(first, "report", actor=cast.owner, usage="已在两条产线使用。")
    with pytest.raises(Refused, match=first.remind_on.isoformat()):
        take(first, "report", actor=walk.team_lead(contract.bid), usage="完成当天就填报，不行。")
    FollowUp.objects.filter(pk=first.pk).update(remind_on=today())
    first = FollowUp.objects.get(pk=first.pk)
    first = take(
        first, "report", actor=walk.team_lead(contract.bid), usage="已在两条产线使用。", jobs=12, source="社保"
    )
    assert (first.state, first.jobs, first.sales) == ("reported", 12, None)
    assert cast.owner.email in told("follow_up_reported")
    FollowUp.objects.filter(pk=first.pk).update(remind_on=Now(), due_on=Now())
    assert actions.remind() == 0


def test_operator_refers_a_confirmed_outcome_and_records_the_answer(cast, rules):
    contract = outcomes.contract_of(challenge_at(cast, "delivering"))
    with pytest.raises(Denied):
        outcomes.referral(outcomes.registered(contract, title="未确认"), cast)
    made = outcomes.referral(outcomes.confirmed(contract, cast), cast)
    assert walk.team_lead(contract.bid).email in told("outcome_referred")
    made = take(made, "take_up", actor=cast.operator, answer="同意尽调，三个月内投决。")
    assert made.state == "taken_up"
    assert cast.owner.email in told("referral_answered")
