"""What the API says about the calendar, and what it takes."""

from datetime import date, datetime

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.schemas.common import Text


class CalendarYearIn(Schema):
    """One version of a year as announced."""

    year: int = Field(ge=2020, le=2100)
    title: Text = Field(min_length=4, max_length=200)
    number: Text = Field(min_length=2, max_length=100)
    off: list[date] = Field(max_length=200)
    worked: list[date] = Field(default_factory=list, max_length=60)


class CalendarYearSummary(Summary):
    """What the list says about a version."""

    year: int
    version: int
    title: str
    number: str
    decided_at: datetime | None


class CalendarYearDetail(CalendarYearSummary, WithTransitions):
    """The version with its days, and those on which it differs from the calendar installed."""

    off: list[date]
    worked: list[date]
    disputed: list[date]
    rejected_reason: str
