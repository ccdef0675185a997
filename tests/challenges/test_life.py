"""One challenge through every stage, by the same steps that people take."""

import pytest

from accounts import ledger
from accounts.models import LedgerEntry, Notification
from accounts.workflow import Refused, take
from challenges import actions
from challenges.models import Challenge
from reviews.actions import create_panel, lapse_invitations
from reviews.demo import walk
from reviews.models import Assignment
from tests.factories.life import challenge_at, new_challenge
from tests.factories.reviews import place

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


@pytest.mark.django_db
def test_challenge_without_an_eligible_bid_ends_without_an_award(cast, rules):
    challenge = challenge_at(cast, "opened")
    with pytest.raises(Refused):
        take(challenge, "declare_no_award", actor=cast.decider, reason="无一家符合条件。")
    bids = list(challenge.bids.filter(state="opened").order_by("pk"))
    for bid in bids[1:]:
        take(bid, "reject_eligibility", actor=cast.operator, reason="资质不符合榜单要求。")
    take(bids[0], "accept_eligibility", actor=cast.operator)
    with pytest.raises(Refused):
        take(challenge, "declare_no_award", actor=cast.decider, reason="无一家符合条件。")
    place(bids[0], state="ineligible")
    panel = create_panel(challenge, actor=cast.operator)
    panel = take(panel, "give_seed", actor=cast.supervisor, seed="监督员的种子")
    panel = take(take(panel, "draw", actor=cast.operator), "release", actor=cast.operator)
    ended = take(challenge, "declare_no_award", actor=cast.decider, reason="无一家符合条件。")
    assert ended.state == "no_award"
    assert Notification.objects.filter(kind="challenge_ended_without_award", recipient=cast.bidders[0]).exists()
    seat = Assignment.objects.filter(panel=panel, state="invited").select_related("expert__user").first()
    with pytest.raises(Refused):
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    Assignment.objects.filter(panel=panel).update(respond_by=panel.created_at)
    assert lapse_invitations() == 0, "nobody is called to a panel that judges nothing"
    assert actions.republish(ended, actor=cast.owner).previous == ended
