"""China's working days, with the holidays and make-up days (调休) that the State Council announces year by year."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The notice for a year also moves the last days of the year before (29 December 2006, 2007 and 2018, say), so these
# days are known only with the next year's notice.
_SETTLED_UNTIL = (12, 28)


class CalendarUnknown(Exception):
    """No announcement for `year` is in the calendar installed, so nothing can be counted through it."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} are not known to the calendar installed")
        self.year = year


def is_working_day(day: date) -> bool:
    """Whether people work on this day in China; CalendarUnknown where that is not announced, never a guess."""
    working = _announced(day)
    if (day.month, day.day) > _SETTLED_UNTIL:
        _announced(date(day.year + 1, 1, 1))
    return working


def add_working_days(start: datetime, days: int) -> datetime:
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
        days -= is_working_day(day)
    return datetime.combine(day, time.max, SHANGHAI)


def _announced(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as unknown:
        raise CalendarUnknown(day.year) from unknown
