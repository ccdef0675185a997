"""What the API says about changes of a contract, and what it takes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.models import ContractAmendment
from challenges.schemas.common import ChallengeRef, Text


class AmendmentSummary(Summary):
    """What the list says about a change."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    number: int
    kind: str


class AmendmentOpinionOut(Schema):
    """An opinion; its author is not named."""

    supports: bool
    text: str
    given_at: datetime


class AmendmentDetail(AmendmentSummary, WithTransitions):
    """The change with what differs, as [where, before, after], and the experts' opinions."""

    reason: str
    lines: list[list[str]]
    weakens_core: bool
    by_owner: bool
    agreed_at: datetime | None
    decided_at: datetime | None
    refusal: str
    version: int | None
    opinions: list[AmendmentOpinionOut]

    @staticmethod
    def resolve_opinions(amendment: ContractAmendment) -> Any:
        return amendment.opinions.all()


class AmendmentIn(Schema):
    """A change asked for. `changes` by kind: date `due_on` {milestone: day}; target `targets` [value]; extension
    `months`; budget `amount`; principal `leader`; partner `shares` [{uscc, cost_share, result_share, …}].
    """

    kind: ContractAmendment.Kind
    reason: Text = Field(min_length=4, max_length=5000)
    changes: dict[str, Any]


class OpinionIn(Schema):
    """An expert's opinion on weakening a core target."""

    supports: bool
    text: Text = Field(min_length=10, max_length=5000)
