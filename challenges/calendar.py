"""China's working days, with the holidays and make-up days (调休) that the State Council announces year by year.

Two sources say them: the calendar installed, and for years it does not know the table that an operator enters from the
announcement and a decider approves. Where both know a year and differ, neither is believed until they agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import chinese_calendar
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from accounts.policy import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The notice for a year also moves the last days of the year before (29 December 2006, 2007 and 2018, say), so these
# days are known only with the next year's notice.
_SETTLED_UNTIL = (12, 28)


@dataclass(frozen=True)
class Announced:
    """What the announcement of one year moves: days off, and days of a weekend that are worked."""

    off: frozenset[date]
    worked: frozenset[date]


Table = Mapping[int, Announced]
EMPTY: Table = MappingProxyType({})


class CalendarUnknown(Exception):
    """No announcement for `year` is in the calendar or the table, so nothing can be counted through it."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} are not known")
        self.year = year


class CalendarDisputed(CalendarUnknown):
    """Calendar and table both know `year` and differ on these `days`; neither is believed."""

    def __init__(self, year: int, days: list[date]) -> None:
        super().__init__(year)
        self.days = days


def in_force() -> Table:
    """What operators entered and deciders approved, year by year."""
    rows = apps.get_model("challenges", "CalendarYear").objects.filter(state="in_force")
    return {row.year: row.announced for row in rows}


def is_working_day(day: date, table: Table = EMPTY) -> bool:
    """Whether people work on this day in China; CalendarUnknown where that is not announced, never a guess."""
    working = _said(day, day.year, table)
    if (day.month, day.day) > _SETTLED_UNTIL:
        moved = _said(day, day.year + 1, table)
        working = working if moved is None else moved
    return bool(working)


def add_working_days(start: datetime, days: int, table: Table = EMPTY) -> datetime:
    """The last moment, in Asia/Shanghai, of the `days`-th working day after the day of `start`, which does not count.

    That moment is 23:59:59.999999, the finest PostgreSQL tells apart: what comes later is late.
    """
    if start.tzinfo is None:
        raise ValueError("a moment without a time zone is on no certain day")
    if days < 1:
        raise ValueError("at least one working day is needed")
    day = start.astimezone(SHANGHAI).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, table)
    return datetime.combine(day, time.max, SHANGHAI)


def differences(year: int, announced: Announced) -> list[date]:
    """The days of `year` on which an announcement as entered and the calendar installed differ; none it lacks."""
    if not _installed(year):
        return []
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    settled = [day for day in days if (day.month, day.day) <= _SETTLED_UNTIL]
    return [day for day in settled if _by_table(day, announced) != bool(chinese_calendar.is_workday(day))]


def _said(day: date, year: int, table: Table) -> bool | None:
    """What the announcement of `year` says of this day; None of a day of the year before that it does not move."""
    entered = table.get(year)
    if _installed(year):
        if entered is not None and (disputed := differences(year, entered)):
            raise CalendarDisputed(year, disputed)
        return bool(chinese_calendar.is_workday(day))
    if entered is None:
        raise CalendarUnknown(year)
    if day.year != year and day not in entered.off | entered.worked:
        return None
    return _by_table(day, entered)


def _by_table(day: date, announced: Announced) -> bool:
    return day in announced.worked or (day.weekday() < 5 and day not in announced.off)


@cache
def _installed(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def why_uncounted(unknown: CalendarUnknown) -> Text:
    """Why no period can be counted, and who can mend it."""
    if isinstance(unknown, CalendarDisputed):
        days = ", ".join(f"{day:%Y-%m-%d}" for day in unknown.days)
        return _(
            "For %(year)s the table entered and the calendar installed differ on %(days)s, so nothing is counted. An "
            "operator compares both with the announcement and enters a corrected version, or has the calendar updated."
        ) % {"year": unknown.year, "days": days}
    return _(
        "The working days of %(year)s are not known to the platform yet. An operator enters them from the State "
        "Council's announcement, and a decider approves them."
    ) % {"year": unknown.year}
