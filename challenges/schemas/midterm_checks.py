"""What the API says about mid-term checks."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import DocumentOut, Summary, WithTransitions
from challenges.models import MidtermCheck
from challenges.schemas.common import ChallengeRef, name_of


class MidtermCheckSummary(Summary):
    """What the list says about a mid-term check; `conclusion` is empty until there is one."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    due_on: date
    reported_at: datetime | None
    conclude_by: datetime | None
    conclusion: str
    concluded_at: datetime | None


class Progress(Schema):
    """How far the work on one target is, in the team's words."""

    name: str
    progress: str


class MidtermCheckDetail(MidtermCheckSummary, WithTransitions):
    """The report and the conclusion; the step `report` takes the targets as `target_1`, `target_2`, and so on."""

    opens_on: date
    summary: str
    progress: list[Progress]
    spent: Decimal | None
    spending: str
    problems: str
    opinion: str
    concluded_by: str | None
    documents: list[DocumentOut]

    @staticmethod
    def resolve_concluded_by(check: MidtermCheck) -> str | None:
        return name_of(check.concluded_by)
