"""What the API says about the expert pool and its conflicts of interest, and what it takes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Named, Summary, WithTransitions
from challenges.schemas.common import Text
from reviews.models import Expert, Expertise


class SpecialtyOut(Schema):
    """A branch of an industry."""

    id: UUID
    industry: str
    name: str
    name_en: str


class SpecialtyIn(Schema):
    """A branch that an operator adds."""

    industry: str
    name: Text = Field(min_length=2, max_length=60)
    name_en: Text = Field(min_length=2, max_length=100)


class ExpertiseOut(Schema):
    """A specialty and how well the expert knows it: 1 familiar, 2 works in it, 3 leads work in it."""

    specialty: SpecialtyOut
    level: int


class ExpertSummary(Summary):
    """What the list says about an expert."""

    name: str
    organization: Named | None
    fields: list[str]
    may_chair: bool

    @staticmethod
    def resolve_name(expert: Expert) -> str:
        return str(expert.user)


class RelationOut(Schema):
    """A tie from which conflicts of interest are computed."""

    id: UUID
    kind: str
    organization: str | None
    person: str | None
    since: date | None
    until: date | None
    source: str

    @staticmethod
    def resolve_organization(relation: Any) -> str | None:
        return str(relation.organization) if relation.organization else None

    @staticmethod
    def resolve_person(relation: Any) -> str | None:
        return str(relation.person) if relation.person else None


class AbsenceOut(Schema):
    """Days, both included, on which the expert takes no review."""

    id: UUID
    since: date
    until: date


class AbsenceIn(Schema):
    """The first and the last day away."""

    since: date
    until: date


class ExpertDetail(ExpertSummary, WithTransitions):
    """The expert's profile and ties."""

    biography: str
    employed_since: date | None
    languages: list[str]
    panels_at_most: int | None
    specialties: list[ExpertiseOut]
    absences: list[AbsenceOut]
    relations: list[RelationOut]

    @staticmethod
    def resolve_specialties(expert: Expert) -> list[Expertise]:
        return list(expert.expertise.select_related("specialty"))

    @staticmethod
    def resolve_absences(expert: Expert) -> Any:
        return list(expert.absences.all())

    @staticmethod
    def resolve_relations(expert: Expert) -> Any:
        return expert.relations.select_related("organization", "person").order_by("kind", "id")


class ExpertiseIn(Schema):
    """A specialty by its id, and the level."""

    specialty: UUID
    level: int = Field(2, ge=1, le=3)


class ExpertIn(Schema):
    """A profile; `email` names another person's account, which an operator may take into the pool."""

    fields: list[str] = []
    biography: Text = Field("", max_length=3000)
    organization: UUID | None = None
    employed_since: date | None = None
    languages: list[str] = []
    panels_at_most: int | None = Field(None, ge=1, le=20)
    specialties: list[ExpertiseIn] = []
    email: str | None = None
    may_chair: bool | None = None


class RelationIn(Schema):
    """A tie to an organisation, by its id, or to a person, by the e-mail of their account."""

    kind: str
    organization: UUID | None = None
    person: str = ""
    since: date | None = None
    until: date | None = None
    source: Text = Field("", max_length=200)


class RelationPatch(Schema):
    """What changes in a tie, and why; what is not given stays."""

    reason: Text = Field(min_length=4, max_length=500)
    kind: str | None = None
    organization: UUID | None = None
    person: str | None = None
    since: date | None = None
    until: date | None = None
    source: Text | None = None


class InvitationSummary(Summary):
    """An invitation into the pool."""

    name: str
    email: str
    sent_at: datetime | None


class InvitationDetail(InvitationSummary, WithTransitions):
    """The invitation with its own words and who wrote it."""

    message: str
    invited_by: str

    @staticmethod
    def resolve_invited_by(invitation: Any) -> str:
        return str(invitation.invited_by)


class InvitationIn(Schema):
    """Whom to ask, and a few words of one's own."""

    name: Text = Field(min_length=1, max_length=100)
    email: str = Field(max_length=254)
    message: Text = Field("", max_length=1000)
    language: str = "zh-hans"


class BidRef(Schema):
    """A bid by its anonymous code."""

    id: UUID
    code: str


class FindingOut(Schema):
    """What one rule finds against an expert: hard, or soft; of one bid, or (without it) of the whole challenge."""

    code: str
    hard: bool
    bid: BidRef | None
    evidence: str


class MatrixRow(Schema):
    """One expert and everything that is found against them."""

    expert: Named
    findings: list[FindingOut]


class RuleOut(Schema):
    """A rule of conflict as the challenge's frozen numbers set it."""

    code: str
    title: str
    hard: bool
    window: str = Field(description="How far it looks back, or the number it allows; empty where it has none")


class MatrixOut(Schema):
    """A page of experts of the pool against the opened bids of a challenge, with the rules that were asked."""

    items: list[MatrixRow]
    page: int
    size: int
    more: bool
    rules: list[RuleOut]
