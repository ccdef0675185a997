"""What the API says about the region, and what it takes: the funnel, the plan's targets and their figures."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.schemas.common import Amount, Number, Text


class StageOut(Schema):
    """One stage of the funnel."""

    key: str
    word: str

    @staticmethod
    def resolve_word(stage: Any) -> str:
        """In the caller's language."""
        return str(stage.word)


class FunnelCell(Schema):
    """How many challenges of one industry, filed in one year, reached each stage, in the order of the stages."""

    industry: str
    year: int
    counts: list[int]


class FunnelOut(Schema):
    """The funnel as the caller may know it; a stage counts whatever ever reached it, bids from their opening on."""

    stages: list[StageOut]
    total: list[int] = Field(description="Over all industries and years, in the order of the stages.")
    cells: list[FunnelCell]


class RegionTargetOut(Schema):
    """One target of the plan."""

    id: UUID
    place: str
    measure: str
    least: Number
    most: Number | None
    unit: str
    each_year: bool
    by_year: int | None
    source: str


class RegionFigureIn(Schema):
    """A value on a day, as a document has it; the document's file is added afterwards."""

    value: Amount
    as_of: date
    source: Text = Field(min_length=2, max_length=200)


class RegionFigureSummary(Summary):
    """What the list says about a figure."""

    target_id: UUID
    value: Number
    as_of: date
    source: str
    decided_at: datetime | None


class RegionFigureDetail(RegionFigureSummary, WithTransitions):
    """The figure with its target, and why it was rejected."""

    target: RegionTargetOut
    rejected_reason: str


class RegionLine(Schema):
    """A target, what the system counts of it and how, and the latest confirmed figure; the two are never added."""

    target: RegionTargetOut
    counted: Number | None
    how: str
    reported: RegionFigureSummary | None
