"""Credit records over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts import documents
from accounts.api import of
from accounts.models import Organization
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from accounts.schemas import DocumentOut
from accounts.workflow import Refused
from challenges import actions
from challenges.models import CreditDocument
from challenges.schemas.credit import CreditRecordDetail, CreditRecordIn, CreditRecordSummary

router = Router()
mount(
    router,
    Resource(
        kind="credit-records",
        summary=CreditRecordSummary,
        detail=CreditRecordDetail,
        query=query_of("CreditRecordQuery", state=str, kind=str, organization=UUID, challenge=UUID),
        filters={"state": "state", "kind": "kind", "organization": "organization", "challenge": "challenge"},
    ),
)


@router.post(
    "/challenges/{uuid:pk}/credit-records",
    response={201: CreditRecordDetail, **REFUSALS},
    operation_id="create_credit_record",
    tags=["credit-records"],
)
def create_credit_record(request: HttpRequest, pk: UUID, given: CreditRecordIn) -> Any:
    """Record a failing of the owner or of a bidder; the organisation is told and may answer."""
    organization = Organization.objects.filter(pk=given.organization).first()
    challenge = found(request.user, "challenges", pk)
    if organization is None:
        raise Refused(_("Choose the owner or a bidder of this challenge."), code="organization")
    made = actions.open_credit_record(
        challenge, actor=of(request), organization=organization, kind=given.kind, facts=given.facts
    )
    return Status(201, found(request.user, "credit-records", made.pk))


@router.post(
    "/credit-records/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_credit_document",
    tags=["credit-records"],
)
def add_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add evidence, as the recorder or as the organisation that answers."""
    record = found(request.user, "credit-records", pk)
    return Status(201, documents.store(file, actor=of(request), model=CreditDocument, record=record))
