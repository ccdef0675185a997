"""What the API says about payee accounts and bank files, and what it takes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.models import PayeeAccount, PaymentBatch
from challenges.schemas.common import ChallengeRef, Text, name_of


class PayeeSummary(Summary):
    """What the list says about a payee account; its number is masked."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    holder: str
    bank: str
    number: str = Field(alias="masked")
    confirmed_at: datetime | None


class PayeeDetail(PayeeSummary, WithTransitions):
    """The account with who gave it and who confirmed it."""

    given_by: str | None
    confirmed_by: str | None
    rejection: str

    @staticmethod
    def resolve_given_by(payee: PayeeAccount) -> str | None:
        return name_of(payee.given_by)

    @staticmethod
    def resolve_confirmed_by(payee: PayeeAccount) -> str | None:
        return name_of(payee.confirmed_by)


class PayeeIn(Schema):
    """The account that the next payments are to go to."""

    holder: Text = Field(min_length=1, max_length=100)
    bank: Text = Field(min_length=1, max_length=100)
    number: Text = Field(min_length=8, max_length=30)


class BatchIn(Schema):
    """The approved payments of a bank file."""

    payments: list[UUID] = Field(min_length=1, max_length=500)


class BatchSummary(Summary):
    """What the list says about a bank file."""

    number: str
    sha256: str
    called_back_at: datetime | None


class LineOut(Schema):
    """One payment in a bank file, and the bank's answer."""

    position: int
    payment: UUID = Field(alias="payment_id")
    holder: str = Field(alias="payee.holder")
    account: str = Field(alias="payee.masked")
    amount: Decimal
    purpose: str
    result: str
    reference: str
    reason: str
    settled_on: date | None


class BatchDetail(BatchSummary, WithTransitions):
    """A bank file with its lines; account numbers are masked."""

    created_by: str | None
    called_back_by: str | None
    call_back_reason: str
    lines: list[LineOut]

    @staticmethod
    def resolve_created_by(batch: PaymentBatch) -> str | None:
        return name_of(batch.created_by)

    @staticmethod
    def resolve_called_back_by(batch: PaymentBatch) -> str | None:
        return name_of(batch.called_back_by)

    @staticmethod
    def resolve_lines(batch: PaymentBatch) -> object:
        return batch.lines.select_related("payee").order_by("position")


class FaultOut(Schema):
    """What is wrong in one cell of the bank's answer."""

    row: int
    cell: str
    column: str
    code: str
    message: str


class AnswerOut(Schema):
    """What a file of the bank says: lines that can be taken over, faults, and how many lines were settled by it."""

    lines: int
    settled: int
    faults: list[FaultOut]
