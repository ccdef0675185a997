"""Changes of contracts over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Router, Status

from accounts.api import of
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from challenges import actions
from challenges.queries import titled
from challenges.schemas.amendments import AmendmentDetail, AmendmentIn, AmendmentSummary, OpinionIn

router = Router()
mount(
    router,
    Resource(
        kind="amendments",
        summary=AmendmentSummary,
        detail=AmendmentDetail,
        query=query_of("AmendmentQuery", state=str, contract=UUID, challenge=UUID, q=str),
        filters={"state": "state", "contract": "contract", "challenge": "contract__challenge"},
        search=lambda rows, text: rows.filter(contract__challenge__in=titled(text)),
    ),
)


@router.post(
    "/contracts/{uuid:pk}/amendments",
    response={201: AmendmentDetail, **REFUSALS},
    operation_id="request_amendment_of_contract",
    tags=["amendments"],
)
def request_amendment(request: HttpRequest, pk: UUID, given: Body[AmendmentIn]) -> Any:
    """Ask for a change of a contract in force; one that cannot be carried out is refused at once."""
    contract = found(request.user, "contracts", pk)
    made = actions.request_amendment(
        contract, actor=of(request), kind=given.kind, reason=given.reason,
        changes=given.changes.model_dump(mode="json"),
    )  # fmt: skip
    return Status(201, found(request.user, "amendments", made.pk))


@router.post(
    "/amendments/{uuid:pk}/opinions",
    response={201: AmendmentDetail, **REFUSALS},
    operation_id="give_opinion_on_amendment",
    tags=["amendments"],
)
def give_opinion(request: HttpRequest, pk: UUID, given: OpinionIn) -> Any:
    """An expert of the panel that scored the bid says whether a core target may be weakened."""
    amendment = found(request.user, "amendments", pk)
    actions.give_opinion(amendment, actor=of(request), supports=given.supports, text=given.text)
    return Status(201, found(request.user, "amendments", pk))
