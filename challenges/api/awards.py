"""Awards and objections over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts import documents
from accounts.api import of
from accounts.models.words import holding
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from accounts.schemas import DocumentOut
from challenges import actions
from challenges.models import ObjectionDocument
from challenges.queries import titled
from challenges.schemas.awards import (
    AppealIn,
    AwardDetail,
    AwardSummary,
    ObjectionDetail,
    ObjectionIn,
    ObjectionSummary,
)

router = Router()
mount(
    router,
    Resource(
        kind="awards",
        summary=AwardSummary,
        detail=AwardDetail,
        query=query_of("AwardQuery", state=str, challenge=UUID, q=str),
        filters={"state": "state", "challenge": "challenge"},
        search=lambda rows, text: rows.filter(challenge__in=titled(text)),
        public=True,
    ),
)
mount(
    router,
    Resource(
        kind="objections",
        summary=ObjectionSummary,
        detail=ObjectionDetail,
        query=query_of("ObjectionQuery", state=str, award=UUID, challenge=UUID, q=str),
        filters={"state": "state", "award": "award", "challenge": "award__challenge"},
        search=holding,
    ),
)


@router.post(
    "/awards/{uuid:pk}/objections",
    response={201: ObjectionDetail, **REFUSALS},
    operation_id="create_objection",
    tags=["objections"],
)
def create_objection(request: HttpRequest, pk: UUID, given: ObjectionIn) -> Any:
    """Object by name while the public notice runs; the award waits until the objection is decided."""
    award = found(request.user, "awards", pk)
    made = actions.file_objection(award, actor=of(request), **given.dict())
    return Status(201, found(request.user, "objections", made.pk))


@router.post(
    "/objections/{uuid:pk}/appeal",
    response={201: ObjectionDetail, **REFUSALS},
    operation_id="create_appeal",
    tags=["objections"],
)
def create_appeal(request: HttpRequest, pk: UUID, given: AppealIn) -> Any:
    """Appeal the dismissal of your objection, once; the answer is an objection `against` the first."""
    objection = found(request.user, "objections", pk)
    made = actions.file_appeal(objection, actor=of(request), **given.dict())
    return Status(201, found(request.user, "objections", made.pk))


@router.post(
    "/objections/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_objection_document",
    tags=["objections"],
)
def add_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add evidence to an objection of yours."""
    objection = found(request.user, "objections", pk)
    return Status(201, documents.store(file, actor=of(request), model=ObjectionDocument, objection=objection))
