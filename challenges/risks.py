"""What about a contract in force needs somebody's eye, in words: read from plain data, without database or clock.

The numbers that say when something is a risk are those of the challenge's frozen rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Tone = Literal["bad", "care", "wait"]
TONES: tuple[Tone, ...] = ("bad", "care", "wait")


@dataclass(frozen=True)
class Step:
    """One milestone: its share of the amount in per cent, and how many core targets it proves lack a measured value."""

    title: str
    state: str
    share: Decimal
    due: date | None
    rectify_by: date | None = None
    submitted: date | None = None
    unproved: int = 0


@dataclass(frozen=True)
class Standing:
    """A contract in force as it stands on a day; money in yuan."""

    today: date
    began: date
    steps: tuple[Step, ...]
    frozen: Decimal = Decimal(0)
    unfunded: Decimal = Decimal(0)  # asked for or approved, and not arrived yet
    termination: bool = False
    amendment: str = ""


@dataclass(frozen=True)
class Limits:
    """When something is a risk: days ahead that are looked at, days to accept, points that work may lag behind time."""

    horizon: timedelta
    acceptance: timedelta
    lag: Decimal


@dataclass(frozen=True)
class Risk:
    """One flag: a code for programs, how grave it is, and the reason in words."""

    code: str
    tone: Tone
    text: str


def risks(standing: Standing, limits: Limits) -> list[Risk]:
    """The flags of a contract, the gravest first; of one gravity in the order of its milestones."""
    found = [*_of_the_whole(standing, limits)]
    for step in standing.steps:
        found += _of_a_step(step, standing.today, limits)
    return sorted(found, key=lambda risk: TONES.index(risk.tone))


def _of_the_whole(standing: Standing, limits: Limits) -> Iterator[Risk]:
    if standing.termination:
        yield Risk("termination", "bad", _("A termination is being decided."))
    if standing.frozen:
        yield Risk("frozen", "bad", _("%(amount)s yuan are frozen.") % {"amount": f"{standing.frozen:,.2f}"})
    if standing.unfunded:
        text = _("%(amount)s yuan are asked for, and the money has not arrived.")
        yield Risk("unfunded", "care", text % {"amount": f"{standing.unfunded:,.2f}"})
    passed, done = elapsed(standing), accepted(standing)
    if passed - done > limits.lag:
        text = _("%(passed)d %% of the time has passed, and %(done)d %% of the work is accepted.")
        yield Risk("slow", "care", text % {"passed": passed, "done": done})
    if standing.amendment:
        text = _("A change of the contract waits for its decision: %(which)s.")
        yield Risk("amendment", "wait", text % {"which": standing.amendment})


def _of_a_step(step: Step, today: date, limits: Limits) -> Iterator[Risk]:
    words = {"title": step.title}
    if step.state == "failed":
        yield Risk("failed", "bad", _("“%(title)s” has failed, and what follows is not decided.") % words)
    if step.state in ("submitted", "under_acceptance") and step.submitted is not None:
        late = (today - step.submitted - limits.acceptance).days
        if late > 0:
            text = ngettext(
                "The acceptance of “%(title)s” is %(n)d day late.",
                "The acceptance of “%(title)s” is %(n)d days late.",
                late,
            )
            yield Risk("acceptance", "bad", text % (words | {"n": late}))
    due = step.rectify_by if step.state == "rectification" else step.due
    if step.state not in ("planned", "rectification") or due is None:
        return
    left = (due - today).days
    if left < 0:
        text = ngettext("“%(title)s” is %(n)d day overdue.", "“%(title)s” is %(n)d days overdue.", -left)
        yield Risk("overdue", "bad", text % (words | {"n": -left}))
    elif step.state == "rectification":
        text = _("“%(title)s” was sent back; its rectification is due on %(day)s.")
        yield Risk("rectification", "care", text % (words | {"day": due.isoformat()}))
    elif left <= limits.horizon.days:
        text = ngettext("“%(title)s” is due in %(n)d day.", "“%(title)s” is due in %(n)d days.", left)
        yield Risk("due", "wait", text % (words | {"n": left}))
    if step.unproved and left <= limits.horizon.days:
        text = ngettext(
            "“%(title)s”: %(n)d core target has no measured value with a report yet.",
            "“%(title)s”: %(n)d core targets have no measured value with a report yet.",
            step.unproved,
        )
        yield Risk("unproved", "care", text % (words | {"n": step.unproved}))


def elapsed(standing: Standing) -> Decimal:
    """How much of the time from the beginning to the last due date has passed, in per cent; nothing without dates."""
    dates = [step.due for step in standing.steps if step.due is not None]
    if not dates or standing.today <= standing.began:
        return Decimal(0)
    gone, whole = (standing.today - standing.began).days, (max(dates) - standing.began).days
    return (Decimal(100) * gone / whole).quantize(Decimal(1)) if gone < whole else Decimal(100)


def accepted(standing: Standing) -> Decimal:
    """The shares of the milestones accepted, or closed without blame, in per cent."""
    return sum((step.share for step in standing.steps if step.state in ("accepted", "closed")), Decimal(0))
