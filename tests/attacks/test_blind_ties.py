"""A reviewer judges blind: no tie of theirs or of a peer's tells who stands behind a bid."""

import pytest

from accounts import ledger
from reviews import actions
from reviews.models import Assignment, Panel
from tests.factories import reviews as make
from tests.personas import fresh

pytestmark = pytest.mark.django_db


def seated(given: make.Court) -> Assignment:
    """One accepted seat of a panel at work."""
    return make.seats(make.scoring(given), "accepted")[0]


def test_recused_expert_is_not_told_whose_parent_their_employer_became(as_):
    given = make.court(bids=2, experts=8)
    seat = seated(given)
    lead = given.bids[0].lead
    lead.parent = seat.expert.organization
    lead.save()
    assert actions.recheck_panels(seat.expert) == 1
    left = Assignment.objects.get(pk=seat.pk)
    assert lead.name in left.reason
    own = as_(fresh(seat.expert.user)).get(f"assignments/{seat.pk}").json()
    assert seat.expert.organization.name in own["reason"]
    assert lead.name not in str(own)
    assert lead.name in as_(fresh(given.operator)).get(f"assignments/{seat.pk}").json()["reason"]


def test_peers_learn_from_the_ledger_of_no_party_behind_a_bid(as_):
    given = make.court(bids=2, experts=8)
    seat = seated(given)
    lead = given.bids[0].lead
    actions.declare_on_seat(seat, actor=seat.expert.user, kind="consulting", organization=lead)
    panel = Panel.objects.get(pk=seat.panel_id)
    peer = make.seats(panel, "accepted")[0].expert.user
    entries = list(ledger.readable(peer, given.challenge.pk).filter(action="recuse"))
    assert entries
    assert not any(ledger.names_actor(peer, entry) for entry in entries)
    assert all(ledger.names_actor(given.operator, entry) for entry in entries)
    assert lead.name not in str(as_(fresh(peer)).get(f"challenges/{given.challenge.pk}/ledger", size=100).json())
