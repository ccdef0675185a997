"""The clock tells of each deadline once, and only those it concerns."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import Notification
from accounts.workflow import take
from challenges import actions
from challenges.models import Challenge, Contract, Milestone
from reviews.demo import walk
from tests.factories.life import challenge_at, new_challenge

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
    challenge = walk.carry(new_challenge(cast), cast, to="awarded")
    contract = actions.edit_contract(
        challenge.contracts.get(), actor=cast.owner, data={"task_book": "目标、内容、里程碑。"}
    )
    take(contract, "offer", actor=cast.owner)
    Contract.objects.update(sign_by=Now() + SOON)
    assert actions.remind() == 1
    assert cast.owner.email in told("signature_due")


@pytest.mark.django_db
def test_an_overdue_milestone_is_told_to_both_sides_once(cast, rules):
    walk.carry(new_challenge(cast), cast, to="executing")
    Milestone.objects.filter(position=1).update(due_on="2026-01-05")
    assert actions.remind() == 1
    assert actions.remind() == 0
    assert {cast.owner.email, cast.operator.email} <= told("milestone_overdue")
