"""A conflict with one bid of a large round frees that pair; one with the whole challenge ends the seat."""

from typing import Any

import pytest
from guardian.shortcuts import assign_perm

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can, require, visible
from accounts.workflow import Refused, take
from challenges.models import BidGrant
from reviews.actions import compute_waiting, correct_relation, recheck_panels
from reviews.actions.seats import free_bids
from reviews.conflicts.rules import RULES
from reviews.models import Assignment, Matching, Panel, Relation, ScoreSheet
from tests import invariants
from tests.factories import reviews as make
from tests.factories.reviews import Court
from tests.personas import fresh
from tests.reviews.test_rounds import accepted, pairs, released, scoring

pytestmark = pytest.mark.django_db


@pytest.fixture
def court() -> Court:
    return make.court(bids=6, experts=9)


def member(panel: Panel) -> Assignment:
    """A seat that does not chair."""
    return panel.assignments.filter(is_chair=False).select_related("expert__user", "panel__challenge").first()


def tie(seat: Assignment, court: Court, *, mine: bool = True) -> Any:
    """A tie of the seat's holder to the lead of a bid, one they read or one they do not."""
    read = set(seat.panel.pairs().filter(expert=seat.expert).values_list("bid", flat=True))
    bid = next(item for item in court.bids if (item.pk in read) == mine)
    Relation.objects.create(expert=seat.expert, kind="coproject", organization=bid.lead)
    return bid


def test_recheck_frees_the_pair_alone_and_matches_the_bid_to_another(court: Court) -> None:
    panel = scoring(court)
    seat = member(panel)
    others = set(seat.sheets.values_list("bid", flat=True))
    make.lock(make.sheets(panel, assignment=seat)[0])
    bid = tie(seat, court)
    assert recheck_panels() == 1
    assert recheck_panels() == 0
    seat.refresh_from_db()
    assert (seat.state, seat.reason) == ("accepted", "")
    alive = seat.sheets.exclude(state="void")
    assert set(alive.values_list("bid", flat=True)) == others - {bid.pk}
    granted = BidGrant.objects.filter(user=seat.expert.user).values_list("content_object", flat=True)
    assert set(granted) == others - {bid.pk}
    assert set(Notification.objects.filter(kind="bids_taken").values_list("recipient", flat=True)) == {
        seat.expert.user_id
    }
    assert not Notification.objects.filter(kind="you_were_recused").exists()
    compute_waiting()
    again = Matching.objects.latest("created_at")
    assert again.state == "draft"
    assert (bid.pk, seat.expert_id) not in pairs(again)
    assert again.matches.filter(bid=bid).count() == 3
    take(again, "release", actor=court.operator)
    accepted(panel)
    assert ScoreSheet.objects.filter(bid=bid).exclude(state="void").count() == 3
    assert invariants.broken() == []


def test_conflict_with_a_bid_that_one_does_not_read_takes_nothing(court: Court) -> None:
    seat = member(scoring(court))
    tie(seat, court, mine=False)
    assert recheck_panels() == 0
    assert invariants.broken() == []


def test_conflict_with_the_whole_challenge_ends_the_seat(court: Court) -> None:
    panel = scoring(court)
    seat = member(panel)
    Relation.objects.create(expert=seat.expert, kind="coproject", organization=court.challenge.owner)
    assert recheck_panels() == 1
    assert Assignment.objects.get(pk=seat.pk).state == "recused"
    rival = panel.assignments.filter(state="accepted", is_chair=False).select_related("expert__user").first()
    assign_perm("view_bid", rival.expert.user, court.bids[0])
    recheck_panels()
    assert Assignment.objects.get(pk=rival.pk).state == "recused"


def test_chair_with_a_tie_to_any_bid_hands_the_chair_on_and_stays_a_member(court: Court) -> None:
    panel = scoring(court)
    seat = panel.assignments.select_related("expert__user").get(is_chair=True)
    bid = tie(seat, court, mine=False)
    before = seat.sheets.exclude(state="void").count()
    assert recheck_panels() == 1
    seat.refresh_from_db()
    assert (seat.state, seat.is_chair) == ("accepted", False)
    assert seat.sheets.exclude(state="void").count() == before
    chair = panel.assignments.get(is_chair=True)
    assert chair.state == "accepted"
    assert LedgerEntry.objects.filter(action="become_chair", object_id=chair.pk).exists()
    assert Matching.objects.count() == 1, bid


def test_reader_of_a_freed_pair_neither_opens_nor_writes_nor_sees_the_bid(court: Court) -> None:
    panel = scoring(court)
    seat = member(panel)
    bid = tie(seat, court)
    recheck_panels()
    sheet = make.sheets(panel, assignment=seat, bid=bid)[0]
    user = fresh(seat.expert.user)
    for action in ("sheet.view", "sheet.score"):
        with pytest.raises(Denied):
            require(user, action, sheet)
    assert not visible(user, "sheet.view").filter(bid=bid).exists()
    assert not can(user, "bid.view", bid)


def test_invitation_is_accepted_without_the_bids_in_conflict(court: Court) -> None:
    panel = released(court)
    seat = member(panel)
    bid = tie(seat, court)
    take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    assert Assignment.objects.get(pk=seat.pk).state == "accepted"
    assert not panel.pairs().filter(expert=seat.expert, bid=bid).exists()
    assert Matching.objects.filter(state="waiting").count() == 1


def test_invitation_is_refused_by_a_conflict_with_the_whole_challenge(court: Court) -> None:
    seat = member(released(court))
    Relation.objects.create(expert=seat.expert, kind="consulting", organization=court.challenge.owner)
    with pytest.raises(Refused) as refusal:
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    assert refusal.value.code == "conflict"


def test_invitations_sent_anew_leave_out_the_bids_in_conflict_since(court: Court) -> None:
    panel = take(released(court), "take_back", actor=court.operator)
    of_one, of_all = panel.assignments.filter(is_chair=False).select_related("expert", "panel")[:2]
    bid = tie(of_one, court)
    Relation.objects.create(expert=of_all.expert, kind="consulting", organization=court.challenge.owner)
    take(panel, "release", actor=court.operator)
    states = dict(panel.assignments.values_list("pk", "state"))
    assert (states[of_one.pk], states[of_all.pk]) == ("invited", "taken_back")
    assert not panel.pairs().filter(expert=of_one.expert, bid=bid).exists()
    compute_waiting()
    again = Matching.objects.latest("created_at")
    assert again.state == "draft"
    assert of_all.expert_id not in {expert for _bid, expert in pairs(again)}


def test_pair_once_freed_stays_so_when_the_tie_turns_out_wrong(court: Court) -> None:
    panel = scoring(court)
    seat = member(panel)
    bid = tie(seat, court)
    recheck_panels()
    correct_relation(
        Relation.objects.get(expert=seat.expert), actor=court.operator, reason="查无此事", kind="coproject",
        organization=make.company("无关公司"),
    )  # fmt: skip
    compute_waiting()
    again = Matching.objects.latest("created_at")
    assert (bid.pk, seat.expert_id) not in pairs(again)
    assert again.result["forbidden"] == {"freed": 1}


def test_freed_pair_in_the_consensus_falls_out_of_the_ranking_and_calls_nobody(court: Court) -> None:
    panel = scoring(court)
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            make.lock(sheet, {"B1": "90", "B2": "80"}.get(sheet.bid.code, "60"))
    panel = take(panel, "open_consensus", actor=court.operator)
    seat = member(panel)
    bid = tie(seat, court)
    recheck_panels()
    assert not Matching.objects.exclude(state="released").exists()
    assert ScoreSheet.objects.filter(bid=bid, part="technical").exclude(state="void").count() == 2
    if panel.tie_waits_for():
        take(Panel.objects.get(), "give_lot_seed", actor=court.supervisor, seed=make.SEED)
    take(court.challenge, "finish_review", actor=court.operator)
    bid.refresh_from_db()
    assert bid.rank is None  # two sheets are below the quorum of three


def test_freeing_twice_writes_once(court: Court) -> None:
    seat = member(scoring(court))
    tie(seat, court)
    for _run in range(2):
        free_bids(Assignment.objects.get(pk=seat.pk))
    assert LedgerEntry.objects.filter(action="free_bids").count() == 1


def test_invariants_find_each_thing_that_a_conflicted_pair_may_not_hold(court: Court) -> None:
    seat = member(scoring(court))
    tie(seat, court)
    assert {what for what, _code, _name in invariants.broken()} == {"match", "sheet open", "grant score_bid"}
    recheck_panels()
    assert invariants.broken() == []


def test_every_rule_that_finds_no_bid_says_that_it_holds_for_the_whole(court: Court) -> None:
    assert {rule.code for rule in RULES if rule.whole} == {
        "staff", "acted", "bid_team", "earlier_panel", "away", "workload", "consecutive", "chairs",
    }  # fmt: skip
