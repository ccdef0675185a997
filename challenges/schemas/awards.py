"""What the API says about awards and objections, and what it takes."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import DocumentOut, Named, Summary, WithTransitions
from challenges.actions.awards import ranking_of
from challenges.models import Award, Objection
from challenges.schemas.challenges import RankingRow
from challenges.schemas.common import ChallengeRef, Text


class AwardSummary(Summary):
    """What the list says about an award."""

    challenge: ChallengeRef
    notice_opens_at: datetime | None
    notice_ends_at: datetime | None
    confirmed_at: datetime | None


class WinnerOut(Schema):
    """A winning bid."""

    id: UUID
    lead: Named
    rank: int | None
    score: Decimal | None


class AwardDetail(AwardSummary, WithTransitions):
    """The proposal with its winners and the ranking that it rests on."""

    departs_from_ranking: bool
    reason: str
    ranking_sha256: str
    remedy: str
    revoked_reason: str
    revoked_at: datetime | None
    bids: list[WinnerOut]
    ranking: list[RankingRow]

    @staticmethod
    def resolve_bids(award: Award) -> Any:
        return award.bids.select_related("lead").order_by("rank", "code")

    @staticmethod
    def resolve_ranking(award: Award) -> list[dict[str, Any]]:
        return ranking_of(award)


class AppealIn(Schema):
    """An appeal: its ground, the facts, and where the evidence can be verified; files are added to it afterwards."""

    ground: str = Field(description="`procedure` or `fact`; academic judgement is refused with the reason.")
    text: Text = Field(min_length=10, max_length=10_000)
    evidence_note: Text = Field(min_length=10, max_length=2000)


class ObjectionIn(AppealIn):
    """A named objection."""

    name: Text = Field(min_length=2, max_length=200)
    contact: Text = Field(min_length=3, max_length=200)


class ObjectionSummary(Summary):
    """What the list says about an objection."""

    award: UUID = Field(alias="award_id")
    challenge: ChallengeRef = Field(alias="award.challenge")
    name: str
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    decided_at: datetime | None


class ObjectionDetail(ObjectionSummary, WithTransitions):
    """The objection with its evidence and decision."""

    contact: str
    ground: str
    text: str
    evidence_note: str
    against: UUID | None = Field(alias="against_id")
    handler: str | None
    decision: str
    remedy: str
    disqualified: UUID | None = Field(alias="disqualified_id")
    appeal_until: datetime | None
    documents: list[DocumentOut]

    @staticmethod
    def resolve_handler(objection: Objection) -> str | None:
        return str(objection.handler) if objection.handler else None
