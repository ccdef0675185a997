"""The region over the API: the funnel, the plan's targets with what is known of them, and their figures."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts import documents
from accounts.api import of
from accounts.policy import visible
from accounts.resources import REFUSALS, SEEN, Resource, found, mount, query_of
from accounts.schemas import DocumentOut
from accounts.signin import PUBLIC
from challenges import actions
from challenges.funnel import funnel
from challenges.models import RegionDocument
from challenges.region import lines
from challenges.schemas.region import FunnelOut, RegionFigureDetail, RegionFigureIn, RegionFigureSummary, RegionLine

router = Router()
SORTS = {"newest": ("-created_at", "id"), "day": ("-as_of", "-created_at")}
mount(
    router,
    Resource(
        kind="region-figures",
        summary=RegionFigureSummary,
        detail=RegionFigureDetail,
        query=query_of("RegionFigureQuery", sorts=SORTS, state=str, target=UUID),
        filters={"state": "state", "target": "target"},
        sorts=SORTS,
        public=True,
    ),
)


@router.get(
    "/region/funnel", response={200: FunnelOut, **SEEN}, operation_id="get_funnel", tags=["region"], auth=PUBLIC
)
def get_funnel(request: HttpRequest) -> Any:
    """How many challenges reached each stage, by industry and year of filing."""
    return funnel(request.user)


@router.get(
    "/region/targets",
    response={200: list[RegionLine], **SEEN},
    operation_id="list_region_targets",
    tags=["region"],
    auth=PUBLIC,
)
def list_region_targets(request: HttpRequest) -> Any:
    """Every target of the plan, with what the system counts of it and the latest confirmed figure."""
    return lines(request.user)


@router.post(
    "/region/targets/{uuid:pk}/figures",
    response={201: RegionFigureDetail, **REFUSALS},
    operation_id="create_region_figure",
    tags=["region"],
)
def create_region_figure(request: HttpRequest, pk: UUID, given: RegionFigureIn) -> Any:
    """Enter a figure; add its document next, then a decider confirms it."""
    target = visible(request.user, "region_target.view").filter(pk=pk).first()
    if target is None:
        raise Http404
    made = actions.enter_region_figure(target, actor=of(request), **given.dict())
    return Status(201, found(request.user, "region-figures", made.pk))


@router.post(
    "/region-figures/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_region_document",
    tags=["region"],
)
def add_region_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add the document that a figure was taken from."""
    figure = found(request.user, "region-figures", pk)
    return Status(201, documents.store(file, actor=of(request), model=RegionDocument, figure=figure))
