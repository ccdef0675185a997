"""What must not matter to a ranking, its snapshot, and the inputs it refuses."""

import copy
import json
import random
from decimal import Decimal
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.ranking import InvalidInput, canonical, rank, snapshot, verify
from tests.factories.rankings import BUDGET, QUALITY, inputs, rankings

# What must not matter


@given(rankings(), st.randoms(use_true_random=False))
def test_order_of_bids_sheets_and_criteria_changes_not_a_byte(data, shuffler):
    shuffled = copy.deepcopy(data)
    for name in ("bids", "sheets", "criteria"):
        shuffler.shuffle(shuffled[name])

    assert canonical(rank(shuffled)) == canonical(rank(data))
    assert snapshot(shuffled) == snapshot(data)


@given(rankings(), st.permutations(range(7)))
def test_exchanging_the_reviewers_changes_no_value(data, seats):
    exchanged = copy.deepcopy(data)
    for sheet in exchanged["sheets"]:
        sheet["reviewer"] = f"r{seats[int(sheet['reviewer'][1:])]}"
    kept = ("id", "rank", "published", "mean_untrimmed", "deviation", "flags", "tie")

    assert [[bid[key] for key in kept] for bid in rank(exchanged)["bids"]] == [
        [bid[key] for key in kept] for bid in rank(data)["bids"]
    ]


@given(rankings(), st.sampled_from(["0.5", "3", "7.25", "0.01"]))
def test_scaling_all_weights_changes_nothing(data, factor):
    scaled = copy.deepcopy(data)
    for item in scaled["criteria"]:
        item["weight"] = str(item["weight"] * Decimal(factor))

    assert rank(scaled) == rank(data)


@given(rankings())
def test_ranks_follow_the_published_values_without_gaps(data):
    result = rank(data)
    ranked = [bid for bid in result["bids"] if bid["rank"]]

    values = [Decimal(bid["published"]) for bid in ranked]
    assert values == sorted(values, reverse=True)
    for place, bid in enumerate(ranked, start=1):
        assert place - bid["rank"] == len([other for other in ranked[: place - 1] if other["rank"] == bid["rank"]])
        assert bid["rank"] == place or bid["tie"]["resolved_by"] == "unresolved"
    unranked = [bid for bid in result["bids"] if not bid["rank"]]
    assert all(bid["below_threshold"] or "quorum" in bid["flags"] for bid in unranked)
    assert bool(result["needs"]) is any(bid["tie"] and bid["tie"]["still_with"] for bid in ranked)


@given(rankings())
def test_normalisation_keeps_the_mean_of_all_totals(data):
    result = rank(data)
    sheets = [sheet for bid in result["bids"] for sheet in bid["sheets"]]
    if result["normalization"]["applied"]:
        assert fmean(float(sheet["value"]) for sheet in sheets) == pytest.approx(
            fmean(float(sheet["total"]) for sheet in sheets), abs=1e-5
        )


def test_shuffled_large_ranking_is_the_same():
    shuffler = random.Random(7)
    data = inputs({f"b{n}": [shuffler.randint(40, 100) for _ in range(7)] for n in range(60)})
    shuffled = copy.deepcopy(data)
    shuffler.shuffle(shuffled["bids"])
    shuffler.shuffle(shuffled["sheets"])

    assert snapshot(data)["sha256"] == snapshot(shuffled)["sha256"]


# Snapshots


@given(rankings())
def test_snapshot_recomputes_to_the_byte_after_a_round_through_json(data):
    without_votes = {**data, "bids": [{"id": bid["id"]} for bid in data["bids"]]}
    stored = json.loads(json.dumps(snapshot(without_votes), indent=2))

    assert verify(stored) == []


def test_snapshot_keeps_what_else_the_inputs_name():
    data = {**inputs({"a": [70]}), "rule_set": {"code": "standard", "version": 3}}

    assert snapshot(data)["inputs"]["rule_set"] == {"code": "standard", "version": 3}


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (lambda s: s["inputs"]["sheets"][0]["scores"].update(quality="99"), "bid a differs"),
        (lambda s: s["result"]["bids"][1].update(rank=1), "bid a differs"),
        (lambda s: s["result"].update(needs=["x"]), "the result differs"),
        (lambda s: s["inputs"].update(note="x"), "the hash is"),
        (lambda s: s.update(sha256="0" * 64), "the hash is"),
        (lambda s: s["inputs"]["bids"].reverse(), "order of their ids"),
        (lambda s: s.pop("result"), "not a snapshot"),
        (lambda s: s["inputs"].pop("sheets"), "not a snapshot"),
        (lambda s: s["inputs"].update(note=0.1), "not a snapshot"),
    ],
)
def test_tampered_snapshot_is_told(tamper, problem):
    stored = snapshot(inputs({"a": [70, 80], "b": [75, 85]}))
    tamper(stored)

    assert any(problem in told for told in verify(stored))


# Inputs that cannot be ranked


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("bids"),
        lambda d: d.update(sheets={}),
        lambda d: d["bids"].append({"id": "a"}),
        lambda d: d["bids"].append({"id": 7}),
        lambda d: d["bids"][0].update(tie_vote="3"),
        lambda d: d["sheets"].append({**d["sheets"][0], "id": "again"}),
        lambda d: d["sheets"].append(d["sheets"][0]),
        lambda d: d["sheets"][0].update(bid="nobody"),
        lambda d: d["sheets"][0].update(reviewer=None),
        lambda d: d["sheets"][0].update(void="no"),
        lambda d: d["sheets"][0]["scores"].clear(),
        lambda d: d["sheets"][0]["scores"].update(other="1"),
        lambda d: d["sheets"][0]["scores"].update(quality=70.5),
        lambda d: d["sheets"][0]["scores"].update(quality=True),
        lambda d: d["sheets"][0]["scores"].update(quality="100.01"),
        lambda d: d["sheets"][0]["scores"].update(quality="-1"),
        lambda d: d["sheets"][0]["scores"].update(quality="NaN"),
        lambda d: d["sheets"][0]["scores"].update(quality="7e1"),
        lambda d: d["sheets"][0]["scores"].update(quality="1/3"),
        lambda d: d["sheets"][0]["scores"].update(quality=" 70"),
        lambda d: d["sheets"][0]["scores"].update(quality="７０"),
        lambda d: d["criteria"].clear(),
        lambda d: d["criteria"][0].update(weight=0),
        lambda d: d["criteria"][0].update(weight=-1),
        lambda d: d["criteria"][0].update(scale=0),
        lambda d: d["criteria"][0].update(axis=3),
        lambda d: d["rules"].pop("quorum"),
        lambda d: d["rules"].update(quorum=0),
        lambda d: d["rules"].update(trim_from=2),
    ],
)
def test_inconsistent_inputs_are_refused(spoil):
    data = inputs({"a": [70, 80], "b": [75, 85]})
    spoil(data)

    with pytest.raises(InvalidInput):
        rank(data)


def test_core_criterion_without_weight_is_refused():
    with pytest.raises(InvalidInput, match="core"):
        rank(inputs({"a": [(1, 1)]}, criteria=({**QUALITY, "weight": 0}, BUDGET)))


def test_canonical_json_refuses_floats_and_keeps_chinese():
    assert canonical({"乙": 1, "a": "甲"}) == '{"a":"甲","乙":1}'.encode()
    for value in (0.5, float("nan"), [1.0]):
        with pytest.raises(ValueError, match="float"):
            canonical(value)
