from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calendar import SHANGHAI, CalendarUnknown, add_working_days, is_working_day

LAST_KNOWN_YEAR = max(chinese_calendar.constants.holidays).year


def at(year, month, day, hour=10):
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (at(2024, 5, 6), 5, date(2024, 5, 11)),  # Saturday 11 May is worked for the May holiday
        (at(2024, 9, 27), 5, date(2024, 10, 10)),  # Sunday 29 September is worked, 1-7 October is National Day
        (at(2025, 1, 24), 6, date(2025, 2, 8)),  # Sunday 26 January and Saturday 8 February are worked
        (at(2020, 1, 23), 1, date(2020, 2, 3)),  # the Spring Festival that was lengthened
        (at(2018, 12, 28), 2, date(2019, 1, 2)),  # the notice for 2019 moved days of December 2018
        (at(2026, 11, 23), 5, date(2026, 11, 30)),
        (at(2026, 9, 19), 1, date(2026, 9, 20)),  # a start on a Saturday, before a Sunday that is worked
    ],
)
def test_working_days_follow_the_announced_calendar(start, days, last):
    end = add_working_days(start, days)

    assert end.date() == last
    assert end.isoformat().endswith("T23:59:59.999999+08:00")


def test_day_of_the_start_is_the_one_in_china():
    late_on_monday_in_utc = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # Tuesday 00:00 in Shanghai

    assert add_working_days(late_on_monday_in_utc, 1).date() == date(2026, 11, 25)
    assert add_working_days(late_on_monday_in_utc - timedelta(microseconds=1), 1).date() == date(2026, 11, 24)
    in_new_york = datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("America/New_York"))
    assert add_working_days(in_new_york, 1).date() == date(2026, 11, 25)


@given(st.integers(0, 7800).map(lambda days: at(2004, 1, 1) + timedelta(days=days)), st.integers(1, 40))
def test_exactly_that_many_working_days_lie_between(start, days):
    end = add_working_days(start, days)
    passed = [start.date() + timedelta(days=n + 1) for n in range((end.date() - start.date()).days)]

    assert sum(is_working_day(day) for day in passed) == days
    assert is_working_day(passed[-1])


@pytest.mark.parametrize("year", [2003, LAST_KNOWN_YEAR + 1])
def test_year_without_announcement_is_refused(year):
    with pytest.raises(CalendarUnknown, match=str(year)) as refused:
        add_working_days(at(year, 3, 2), 1)

    assert refused.value.year == year


def test_period_running_into_an_unknown_year_is_refused():
    with pytest.raises(CalendarUnknown) as refused:
        add_working_days(at(LAST_KNOWN_YEAR, 12, 22), 8)

    assert refused.value.year == LAST_KNOWN_YEAR + 1


def test_last_days_of_the_last_known_year_wait_for_the_next_notice():
    assert is_working_day(date(LAST_KNOWN_YEAR, 12, 28)) in (True, False)
    for day in (29, 30, 31):
        with pytest.raises(CalendarUnknown):
            is_working_day(date(LAST_KNOWN_YEAR, 12, day))


def test_no_notice_ever_moved_a_december_day_before_the_29th():
    moved = {*chinese_calendar.constants.holidays, *chinese_calendar.constants.workdays}

    assert min(day.day for day in moved if day.month == 12) == 29


@pytest.mark.parametrize("days", [0, -1])
def test_fewer_than_one_day_is_refused(days):
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(at(2026, 3, 2), days)


def test_moment_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        add_working_days(datetime(2026, 3, 2), 1)  # noqa: DTZ001
