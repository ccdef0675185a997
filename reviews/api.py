"""The API of how bids are judged: experts, panels, assignments, score sheets, rankings."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Router, Status

from accounts.api import cleaned, of
from accounts.models import User
from accounts.models.words import holding
from accounts.policy import require, visible
from accounts.resources import REFUSALS, SEEN, Resource, found, mount, query_of
from challenges.queries import titled
from challenges.schemas.challenges import ChallengeDetail
from reviews import actions, queries
from reviews.forms import AddExpertForm, ExpertForm, RelationForm
from reviews.models import Expert
from reviews.schemas import (
    AssignmentDetail,
    AssignmentSummary,
    ExpertDetail,
    ExpertIn,
    ExpertSummary,
    FeedbackOut,
    PanelDetail,
    PanelSummary,
    RankingOut,
    ReasonIn,
    RelationIn,
    SheetDetail,
    SheetPatch,
    SheetSummary,
)

router = Router()


def _by_name(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(user__in=holding(User.objects.all(), text).values("pk"))


mount(
    router,
    Resource(
        kind="experts",
        summary=ExpertSummary,
        detail=ExpertDetail,
        query=query_of("ExpertQuery", state=str, field=str, organization=UUID, q=str),
        filters={"state": "state", "field": "fields__contains", "organization": "organization"},
        search=_by_name,
    ),
)
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


@router.post("/experts", response={201: ExpertDetail, **REFUSALS}, operation_id="create_expert", tags=["experts"])
def create_expert(request: HttpRequest, given: ExpertIn) -> Any:
    """Apply for the pool; an operator takes another person in by `email`."""
    user = of(request)
    if given.email is None:
        require(user, "expert.apply")
        made = actions.apply_as_expert(user, **cleaned(ExpertForm(given.dict())))
    else:
        require(user, "expert.approve")
        data = cleaned(AddExpertForm({**given.dict(), "may_chair": given.may_chair is not False}))
        made = actions.add_expert(data.pop("email"), actor=user, **data)
    return Status(201, found(user, "experts", made.pk))


@router.patch(
    "/experts/{uuid:pk}", response={200: ExpertDetail, **REFUSALS}, operation_id="edit_expert", tags=["experts"]
)
def edit_expert(request: HttpRequest, pk: UUID, given: ExpertIn) -> Any:
    """Change a profile; what is not given stays."""
    expert: Expert = found(request.user, "experts", pk)
    present = {
        "fields": expert.fields,
        "biography": expert.biography,
        "organization": expert.organization_id,
    } | given.dict(exclude_unset=True)
    data = cleaned(ExpertForm(present))
    actions.edit_expert(expert, actor=of(request), may_chair=given.may_chair, **data)
    return found(request.user, "experts", pk)


@router.post(
    "/experts/{uuid:pk}/relations",
    response={201: ExpertDetail, **REFUSALS},
    operation_id="declare_relation",
    tags=["experts"],
)
def declare_relation(request: HttpRequest, pk: UUID, given: RelationIn) -> Any:
    """Note a tie from which conflicts of interest are computed."""
    expert = found(request.user, "experts", pk)
    actions.declare_relation(expert, actor=of(request), **cleaned(RelationForm(given.dict())))
    return Status(201, found(request.user, "experts", pk))


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
    "/bids/{uuid:pk}/feedback", response={200: list[FeedbackOut], **SEEN}, operation_id="get_feedback", tags=["bids"]
)
def get_feedback(request: HttpRequest, pk: UUID) -> Any:
    """What the panel wrote on a bid, criterion by criterion, once the challenge is awarded or ended."""
    return queries.own_feedback(found(request.user, "bids", pk))
