from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calendar import (
    SHANGHAI,
    Announced,
    CalendarDisputed,
    CalendarUnknown,
    add_working_days,
    differences,
    is_working_day,
)

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


# ── against the announcements themselves ──────────────────────────────────────────────────────────────────────────

# Written by hand after the announcements of the State Council's General Office (国务院办公厅关于部分节假日安排的通知),
# not from the calendar installed: runs of days off, and the days of weekends that are worked.
ANNOUNCED = {
    2024: (  # 国办发明电〔2023〕7号, 25 October 2023
        ("01-01", "01-01"), ("02-10", "02-17"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-10", "06-10"),
        ("09-15", "09-17"), ("10-01", "10-07"),
    ),
    2025: (  # 国办发明电〔2024〕12号, 12 November 2024
        ("01-01", "01-01"), ("01-28", "02-04"), ("04-04", "04-06"), ("05-01", "05-05"), ("05-31", "06-02"),
        ("10-01", "10-08"),
    ),
    2026: (  # 4 November 2025
        ("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21"),
        ("09-25", "09-27"), ("10-01", "10-07"),
    ),
}  # fmt: skip
WORKED = {
    2024: ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
    2025: ("01-26", "02-08", "04-27", "09-28", "10-11"),
    2026: ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
}


def run(first, last):
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("year", ANNOUNCED)
def test_every_day_of_the_year_is_as_announced(year):
    off = {day for first, last in ANNOUNCED[year] for day in run(f"{year}-{first}", f"{year}-{last}")}
    worked = {date.fromisoformat(f"{year}-{day}") for day in WORKED[year]}
    assert all(day.weekday() >= 5 for day in worked)
    known = run(f"{year}-01-01", f"{year}-12-{28 if year == LAST_KNOWN_YEAR else 31}")

    wrong = [day for day in known if is_working_day(day) != (day in worked or (day.weekday() < 5 and day not in off))]

    assert not wrong


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (at(2024, 2, 8), 5, date(2024, 2, 21)),  # Friday the 9th is worked, the 10th to 17th off, Sunday 18th worked
        (at(2024, 2, 9), 1, date(2024, 2, 18)),
        (at(2025, 9, 30), 5, date(2025, 10, 14)),  # off until 8 October; Saturday the 11th is worked
        (at(2020, 1, 23), 5, date(2020, 2, 7)),  # the lengthened Spring Festival, off until 2 February
    ],
)
def test_five_days_of_notice_run_around_the_announced_holidays(start, days, last):
    assert add_working_days(start, days).date() == last


# ── years that an operator enters ─────────────────────────────────────────────────────────────────────────────────

NEXT = LAST_KNOWN_YEAR + 1


def announced(off=(), worked=()):
    return Announced(frozenset(off), frozenset(worked))


def weekday(day, *, weekend):
    while (day.weekday() >= 5) is not weekend:
        day += timedelta(days=1)
    return day


def test_entered_year_is_counted_by_its_table():
    holiday, make_up = weekday(date(NEXT, 3, 2), weekend=False), weekday(date(NEXT, 3, 9), weekend=True)
    table = {NEXT: announced([holiday], [make_up])}
    assert not is_working_day(holiday, table)
    assert is_working_day(make_up, table)
    assert not is_working_day(weekday(date(NEXT, 5, 11), weekend=True), table)
    with pytest.raises(CalendarUnknown):
        is_working_day(date(NEXT, 12, 30), table)


def test_entered_year_settles_the_last_days_of_the_year_before():
    day = weekday(date(LAST_KNOWN_YEAR, 12, 29), weekend=False)
    assert is_working_day(day, {NEXT: announced()})
    assert not is_working_day(day, {NEXT: announced([day])})


def test_table_that_agrees_with_the_calendar_installed_changes_nothing():
    off = [day for day, _name in chinese_calendar.constants.holidays.items() if day.year == 2025]
    worked = [day for day, _name in chinese_calendar.constants.workdays.items() if day.year == 2025]
    agreeing = announced(off, worked)
    assert differences(2025, agreeing) == []
    assert add_working_days(at(2025, 9, 30), 5, {2025: agreeing}).date() == date(2025, 10, 14)


def test_two_sources_that_differ_are_refused_with_the_days_they_differ_on():
    off = [day for day, _name in chinese_calendar.constants.holidays.items() if day.year == 2025]
    worked = [day for day, _name in chinese_calendar.constants.workdays.items() if day.year == 2025]
    contradicting = announced([*off, date(2025, 6, 4)], worked)
    with pytest.raises(CalendarDisputed) as refused:
        add_working_days(at(2025, 3, 3), 1, {2025: contradicting})
    assert refused.value.days == [date(2025, 6, 4)]
