"""What the API says about challenges, and what it takes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import AwareDatetime, model_validator

from accounts.policy import can, visible
from accounts.schemas import DocumentOut, Named, Summary, WithTransitions, reader
from challenges.models import Challenge, ChallengeKind, Industry, Secrecy
from challenges.rules import Rubric
from challenges.schemas.common import Number, Text, Written


class TargetIn(Schema):
    """One measurable indicator; `value` a number, or `text` with the comparator `=`."""

    name: Text = Field(min_length=1, max_length=100)
    comparator: Literal[">=", "<=", "="]
    value: Written | None = None
    text: Text = Field("", max_length=100)
    unit: Text = Field("", max_length=30)
    method: Text = Field(min_length=1, max_length=200)
    core: bool = False

    @model_validator(mode="after")
    def has_value(self) -> "TargetIn":
        """A number, or text with `=`."""
        if self.value is None and (self.comparator != "=" or not self.text):
            raise ValueError(_("Give a value; a text is allowed with “=” only."))
        return self


class TargetOut(Schema):
    """One measurable indicator."""

    id: UUID
    position: int
    name: str
    comparator: str
    value: Number | None
    text: str
    unit: str
    method: str
    core: bool


class ChallengeIn(Schema):
    """A draft's content. What is still missing may follow; submitting says what is wanted."""

    organization: UUID | None = Field(None, description="The owner; may be left out by who belongs to one organisation")
    title: Text = Field(min_length=1, max_length=200)
    industry: Literal[tuple(Industry.values)]  # type: ignore[valid-type]
    kind: Literal[tuple(ChallengeKind.values)]  # type: ignore[valid-type]
    background: Text = Field(min_length=1, max_length=20_000)
    reward: Annotated[Decimal, Field(ge=1, max_digits=14, decimal_places=2)] | None = None
    duration_months: Annotated[int, Field(ge=1, le=120)] | None = None
    ip_clause: Text = Field("", max_length=500)
    secrecy: Literal[tuple(Secrecy.values)] = "public"  # type: ignore[valid-type]
    contact_name: Text = Field("", max_length=100)
    contact_phone: Text = Field("", max_length=40)
    bid_deadline: AwareDatetime | None = None
    targets: list[TargetIn] = Field([], max_length=100)


class ChallengePatch(ChallengeIn):
    """What changes in a draft; `targets` replaces all of them."""

    title: Text = Field(default_factory=str, min_length=1, max_length=200)
    industry: Literal[tuple(Industry.values)] | None = None  # type: ignore[valid-type]
    kind: Literal[tuple(ChallengeKind.values)] | None = None  # type: ignore[valid-type]
    background: Text = Field(default_factory=str, min_length=1, max_length=20_000)

    @model_validator(mode="after")
    def is_not_emptied(self) -> "ChallengePatch":
        """What every draft has can be changed, not taken away."""
        for name in ("industry", "kind"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(_("Choose a value; it cannot be empty."))
        return self


class ChallengeSummary(Summary):
    """What the list says about a challenge."""

    number: str
    title: str
    owner: Named
    industry: str
    kind: str
    secrecy: str
    reward: Decimal | None
    bid_deadline: datetime | None
    published_at: datetime | None


class ChallengeDocumentOut(DocumentOut):
    """A file of the challenge."""

    purpose: str


class QuestionOut(Schema):
    """A public question with the owner's answer; the asker is not named."""

    id: UUID
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


class AmendmentOut(Schema):
    """A public change of the notice."""

    version: int
    text: str
    at: datetime


class ConsentOut(Schema):
    """One custodian's consent to open the bids."""

    custodian: str
    role: str
    at: datetime

    @staticmethod
    def resolve_custodian(consent: Any) -> str:
        return str(consent.custodian)


class ChallengeInternal(Schema):
    """What only the owner and the platform's staff read."""

    return_reason: str
    amendment_requested: str
    cancellation_reason: str
    opening_consents: list[ConsentOut]

    @staticmethod
    def resolve_opening_consents(challenge: Challenge) -> Any:
        return challenge.opening_consents.select_related("custodian").order_by("at")


class ChallengeDetail(ChallengeSummary, WithTransitions):
    """The whole notice, with questions, amendments, files, and the rules it is frozen to."""

    background: str
    duration_months: int | None
    ip_clause: str
    contact_name: str = Field(description="For people who are signed in")
    contact_phone: str = Field(description="For people who are signed in")
    review_class: str
    payment_preset: str
    notice_version: int
    extended_once: bool
    few_bids_reason: str
    invited: Named | None
    direct_reason: str
    end_reason: str
    at_fault: bool | None
    previous_id: UUID | None
    rule_set_id: UUID | None
    rules: dict[str, Any] | None
    rubric: dict[str, Any] | None
    ranking_sha256: str
    submitted_at: datetime | None
    closed_at: datetime | None
    opened_at: datetime | None
    review_ends_at: datetime | None
    ranked_at: datetime | None
    awarded_at: datetime | None
    signed_at: datetime | None
    ended_at: datetime | None
    targets: list[TargetOut]
    documents: list[ChallengeDocumentOut]
    questions: list[QuestionOut]
    amendments: list[AmendmentOut]
    internal: ChallengeInternal | None

    @staticmethod
    def resolve_contact_name(challenge: Challenge, context: Any) -> str:
        return challenge.contact_name if reader(context).is_authenticated else ""

    @staticmethod
    def resolve_contact_phone(challenge: Challenge, context: Any) -> str:
        return challenge.contact_phone if reader(context).is_authenticated else ""

    @staticmethod
    def resolve_documents(challenge: Challenge, context: Any) -> Any:
        rows: Any = visible(reader(context), "challenge_document.read")
        return rows.filter(challenge=challenge).order_by("uploaded_at", "id")

    @staticmethod
    def resolve_internal(challenge: Challenge, context: Any) -> Challenge | None:
        return challenge if can(reader(context), "challenge.ledger", challenge) else None


class RubricIn(Schema):
    """The rubric a vetted challenge is judged by; null for the template of its review class."""

    rubric: Rubric | None


class RepublishIn(Schema):
    """Who is invited, where the new version is offered to one organisation alone, and why."""

    invited: UUID | None = None
    reason: Text = Field(default="", max_length=5000)


class QuestionIn(Schema):
    """A public question."""

    text: Text = Field(min_length=4, max_length=2000)


class AnswerIn(Schema):
    """The owner's public answer."""

    text: Text = Field(min_length=2, max_length=5000)


class RankingRow(Schema):
    """One place of the published ranking."""

    id: UUID
    rank: int
    lead: str
    code: str
    score: Decimal | None
