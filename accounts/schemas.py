"""What the API says about people, organisations, documents and the ledger, and the shapes that every kind shares."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts import documents, ledger, notifications, workflow
from accounts.models import Document, LedgerEntry, Notification, Organization, Stateful, User


class Refusal(Schema):
    """Why something was not done: a code for programs, a sentence for people."""

    code: str
    reason: str


class Invalid(Refusal):
    """The same, field by field."""

    errors: dict[str, list[str]] = {}


class Named(Schema):
    """Another object, by id and name."""

    id: UUID
    name: str


class TransitionOut(Schema):
    """A step open from the present state, and whether the caller may take it."""

    name: str
    label: str
    allowed: bool
    reason: str
    code: str = Field(description="Why not, for programs: role, separation, condition, state, …")

    @staticmethod
    def resolve_label(item: workflow.Transition) -> str:
        return str(item.label)

    @staticmethod
    def resolve_reason(item: workflow.Transition) -> str:
        return str(item.reason)


class Summary(Schema):
    """What a list says about any object."""

    id: UUID
    state: str
    state_label: str
    created_at: datetime

    @staticmethod
    def resolve_state_label(obj: Any) -> str:
        return str(obj.get_state_display())


class WithTransitions(Schema):
    """What an object's own page says beside its fields: the steps that are open."""

    transitions: list[TransitionOut]

    @staticmethod
    def resolve_transitions(obj: Stateful, context: Any) -> list[workflow.Transition]:
        return workflow.transitions(reader(context), obj)


def reader(context: Any) -> User:
    """Who reads, from the context that ninja gives to resolvers."""
    user: User = context["request"].user
    return user


class DocumentOut(Schema):
    """One file: its name, size in bytes, type by content, SHA-256, and where it is downloaded."""

    id: UUID
    name: str
    size: int
    content_type: str
    sha256: str
    uploaded_at: datetime
    url: str

    @staticmethod
    def resolve_url(document: Document) -> str:
        return f"/api/documents/{document.pk}"


class BlindDocumentOut(DocumentOut):
    """The same without the name, which may tell a reviewer who the team is."""

    @staticmethod
    def resolve_name(document: Document) -> str:
        return documents.shown_name(document, "reviewer")


class TokenIn(Schema):
    """How a program signs in; `code` is asked of accounts with two-step sign-in."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=4096)
    code: str = Field("", max_length=20)


class TokenOut(Schema):
    """A bearer token, shown this once."""

    token: str
    expires_at: datetime


class MembershipOut(Schema):
    """An organisation the person belongs to, and as what."""

    organization: Named
    role: str


class Me(Schema):
    """The person behind the token."""

    id: UUID
    email: str
    name: str
    roles: list[str]
    language: str
    unread: int
    organizations: list[MembershipOut]


class NotificationOut(Schema):
    """One thing told: the sentence, what it is about, and whether it asks the person to act."""

    id: UUID
    kind: str
    title: str
    object_kind: str
    object_id: UUID
    challenge_id: UUID | None
    needs_action: bool
    created_at: datetime
    read_at: datetime | None

    @staticmethod
    def resolve_title(row: Notification) -> str:
        return notifications.title(row)


class Inbox(Schema):
    """A page of the inbox, newest first; with `after`, what came since that cursor, oldest first, each once."""

    items: list[NotificationOut]
    unread: int
    total: int | None = Field(None, description="How many there are, when read by page")
    cursor: str = Field(description="Give it back as `after` to get what came since")
    more: bool


class LedgerEntryOut(Schema):
    """One entry of a chain: who, acting as what, did what, from which state to which, when, and its hashes."""

    id: UUID
    chain: UUID
    seq: int
    at: datetime
    actor: str | None = Field(description="Name of who acted; none for the platform, and for who must stay unnamed")
    acting_as: str
    action: str
    object_kind: str
    object_id: UUID
    source: str
    target: str
    data: dict[str, Any]
    previous: str
    hash: str

    @staticmethod
    def resolve_actor(entry: LedgerEntry, context: Any) -> str | None:
        shown = entry.actor if entry.actor and ledger.names_actor(reader(context), entry) else None
        return str(shown) if shown else None

    @staticmethod
    def resolve_data(entry: LedgerEntry, context: Any) -> dict[str, Any]:
        given: dict[str, Any] = entry.data if ledger.tells_given(reader(context), entry) else {}
        return given  # what an unnamed person gave may tell who they are


class ChainVerdict(Schema):
    """Whether a chain is whole; if not, the number of the first entry that does not fit."""

    chain: UUID
    entries: int
    intact: bool
    broken_at: int | None
    head: str


class LedgerVerdict(Schema):
    """The verdict on every chain of the challenge that the caller may read."""

    intact: bool
    chains: list[ChainVerdict]


class OrganizationSummary(Summary):
    """An organisation, known by its unified social credit code."""

    name: str
    uscc: str
    kind: str
    region: str


class MemberOut(Schema):
    """A member in force."""

    id: UUID
    name: str
    email: str
    role: str

    @staticmethod
    def resolve_name(membership: Any) -> str:
        return str(membership.user)

    @staticmethod
    def resolve_email(membership: Any) -> str:
        return str(membership.user.email)


class OrganizationDetail(OrganizationSummary, WithTransitions):
    """The organisation with its members."""

    parent: Named | None
    suspension_reason: str
    members: list[MemberOut]

    @staticmethod
    def resolve_members(organization: Organization) -> Any:
        return organization.memberships.filter(ended_at=None).select_related("user").order_by("user__name", "id")


class OrganizationIn(Schema):
    """What an organisation is registered with; an operator then compares it with the licence."""

    name: str
    uscc: str
    kind: str = "enterprise"
    region: str = ""


class ParentIn(Schema):
    """The organisation above, by its id or its unified social credit code; empty when there is none."""

    parent: str = Field("", max_length=40)
