"""The ranking of a challenge's bids from its score sheets, with nothing but the standard library.

Every number enters as an integer or as decimal text and every step but the square root is exact, so neither the order
of the sheets nor the machine can change a result. Rounding happens once, half up, on the value that is published.

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
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from itertools import groupby
from math import isqrt
from typing import Any

from reviews import ties
from reviews.canonical import canonical, digest
from reviews.ranking_inputs import (
    Bid,
    Criterion,
    InvalidInput,
    Json,
    Rules,
    Sheet,
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


def rank(inputs: Json) -> Json:
    """The result, as `_told` lists it bid by bid; InvalidInput if the inputs do not fit together."""
    criteria = criteria_of(inputs)
    rules = rules_of(inputs)
    bids = bids_of(inputs)
    void = hand_out_sheets(inputs, criteria, bids)
    everything = [sheet for bid in bids.values() for sheet in bid.sheets]
    normalization = _normalize(everything, rules)
    for bid in bids.values():
        _judge(bid, criteria, rules)
    _place([bid for bid in bids.values() if "quorum" not in bid.flags and not bid.below])
    # Among unranked and among equal ranks the list is merely printed in the order of ids.
    printed = sorted(bids.values(), key=lambda bid: (bid.rank is None, bid.rank or 0, bid.id))
    return {
        "algorithm": ALGORITHM,
        "normalization": normalization,
        "void": void,
        "bids": [_told(bid, criteria) for bid in printed],
        "needs": sorted({bid.tie["needs"] for bid in printed if bid.tie and bid.tie["needs"]}),
    }


def snapshot(inputs: Json) -> Json:
    """Inputs (lists in the order of their ids), result and the SHA-256 of both, for anyone to recompute."""
    ordered = in_order(inputs)
    result = rank(ordered)
    return {"inputs": ordered, "result": result, "sha256": digest({"inputs": ordered, "result": result})}


def verify(stored: Json) -> list[str]:
    """What differs when a snapshot is recomputed, votes and lots included; nothing if it is true to the byte."""
    try:
        again = snapshot(stored["inputs"])
        found = ties.problems(stored["inputs"])
        told = {key: canonical(stored[key]) for key in ("inputs", "result", "sha256")}
    except (InvalidInput, AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"not a snapshot of a ranking: {error!r}"]
    problems = found
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


def _normalize(sheets: list[Sheet], rules: Rules) -> Json:
    """Set each sheet's value; say whether totals were normalised, and why not if they were not."""
    by_reviewer: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        by_reviewer[sheet.reviewer].append(sheet)
    moments = {reviewer: _moments(sheet.total for sheet in own) for reviewer, own in by_reviewer.items()}
    if len({frozenset(sheet.bid for sheet in own) for own in by_reviewer.values()}) <= 1:
        reason = "same_bids"
    elif any(len(own) < rules.z_min_bids for own in by_reviewer.values()):
        reason = "too_few_bids"
    elif any(not variance for _mean, variance in moments.values()):
        reason = "no_spread"
    else:
        reason = "applied"
    applied = reason == "applied"
    told: Json = {"applied": applied, "reason": reason}
    if applied:
        mean, variance = _moments(sheet.total for sheet in sheets)
        for reviewer, own in by_reviewer.items():
            own_mean, own_variance = moments[reviewer]
            stretch = _root(variance / own_variance)
            for sheet in own:
                sheet.value = mean + (sheet.total - own_mean) * stretch
        told |= {"mean": _shown(mean), "deviation": _shown(_root(variance))}
        told["reviewers"] = {
            reviewer: {"bids": len(by_reviewer[reviewer]), "mean": _shown(own_mean), "deviation": _shown(_root(own))}
            for reviewer, (own_mean, own) in moments.items()
        }
    return told


def _judge(bid: Bid, criteria: list[Criterion], rules: Rules) -> None:
    """Everything about one bid that does not depend on the others' places."""
    count = len(bid.sheets)
    if count < rules.quorum:
        bid.flags.append("quorum")
    if not count:
        return
    for item in criteria:
        mean = bid.criteria[item.key] = sum((sheet.scores[item.key] for sheet in bid.sheets), Fraction(0)) / count
        if item.threshold is not None and mean < item.threshold:
            bid.below.append({"criterion": item.key, "mean": _shown(mean), "threshold": _plain(item.threshold)})
    bid.core_mean = _share([item for item in criteria if item.core], bid.criteria) or Fraction(0)
    totals = [sheet.total for sheet in bid.sheets]
    bid.mean_raw = sum(totals, Fraction(0)) / count
    bid.spread = max(totals) - min(totals)
    if rules.total_threshold is not None and bid.mean_raw < rules.total_threshold:
        threshold = _plain(rules.total_threshold)
        bid.below.append({"criterion": "total", "mean": _shown(bid.mean_raw), "threshold": threshold})
    if bid.spread > rules.spread_limit:
        bid.flags.append("divergence")
    bid.mean_untrimmed, bid.variance = _moments(sheet.value for sheet in bid.sheets)
    kept = bid.sheets
    if count >= rules.trim_from:
        # Which of several equal sheets bears the mark does not matter to the mean.
        lowest, *kept, highest = sorted(bid.sheets, key=lambda sheet: (sheet.value, sheet.id))
        lowest.trimmed, highest.trimmed = "lowest", "highest"
    bid.published = _rounded(sum((sheet.value for sheet in kept), Fraction(0)) / len(kept), PUBLISHED_PLACES)


def _place(bids: list[Bid]) -> None:
    """Give every bid its rank by the published value, ties told apart as far as the steps reach."""
    following = 1
    ordered = sorted(bids, key=lambda bid: Decimal(bid.published), reverse=True)
    for _value, equal in groupby(ordered, key=lambda bid: bid.published):
        group = list(equal)
        if len(group) > 1:
            for bid in group:
                others = sorted(other.id for other in group if other is not bid)
                bid.tie = {"with": others, "resolved_by": "unresolved", "still_with": [], "needs": None}
        for part in _told_apart(group, _STEPS):
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


_STEPS: list[tuple[str, Callable[[Bid], Any]]] = [
    ("core_mean", lambda bid: bid.core_mean),
    ("untrimmed_mean", lambda bid: bid.mean_untrimmed),
    ("deviation", lambda bid: -bid.variance),
    ("panel_vote", lambda bid: bid.tie_vote),
    ("witnessed_draw", lambda bid: None if bid.drawn_lot is None else -bid.drawn_lot),
]


def _share(criteria: list[Criterion], means: Mapping[str, Fraction]) -> Fraction | None:
    """The weighted mean, out of 100, over some of the criteria; None where they have no weight."""
    weights = sum((item.weight for item in criteria), Fraction(0))
    if not weights:
        return None
    return sum((100 * item.weight * means[item.key] / item.scale for item in criteria), Fraction(0)) / weights


def _moments(numbers: Iterable[Fraction]) -> tuple[Fraction, Fraction]:
    """Mean and population variance, exact."""
    values = list(numbers)
    mean = sum(values, Fraction(0)) / len(values)
    return mean, sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values)


def _root(number: Fraction) -> Fraction:
    """The square root: exact where it is rational, otherwise to fifty digits."""
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if above * above == number.numerator and below * below == number.denominator:
        return Fraction(above, below)
    return Fraction(_ROOTS.sqrt(_ROOTS.divide(Decimal(number.numerator), Decimal(number.denominator))))


def _told(bid: Bid, criteria: list[Criterion]) -> Json:
    judged = bool(bid.sheets)
    axes = {}
    for axis in sorted({item.axis for item in criteria if item.axis}) if judged else ():
        share = _share([item for item in criteria if item.axis == axis], bid.criteria)
        if share is not None:
            axes[axis] = _rounded(share, PUBLISHED_PLACES)
    return {
        "id": bid.id,
        "rank": bid.rank,
        "published": bid.published or None,
        "mean_untrimmed": _shown(bid.mean_untrimmed) if judged else None,
        "mean_raw": _shown(bid.mean_raw) if judged else None,
        "deviation": _shown(_root(bid.variance)) if judged else None,
        "spread": _shown(bid.spread) if judged else None,
        "sheets": [
            {
                "id": sheet.id,
                "reviewer": sheet.reviewer,
                "total": _shown(sheet.total),
                "value": _shown(sheet.value),
                "trimmed": sheet.trimmed or False,
            }
            for sheet in bid.sheets
        ],
        "criteria": {key: _rounded(mean, PUBLISHED_PLACES) for key, mean in bid.criteria.items()},
        "axes": axes,
        "below_threshold": bid.below,
        "flags": bid.flags,
        "tie": bid.tie,
    }


def _shown(number: Fraction) -> str:
    return _rounded(number, SHOWN_PLACES)


def _plain(number: Fraction) -> str:
    text = _shown(number)
    return text.rstrip("0").rstrip(".")


def _rounded(number: Fraction, places: int) -> str:
    """Decimal text, rounded half up (away from zero) from the exact value."""
    above = 2 * abs(number.numerator) * 10**places + number.denominator
    digits = above // (2 * number.denominator)
    sign = "-" if number < 0 and digits else ""
    return f"{sign}{digits // 10**places}.{digits % 10**places:0{places}d}"
