"""Races of several winners over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts import documents
from accounts.api import of
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from accounts.schemas import DocumentOut
from challenges.models import RaceDocument
from challenges.queries import titled
from challenges.schemas.races import RaceDetail, RaceSummary

router = Router()
mount(
    router,
    Resource(
        kind="races",
        summary=RaceSummary,
        detail=RaceDetail,
        query=query_of("RaceQuery", state=str, award=UUID, challenge=UUID, q=str),
        filters={"state": "state", "award": "award", "challenge": "award__challenge"},
        search=lambda rows, text: rows.filter(award__challenge__in=titled(text)),
        public=True,
    ),
)


@router.post(
    "/races/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_race_document",
    tags=["races"],
)
def add_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add the signed minutes of the shared test, before it is recorded."""
    race = found(request.user, "races", pk)
    return Status(201, documents.store(file, actor=of(request), model=RaceDocument, race=race))
