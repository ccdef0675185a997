"""What the API says about credit records, and what it takes."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import DocumentOut, Named, Summary, WithTransitions
from challenges.schemas.common import ChallengeRef, Text

KindName = Literal["declined", "default", "at_fault", "withdrew", "false_material"]


class CreditRecordSummary(Summary):
    """What the list says about a credit record."""

    organization: Named
    challenge: ChallengeRef
    kind: str
    answer_by: datetime
    answered_at: datetime | None
    decided_at: datetime | None
    expires_at: datetime | None


class CreditRecordDetail(CreditRecordSummary, WithTransitions):
    """The record with its facts, the organisation's answer, the decision and the evidence."""

    facts: str
    answer: str = Field(alias="answer_text")
    decision: str
    documents: list[DocumentOut]

    @staticmethod
    def resolve_documents(record: Any) -> list[Any]:
        """The evidence of both sides."""
        return list(record.documents.all())


class CreditRecordIn(Schema):
    """A new record on a challenge: of its owner, or of a lead or partner of an opened bid."""

    organization: UUID
    kind: KindName
    facts: Text = Field(min_length=10, max_length=10000)
