"""The ranking against a second one, written from its rules alone: fractions throughout, slow, nothing shared."""

from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given

from reviews.ranking import rank
from tests.bench.bench_ranking import inputs as many_inputs
from tests.factories.rankings import rankings


def shown(number, places=6):
    """Half up, away from zero."""
    scaled = abs(number) * 10**places
    whole = scaled.numerator // scaled.denominator
    whole += 2 * (scaled - whole) >= 1
    sign = "-" if number < 0 and whole else ""
    return f"{sign}{whole // 10**places}.{str(whole % 10**places).zfill(places)}"


def mean(numbers):
    return sum(numbers, Fraction(0)) / len(numbers)


def variance(numbers):
    return mean([(number - mean(numbers)) ** 2 for number in numbers])


def root(number, digits=60):
    """From below, to sixty places; the true root where it is a fraction of whole numbers."""
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if Fraction(above**2, below**2) == number:
        return Fraction(above, below)
    return Fraction(isqrt(number.numerator * 10 ** (2 * digits) // number.denominator), 10**digits)


def out_of_a_hundred(criteria, scores):
    weights = sum(Fraction(item["weight"]) for item in criteria)
    parts = [Fraction(item["weight"]) * scores[item["key"]] / Fraction(item["scale"]) for item in criteria]
    return 100 * sum(parts) / weights if weights else None


def sheet_values(sheets, least):
    """The values of the sheets by id: totals, or z-scores on the common scale where the rules call for them."""
    reviewers = {sheet["reviewer"]: [s for s in sheets if s["reviewer"] == sheet["reviewer"]] for sheet in sheets}
    raw = {sheet["id"]: sheet["total"] for sheet in sheets}
    judged = [{sheet["bid"] for sheet in own} for own in reviewers.values()]
    totals = {reviewer: [sheet["total"] for sheet in own] for reviewer, own in reviewers.items()}
    same = all(bids == judged[0] for bids in judged)
    if same or any(len(own) < least or not variance(own) for own in totals.values()):
        return raw
    middle, spread = mean(list(raw.values())), variance(list(raw.values()))
    return {
        sheet["id"]: middle + (sheet["total"] - mean(totals[who])) * root(spread / variance(totals[who]))
        for who, own in reviewers.items()
        for sheet in own
    }


def again(data):
    """What each bid's line of the result must say, but for the words of its tie."""
    criteria, rules = data["criteria"], data["rules"]
    sheets = [
        sheet | {"scores": {key: Fraction(score) for key, score in sheet["scores"].items()}}
        for sheet in sorted(data["sheets"], key=lambda sheet: sheet["id"])
        if not sheet["void"]
    ]
    for sheet in sheets:
        sheet["total"] = out_of_a_hundred(criteria, sheet["scores"])
    values = sheet_values(sheets, rules["z_min_bids"])
    lines, keys = {}, {}
    for bid in data["bids"]:
        own = [sheet for sheet in sheets if sheet["bid"] == bid["id"]]
        if own:
            lines[bid["id"]], keys[bid["id"]] = line(own, values, bid, criteria, rules)
    for name, entry in lines.items():
        better = [other for other, key in keys.items() if key is not None and keys[name] and key > keys[name]]
        entry["rank"] = 1 + len(better) if keys[name] else None
    return lines


def line(own, values, bid, criteria, rules):
    means = {item["key"]: mean([sheet["scores"][item["key"]] for sheet in own]) for item in criteria}
    totals = [sheet["total"] for sheet in own]
    mine = sorted(values[sheet["id"]] for sheet in own)
    published = mean(mine[1:-1] if len(own) >= rules["trim_from"] else mine)
    below = [item["key"] for item in criteria if item.get("threshold") and means[item["key"]] < item["threshold"]]
    if rules.get("total_threshold") and mean(totals) < rules["total_threshold"]:
        below.append("total")
    out = len(own) < rules["quorum"] or below
    core = [item for item in criteria if item["core"]]
    # A vote or a draw counts only where all that are still equal have one, which these comparisons leave out.
    key = (Fraction(shown(published, 2)), out_of_a_hundred(core, means) or 0, mean(mine), -variance(mine))
    return {
        "published": shown(published, 2),
        "mean_untrimmed": shown(mean(mine)),
        "mean_raw": shown(mean(totals)),
        "deviation": shown(root(variance(mine))),
        "spread": shown(max(totals) - min(totals)),
        "values": {sheet["id"]: (shown(sheet["total"]), shown(values[sheet["id"]])) for sheet in own},
        "criteria": {key: shown(number, 2) for key, number in means.items()},
        "below": sorted(below),
    }, (None if out else key)


def compare(data):
    mine = again(data)
    result = rank(data)["bids"]
    assert {bid["id"] for bid in result if bid["sheets"]} == set(mine)
    for bid in result:
        if not bid["sheets"]:
            assert bid["rank"] is None
            continue
        expected = mine[bid["id"]]
        told = {name: bid[name] for name in expected if name in bid and name != "rank"}
        told["values"] = {sheet["id"]: (sheet["total"], sheet["value"]) for sheet in bid["sheets"]}
        told["below"] = sorted(entry["criterion"] for entry in bid["below_threshold"])
        assert told == {name: value for name, value in expected.items() if name != "rank"}
        trimmed = sorted(sheet["trimmed"] for sheet in bid["sheets"] if sheet["trimmed"])
        assert trimmed == (["highest", "lowest"] if len(bid["sheets"]) >= data["rules"]["trim_from"] else [])
        # Votes and lots only tell apart, from this rank on, what all steps before them leave equal.
        if bid["tie"] and bid["tie"]["resolved_by"] in ("panel_vote", "witnessed_draw"):
            assert bid["rank"] >= expected["rank"]
        else:
            assert bid["rank"] == expected["rank"]


@given(rankings())
def test_second_ranking_from_the_rules_agrees(data):
    compare(data)


@pytest.mark.parametrize("reviewers", [7, 30])
def test_second_ranking_agrees_on_many_bids(reviewers):
    """Six criteria, one decimal, and more reviewers than sheets per bid: the totals are normalised."""
    data = many_inputs(bids=60, sheets=7, reviewers=reviewers)
    assert rank(data)["normalization"]["applied"] == (reviewers == 30)
    compare(data)
