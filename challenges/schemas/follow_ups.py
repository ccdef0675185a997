"""What the API says about follow-ups and referrals, and what it takes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.schemas.common import ChallengeRef, Text


class FollowUpSummary(Summary):
    """What the list says about a follow-up."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    years: int
    due_on: date
    reported_at: datetime | None


class FollowUpDetail(FollowUpSummary, WithTransitions):
    """The report: use, problems, and figures with their source (sales in yuan)."""

    usage: str
    problems: str
    sales: Decimal | None
    jobs: int | None
    source: str


class ReferralSummary(Summary):
    """What the list says about a referral."""

    outcome: UUID = Field(alias="outcome_id")
    challenge: ChallengeRef = Field(alias="outcome.contract.challenge")
    kind: str
    to: str
    answered_at: datetime | None


class ReferralDetail(ReferralSummary, WithTransitions):
    """The referral with what was asked for and answered."""

    note: str
    answer: str


class ReferralIn(Schema):
    """A new referral of a confirmed outcome."""

    kind: Literal["fund", "insurance", "pilot_base"]
    to: Text = Field(min_length=2, max_length=200)
    note: Text = Field(min_length=4, max_length=2000)
