"""Contracts, milestones and payments over the API."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts import documents
from accounts.api import cleaned, of
from accounts.models.words import holding
from accounts.policy import require
from accounts.resources import REFUSALS, SEEN, Resource, found, mount, query_of
from accounts.schemas import DocumentOut
from accounts.workflow import Refused
from challenges import actions, outlook
from challenges.actions.signing import FORMS
from challenges.measurement_forms import forms_of
from challenges.models import MilestoneDocument, TerminationDocument
from challenges.queries import titled
from challenges.schemas.contracts import (
    ContractDetail,
    ContractPatch,
    ContractSummary,
    MeasurementsIn,
    MilestoneDetail,
    MilestonePatch,
    MilestoneSummary,
    OutlookOut,
    PaymentDetail,
    PaymentSummary,
)
from challenges.schemas.terminations import TerminationDetail, TerminationSummary

router = Router()
MILESTONE_SORTS = {"due": ("due_on", "position", "id"), "newest": ("-created_at", "position", "id")}
mount(
    router,
    Resource(
        kind="contracts",
        summary=ContractSummary,
        detail=ContractDetail,
        query=query_of("ContractQuery", state=str, challenge=UUID, q=str),
        filters={"state": "state", "challenge": "challenge"},
        search=lambda rows, text: rows.filter(challenge__in=titled(text)),
    ),
)
mount(
    router,
    Resource(
        kind="milestones",
        summary=MilestoneSummary,
        detail=MilestoneDetail,
        query=query_of("MilestoneQuery", sorts=MILESTONE_SORTS, state=str, contract=UUID, challenge=UUID, q=str),
        filters={"state": "state", "contract": "contract", "challenge": "contract__challenge"},
        sorts=MILESTONE_SORTS,
        search=holding,
    ),
)
mount(
    router,
    Resource(
        kind="payments",
        summary=PaymentSummary,
        detail=PaymentDetail,
        query=query_of("PaymentQuery", state=str, contract=UUID, challenge=UUID, q=str),
        filters={"state": "state", "contract": "contract", "challenge": "contract__challenge"},
        search=lambda rows, text: rows.filter(contract__challenge__in=titled(text)),
    ),
)
mount(
    router,
    Resource(
        kind="terminations",
        summary=TerminationSummary,
        detail=TerminationDetail,
        query=query_of("TerminationQuery", state=str, contract=UUID, challenge=UUID, q=str),
        filters={"state": "state", "contract": "contract", "challenge": "contract__challenge"},
        search=lambda rows, text: rows.filter(contract__challenge__in=titled(text)),
    ),
)


@router.post(
    "/terminations/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_termination_document",
    tags=["terminations"],
)
def add_termination_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add evidence until the team has answered."""
    termination = found(request.user, "terminations", pk)
    return Status(201, documents.store(file, actor=of(request), model=TerminationDocument, termination=termination))


@router.get(
    "/contracts/{uuid:pk}/outlook",
    response={200: OutlookOut, **SEEN},
    operation_id="see_contract_outlook",
    tags=["contracts"],
)
def see_contract_outlook(request: HttpRequest, pk: UUID) -> Any:
    """Risks, timeline of milestones and payments, and burn of the budget; of a draft there is neither."""
    glance = outlook.at_a_glance(found(request.user, "contracts", pk))
    shares = {name: getattr(glance["outlook"], name) for name in ("risks", "next_due", "elapsed", "accepted", "paid")}
    return shares | {"timeline": glance["bars"], "burn": glance["points"]}


@router.patch(
    "/contracts/{uuid:pk}",
    response={200: ContractDetail, **REFUSALS},
    operation_id="edit_contract",
    tags=["contracts"],
)
def edit_contract(request: HttpRequest, pk: UUID, given: ContractPatch) -> Any:
    """Change task book, pledge, intellectual property, targets' values, shares and milestones of a draft."""
    milestones = {str(key): item.dict(exclude_unset=True) for key, item in given.milestones.items()}
    data = given.dict(exclude={"milestones"}, exclude_unset=True)
    if "shares" in data:
        data["shares"] = {str(key): item for key, item in data["shares"].items()}
    actions.edit_contract(found(request.user, "contracts", pk), actor=of(request), data=data, milestones=milestones)
    return found(request.user, "contracts", pk)


@router.get(
    "/contracts/{uuid:pk}/papers/{slug:form}",
    response={**SEEN},
    operation_id="get_contract_paper",
    tags=["contracts"],
    openapi_extra={
        "responses": {
            200: {
                "description": "The file.",
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FORMS.values()},
            }
        }
    },
)
def get_paper(request: HttpRequest, pk: UUID, form: str, version: int) -> HttpResponse:
    """Task book and pledge of one version; `form` is pdf or docx."""
    try:
        _name, data = actions.fetch_paper(
            found(request.user, "contracts", pk), actor=of(request), number=version, form=form
        )
    except LookupError as error:
        raise Http404 from error
    return HttpResponse(data, content_type=FORMS[form])


@router.patch(
    "/milestones/{uuid:pk}",
    response={200: MilestoneDetail, **REFUSALS},
    operation_id="edit_milestone",
    tags=["milestones"],
)
def edit_milestone(request: HttpRequest, pk: UUID, given: MilestonePatch) -> Any:
    """Change one milestone while its contract is a draft."""
    milestone = found(request.user, "milestones", pk)
    data = given.dict(exclude_unset=True)
    actions.edit_contract(milestone.contract, actor=of(request), data={}, milestones={str(pk): data})
    return found(request.user, "milestones", pk)


@router.post(
    "/milestones/{uuid:pk}/documents",
    response={201: DocumentOut, **REFUSALS},
    operation_id="add_milestone_document",
    tags=["milestones"],
)
def add_document(request: HttpRequest, pk: UUID, file: File[UploadedFile]) -> Any:
    """Add evidence before a milestone is submitted, or while it is rectified."""
    milestone = found(request.user, "milestones", pk)
    return Status(201, documents.store(file, actor=of(request), model=MilestoneDocument, milestone=milestone))


@router.put(
    "/milestones/{uuid:pk}/measurements",
    response={200: MilestoneDetail, **REFUSALS},
    operation_id="measure_milestone",
    tags=["milestones"],
)
def measure(request: HttpRequest, pk: UUID, given: MeasurementsIn) -> Any:
    """Replace what was measured for the targets that a milestone proves, until it is submitted."""
    milestone = found(request.user, "milestones", pk)
    require(request.user, "milestone.add_evidence", milestone)
    typed = {
        f"t{item.target}-{name}": "" if value is None else str(value)
        for item in given.measurements
        for name, value in item.dict(exclude={"target"}).items()
    }
    rows = forms_of(milestone, typed)
    known = {row.finding.position for row in rows}
    if not known.issuperset(item.target for item in given.measurements):
        raise Refused(_("This milestone does not prove that target."), code="target")
    for row in rows:
        cleaned(row)
    actions.measure(milestone, actor=of(request), rows=[row.row for row in rows if row.row])
    return found(request.user, "milestones", pk)
