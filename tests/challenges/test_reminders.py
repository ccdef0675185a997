"""The clock tells of each deadline once, and only those it concerns."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Notification
from accounts.workflow import take
from challenges import actions
from challenges.models import Challenge, Contract, Milestone
from reviews.demo import walk
from tests.factories import races
from tests.factories.life import challenge_at

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
def test_the_shared_test_is_told_once_by_its_rule_to_who_still_runs_owner_and_operator(cast, rules):
    day = timezone.localdate() + timedelta(days=50)
    proposed = races.proposed(cast, winners=3, test_on=day)
    early = proposed.rules | {"race_test_reminder": "P50D"}
    with pgtrigger.ignore("challenges.Challenge:rules_are_frozen"):
        Challenge.objects.filter(pk=proposed.pk).update(rules=early)
    actions.remind()
    assert told("race_test_near") == set()
    challenge = walk.carry(proposed, cast, to="awarded", since="award_proposed")
    out, *running = races.contracts(challenge)
    take(Challenge.objects.get(pk=challenge.pk), "decline_alongside", actor=races.lead(out), reason="团队另有任务。")
    for days, count in (("P49D", 0), ("P50D", 1), ("P50D", 0)):
        with pgtrigger.ignore("challenges.Challenge:rules_are_frozen"):
            Challenge.objects.filter(pk=challenge.pk).update(rules=challenge.rules | {"race_test_reminder": days})
        assert actions.remind() == count
    teams = {races.lead(contract).email for contract in running}
    assert told("race_test_near") == teams | {cast.owner.email, cast.operator.email}


@pytest.mark.django_db
def test_nobody_is_told_of_a_test_that_only_one_is_left_for(cast, rules):
    challenge = walk.carry(races.proposed(cast), cast, to="awarded", since="award_proposed")
    out, _left = races.contracts(challenge)
    take(challenge, "decline_alongside", actor=races.lead(out), reason="团队另有任务。")
    actions.remind()
    assert told("race_test_near") == set()
