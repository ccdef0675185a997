"""What the API says about changes of a contract, and what it takes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from accounts.schemas import Summary, WithTransitions
from challenges.models import ContractAmendment
from challenges.schemas.common import ChallengeRef, Text
from challenges.schemas.contracts import ShareIn


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


class _Changes(Schema):
    model_config = ConfigDict(extra="forbid")


class DateChanges(_Changes):
    """Other days for milestones, by the id of the milestone."""

    due_on: dict[UUID, date] = Field(min_length=1, max_length=50)


class TargetChanges(_Changes):
    """The values, in the order of the contract's targets."""

    targets: list[Annotated[Text, Field(max_length=100)]] = Field(max_length=50)


class ExtensionChanges(_Changes):
    """By how many months all that is open comes later."""

    months: int = Field(strict=True, ge=1, le=120)


class BudgetChanges(_Changes):
    """The amount in yuan."""

    amount: Decimal = Field(gt=0, max_digits=14, decimal_places=2)


class PrincipalChanges(_Changes):
    """Who is in charge."""

    leader: Text = Field(min_length=1, max_length=100)


class PartnerIn(ShareIn):
    """One organisation of the consortium, by its unified social credit code, with its shares in per cent."""

    uscc: Text = Field(max_length=18)


class PartnerChanges(_Changes):
    """The whole consortium as it would be."""

    shares: list[PartnerIn] = Field(min_length=1, max_length=50)


class _AmendmentIn(Schema):
    reason: Text = Field(min_length=4, max_length=5000)


class DateIn(_AmendmentIn):
    """Milestones on other days."""

    kind: Literal["date"]
    changes: DateChanges


class TargetIn(_AmendmentIn):
    """Targets of other values."""

    kind: Literal["target"]
    changes: TargetChanges


class ExtensionIn(_AmendmentIn):
    """More time for the whole."""

    kind: Literal["extension"]
    changes: ExtensionChanges


class BudgetIn(_AmendmentIn):
    """Another amount."""

    kind: Literal["budget"]
    changes: BudgetChanges


class PrincipalIn(_AmendmentIn):
    """Another person in charge."""

    kind: Literal["principal"]
    changes: PrincipalChanges


class PartnersIn(_AmendmentIn):
    """Another consortium, or other shares."""

    kind: Literal["partner"]
    changes: PartnerChanges


AmendmentIn = Annotated[
    DateIn | TargetIn | ExtensionIn | BudgetIn | PrincipalIn | PartnersIn, Field(discriminator="kind")
]


class OpinionIn(Schema):
    """An expert's opinion on weakening a core target."""

    supports: bool
    text: Text = Field(min_length=10, max_length=5000)
