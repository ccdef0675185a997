"""What the API says about transfers and the objections against them, and what it takes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema

from accounts.policy import can, visible
from accounts.schemas import Named, Summary, WithTransitions, reader
from challenges.models import Transfer, TransferObjection
from challenges.schemas.common import ChallengeRef, Text

WayName = Literal["agreed", "listing", "auction"]
Price = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]


class TransferSummary(Summary):
    """What the list says about a transfer."""

    outcome: UUID = Field(alias="outcome_id")
    challenge: ChallengeRef = Field(alias="outcome.contract.challenge")
    holder: Named = Field(alias="outcome.contract.bid.lead")
    way: str
    name: str
    price: Decimal
    buyer: str
    publicity_opens_at: datetime | None
    publicity_ends_at: datetime | None


class TransferObjectionOut(Schema):
    """One objection and its answer; the name is for the platform's staff and whoever filed it."""

    id: UUID
    name: str
    text: str
    filed_at: datetime
    upheld: bool | None
    answer: str
    answered_at: datetime | None

    @staticmethod
    def resolve_name(objection: TransferObjection, context: Any) -> str:
        return objection.name if can(reader(context), "transfer_objection.read_name", objection) else ""


class TransferDetail(TransferSummary, WithTransitions):
    """The transfer with the objections in your sight; what the price rests on is the parties' to read."""

    grounds: str
    concluded_at: datetime | None
    withdraw_reason: str
    objections: list[TransferObjectionOut]

    @staticmethod
    def resolve_grounds(transfer: Transfer, context: Any) -> str:
        return transfer.grounds if can(reader(context), "outcome.read_shares", transfer.outcome) else ""

    @staticmethod
    def resolve_objections(transfer: Transfer, context: Any) -> Any:
        return visible(reader(context), "transfer_objection.view").filter(transfer=transfer).order_by("filed_at", "id")


class TransferPatch(Schema):
    """What changes in a draft."""

    way: WayName = Field(default_factory=lambda: "agreed")
    name: Text = Field(default_factory=str, min_length=1, max_length=200)
    price: Price = Field(default_factory=Decimal)
    buyer: Text = Field(default_factory=str, min_length=1, max_length=200)
    grounds: Text = Field(default_factory=str, min_length=1, max_length=5000)


class TransferIn(TransferPatch):
    """A new transfer of a confirmed outcome; the price in yuan."""

    way: WayName
    name: Text = Field(min_length=1, max_length=200)
    price: Price
    buyer: Text = Field(min_length=1, max_length=200)
    grounds: Text = Field(min_length=1, max_length=5000)


class TransferObjectionIn(Schema):
    """A named objection."""

    name: Text = Field(min_length=2, max_length=200)
    text: Text = Field(min_length=10, max_length=10_000)


class TransferAnswerIn(Schema):
    """The operator's answer with its reasons."""

    upheld: bool
    answer: Text = Field(min_length=10, max_length=10_000)
