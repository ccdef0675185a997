"""What the API says about the ledger of money, and what it takes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.models import Booking, Recovery
from challenges.schemas.common import Amount, ChallengeRef, Text, name_of

Part = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]


class PostingOut(Schema):
    """What a booking adds to one account of one source."""

    source: str
    account: str
    amount: Decimal


class BookingOut(Schema):
    """One movement of money; its postings sum to zero for each source."""

    id: UUID
    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    payment: UUID | None = Field(alias="payment_id")
    kind: str
    at: datetime
    actor: str | None
    reference: str
    reason: str
    reverses: UUID | None = Field(alias="reverses_id")
    postings: list[PostingOut]

    @staticmethod
    def resolve_actor(booking: Booking) -> str | None:
        return name_of(booking.actor)


class SourceOut(Schema):
    """Where the money of one source stands, in yuan."""

    source: str
    committed: Decimal
    promised: Decimal
    held: Decimal
    reserved: Decimal
    frozen: Decimal
    paid: Decimal
    recovered: Decimal
    returned: Decimal


class MoneyOut(Schema):
    """The money of a contract by source."""

    amount: Decimal
    sources: list[SourceOut]


class SourcesIn(Schema):
    """What the other sources give; of the amount the rest is the enterprise's."""

    from_fund: Amount = Decimal(0)
    from_fiscal: Amount = Decimal(0)
    self_raised: Amount = Decimal(0)


class ReceiptIn(Schema):
    """Money of a source that has arrived."""

    source: Literal["enterprise", "fund", "fiscal", "self_raised"]
    amount: Part
    reference: Text = Field(min_length=4, max_length=100)


class ReasonIn(Schema):
    """Why."""

    reason: Text = Field(min_length=4, max_length=2000)


class RecoveryIn(ReasonIn):
    """Unused money that is to come back."""

    amount: Part


class RecoverySummary(Summary):
    """What the list says about a recovery."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    amount: Decimal
    approved_at: datetime | None
    recovered_at: datetime | None


class RecoveryDetail(RecoverySummary, WithTransitions):
    """The recovery with the three people who act on it."""

    reason: str
    requested_by: str | None
    approved_by: str | None
    recovered_by: str | None
    reference: str
    refusal: str

    @staticmethod
    def resolve_requested_by(recovery: Recovery) -> str | None:
        return name_of(recovery.requested_by)

    @staticmethod
    def resolve_approved_by(recovery: Recovery) -> str | None:
        return name_of(recovery.approved_by)

    @staticmethod
    def resolve_recovered_by(recovery: Recovery) -> str | None:
        return name_of(recovery.recovered_by)
