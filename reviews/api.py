"""The API of how bids are judged: panels, assignments, score sheets, rankings."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Status

from accounts.api import of
from accounts.policy import visible
from accounts.resources import REFUSALS, SEEN, Resource, found, mount, query_of
from accounts.signin import PUBLIC
from challenges.queries import titled
from challenges.schemas.challenges import ChallengeDetail
from reviews import actions, queries
from reviews.board_api import router as board_router
from reviews.proofs import proofs_of
from reviews.schemas import (
    AssignmentDetail,
    AssignmentSummary,
    FeedbackOut,
    PanelDetail,
    PanelSummary,
    ProofOut,
    RankingOut,
    ReasonIn,
    SheetDetail,
    SheetPatch,
    SheetSummary,
)

router = Router()
router.add_router("", board_router)


mount(
    router,
    Resource(
        kind="panels",
        summary=PanelSummary,
        detail=PanelDetail,
        query=query_of("PanelQuery", state=str, challenge=UUID, q=str),
        filters={"state": "state", "challenge": "challenge"},
        search=lambda rows, text: rows.filter(challenge__in=titled(text)),
    ),
)
mount(
    router,
    Resource(
        kind="assignments",
        summary=AssignmentSummary,
        detail=AssignmentDetail,
        query=query_of("AssignmentQuery", state=str, panel=UUID, challenge=UUID, q=str),
        filters={"state": "state", "panel": "panel", "challenge": "panel__challenge"},
        search=lambda rows, text: rows.filter(panel__challenge__in=titled(text)),
    ),
)
mount(
    router,
    Resource(
        kind="sheets",
        summary=SheetSummary,
        detail=SheetDetail,
        query=query_of("SheetQuery", state=str, part=str, assignment=UUID, challenge=UUID, q=str),
        filters={
            "state": "state",
            "part": "part",
            "assignment": "assignment",
            "challenge": "assignment__panel__challenge",
        },
        search=lambda rows, text: rows.filter(assignment__panel__challenge__in=titled(text)),
        sorts={"newest": ("-created_at", "part", "bid__code", "id")},
    ),
)


@router.post(
    "/challenges/{uuid:pk}/panels",
    response={201: PanelDetail, **REFUSALS},
    operation_id="create_panel",
    tags=["panels"],
)
def create_panel(request: HttpRequest, pk: UUID) -> Any:
    """Begin a panel; the platform's seed is committed to at once."""
    made = actions.create_panel(found(request.user, "challenges", pk), actor=of(request))
    return Status(201, found(request.user, "panels", made.pk))


@router.post(
    "/challenges/{uuid:pk}/extend-review",
    response={200: ChallengeDetail, **REFUSALS},
    operation_id="extend_review",
    tags=["challenges"],
)
def extend_review(request: HttpRequest, pk: UUID, given: ReasonIn) -> Any:
    """One more review period, when reviewers are late."""
    actions.extend_review(found(request.user, "challenges", pk), actor=of(request), reason=given.reason)
    return found(request.user, "challenges", pk)


@router.patch("/sheets/{uuid:pk}", response={200: SheetDetail, **REFUSALS}, operation_id="edit_sheet", tags=["sheets"])
def edit_sheet(request: HttpRequest, pk: UUID, given: SheetPatch) -> Any:
    """Keep scores and comments, finished or not."""
    sheet = found(request.user, "sheets", pk)
    scores = {
        key: {"score": "" if item.score is None else f"{item.score:f}", "comment": item.comment}
        for key, item in given.scores.items()
    }
    actions.save_scores(sheet, actor=of(request), scores=scores, version=given.version)
    return found(request.user, "sheets", pk)


@router.get(
    "/challenges/{uuid:pk}/ranking",
    response={200: RankingOut, **SEEN},
    operation_id="get_ranking",
    tags=["challenges"],
)
def get_ranking(request: HttpRequest, pk: UUID) -> Any:
    """The ranking's snapshot, for those who may see its closed panel."""
    challenge = found(request.user, "challenges", pk)
    ranking = queries.latest_ranking(challenge)
    seen: Any = visible(request.user, "panel.view")
    if ranking is None or not seen.filter(pk=ranking.panel_id, state="closed").exists():
        raise Http404
    return ranking


@router.get(
    "/challenges/{uuid:pk}/proof",
    response={200: list[ProofOut], **SEEN},
    operation_id="get_proof",
    tags=["challenges"],
    auth=PUBLIC,
)
def get_proof(request: HttpRequest, pk: UUID) -> Any:
    """How the panels were drawn and the bids ranked, for anyone to recompute."""
    return proofs_of(request.user, found(request.user, "challenges", pk))


@router.get(
    "/bids/{uuid:pk}/feedback", response={200: list[FeedbackOut], **SEEN}, operation_id="get_feedback", tags=["bids"]
)
def get_feedback(request: HttpRequest, pk: UUID) -> Any:
    """What the panel wrote on a bid, criterion by criterion, once the challenge is awarded or ended."""
    return queries.own_feedback(found(request.user, "bids", pk))
