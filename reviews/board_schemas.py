"""What the API says of a panel's progress, its scores side by side, its consensus, and of how reviews are done."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from reviews.board import Progress, Scores, Signed, Talk, Thread
from reviews.models import Assignment
from reviews.quality import Distribution


def _name(seat: Assignment) -> str:
    return str(seat.expert)


class MarkOut(Schema):
    """How far one sheet is: `waiting`, `started` or `locked`."""

    bid: str = Field(description="The bid's anonymous code")
    part: str
    mark: str


class RowOut(Schema):
    """One reviewer's sheets."""

    reviewer: str
    is_chair: bool
    marks: list[MarkOut]


class ProgressOut(Schema):
    """Who has come how far; nothing of the scores."""

    locked: int
    total: int
    rows: list[RowOut]

    @staticmethod
    def resolve_rows(found: Progress) -> list[dict[str, Any]]:
        return [
            {
                "reviewer": _name(seat),
                "is_chair": seat.is_chair,
                "marks": [
                    {"bid": bid.code, "part": item.sheet.part, "mark": item.mark}
                    for bid, cell in zip(found.bids, cells, strict=True)
                    for item in cell
                ],
            }
            for seat, cells in found.rows
        ]


class BidSpreadOut(Schema):
    """One bid's scores; mean and spread in points of 100."""

    code: str
    n: int
    mean: Decimal | None
    spread: Decimal | None
    diverges: bool
    axes: dict[str, Decimal] = Field(description="The trimmed means of quality, sharing and performance, out of 100")


class SeverityOut(Schema):
    """One reviewer's totals by the bid's code, and their mean deviation from the panel's means."""

    reviewer: str
    n: int
    deviation: Decimal
    totals: dict[str, Decimal | None]


class ScoresOut(Schema):
    """The scores of a panel side by side."""

    limit: Decimal
    bids: list[BidSpreadOut]
    reviewers: list[SeverityOut]

    @staticmethod
    def resolve_limit(found: Scores) -> Decimal:
        return found.analysis.limit

    @staticmethod
    def resolve_bids(found: Scores) -> list[dict[str, Any]]:
        return [
            {
                "code": bid.code,
                "n": line.n,
                "mean": line.mean,
                "spread": line.spread,
                "diverges": line.diverges,
                "axes": line.axes,
            }
            for bid, line in found.bids
        ]

    @staticmethod
    def resolve_reviewers(found: Scores) -> list[dict[str, Any]]:
        codes = [bid.code for bid, _line in found.bids]
        return [
            {
                "reviewer": _name(seat),
                "n": item.n,
                "deviation": item.deviation,
                "totals": dict(zip(codes, totals, strict=True)),
            }
            for seat, item, totals in found.reviewers
        ]


class TextOut(Schema):
    """A text of one member."""

    author: str
    text: str
    created_at: datetime

    @staticmethod
    def resolve_author(item: Any) -> str:
        return _name(item.assignment)


class MinutesOut(Schema):
    """The chair's minutes."""

    id: UUID
    text: str
    created_at: datetime


class SignedOut(Schema):
    """The minutes of one discussion and who confirmed them."""

    minutes: MinutesOut
    confirmed_by: list[str]

    @staticmethod
    def resolve_confirmed_by(found: Signed) -> list[str]:
        return [_name(seat) for seat in found.confirmed]


class DiscussionOut(Schema):
    """The written discussion of one bid; `id` is what the step `discuss` takes.

    `signed` are its minutes in a matched panel, in which each discussion has its own.
    """

    id: UUID = Field(alias="discussion.id")
    bid: str = Field(alias="discussion.bid.code")
    spread: Decimal = Field(alias="discussion.spread")
    remarks: list[TextOut]
    signed: SignedOut | None

    @staticmethod
    def resolve_remarks(item: Thread) -> Any:
        return item.discussion.remarks.all()


class TalkOut(Schema):
    """What the panel wrote in its consensus."""

    discussions: list[DiscussionOut] = Field(alias="threads")
    minutes: MinutesOut | None
    confirmed_by: list[str]
    minority_reports: list[TextOut]

    @staticmethod
    def resolve_minutes(found: Talk) -> Any:
        return found.signed.minutes if found.signed else None

    @staticmethod
    def resolve_confirmed_by(found: Talk) -> list[str]:
        return [_name(seat) for seat in found.signed.confirmed] if found.signed else []

    @staticmethod
    def resolve_minority_reports(found: Talk) -> Any:
        return found.reports


class BinOut(Schema):
    """How many reviewers lie in one bin."""

    label: str
    reviewers: int


class DistributionOut(Schema):
    """One measure over closed panels; no bins where too few reviewers have a value."""

    measure: str
    says: str
    n: int
    median: Decimal | None
    bins: list[BinOut] | None

    @staticmethod
    def resolve_measure(found: Distribution) -> str:
        return found.measure.key

    @staticmethod
    def resolve_says(found: Distribution) -> str:
        return str(found.measure.says)

    @staticmethod
    def resolve_median(found: Distribution) -> Decimal | None:
        return found.middle

    @staticmethod
    def resolve_bins(found: Distribution) -> list[dict[str, Any]] | None:
        return None if found.bins is None else [{"label": label, "reviewers": count} for label, count in found.bins]
