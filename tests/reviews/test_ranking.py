"""Totals, thresholds, trimming, normalisation and flags of a ranking."""

from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.ranking import rank
from tests.factories.rankings import BUDGET, QUALITY, by_id, inputs, ranks

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


# Flags


def test_spread_above_the_limit_calls_for_a_discussion_and_at_the_limit_does_not():
    result = rank(inputs({"a": [60, 80], "b": [60, "80.01"]}))

    assert by_id(result)["a"]["flags"] == []
    assert by_id(result)["b"]["flags"] == ["divergence"]
    assert by_id(result)["b"]["spread"] == "20.010000"
