"""What the API says about panels, assignments and score sheets, and what it takes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema

from accounts.policy import can, holds, visible
from accounts.schemas import BlindDocumentOut, Summary, WithTransitions, reader
from challenges.models import Commitment, Envelope
from challenges.schemas.bids import CommitmentOut, EnvelopeOut, open_commitments, open_envelopes
from challenges.schemas.common import ChallengeRef, Text
from reviews.conflicts.own import own_conflicts, reason_for
from reviews.models import Assignment, Panel, ScoreSheet
from reviews.proofs import SupplementProof, supplements_of
from reviews.queries import Tie, tie_of


class PanelSummary(Summary):
    """What the list says about a panel."""

    challenge: ChallengeRef
    size: int
    way: str = Field(description="`drawn` by lot, or `matched` to bids")
    drawn_at: datetime | None
    released_at: datetime | None = Field(description="When the invitations went out; until then the draw is a draft")
    closed_at: datetime | None


class SeatOut(Schema):
    """A seat of the panel that the reader may see."""

    id: UUID
    expert: str
    is_chair: bool
    state: str

    @staticmethod
    def resolve_expert(seat: Assignment) -> str:
        return str(seat.expert)


class TiedBidOut(Schema):
    """A bid of a tie, by its anonymous code."""

    id: UUID
    code: str


class TieOut(Schema):
    """Bids that no score tells apart; votes are told once every member has voted, the draw's seeds with the draw."""

    waits_for: str = Field(description="`votes`, `seed` or nothing")
    groups: list[list[TiedBidOut]]
    voted: int
    members: int
    votes: dict[str, int] | None
    platform_commitment: str
    draw: dict[str, Any] | None


class SupplementOut(Schema):
    """A supplementary draw: the commitment from its order on, the rest with the draw, the transcript as the first."""

    number: int
    platform_commitment: str
    committed_at: datetime
    pool_sha256: str
    drawn_at: datetime | None
    transcript: dict[str, Any] | None
    draw_problems: list[str] = Field(description="What differs when the draw is replayed; empty if true to the byte")


class PanelDetail(PanelSummary, WithTransitions):
    """The panel with its seats; the transcript, from which anyone recomputes the draw, goes to those in charge."""

    platform_commitment: str
    second_seed_is_given: bool
    transcript: dict[str, Any] | None
    supplements: list[SupplementOut]
    seats: list[SeatOut]
    tie: TieOut | None

    @staticmethod
    def resolve_tie(panel: Panel, context: Any) -> Tie | None:
        return tie_of(panel) if can(reader(context), "panel.view_ranking", panel) else None

    @staticmethod
    def resolve_second_seed_is_given(panel: Panel) -> bool:
        return bool(panel.supervisor_seed)

    @staticmethod
    def resolve_transcript(panel: Panel, context: Any) -> Any:
        # It tells who was left out for which tie to which bidder: reviewers score blind.
        return panel.transcript if can(reader(context), "panel.replay", panel) else None

    @staticmethod
    def resolve_supplements(panel: Panel, context: Any) -> list[SupplementProof]:
        return supplements_of(panel, in_full=can(reader(context), "panel.replay", panel).allowed)

    @staticmethod
    def resolve_seats(panel: Panel, context: Any) -> Any:
        rows: Any = visible(reader(context), "assignment.view")
        return rows.filter(panel=panel).select_related("expert__user").order_by("-is_chair", "created_at", "id")


class AssignmentSummary(Summary):
    """What the list says about a seat on a panel."""

    panel: UUID = Field(alias="panel_id")
    challenge: ChallengeRef = Field(alias="panel.challenge")
    expert: str
    is_chair: bool
    respond_by: datetime | None
    responded_at: datetime | None

    @staticmethod
    def resolve_expert(seat: Assignment) -> str:
        return str(seat.expert)


class AssignmentDetail(AssignmentSummary, WithTransitions):
    """The seat with the reason of who left it, and its sheets in the reader's sight."""

    reason: str
    conflicts: list[str] = Field(description="Hard conflicts of your own on your seat; empty for everybody else")
    sheets: list[UUID]

    @staticmethod
    def resolve_reason(seat: Assignment, context: Any) -> str:
        return reason_for(reader(context), seat)

    @staticmethod
    def resolve_conflicts(seat: Assignment, context: Any) -> list[str]:
        return own_conflicts(seat) if seat.expert.user_id == reader(context).pk else []

    @staticmethod
    def resolve_sheets(seat: Assignment, context: Any) -> Any:
        rows: Any = visible(reader(context), "sheet.view")
        return list(rows.filter(assignment=seat).order_by("part", "bid__code").values_list("pk", flat=True))


class SheetSummary(Summary):
    """What the list says about a score sheet; the bid by its anonymous code."""

    challenge: ChallengeRef = Field(alias="assignment.panel.challenge")
    assignment: UUID = Field(alias="assignment_id")
    code: str = Field(alias="bid.code")
    part: str
    saved_at: datetime | None
    locked_at: datetime | None


class CriterionOut(Schema):
    """One line of the rubric that this sheet scores."""

    key: str
    name: str
    name_en: str
    guide: str
    guide_en: str
    weight: int
    threshold: Decimal | None


class BlindEnvelopeOut(EnvelopeOut):
    """One part of the bid, its files without their names."""

    documents: list[BlindDocumentOut]  # type: ignore[assignment]  # the same shape with a name that tells nothing


class AmendmentOut(Schema):
    """One score changed in the consensus by its reviewer."""

    criterion: str
    before: str
    after: str
    reason: str
    created_at: datetime


class SheetDetail(SheetSummary, WithTransitions):
    """The sheet with what it judges: the parts of the bid that are open to the reader, never who stands behind it."""

    reviewer: str | None = Field(description="Named to those who arrange or watch the review")
    version: int
    scale: int
    criteria: list[CriterionOut]
    scores: dict[str, Any] = Field(description="As locked; `amendments` tells what counts since")
    amendments: list[AmendmentOut]
    envelopes: list[BlindEnvelopeOut]
    commitments: list[CommitmentOut]

    @staticmethod
    def resolve_reviewer(sheet: ScoreSheet, context: Any) -> str | None:
        return str(sheet.assignment.expert) if holds(reader(context), "operator", "supervisor") else None

    @staticmethod
    def resolve_amendments(sheet: ScoreSheet) -> Any:
        return sheet.amendments.all()

    @staticmethod
    def resolve_scale(sheet: ScoreSheet) -> int:
        return sheet.assignment.panel.challenge.frozen_rubric.scale

    @staticmethod
    def resolve_criteria(sheet: ScoreSheet) -> Any:
        return [item for item in sheet.assignment.panel.challenge.frozen_rubric.criteria if item.part == sheet.part]

    @staticmethod
    def resolve_envelopes(sheet: ScoreSheet, context: Any) -> list[Envelope]:
        return [item for item in open_envelopes(reader(context), sheet.bid) if item.part != Envelope.Part.IDENTITY]

    @staticmethod
    def resolve_commitments(sheet: ScoreSheet, context: Any) -> list[Commitment]:
        return open_commitments(reader(context), sheet.bid)


class ScoreIn(Schema):
    """Score and comment for one criterion; may be kept unfinished."""

    score: Annotated[Decimal, Field(max_digits=5, decimal_places=2)] | None = None
    comment: Text = Field("", max_length=20_000)


class SheetPatch(Schema):
    """What changes in a sheet; `version` is the one that was read, criteria not given stay as they are."""

    version: int = Field(ge=1)
    scores: dict[str, ScoreIn]


class RankingOut(Schema):
    """The snapshot of the ranking: inputs, rules and result, from which anyone recomputes it to the byte."""

    id: UUID
    sha256: str
    created_at: datetime
    snapshot: dict[str, Any]


class ProofOut(Schema):
    """What the public knows of a panel: at once the commitment and the pool's hash, with the results all the rest.

    Experts and organisations stand in the transcript by names of this draw alone, reviewers in the ranking by their
    seat: neither tells who they are.
    """

    panel: UUID = Field(alias="panel.pk")
    platform_commitment: str = Field(alias="panel.platform_commitment")
    committed_at: datetime = Field(alias="panel.created_at")
    pool_sha256: str = Field(alias="panel.pool_sha256")
    frozen_at: datetime | None = Field(alias="panel.frozen_at")
    drawn_at: datetime | None = Field(alias="panel.drawn_at")
    hidden: str = Field(description="Why transcript and ranking are not shown, or nothing")
    transcript: dict[str, Any] | None
    draw_problems: list[str] = Field(description="What differs when the draw is replayed; empty if true to the byte")
    supplements: list[SupplementOut]
    ranking: RankingOut | None
    ranking_problems: list[str]

    @staticmethod
    def resolve_hidden(proof: Any) -> str:
        return str(proof.hidden)


class FeedbackOut(Schema):
    """What the panel wrote on one criterion, without anybody's name."""

    key: str
    name: str
    name_en: str
    mean: str | None
    comments: list[str]


class JudgementOut(Schema):
    """How a bid was judged: nothing before the challenge is awarded or ended."""

    score: Decimal | None
    axes: dict[str, Decimal] = Field(description="The trimmed means of quality, sharing and performance, out of 100")
    criteria: list[FeedbackOut]


class ReasonIn(Schema):
    """Why."""

    reason: Text = Field(min_length=4, max_length=2000)
