import copy
import json
import random
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.ranking import InvalidInput, canonical, rank, snapshot, verify

RULES = {"quorum": 1, "z_min_bids": 5, "trim_from": 5, "spread_limit": 20}
QUALITY = {"key": "quality", "weight": 60, "scale": 100, "core": True, "axis": "quality"}
BUDGET = {"key": "budget", "weight": 40, "scale": 100, "core": False, "axis": "performance"}


def inputs(scores, *, criteria=({**QUALITY, "weight": 100},), votes=None, lots=None, **rules):
    """`scores`: {bid: [score, ...]}, one per reviewer; a score is one number or a tuple, one number per criterion."""
    keys = [item["key"] for item in criteria]
    sheets = []
    for bid, given_scores in scores.items():
        for seat, score in enumerate(given_scores):
            if score is not None:
                values = score if isinstance(score, tuple) else (score,)
                sheets.append(
                    {
                        "id": f"{bid}-{seat}",
                        "reviewer": f"r{seat}",
                        "bid": bid,
                        "void": False,
                        "scores": dict(zip(keys, map(str, values), strict=True)),
                    }
                )
    bids = [{"id": bid, "tie_vote": (votes or {}).get(bid), "drawn_lot": (lots or {}).get(bid)} for bid in scores]
    return {"bids": bids, "criteria": [dict(item) for item in criteria], "sheets": sheets, "rules": {**RULES, **rules}}


def by_id(result):
    return {bid["id"]: bid for bid in result["bids"]}


def ranks(result):
    return {bid["id"]: bid["rank"] for bid in result["bids"]}


@st.composite
def rankings(draw):
    """Rankings of up to seven bids by up to seven reviewers, with gaps, ties, thresholds, void sheets and votes."""
    bids = [f"b{n}" for n in range(draw(st.integers(1, 7)))]
    reviewers = [f"r{n}" for n in range(draw(st.integers(1, 7)))]
    criteria = [
        {
            "key": key,
            "weight": draw(st.integers(1, 60)),
            "scale": draw(st.sampled_from([5, 7, 100])),
            "threshold": draw(st.none() | st.integers(1, 4)),
            "core": key == "a",
            "axis": "quality" if key == "a" else None,
        }
        for key in draw(st.sampled_from(["a", "ab", "abc"]))
    ]
    full = draw(st.booleans())
    score = st.integers(0, 10).map(lambda half: str(Decimal(half) / 2))
    sheets = [
        {
            "id": f"s-{bid}-{reviewer}",
            "reviewer": reviewer,
            "bid": bid,
            "void": draw(st.integers(0, 9)) == 0,
            "scores": {item["key"]: draw(score) for item in criteria},
        }
        for bid in bids
        for reviewer in reviewers
        if full or draw(st.booleans())
    ]
    number = st.none() | st.integers(0, 3)
    return {
        "bids": [{"id": bid, "tie_vote": draw(number), "drawn_lot": draw(number)} for bid in bids],
        "criteria": criteria,
        "sheets": sheets,
        "rules": {**RULES, "quorum": draw(st.integers(1, 3)), "z_min_bids": draw(st.integers(1, 5))},
    }


# What a total and a published value are


def test_total_is_the_weighted_mean_out_of_a_hundred():
    quality = {**QUALITY, "scale": 5}
    result = rank(inputs({"a": [(4, 50), (5, 100)]}, criteria=(quality, BUDGET)))
    bid = by_id(result)["a"]

    assert [sheet["total"] for sheet in bid["sheets"]] == ["68.000000", "100.000000"]
    assert (bid["published"], bid["rank"], bid["deviation"]) == ("84.00", 1, "16.000000")
    assert bid["criteria"] == {"quality": "4.50", "budget": "75.00"}
    assert bid["axes"] == {"quality": "90.00", "performance": "75.00"}


@pytest.mark.parametrize(
    ("scores", "published"),
    [
        (["80.005"], "80.01"),
        (["80.004999"], "80.00"),
        (["80.015", "80.015"], "80.02"),
        (["0.005"], "0.01"),
        (["1", "1", "2"], "1.33"),
        (["1", "2", "2"], "1.67"),
        (["0"], "0.00"),
        (["100"], "100.00"),
    ],
)
def test_published_value_is_rounded_half_up_from_the_exact_mean(scores, published):
    assert by_id(rank(inputs({"a": scores})))["a"]["published"] == published


def test_thirds_that_meet_a_half_are_not_lost():
    """Three criteria of weight 1/3 whose sum is exactly 80.005: a decimal with finite digits would fall just below."""
    criteria = [{**QUALITY, "key": key, "weight": 1, "core": key == "x"} for key in "xyz"]

    assert by_id(rank(inputs({"a": [("80.005", "80.004", "80.006")]}, criteria=criteria)))["a"]["published"] == "80.01"


def test_criterion_without_weight_is_told_but_does_not_count():
    result = rank(inputs({"a": [(80, 10)]}, criteria=({**QUALITY, "weight": 100}, {**BUDGET, "weight": 0})))

    assert by_id(result)["a"]["published"] == "80.00"
    assert by_id(result)["a"]["criteria"]["budget"] == "10.00"
    assert "performance" not in by_id(result)["a"]["axes"]


# Void sheets, quorum, thresholds


def test_void_sheet_is_dropped_and_named():
    data = inputs({"a": [90, 10], "b": [60, 60]})
    data["sheets"][1]["void"] = True
    result = rank(data)

    assert result["void"] == ["a-1"]
    assert by_id(result)["a"]["published"] == "90.00"
    assert [sheet["id"] for sheet in by_id(result)["a"]["sheets"]] == ["a-0"]


def test_bid_without_quorum_is_flagged_and_not_ranked():
    result = rank(inputs({"a": [90, 90, None], "b": [60, 60, 60], "c": [None, None, None]}, quorum=3))

    assert ranks(result) == {"b": 1, "a": None, "c": None}
    assert by_id(result)["a"]["flags"] == ["quorum"]
    assert by_id(result)["c"]["published"] is None
    assert by_id(result)["c"]["flags"] == ["quorum"]


def test_threshold_of_a_criterion_is_held_against_the_raw_untrimmed_mean():
    criteria = ({**QUALITY, "threshold": "60"}, BUDGET)
    scores = {"a": [(60, 100)] * 5, "b": [(90, 90)] * 4 + [(0, 0)], "c": [(59, 100)] * 4 + [(63, 100)]}
    result = rank(inputs(scores, criteria=criteria))

    assert ranks(result) == {"b": 1, "a": 2, "c": None}
    assert by_id(result)["c"]["below_threshold"] == [{"criterion": "quality", "mean": "59.800000", "threshold": "60"}]


def test_total_threshold_is_held_against_the_raw_mean_not_the_published_value():
    result = rank(inputs({"a": ["59.999"] * 3, "b": [60] * 3}, total_threshold=60))

    assert by_id(result)["a"]["published"] == "60.00"
    assert by_id(result)["a"]["below_threshold"] == [{"criterion": "total", "mean": "59.999000", "threshold": "60"}]
    assert ranks(result) == {"b": 1, "a": None}


# Trimming


def test_four_sheets_are_not_trimmed_and_five_lose_one_highest_and_one_lowest():
    result = rank(inputs({"a": [0, 50, 60, 100], "b": [0, 50, 60, 70, 100]}, quorum=1))

    assert by_id(result)["a"]["published"] == "52.50"
    assert by_id(result)["b"]["published"] == "60.00"
    assert [sheet["trimmed"] for sheet in by_id(result)["b"]["sheets"]] == ["lowest", False, False, False, "highest"]
    assert by_id(result)["b"]["mean_untrimmed"] == "56.000000"


def test_equal_sheets_lose_exactly_two():
    sheets = by_id(rank(inputs({"a": [70] * 5})))["a"]["sheets"]

    assert sorted(str(sheet["trimmed"]) for sheet in sheets) == ["False", "False", "False", "highest", "lowest"]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_published_value_is_the_mean_without_one_highest_and_one_lowest(cents):
    scores = [Decimal(cent) / 100 for cent in cents]
    kept = sorted(scores)[1:-1] if len(scores) >= 5 else scores
    expected = (sum(kept) / len(kept)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    assert Decimal(by_id(rank(inputs({"a": scores})))["a"]["published"]) == expected


# Normalisation


def gapped(**rules):
    """Eight bids; r0, strict, judges b0-b5, r1, mild, judges b2-b7."""
    strict = {f"b{n}": 40 + 3 * n for n in range(6)}
    mild = {f"b{n}": 60 + 5 * n for n in range(2, 8)}
    return inputs({f"b{n}": [strict.get(f"b{n}"), mild.get(f"b{n}")] for n in range(8)}, **rules)


def test_totals_are_normalised_where_reviewers_judged_different_bids():
    result = rank(gapped())
    raw = {"r0": [40 + 3 * n for n in range(6)], "r1": [60 + 5 * n for n in range(2, 8)]}
    everything = raw["r0"] + raw["r1"]

    assert result["normalization"]["applied"] is True
    assert float(result["normalization"]["mean"]) == pytest.approx(fmean(everything))
    assert result["normalization"]["reviewers"]["r0"]["bids"] == 6
    for bid in result["bids"]:
        for sheet in bid["sheets"]:
            own = raw[sheet["reviewer"]]
            z = (float(sheet["total"]) - fmean(own)) / pstdev(own)
            assert float(sheet["value"]) == pytest.approx(fmean(everything) + z * pstdev(everything), abs=1e-6)


def test_thresholds_hold_against_raw_values_even_when_normalised():
    data = gapped(total_threshold=50)

    below = {bid["id"] for bid in rank(data)["bids"] if bid["below_threshold"]}
    assert below == {"b0", "b1", "b2", "b3"} - {bid for bid in ("b2", "b3") if raw_mean(data, bid) >= 50}


def raw_mean(data, bid):
    return fmean(float(sheet["scores"]["quality"]) for sheet in data["sheets"] if sheet["bid"] == bid)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ({f"b{n}": [50 + n, 60 + 2 * n] for n in range(8)}, "same_bids"),
        ({f"b{n}": [50 + n, 60 + n if n < 4 else None] for n in range(8)}, "too_few_bids"),
        ({f"b{n}": [50 + n, 60 if n < 5 else None] for n in range(8)}, "no_spread"),
        ({"a": [50]}, "same_bids"),
        ({"a": []}, "same_bids"),
    ],
)
def test_totals_stay_raw_otherwise(scores, reason):
    result = rank(inputs(scores))

    assert result["normalization"] == {"applied": False, "reason": reason}
    assert all(sheet["value"] == sheet["total"] for bid in result["bids"] for sheet in bid["sheets"])


def test_void_sheets_do_not_make_the_bids_differ():
    data = inputs({f"b{n}": [50 + n, 60 + 2 * n] for n in range(6)})
    data["sheets"].append({"id": "x", "reviewer": "r9", "bid": "b0", "void": True, "scores": {}})

    assert rank(data)["normalization"]["reason"] == "same_bids"


# Ties


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


# Flags


def test_spread_above_the_limit_calls_for_a_discussion_and_at_the_limit_does_not():
    result = rank(inputs({"a": [60, 80], "b": [60, "80.01"]}))

    assert by_id(result)["a"]["flags"] == []
    assert by_id(result)["b"]["flags"] == ["divergence"]
    assert by_id(result)["b"]["spread"] == "20.010000"


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


def test_shuffled_large_ranking_is_the_same():
    shuffler = random.Random(7)
    data = inputs({f"b{n}": [shuffler.randint(40, 100) for _ in range(7)] for n in range(60)})
    shuffled = copy.deepcopy(data)
    shuffler.shuffle(shuffled["bids"])
    shuffler.shuffle(shuffled["sheets"])

    assert snapshot(data)["sha256"] == snapshot(shuffled)["sha256"]
