"""What a panel's scores say side by side, from the ranking's snapshot, with nothing but the standard library.

* A sheet's total is the weighted mean of its scores, out of 100, amendments included, before any normalisation.
* A bid's spread is its highest total less its lowest; it diverges when that lies above the rule set's limit.
* A reviewer's severity is the mean, over the bids they scored, of their total less the mean of all totals of the bid:
  below zero they were stricter than the panel, above it more generous.
"""

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")


@dataclass(frozen=True)
class BidSpread:
    """One bid: its reviewers' totals in points of 100; None stands where nothing was scored."""

    id: str
    n: int
    mean: Decimal | None
    spread: Decimal | None
    diverges: bool
    axes: Mapping[str, str]


@dataclass(frozen=True)
class Severity:
    """One reviewer by the id of their seat: totals by bid, and how far they lie from the panel's means."""

    reviewer: str
    n: int
    deviation: Decimal
    totals: Mapping[str, Decimal]


@dataclass(frozen=True)
class Analysis:
    """Bids and reviewers in the order of their ids: no order tells who is best or strictest."""

    limit: Decimal
    bids: list[BidSpread]
    reviewers: list[Severity]


def analyse(snapshot: Mapping[str, Any], *, only: Container[str] | None = None) -> Analysis:
    """Heat map, spreads and severities of one snapshot, or of `only` some of its bids."""
    totals: dict[str, dict[str, Decimal]] = defaultdict(dict)
    deviations: dict[str, list[Decimal]] = defaultdict(list)
    bids = []
    for line in sorted(snapshot["result"]["bids"], key=lambda item: str(item["id"])):
        if only is not None and line["id"] not in only:
            continue
        given = {sheet["reviewer"]: Decimal(sheet["total"]) for sheet in line["sheets"]}
        mean = sum(given.values(), Decimal(0)) / len(given) if given else None
        for reviewer, total in given.items():
            totals[reviewer][line["id"]] = _cents(total)
            deviations[reviewer].append(total - (mean or 0))
        bids.append(
            BidSpread(
                id=line["id"],
                n=len(given),
                mean=None if mean is None else _cents(mean),
                spread=None if line["spread"] is None else _cents(Decimal(line["spread"])),
                diverges="divergence" in line["flags"],
                axes=line["axes"],
            )
        )
    reviewers = [
        Severity(reviewer, len(found), _cents(sum(found, Decimal(0)) / len(found)), totals[reviewer])
        for reviewer, found in sorted(deviations.items())
    ]
    return Analysis(Decimal(snapshot["inputs"]["rules"]["spread_limit"]), bids, reviewers)


def _cents(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP)
