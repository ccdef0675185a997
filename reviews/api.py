"""The API of how bids are judged: panels, assignments, score sheets, rankings."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Body, Router, Status

from accounts.api import cleaned, of
from accounts.policy import require, visible
from accounts.resources import REFUSALS, SEEN, Resource, found, mount, query_of
from accounts.signin import PUBLIC
from challenges.queries import titled
from challenges.schemas.challenges import ChallengeDetail
from reviews import actions, queries
from reviews.board_api import router as board_router
from reviews.forms_matching import MatchingForm, PairWishForm, WayForm
from reviews.proofs import proofs_of
from reviews.schemas import (
    AssignmentDetail,
    AssignmentSummary,
    JudgementOut,
    PanelDetail,
    PanelSummary,
    ProofOut,
    RankingOut,
    ReasonIn,
    SheetDetail,
    SheetPatch,
    SheetSummary,
)
from reviews.schemas_matching import MatchingDetail, MatchingIn, MatchingSummary, PairWishIn, PairWishOut, PanelIn

router = Router()
router.add_router("", board_router)
BY_LOT = PanelIn()


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
        kind="matchings",
        summary=MatchingSummary,
        detail=MatchingDetail,
        query=query_of("MatchingQuery", state=str, panel=UUID, challenge=UUID),
        filters={"state": "state", "panel": "panel", "challenge": "panel__challenge"},
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
def create_panel(request: HttpRequest, pk: UUID, given: Body[PanelIn] = BY_LOT) -> Any:
    """Begin a panel, drawn by lot unless said otherwise; the platform's seed is committed to at once."""
    challenge = found(request.user, "challenges", pk)
    require(request.user, "panel.create", challenge)
    made = actions.create_panel(challenge, actor=of(request), **cleaned(WayForm(given.dict())))
    return Status(201, found(request.user, "panels", made.pk))


@router.post(
    "/panels/{uuid:pk}/matchings",
    response={201: MatchingDetail, **REFUSALS},
    operation_id="start_matching",
    tags=["matchings"],
)
def start_matching(request: HttpRequest, pk: UUID, given: MatchingIn) -> Any:
    """Ask for a matching of reviewers to bids; it is computed by a worker, `progress` and `state` say how far it is."""
    panel = found(request.user, "panels", pk)
    require(request.user, "panel.match", panel)
    made = actions.start_matching(panel, actor=of(request), **cleaned(MatchingForm(given.dict())))
    return Status(201, found(request.user, "matchings", made.pk))


@router.post(
    "/panels/{uuid:pk}/pair-wishes",
    response={201: PairWishOut, **REFUSALS},
    operation_id="wish_pair",
    tags=["matchings"],
)
def wish_pair(request: HttpRequest, pk: UUID, given: PairWishIn) -> Any:
    """Forbid or require one pair in the matchings to come, or neither any more."""
    panel = found(request.user, "panels", pk)
    require(request.user, "panel.match", panel)
    made = actions.wish_pair(panel, actor=of(request), **cleaned(PairWishForm(given.dict(), panel=panel)))
    return Status(201, made)


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
    require(request.user, "panel.view_ranking", ranking.panel)
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
    "/bids/{uuid:pk}/feedback", response={200: JudgementOut, **SEEN}, operation_id="get_feedback", tags=["bids"]
)
def get_feedback(request: HttpRequest, pk: UUID) -> Any:
    """What the panel gave and wrote, criterion by criterion, once the challenge is awarded or ended."""
    return queries.own_feedback(found(request.user, "bids", pk))
