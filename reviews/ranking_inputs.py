"""What a ranking is computed from, checked in full before anything is computed.

    {"bids":     [{"id", "tie_vote"?: votes of the panel, "drawn_lot"?: lot of the witnessed draw, lower first}],
     "criteria": [{"key", "weight", "scale": highest score, "threshold"?: raw, "core"?: bool, "axis"?}],
     "sheets":   [{"id", "reviewer", "bid", "void"?: bool, "scores": {criterion: score},
                   "amendments"?: [{"criterion", "before", "after"}], in their order; the last one is the score}],
     "rules":    {"quorum", "z_min_bids", "trim_from", "spread_limit", "total_threshold"?},
     "tie_break"?: the ballots and the draw behind votes and lots, as `reviews.ties` verifies them}

Numbers are integers or decimal text ("85.5") of at most six places, never floats; here each becomes a whole number of
millionths, so that everything after is the arithmetic of integers. Other keys may stand there and are kept.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any, Never

_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)
MILLION = 10**6

Json = dict[str, Any]


class InvalidInput(ValueError):
    """The inputs are no complete and consistent set of sheets; the message names the first thing wrong."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rubric, its numbers in millionths; `threshold` is on the raw scale."""

    key: str
    weight: int
    scale: int
    threshold: int | None
    core: bool
    axis: str | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers a ranking goes by; the limit and the threshold in millionths of a point."""

    quorum: int
    z_min_bids: int
    trim_from: int
    spread_limit: int
    total_threshold: int | None


class Weighting:
    """The weighted mean, out of 100, over criteria that have some weight: `of(scores) / unit`, exactly."""

    def __init__(self, criteria: Iterable[Criterion]) -> None:
        chosen = list(criteria)
        weights = sum(item.weight for item in chosen)
        factors = {item.key: Fraction(100 * item.weight, item.scale * weights) for item in chosen}
        self.unit = lcm(*(factor.denominator for factor in factors.values()))
        self.factors = {key: int(factor * self.unit) for key, factor in factors.items()}

    def of(self, scores: Mapping[str, int]) -> int:
        """Of scores, or of sums of scores, in millionths."""
        return sum([scores[key] * factor for key, factor in self.factors.items()])


@dataclass(slots=True)
class Sheet:
    """One reviewer's judgement of one bid: the weighted total of its scores, in the unit of the weighting."""

    id: str
    reviewer: str
    bid: str
    total: int
    value: int  # the total, normalised if the challenge calls for it, then in the unit of the normalisation
    trimmed: str = ""


@dataclass(slots=True)
class Bid:
    """One bid with its sheets, filled in step by step; sums are over its sheets, in the units of these."""

    id: str
    tie_vote: int | None
    drawn_lot: int | None
    sheets: list[Sheet] = field(default_factory=list)
    criteria: dict[str, int] = field(default_factory=dict)
    totals: int = 0
    spread: int = 0
    values: int = 0
    squares: int = 0
    published: str = ""
    below: list[Json] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    rank: int | None = None
    tie: Json | None = None


def criteria_of(inputs: Json) -> list[Criterion]:
    """The criteria in the order of their keys."""
    criteria = []
    for item in _items(inputs, "criteria", "key"):
        weight, scale = _number(item.get("weight"), "weight"), _number(item.get("scale"), "scale")
        if weight < 0 or scale <= 0:
            raise InvalidInput("weights must not be negative, scales must be above zero")
        if not isinstance(item.get("axis", ""), str | None):
            raise InvalidInput("an axis is a text")
        threshold = None if item.get("threshold") is None else _number(item["threshold"], "threshold")
        criteria.append(
            Criterion(item["key"], weight, scale, threshold, item.get("core", False) is True, item.get("axis"))
        )
    if not sum(item.weight for item in criteria):
        raise InvalidInput("the weights sum to zero")
    if any(item.core for item in criteria) and not sum(item.weight for item in criteria if item.core):
        raise InvalidInput("the core criterion has no weight")
    return sorted(criteria, key=lambda item: item.key)


def rules_of(inputs: Json) -> Rules:
    """The numbers of the rule set that the ranking goes by."""
    given = _member(inputs, "rules", dict)
    total = given.get("total_threshold")
    rules = Rules(
        quorum=_whole(given.get("quorum"), "quorum"),
        z_min_bids=_whole(given.get("z_min_bids"), "z_min_bids"),
        trim_from=_whole(given.get("trim_from"), "trim_from"),
        spread_limit=_number(given.get("spread_limit"), "spread_limit"),
        total_threshold=None if total is None else _number(total, "total_threshold"),
    )
    if rules.quorum < 1 or rules.trim_from < 3:
        raise InvalidInput("the quorum is at least 1, and at least 3 sheets are needed to trim two")
    return rules


def bids_of(inputs: Json) -> dict[str, Bid]:
    """The bids by id, still without sheets."""

    def optional(item: Mapping[str, Any], key: str) -> int | None:
        return None if item.get(key) is None else _whole(item[key], key)

    return {
        item["id"]: Bid(item["id"], optional(item, "tie_vote"), optional(item, "drawn_lot"))
        for item in _items(inputs, "bids", "id")
    }


def hand_out_sheets(inputs: Json, criteria: list[Criterion], bids: dict[str, Bid], weighting: Weighting) -> list[str]:
    """Give each bid its sheets in the order of their ids; the ids of the void ones are returned."""
    lines = [(item.key, item.scale, weighting.factors[item.key]) for item in criteria]
    keys = weighting.factors.keys()
    void, seen = [], set()
    for item in sorted(_items(inputs, "sheets", "id"), key=lambda sheet: str(sheet["id"])):
        if not isinstance(item.get("void", False), bool):
            _fail(f"sheet {item['id']} is neither void nor not void")
        if item.get("void", False):
            void.append(item["id"])
            continue
        reviewer, bid = item.get("reviewer"), item.get("bid")
        if not isinstance(reviewer, str) or not isinstance(bid, str) or bid not in bids:
            _fail(f"sheet {item['id']} names no reviewer or no bid of this ranking")
        if (reviewer, bid) in seen:
            _fail(f"reviewer {reviewer} has two sheets on bid {bid}")
        seen.add((reviewer, bid))
        given = _member(item, "scores", dict)
        if given.keys() != keys:
            _fail(f"sheet {item['id']} does not score exactly the criteria")
        sums, total = bids[bid].criteria, 0
        for key, scale, factor in lines:
            score = _number(given[key], "score")
            if not 0 <= score <= scale:
                _fail(f"sheet {item['id']} has a score outside its scale")
            sums[key] = sums.get(key, 0) + score
            total += score * factor
        bids[bid].sheets.append(Sheet(item["id"], reviewer, bid, total, value=total))
    return void


def amendment_problems(inputs: Json) -> list[str]:
    """Sheets whose amendments do not lead, one after the other, to the score that stands there."""
    found = []
    for sheet in inputs["sheets"]:
        reached: dict[str, str] = {}
        for item in sheet.get("amendments", ()):
            key, before, after = item["criterion"], item["before"], item["after"]
            if before == after or reached.get(key, before) != before or not isinstance(after, str):
                found.append(f"the amendments of sheet {sheet['id']} do not follow from each other")
            reached[key] = after
        if any(sheet["scores"].get(key) != after for key, after in reached.items()):
            found.append(f"sheet {sheet['id']} does not hold its amended scores")
    return found


def _items(inputs: Json, name: str, key: str) -> list[Json]:
    items: list[Json] = _member(inputs, name, list)
    if not all(isinstance(item, dict) and isinstance(item.get(key), str) and item[key] for item in items):
        _fail(f"each of the {name} needs a text as its {key}")
    for identifier, count in Counter(item[key] for item in items).items():
        if count > 1:
            _fail(f"{identifier} stands {count} times among the {name}")
    return items


def _member(given: Any, name: str, kind: type[Any]) -> Any:
    value = given.get(name) if isinstance(given, dict) else None
    if not isinstance(value, kind):
        _fail(f"{name} is missing or of the wrong kind")
    return value


def _number(value: Any, what: str) -> int:
    """In millionths."""
    if not isinstance(value, str) and (isinstance(value, bool) or not isinstance(value, int)):
        _fail(f"{what} {value!r} is neither an integer nor decimal text")
    number = _parsed(value if isinstance(value, str) else str(value))
    if number is None:
        _fail(f"{what} {value!r} is not a decimal number with at most six places")
    return number


@lru_cache(maxsize=100_000)
def _parsed(text: str) -> int | None:
    return int(Fraction(text) * MILLION) if _NUMBER.fullmatch(text) else None


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        _fail(f"{what} {value!r} is not an integer")
    return value


def _fail(reason: str) -> Never:
    raise InvalidInput(reason)


def in_order(inputs: Json) -> Json:
    """The same inputs with bids, criteria and sheets in the order of their ids."""
    ordered = dict(inputs)
    for name, key in (("bids", "id"), ("criteria", "key"), ("sheets", "id")):
        ordered[name] = sorted(_items(inputs, name, key), key=lambda item: str(item[key]))
    return ordered
