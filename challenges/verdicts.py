"""Whether a measured value meets the target agreed on: comparator, tolerance, uncertainty. Pure, in `Decimal`.

`>=` and `<=` are met when the measured value is on the right side of the agreed one by at least the guard band,
`guard_band` per cent of the stated uncertainty: 0 is simple acceptance, 100 guarded acceptance with w = U
(JCGM 106:2012, 8.3; ILAC-G8:09/2019). `=` between numbers is met when they differ by no more than `tolerance` per cent
of the agreed value, less the same guard band. Text is met when it is the same after trimming.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any

EXACT = Context(prec=120)  # more digits than two values of forty and a percentage can fill, so nothing is rounded
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Goal:
    """What was agreed on: a number, or text where the comparator is `=`."""

    comparator: str
    value: str

    @property
    def number(self) -> Decimal | None:
        """The agreed value as a number; None for text."""
        try:
            found = Decimal(self.value)
        except InvalidOperation:
            return None
        return found if found.is_finite() else None


@dataclass(frozen=True)
class Margins:
    """`guard_band`: per cent of the uncertainty that must be held; `tolerance`: per cent of the goal for `=`."""

    guard_band: Decimal = Decimal(0)
    tolerance: Decimal = Decimal(0)


def goal_of(target: dict[str, Any]) -> Goal:
    """The goal of one target as a contract keeps it."""
    return Goal(target["comparator"], target["value"])


def meets(
    goal: Goal, *, number: Decimal | None, text: str = "", uncertainty: Decimal | None = None, margins: Margins
) -> bool:
    """Whether what was measured meets the goal; a number for a goal in numbers, text for one in text."""
    agreed = goal.number
    if agreed is None:
        return bool(text.strip()) and text.strip() == goal.value.strip()
    if number is None:
        return False
    guard = EXACT.divide(EXACT.multiply(uncertainty or Decimal(0), margins.guard_band), HUNDRED)
    match goal.comparator:
        case ">=":
            return EXACT.subtract(number, agreed) >= guard
        case "<=":
            return EXACT.subtract(agreed, number) >= guard
    allowed = EXACT.divide(EXACT.multiply(abs(agreed), margins.tolerance), HUNDRED)
    return EXACT.add(EXACT.abs(EXACT.subtract(number, agreed)), guard) <= allowed


def share_met(verdicts: Iterable[bool]) -> Decimal:
    """The share of targets met, each of the same weight, in per cent; 100 where there is none."""
    found = list(verdicts)
    return HUNDRED * sum(found) / len(found) if found else HUNDRED
