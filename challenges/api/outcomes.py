"""Outcomes over the API."""

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
from challenges.models import OutcomeDocument
from challenges.schemas.outcomes import OutcomeDetail, OutcomeIn, OutcomePatch, OutcomeSummary

router = Router()
mount(
    router,
    Resource(
        kind="outcomes",
        summary=OutcomeSummary,
        detail=OutcomeDetail,
        query=query_of("OutcomeQuery", state=str, kind=str, contract=UUID, challenge=UUID, q=str),
        filters={"state": "state", "kind": "kind", "contract": "contract", "challenge": "contract__challenge"},
        search=holding,
        public=True,
    ),
)


def _inputs(given: OutcomePatch) -> dict[str, Any]:
    """The columns that were given, the shares by holder, and the figures."""
    shares = None if given.shares is None else {row.holder: (row.rights, row.benefit) for row in given.shares}
    figures = None if given.figures is None else [row.dict() for row in given.figures]
    data = given.dict(exclude={"shares", "figures"}, exclude_unset=True)
    return {"data": data, "shares": shares, "figures": figures}


@router.post(
    "/contracts/{uuid:pk}/outcomes",
    response={201: OutcomeDetail, **REFUSALS},
    operation_id="create_outcome",
    tags=["outcomes"],
)
def create_outcome(request: HttpRequest, pk: UUID, given: OutcomeIn) -> Any:
    """Write an outcome of a contract as a draft, once a milestone has been accepted."""
    contract = found(request.user, "contracts", pk)
    made = actions.create_outcome(contract, actor=of(request), **_inputs(given))
    return Status(201, found(request.user, "outcomes", made.pk))


@router.patch(
    "/outcomes/{uuid:pk}",
    response={200: OutcomeDetail, **REFUSALS},
    operation_id="edit_outcome",
    tags=["outcomes"],
)
def edit_outcome(request: HttpRequest, pk: UUID, given: OutcomePatch) -> Any:
    """Change a draft, or what was returned."""
    actions.edit_outcome(found(request.user, "outcomes", pk), actor=of(request), **_inputs(given))
    return found(request.user, "outcomes", pk)


@router.post(
    "/outcomes/{uuid:pk}/versions",
    response={201: OutcomeDetail, **REFUSALS},
    operation_id="amend_outcome",
    tags=["outcomes"],
)
def amend_outcome(request: HttpRequest, pk: UUID) -> Any:
    """Make a draft of the next version of a confirmed outcome."""
    made = actions.amend_outcome(found(request.user, "outcomes", pk), actor=of(request))
    return Status(201, found(request.user, "outcomes", made.pk))


@router.post(
    "/outcomes/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_outcome_document",
    tags=["outcomes"],
)
def add_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add evidence to a draft."""
    outcome = found(request.user, "outcomes", pk)
    return Status(201, documents.store(file, actor=of(request), model=OutcomeDocument, outcome=outcome))
