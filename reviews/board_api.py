"""The API of a panel's progress, its scores side by side, its consensus, and of how reviews are done."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from accounts.api import of
from accounts.policy import require
from accounts.resources import REFUSALS, found
from reviews import board, quality
from reviews.board_schemas import DistributionOut, ProgressOut, ScoresOut, TalkOut
from reviews.models import Panel

router = Router()


@router.get(
    "/panels/{uuid:pk}/progress",
    response={200: ProgressOut, **REFUSALS},
    operation_id="get_panel_progress",
    tags=["panels"],
)
def get_progress(request: HttpRequest, pk: UUID) -> Any:
    """Who has opened, started and locked which sheet, for the chair, operators and supervisors."""
    panel: Panel = found(request.user, "panels", pk)
    require(of(request), "panel.watch", panel)
    return board.progress(panel)


@router.get(
    "/panels/{uuid:pk}/scores", response={200: ScoresOut, **REFUSALS}, operation_id="get_panel_scores", tags=["panels"]
)
def get_scores(request: HttpRequest, pk: UUID) -> Any:
    """Totals, spreads and severities once every sheet is locked; of a matched panel those of the bids discussed."""
    panel: Panel = found(request.user, "panels", pk)
    require(of(request), "panel.read_scores", panel)
    return board.scores(panel, board.heard(panel, request.user))


@router.get(
    "/panels/{uuid:pk}/consensus",
    response={200: TalkOut, **REFUSALS},
    operation_id="get_panel_consensus",
    tags=["panels"],
)
def get_consensus(request: HttpRequest, pk: UUID) -> Any:
    """Discussions, minutes and minority reports."""
    panel: Panel = found(request.user, "panels", pk)
    require(of(request), "panel.read_scores", panel)
    return board.talk(panel, request.user, board.heard(panel, request.user))


@router.get(
    "/review-quality",
    response={200: list[DistributionOut], **REFUSALS},
    operation_id="get_review_quality",
    tags=["experts"],
)
def get_quality(request: HttpRequest, days: Annotated[int, Query(ge=1, le=3650)] = 365) -> Any:
    """Severity, agreement, time used and short comments as distributions over panels closed in these days."""
    require(of(request), "expert.quality")
    people = quality.qualities(days=days)
    return [quality.distribution(item, people) for item in quality.MEASURES]
