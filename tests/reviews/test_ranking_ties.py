"""How bids of one value are told apart: the chain of steps, the vote, the lot, never an id."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.ranking import rank
from tests.factories.rankings import BUDGET, QUALITY, by_id, inputs, rankings, ranks

TWO = (QUALITY, BUDGET)


@pytest.mark.parametrize(
    ("scores", "criteria", "step"),
    [
        ({"a": [(70, 85)], "b": [(80, 70)]}, TWO, "core_mean"),
        ({"a": [10, 50, 50, 50, 60], "b": [45, 50, 50, 50, 60]}, ({**QUALITY, "core": False},), "untrimmed_mean"),
        ({"a": [40, 60], "b": [45, 55]}, (QUALITY,), "deviation"),
    ],
)
def test_tie_is_resolved_by_the_first_step_that_tells_apart(scores, criteria, step):
    result = rank(inputs(scores, criteria=criteria))

    assert by_id(result)["a"]["published"] == by_id(result)["b"]["published"]
    assert ranks(result) == {"b": 1, "a": 2}
    assert by_id(result)["a"]["tie"] == {"with": ["b"], "resolved_by": step, "still_with": [], "needs": None}
    assert result["needs"] == []


def test_all_equal_bids_share_a_rank_and_wait_for_the_panels_vote():
    result = rank(inputs({"a": [70, 80], "b": [70, 80], "c": [70, 80], "d": [10, 10]}))

    assert ranks(result) == {"a": 1, "b": 1, "c": 1, "d": 4}
    assert by_id(result)["c"]["tie"] == {
        "with": ["a", "b"],
        "resolved_by": "unresolved",
        "still_with": ["a", "b"],
        "needs": "panel_vote",
    }
    assert by_id(result)["d"]["tie"] is None
    assert result["needs"] == ["panel_vote"]


def test_vote_tells_apart_and_leaves_the_rest_to_the_draw():
    scores = {bid: [70, 80] for bid in "abc"}
    votes = {"a": 1, "b": 3, "c": 1}
    result = rank(inputs(scores, votes=votes))

    assert ranks(result) == {"b": 1, "a": 2, "c": 2}
    assert by_id(result)["b"]["tie"]["resolved_by"] == "panel_vote"
    assert by_id(result)["a"]["tie"]["still_with"] == ["c"]
    assert result["needs"] == ["witnessed_draw"]

    drawn = rank(inputs(scores, votes=votes, lots={"a": 2, "c": 1}))
    assert ranks(drawn) == {"b": 1, "c": 2, "a": 3}
    assert by_id(drawn)["c"]["tie"]["resolved_by"] == "witnessed_draw"
    assert drawn["needs"] == []


def test_draw_without_a_vote_and_half_a_vote_decide_nothing():
    scores = {"a": [70], "b": [70]}

    assert rank(inputs(scores, lots={"a": 1, "b": 2}))["needs"] == ["panel_vote"]
    assert rank(inputs(scores, votes={"a": 5}))["needs"] == ["panel_vote"]
    assert ranks(rank(inputs(scores, votes={"a": 5}))) == {"a": 1, "b": 1}


def test_same_lot_twice_decides_nothing():
    result = rank(inputs({"a": [70], "b": [70]}, votes={"a": 1, "b": 1}, lots={"a": 1, "b": 1}))

    assert ranks(result) == {"a": 1, "b": 1}
    assert result["needs"] == ["witnessed_draw"]


def test_votes_do_not_move_bids_that_are_no_tie():
    assert ranks(rank(inputs({"a": [71], "b": [70]}, votes={"a": 0, "b": 7}))) == {"a": 1, "b": 2}


def test_difference_below_the_published_places_is_a_tie():
    result = rank(inputs({"a": ["80.001"], "b": ["80.004"]}))

    assert by_id(result)["a"]["tie"]["resolved_by"] == "core_mean"
    assert ranks(result) == {"b": 1, "a": 2}


@given(rankings(), st.permutations("xyzuvwt"))
def test_renaming_the_bids_renames_the_ranks_and_nothing_else(data, names):
    """Were ids to decide anything, other names would bring another order."""
    renamed = copy.deepcopy(data)
    for bid in renamed["bids"]:
        bid["id"] = names[int(bid["id"][1:])]
    for sheet in renamed["sheets"]:
        sheet["bid"] = names[int(sheet["bid"][1:])]

    assert ranks(rank(renamed)) == {names[int(bid[1:])]: place for bid, place in ranks(rank(data)).items()}
