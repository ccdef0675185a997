"""The clock tells of each deadline once, and only those it concerns."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Notification
from accounts.workflow import take
from challenges import actions
from challenges.models import Challenge, Contract, Milestone, Race
from reviews.demo import walk
from tests.factories import races
from tests.factories.life import challenge_at
from tests.factories.reviews import place

SOON = timedelta(minutes=1)


def told(kind):
    return set(Notification.objects.filter(kind=kind).values_list("recipient__email", flat=True))


@pytest.mark.django_db
def test_only_the_team_of_an_unsubmitted_bid_is_reminded_and_once(cast, rules):
    challenge = challenge_at(cast, "published")
    walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    take(walk.one_bid(challenge, cast.bidders[1], lead_number=1, cast=cast), "withdraw", actor=cast.bidders[1])
    assert actions.remind() == 0
    Challenge.objects.filter(pk=challenge.pk).update(bid_deadline=Now() + SOON)
    assert actions.remind() == 1
    assert actions.remind() == 0
    assert told("bid_deadline_near") == {cast.bidders[1].email}


@pytest.mark.django_db
def test_both_sides_are_reminded_of_the_signature(cast, rules):
    challenge = challenge_at(cast, "awarded")
    contract = actions.edit_contract(
        challenge.contracts.get(), actor=cast.owner, data={"task_book": "目标、内容、里程碑。"}
    )
    take(contract, "offer", actor=cast.owner)
    Contract.objects.update(sign_by=Now() + SOON)
    assert actions.remind() == 1
    assert cast.owner.email in told("signature_due")


@pytest.mark.django_db
def test_an_overdue_milestone_is_told_to_the_team_then_owner_and_operator_then_deciders(cast, rules):
    challenge = challenge_at(cast, "executing")
    team = walk.team_lead(challenge.contracts.get().bid).email
    days = {"overdue_tells_owner_after": "P7D", "overdue_tells_decider_after": "P30D"}
    with pgtrigger.ignore("challenges.Challenge:rules_are_frozen"):
        Challenge.objects.filter(pk=challenge.pk).update(rules=challenge.rules | days)
    for late, kind, whom in (
        (2, "milestone_overdue", {team}),
        (9, "milestone_overdue_for_owner", {cast.owner.email, cast.operator.email}),
        (32, "milestone_overdue_for_decider", {cast.decider.email, cast.decider2.email}),
    ):
        due = timezone.localdate() - timedelta(days=late)
        Milestone.objects.filter(position=1).update(due_on=due)
        assert actions.remind() == 1
        assert actions.remind() == 0
        assert whom <= told(kind)
    assert cast.owner.email not in told("milestone_overdue")
    assert cast.decider.email not in told("milestone_overdue_for_owner")


@pytest.mark.django_db
def test_each_overdue_rectification_is_told_anew(cast, rules):
    challenge = challenge_at(cast, "executing")
    milestone = challenge.contracts.get().milestones.select_related("contract__bid__lead").first()
    for _turn in range(2):
        milestone = take(walk.hand_in(milestone), "start_acceptance", actor=cast.owner)
        until = milestone.now + challenge.frozen_rules.rectification_at_most
        milestone = take(milestone, "require_rectification", actor=cast.owner, opinion="请补充。", rectify_by=until)
        Milestone.objects.filter(pk=milestone.pk).update(rectify_by=Now())
        assert actions.remind() == 1
        assert actions.remind() == 0


@pytest.mark.django_db
def test_runners_owner_and_operator_are_reminded_of_the_shared_test(cast, rules):
    challenge = races.proposed(cast, test_on=timezone.localdate() + timedelta(days=90))
    actions.remind()
    assert told("race_test_near") == set()
    challenge = walk.carry(challenge, cast, to="awarded", since="award_proposed")
    place(Race.objects.get(), test_on=timezone.localdate())
    assert actions.remind() == 1
    assert actions.remind() == 0
    teams = {races.lead(contract).email for contract in races.contracts(challenge)}
    assert told("race_test_near") == teams | {cast.owner.email, cast.operator.email}
