"""One challenge through every stage, by the same steps that people take."""

import pytest

from accounts import ledger
from accounts.models import LedgerEntry, Notification
from challenges.models import Challenge
from reviews.demo import walk
from tests.factories.life import new_challenge

REACHED = {
    "submitted": "submitted",
    "vetted": "vetted",
    "published": "published",
    "bid": "published",
    "bidding_closed": "bidding_closed",
    "opened": "opened",
    "eligible": "opened",
    "panel_ready": "opened",
    "under_review": "under_review",
    "scored": "under_review",
    "ranked": "ranked",
    "award_proposed": "award_proposed",
    "awarded": "awarded",
    "executing": "executing",
    "delivering": "executing",
    "delivered": "executing",
    "completed": "completed",
}


@pytest.mark.django_db
def test_challenge_carried_to_completion_passes_every_stage(cast, rules):
    challenge = new_challenge(cast)
    reached = {}
    for stage in walk.STAGES:
        walk.STAGES[stage](Challenge.objects.get(pk=challenge.pk), cast)
        reached[stage] = Challenge.objects.get(pk=challenge.pk).state
    assert reached == REACHED
    chains = set(LedgerEntry.objects.filter(challenge_id=challenge.pk).values_list("chain", flat=True))
    assert len(chains) > 5
    assert all(ledger.verify(chain).intact for chain in chains)
    assert Notification.objects.filter(recipient=cast.owner, kind="challenge_completed").count() == 1
