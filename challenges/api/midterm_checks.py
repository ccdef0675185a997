"""Mid-term checks over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts import documents
from accounts.api import of
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from accounts.schemas import DocumentOut
from challenges.models import MidtermDocument
from challenges.schemas.midterm_checks import MidtermCheckDetail, MidtermCheckSummary

router = Router()
SORTS = {"due": ("due_on", "id"), "newest": ("-created_at", "id")}
mount(
    router,
    Resource(
        kind="midterm-checks",
        summary=MidtermCheckSummary,
        detail=MidtermCheckDetail,
        query=query_of("MidtermCheckQuery", sorts=SORTS, state=str, conclusion=str, contract=UUID, challenge=UUID),
        filters={
            "state": "state", "conclusion": "conclusion", "contract": "contract", "challenge": "contract__challenge",
        },
        sorts=SORTS,
    ),
)  # fmt: skip


@router.post(
    "/midterm-checks/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_midterm_document",
    tags=["midterm-checks"],
)
def add_midterm_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add a file to the report until it is handed in."""
    check = found(request.user, "midterm-checks", pk)
    return Status(201, documents.store(file, actor=of(request), model=MidtermDocument, midterm_check=check))
