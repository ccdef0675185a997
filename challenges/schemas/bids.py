"""What the API says about bids, part by part, and what it takes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import model_validator

from accounts.models import User
from accounts.policy import visible
from accounts.schemas import DocumentOut, Named, Summary, WithTransitions, reader
from challenges.models import Bid, BidDocument, Commitment, Envelope
from challenges.schemas.common import ChallengeRef, Number, Text, Written


class BidIn(Schema):
    """Which organisation leads the bid; may be left out by who belongs to one."""

    lead: UUID | None = None


class BidSummary(Summary):
    """What the list says about a bid to who may see it."""

    challenge: ChallengeRef
    lead: Named
    submitted_at: datetime | None
    rank: int | None
    score: Decimal | None


class CommitmentOut(Schema):
    """What the bid promises for one target."""

    target: UUID = Field(alias="target_id")
    name: str = Field(alias="target.name")
    value: Number | None
    text: str


class EnvelopeOut(Schema):
    """One part of the bid that is open to the reader; `version` is given back with the next change."""

    part: str
    version: int
    updated_at: datetime
    content: dict[str, Any]
    documents: list[DocumentOut]


class BidMemberOut(Schema):
    """A person of the team."""

    name: str
    duty: str
    organization: Named | None


class BidPartnerOut(Schema):
    """A consortium organisation with its shares in per cent."""

    organization: Named
    cost_share: Decimal
    result_share: Decimal
    benefit_share: Decimal
    risk_share: Decimal


class BidDetail(BidSummary, WithTransitions):
    """The bid as far as it is open to the reader: each part alone, the team and its partners with the identity part."""

    pledged: bool
    confirmed_version: int
    receipt_number: str
    sha256: str
    code: str
    ineligible_reason: str
    envelopes: list[EnvelopeOut]
    commitments: list[CommitmentOut]
    members: list[BidMemberOut]
    partners: list[BidPartnerOut]

    @staticmethod
    def resolve_envelopes(bid: Bid, context: Any) -> Any:
        return open_envelopes(reader(context), bid)

    @staticmethod
    def resolve_commitments(bid: Bid, context: Any) -> list[Commitment]:
        return open_commitments(reader(context), bid)

    @staticmethod
    def resolve_members(bid: Bid, context: Any) -> Any:
        return bid.members.select_related("organization") if _reads(reader(context), bid, "identity") else []

    @staticmethod
    def resolve_partners(bid: Bid, context: Any) -> Any:
        return bid.partners.select_related("organization") if _reads(reader(context), bid, "identity") else []


def open_envelopes(user: User, bid: Bid) -> list[Envelope]:
    """The parts of the bid that `user` may read, with their files; read once for each answer."""
    if "_open" not in bid.__dict__:
        rows: Any = visible(user, "envelope.read")
        bid.__dict__["_open"] = list(rows.filter(bid=bid).prefetch_related("documents").order_by("part"))
    return bid.__dict__["_open"]  # type: ignore[no-any-return]


def _reads(user: User, bid: Bid, part: str) -> bool:
    return any(item.part == part for item in open_envelopes(user, bid))


def open_commitments(user: User, bid: Bid) -> list[Commitment]:
    """What the bid promises, which belongs to the technical part."""
    return list(bid.commitments.select_related("target")) if _reads(user, bid, "technical") else []


class CommitmentIn(Schema):
    """The promised value for one target: a number, or text where the target is text."""

    value: Written | None = None
    text: Text = Field("", max_length=200)


class EnvelopeIn(Schema):
    """What changes in one part; `version` is the one that was read."""

    version: int = Field(ge=1)
    content: dict[str, str | int | Decimal] = {}


class BidMemberIn(Schema):
    """A person of the team; one with an account, named by e-mail, can read and edit the bid. `uscc` is the employer."""

    name: Text = Field(min_length=1, max_length=100)
    duty: Text = Field("", max_length=100)
    email: str | None = Field(None, max_length=254)
    uscc: str | None = Field(None, max_length=40)


Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class BidPartnerIn(Schema):
    """A consortium organisation, by its code, with its shares in per cent."""

    uscc: str = Field(max_length=40)
    cost_share: Share = Decimal(0)
    result_share: Share = Decimal(0)
    benefit_share: Share = Decimal(0)
    risk_share: Share = Decimal(0)


class BidPatch(Schema):
    """What changes in a bid; each part and list is left alone when it is not given."""

    technical: EnvelopeIn | None = None
    commercial: EnvelopeIn | None = None
    identity: EnvelopeIn | None = None
    commitments: dict[UUID, CommitmentIn] | None = Field(None, description="By target; needs `technical`")
    members: list[BidMemberIn] | None = Field(None, max_length=200)
    partners: list[BidPartnerIn] | None = Field(None, max_length=50)
    pledged: bool | None = None

    @model_validator(mode="after")
    def commitments_come_with_their_part(self) -> "BidPatch":
        """Committed values belong to the technical part and share its version."""
        if self.commitments is not None and self.technical is None:
            raise ValueError(_("Send “technical” with its version along with “commitments”."))
        return self


class BidDocumentOut(DocumentOut):
    """A file in one part of a bid."""

    part: str

    @staticmethod
    def resolve_part(document: BidDocument) -> str:
        return document.envelope.part
