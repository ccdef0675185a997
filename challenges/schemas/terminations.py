"""What the API says about terminations."""

from datetime import datetime
from uuid import UUID

from ninja import Field

from accounts.schemas import DocumentOut, Summary, WithTransitions
from challenges.models import Termination
from challenges.schemas.common import ChallengeRef, name_of


class TerminationSummary(Summary):
    """What the list says about a termination; `exempt` is null until it is decided."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    answer_by: datetime
    answered_at: datetime | None
    decided_at: datetime | None
    exempt: bool | None


class TerminationDetail(TerminationSummary, WithTransitions):
    """The facts, the team's dossier, the finding with its reasons."""

    proposed_by: str = Field(alias="proposed_by.name")
    facts: str
    fraud_alleged: bool
    tried: str
    records: str
    cause: str
    fraud: bool
    reasons: str
    decided_by: str | None
    documents: list[DocumentOut]

    @staticmethod
    def resolve_decided_by(termination: Termination) -> str | None:
        return name_of(termination.decided_by)
