"""The checker that runs after every test can fail: each thing a conflicted expert could hold is planted and found."""

import pytest
from django.contrib.auth.models import Permission

from accounts.policy import visible
from accounts.workflow import take
from challenges.models import BidGrant
from reviews.actions import recheck_panels
from reviews.models import Relation, ScoreSheet
from tests import invariants
from tests.factories import reviews as make

pytestmark = [pytest.mark.django_db, pytest.mark.plants_conflicts("the checker itself is what is tested")]


@pytest.fixture
def scene():
    """A panel that scores, a member of it, and the member's tie to the author of the challenge, not yet looked at."""
    court = make.court()
    panel = make.scoring(court)
    seat = make.seats(panel, "accepted")[0]
    Relation.objects.create(expert=seat.expert, kind="relative", person=court.owner)
    return court, panel, seat


def kinds():
    return {what.split()[0] for what, _code, _name in invariants.broken()}


def test_a_tie_before_the_recheck_is_found_and_after_it_nothing(scene):
    _court, _panel, seat = scene
    assert kinds() == {"seat", "sheet", "grant"}
    assert {(code, name) for _what, code, name in invariants.broken()} == {("relative", seat.expert.user.name)}
    recheck_panels()
    assert invariants.broken() == []
    assert not visible(seat.expert.user, "sheet.view").exists()
    assert not visible(seat.expert.user, "envelope.read").exists()


def test_a_seat_left_to_a_conflicted_expert_is_found(scene):
    _court, _panel, seat = scene
    recheck_panels()
    make.place(seat, state="accepted")
    assert kinds() == {"seat"}


def test_a_sheet_left_alive_is_found(scene):
    _court, _panel, seat = scene
    recheck_panels()
    make.place(ScoreSheet.objects.filter(assignment=seat).first(), state="locked")
    assert kinds() == {"sheet"}


def test_a_grant_left_behind_is_found(scene):
    court, _panel, seat = scene
    recheck_panels()
    permission = Permission.objects.get(content_type__app_label="challenges", codename="price_bid")
    BidGrant.objects.create(user=seat.expert.user, permission=permission, content_object=court.bids[0])
    assert kinds() == {"grant"}


def test_an_invitation_to_a_conflicted_expert_is_found(scene):
    court, panel, _seat = scene
    recheck_panels()
    take(make.seats(panel, "accepted")[0], "recuse", actor=court.operator, reason="另有任务，无法评审。")
    invited = make.seats(panel, "invited")[-1]
    Relation.objects.create(expert=invited.expert, kind="relative", person=court.owner)
    assert "seat invited" in {what for what, _code, _name in invariants.broken()}
    invariants.check()


def test_check_itself_fails_where_the_recheck_leaves_something(scene):
    _court, _panel, seat = scene
    recheck_panels()
    make.place(ScoreSheet.objects.filter(assignment=seat).first(), state="open")
    with pytest.raises(AssertionError):
        invariants.check()
