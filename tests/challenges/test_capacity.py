"""How many live bids an organisation leads: what ended unopened does not weigh for ever."""

import pytest

from accounts.workflow import take
from challenges import actions
from challenges.models import Bid
from challenges.models.bid_guards import lead_has_capacity
from reviews.demo import walk
from tests.factories.life import challenge_at
from tests.factories.reviews import place


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["cancelled", "no_award"])
def test_sealed_bid_on_a_challenge_that_ended_is_no_live_bid(cast, rules, end):
    one, other = challenge_at(cast, "published"), challenge_at(cast, "published", title="另一个榜题")
    place(other, rules=other.rules | {"live_leads_per_organization": 1})
    walk.one_bid(one, cast.bidders[0], lead_number=0, cast=cast)
    bid = actions.start_bid(other, actor=cast.bidders[0], lead=cast.leads[0])
    assert not lead_has_capacity(Bid.objects.select_related("challenge").get(pk=bid.pk))
    if end == "cancelled":
        take(one, "request_cancellation", actor=cast.owner, reason="需求已变化，不再需要。")
        take(one, "cancel", actor=cast.decider2, reason="同意取消。")
    else:
        place(one, extended_once=True)
        walk.close(one, cast)
        take(one, "consent_to_opening", actor=cast.operator)
        take(one, "consent_to_opening", actor=cast.decider)
        take(one, "declare_no_bids", actor=cast.operator, reason="延期后仍不足三家。")
    assert Bid.objects.get(challenge=one).state == "submitted", "nobody opens it any more"
    assert lead_has_capacity(Bid.objects.select_related("challenge").get(pk=bid.pk))
