"""What the API says about outcomes, and what it takes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema

from accounts.policy import can, visible
from accounts.schemas import DocumentOut, Named, Summary, WithTransitions, reader
from challenges.models import Outcome
from challenges.schemas.common import ChallengeRef, Text

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
KindName = Literal["patent", "standard", "software", "product", "process", "line"]
StandingName = Literal["applied", "granted", "in_use", "lapsed"]
FirstName = Literal["", "equipment", "batch", "software"]


class OutcomeSummary(Summary):
    """What the list says about an outcome."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    lead: Named = Field(alias="contract.bid.lead")
    kind: str
    title: str
    number: str
    dated_on: date
    standing: str
    first_set: str
    version: int


class ShareOut(Schema):
    """A holder's shares in per cent."""

    holder: Named
    rights: Decimal
    benefit: Decimal


class FigureOut(Schema):
    """One figure of one year as reported: money in yuan, jobs in people."""

    year: int
    kind: str
    value: Decimal
    source: str


class OutcomeDetail(OutcomeSummary, WithTransitions):
    """The outcome; shares and figures for the parties, and for the public where both sides agreed."""

    summary: str
    first_set_certificate: str
    previous: UUID | None = Field(alias="previous_id")
    team_discloses: bool
    owner_discloses: bool
    registered_at: datetime | None
    confirmed_at: datetime | None
    return_reason: str
    shares: list[ShareOut] | None
    figures: list[FigureOut] | None
    documents: list[DocumentOut]

    @staticmethod
    def resolve_return_reason(outcome: Outcome, context: Any) -> str:
        return outcome.return_reason if can(reader(context), "outcome.read_shares", outcome) else ""

    @staticmethod
    def resolve_shares(outcome: Outcome, context: Any) -> Any:
        return outcome.shares.select_related("holder") if _shown(outcome, context) else None

    @staticmethod
    def resolve_figures(outcome: Outcome, context: Any) -> Any:
        return outcome.figures.all() if _shown(outcome, context) else None

    @staticmethod
    def resolve_documents(outcome: Outcome, context: Any) -> Any:
        return visible(reader(context), "outcome_document.read").filter(outcome=outcome)


def _shown(outcome: Outcome, context: Any) -> bool:
    return outcome.discloses or can(reader(context), "outcome.read_shares", outcome).allowed


class ShareIn(Schema):
    """The shares of one party of the contract."""

    holder: UUID
    rights: Percent = Decimal(0)
    benefit: Percent = Decimal(0)


class FigureIn(Schema):
    """One figure of one year: money in yuan, jobs in people."""

    year: int = Field(ge=2000, le=2100)
    kind: Literal["sales", "jobs", "saved", "invested"]
    value: Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=2)]
    source: Text = Field(min_length=1, max_length=200)


class OutcomePatch(Schema):
    """What changes in a draft; `shares` and `figures`, where given, replace those there are."""

    kind: KindName = Field(default_factory=lambda: "patent")
    title: Text = Field(default_factory=str, min_length=1, max_length=200)
    number: Text = Field("", max_length=100)
    dated_on: date = Field(default_factory=lambda: date.min)
    standing: StandingName = Field(default_factory=lambda: "applied")
    summary: Text = Field("", max_length=5000)
    first_set: FirstName = ""
    first_set_certificate: Text = Field("", max_length=100)
    team_discloses: bool = False
    shares: list[ShareIn] | None = Field(None, max_length=50)
    figures: list[FigureIn] | None = Field(None, max_length=60)


class OutcomeIn(OutcomePatch):
    """A new outcome of a contract."""

    kind: KindName
    title: Text = Field(min_length=1, max_length=200)
    dated_on: date
    standing: StandingName
