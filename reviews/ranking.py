"""The ranking of a challenge's bids from its score sheets, with nothing but the standard library.

Every number enters as an integer or as decimal text and every step but the square root is exact, so neither the order
of the sheets nor the machine can change a result. Rounding happens once, half up, on the value that is published.
Totals and values are kept as integers over one common denominator, their unit: adding and comparing needs no fractions.

1. Void sheets are dropped; a bid with fewer sheets than the quorum is not ranked.
2. A sheet's total is the weighted mean of its scores, out of 100.
3. A bid whose raw mean, untrimmed, lies below a threshold (of a criterion, or of the total) is not ranked.
4. Where reviewers judged different bids, each of them enough bids and none all alike, totals are normalised: each
   reviewer's totals are shifted and stretched to the mean and deviation of all totals (z-scores on the common scale).
5. With enough sheets exactly one highest and one lowest value are trimmed; the mean of the rest is published.
6. Equal published values are told apart by core criterion, untrimmed mean, lower deviation, panel vote and witnessed
   draw, in this order. What is still equal shares its rank: never does the order of ids decide.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import groupby
from math import isqrt, lcm
from typing import Any

from reviews import ties
from reviews.canonical import canonical, digest
from reviews.ranking_inputs import (
    MILLION,
    Bid,
    Criterion,
    InvalidInput,
    Json,
    Rules,
    Sheet,
    Weighting,
    amendment_problems,
    bids_of,
    criteria_of,
    hand_out_sheets,
    in_order,
    rules_of,
)

__all__ = ["ALGORITHM", "InvalidInput", "canonical", "rank", "snapshot", "verify"]

ALGORITHM = "bangdan-ranking/1"
PUBLISHED_PLACES = 2
SHOWN_PLACES = 6
_ROOTS = Context(prec=50)


@dataclass(frozen=True)
class Rubric:
    """The criteria, and how they weigh in the total, the core criterion's mean and each axis."""

    criteria: list[Criterion]
    total: Weighting
    core: Weighting | None
    axes: dict[str, Weighting]


def rank(inputs: Json) -> Json:
    """The result, as `_told` lists it bid by bid; InvalidInput if the inputs do not fit together."""
    rubric = _rubric(criteria_of(inputs))
    rules = rules_of(inputs)
    bids = bids_of(inputs)
    void = hand_out_sheets(inputs, rubric.criteria, bids, rubric.total)
    everything = [sheet for bid in bids.values() for sheet in bid.sheets]
    normalization, unit = _normalize(everything, rules, rubric.total.unit)
    for bid in bids.values():
        _judge(bid, rubric, rules, unit)
    _place([bid for bid in bids.values() if "quorum" not in bid.flags and not bid.below], rubric)
    # Among unranked and among equal ranks the list is merely printed in the order of ids.
    printed = sorted(bids.values(), key=lambda bid: (bid.rank is None, bid.rank or 0, bid.id))
    return {
        "algorithm": ALGORITHM,
        "normalization": normalization,
        "void": void,
        "bids": [_told(bid, rubric, unit) for bid in printed],
        "needs": sorted({bid.tie["needs"] for bid in printed if bid.tie and bid.tie["needs"]}),
    }


def snapshot(inputs: Json) -> Json:
    """Inputs (lists in the order of their ids), result and the SHA-256 of both, for anyone to recompute."""
    ordered = in_order(inputs)
    result = rank(ordered)
    return {"inputs": ordered, "result": result, "sha256": digest({"inputs": ordered, "result": result})}


def verify(stored: Json) -> list[str]:
    """What differs when a snapshot is recomputed, amendments, votes and lots too; nothing if it is true to the byte."""
    try:
        again = snapshot(stored["inputs"])
        found = ties.problems(stored["inputs"]) + amendment_problems(stored["inputs"])
        told = {key: canonical(stored[key]) for key in ("inputs", "result", "sha256")}
    except (InvalidInput, AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"not a snapshot of a ranking: {error!r}"]
    problems = found + [f"{key} is no part of a snapshot" for key in stored if key not in again]
    if told["inputs"] != canonical(again["inputs"]):
        problems.append("the inputs are not in the order of their ids")
    if told["result"] != canonical(again["result"]):
        problems += _differences(stored["result"], again["result"])
    if stored["sha256"] != again["sha256"]:
        problems.append(f"the hash is {again['sha256']}, not {stored['sha256']}")
    return problems


def _differences(told: Any, again: Json) -> list[str]:
    listed = told.get("bids") if isinstance(told, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    by_id = {str(entry.get("id")): entry for entry in entries}
    wrong = [bid["id"] for bid in again["bids"] if by_id.get(bid["id"]) != bid]
    return [f"the result of bid {bid} differs" for bid in wrong] or ["the result differs"]


def _rubric(criteria: list[Criterion]) -> Rubric:
    core = [item for item in criteria if item.core]
    axes = {axis: [item for item in criteria if item.axis == axis] for axis in {item.axis for item in criteria}}
    return Rubric(
        criteria,
        total=Weighting(criteria),
        core=Weighting(core) if core else None,
        axes={axis: Weighting(axes[axis]) for axis in sorted(filter(None, axes)) if any(i.weight for i in axes[axis])},
    )


def _normalize(sheets: list[Sheet], rules: Rules, unit: int) -> tuple[Json, int]:
    """Set each sheet's value; say whether totals were normalised, or why not, and the unit of the values."""
    by_reviewer: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        by_reviewer[sheet.reviewer].append(sheet)
    moments = {reviewer: _moments([sheet.total for sheet in own], unit) for reviewer, own in by_reviewer.items()}
    if len({frozenset(sheet.bid for sheet in own) for own in by_reviewer.values()}) <= 1:
        reason = "same_bids"
    elif any(len(own) < rules.z_min_bids for own in by_reviewer.values()):
        reason = "too_few_bids"
    elif any(not variance for _mean, variance in moments.values()):
        reason = "no_spread"
    else:
        reason = "applied"
    told: Json = {"applied": reason == "applied", "reason": reason}
    if reason != "applied":
        return told, unit
    mean, variance = _moments([sheet.total for sheet in sheets], unit)
    # mean + (total - own mean) * stretch is a straight line for each reviewer: slope * total + start.
    lines = {}
    for reviewer, (own_mean, own_variance) in moments.items():
        stretch = _root(variance / own_variance)
        lines[reviewer] = stretch / unit, mean - own_mean * stretch
    common = lcm(*(part.denominator for line in lines.values() for part in line))
    for reviewer, own in by_reviewer.items():
        slope, start = (int(part * common) for part in lines[reviewer])
        for sheet in own:
            sheet.value = slope * sheet.total + start
    told |= {"mean": _shown(*mean.as_integer_ratio()), "deviation": _shown_root(*variance.as_integer_ratio())}
    told["reviewers"] = {
        reviewer: {
            "bids": len(by_reviewer[reviewer]),
            "mean": _shown(*own_mean.as_integer_ratio()),
            "deviation": _shown_root(*own_variance.as_integer_ratio()),
        }
        for reviewer, (own_mean, own_variance) in moments.items()
    }
    return told, common


def _judge(bid: Bid, rubric: Rubric, rules: Rules, unit: int) -> None:
    """Everything about one bid that does not depend on the others' places; `unit` is that of the values."""
    count = len(bid.sheets)
    if count < rules.quorum:
        bid.flags.append("quorum")
    if not count:
        return
    for item in rubric.criteria:
        if item.threshold is not None and bid.criteria[item.key] < item.threshold * count:
            mean = _shown(bid.criteria[item.key], count * MILLION)
            bid.below.append({"criterion": item.key, "mean": mean, "threshold": _plain(item.threshold)})
    totals = [sheet.total for sheet in bid.sheets]
    bid.totals, bid.spread = sum(totals), max(totals) - min(totals)
    points = rubric.total.unit
    if rules.total_threshold is not None and bid.totals * MILLION < rules.total_threshold * count * points:
        mean = _shown(bid.totals, count * points)
        bid.below.append({"criterion": "total", "mean": mean, "threshold": _plain(rules.total_threshold)})
    if bid.spread * MILLION > rules.spread_limit * points:
        bid.flags.append("divergence")
    values = [sheet.value for sheet in bid.sheets]
    bid.values, bid.squares = sum(values), sum([value * value for value in values])
    kept = bid.values
    if count >= rules.trim_from:
        # Which of several equal sheets bears the mark does not matter to the mean.
        lowest, *_others, highest = sorted(bid.sheets, key=lambda sheet: (sheet.value, sheet.id))
        lowest.trimmed, highest.trimmed = "lowest", "highest"
        kept -= lowest.value + highest.value
        count -= 2
    bid.published = _rounded(kept, count * unit, PUBLISHED_PLACES)


def _place(bids: list[Bid], rubric: Rubric) -> None:
    """Give every bid its rank by the published value, ties told apart as far as the steps reach."""
    steps = _steps(rubric)
    following = 1
    ordered = sorted(bids, key=lambda bid: Decimal(bid.published), reverse=True)
    for _value, equal in groupby(ordered, key=lambda bid: bid.published):
        group = list(equal)
        if len(group) > 1:
            for bid in group:
                others = sorted(other.id for other in group if other is not bid)
                bid.tie = {"with": others, "resolved_by": "unresolved", "still_with": [], "needs": None}
        for part in _told_apart(group, steps):
            for bid in part:
                bid.rank = following
                if bid.tie and len(part) > 1:
                    bid.tie["still_with"] = sorted(other.id for other in part if other is not bid)
            following += len(part)


def _told_apart(group: list[Bid], steps: list[tuple[str, Callable[[Bid], Any]]]) -> list[list[Bid]]:
    """The group in parts, best first, a part of several being equal by every step taken."""
    if len(group) == 1:
        return [group]
    name, key = steps[0]
    if any(key(bid) is None for bid in group):  # a vote or draw that has not been held for all of them
        return [_waiting(group, name)]
    parts = [list(part) for _key, part in groupby(sorted(group, key=key, reverse=True), key=key)]
    if len(parts) > 1:
        for bid in group:
            if bid.tie:
                bid.tie["resolved_by"] = name
    if len(steps) == 1:
        return [part if len(part) == 1 else _waiting(part, name) for part in parts]
    return [finer for part in parts for finer in _told_apart(part, steps[1:])]


def _waiting(group: list[Bid], step: str) -> list[Bid]:
    for bid in group:
        if bid.tie:
            bid.tie |= {"resolved_by": "unresolved", "needs": step}
    return group


def _steps(rubric: Rubric) -> list[tuple[str, Callable[[Bid], Any]]]:
    """What tells equal bids apart, step by step, the higher key first; None where it has not been held."""
    core = rubric.core
    return [
        ("core_mean", lambda bid: Fraction(core.of(bid.criteria), core.unit * len(bid.sheets)) if core else 0),
        ("untrimmed_mean", lambda bid: Fraction(bid.values, len(bid.sheets))),
        ("deviation", lambda bid: -Fraction(_variation(bid), len(bid.sheets) ** 2)),
        ("panel_vote", lambda bid: bid.tie_vote),
        ("witnessed_draw", lambda bid: None if bid.drawn_lot is None else -bid.drawn_lot),
    ]


def _variation(bid: Bid) -> int:
    """The population variance of a bid's values, times the square of their number."""
    return len(bid.sheets) * bid.squares - bid.values**2


def _moments(numbers: list[int], unit: int) -> tuple[Fraction, Fraction]:
    """Mean and population variance of numbers in this unit, exact."""
    count, total = len(numbers), sum(numbers)
    squares = sum([number * number for number in numbers])
    return Fraction(total, count * unit), Fraction(count * squares - total**2, (count * unit) ** 2)


def _root(number: Fraction) -> Fraction:
    """The square root: exact where it is rational, otherwise to fifty digits."""
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if above * above == number.numerator and below * below == number.denominator:
        return Fraction(above, below)
    return Fraction(_ROOTS.sqrt(_ROOTS.divide(Decimal(number.numerator), Decimal(number.denominator))))


def _told(bid: Bid, rubric: Rubric, unit: int) -> Json:
    count = len(bid.sheets)
    points = rubric.total.unit
    return {
        "id": bid.id,
        "rank": bid.rank,
        "published": bid.published or None,
        "mean_untrimmed": _shown(bid.values, count * unit) if count else None,
        "mean_raw": _shown(bid.totals, count * points) if count else None,
        "deviation": _shown_root(_variation(bid), (count * unit) ** 2) if count else None,
        "spread": _shown(bid.spread, points) if count else None,
        "sheets": [
            {
                "id": sheet.id,
                "reviewer": sheet.reviewer,
                "total": _shown(sheet.total, points),
                "value": _shown(sheet.value, unit),
                "trimmed": sheet.trimmed or False,
            }
            for sheet in bid.sheets
        ],
        "criteria": {key: _rounded(sum_, count * MILLION, PUBLISHED_PLACES) for key, sum_ in bid.criteria.items()},
        "axes": {
            axis: _rounded(weighting.of(bid.criteria), count * weighting.unit, PUBLISHED_PLACES)
            for axis, weighting in (rubric.axes.items() if count else ())
        },
        "below_threshold": bid.below,
        "flags": bid.flags,
        "tie": bid.tie,
    }


def _shown(numerator: int, denominator: int) -> str:
    return _rounded(numerator, denominator, SHOWN_PLACES)


def _shown_root(numerator: int, denominator: int) -> str:
    """The square root rounded half up, exactly: the root of 4 n is twice the root of n, cut off below."""
    halves = isqrt(4 * numerator * 10 ** (2 * SHOWN_PLACES) // denominator)
    return _shown((halves + 1) // 2, 10**SHOWN_PLACES)


def _plain(millionths: int) -> str:
    return _shown(millionths, MILLION).rstrip("0").rstrip(".")


def _rounded(numerator: int, denominator: int, places: int) -> str:
    """Decimal text, rounded half up (away from zero) from the exact value."""
    digits = str((2 * abs(numerator) * 10**places + denominator) // (2 * denominator)).zfill(places + 1)
    sign = "-" if numerator < 0 and digits.strip("0") else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
