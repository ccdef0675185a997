"""Transfers over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from accounts.api import of
from accounts.policy import visible
from accounts.resources import REFUSALS, Resource, found, mount, one, query_of
from challenges import actions
from challenges.schemas.transfers import (
    TransferAnswerIn,
    TransferDetail,
    TransferIn,
    TransferObjectionIn,
    TransferPatch,
    TransferSummary,
)

router = Router()
mount(
    router,
    Resource(
        kind="transfers",
        summary=TransferSummary,
        detail=TransferDetail,
        query=query_of("TransferQuery", state=str, way=str, outcome=UUID),
        filters={"state": "state", "way": "way", "outcome": "outcome"},
        public=True,
    ),
)


@router.post(
    "/outcomes/{uuid:pk}/transfers",
    response={201: TransferDetail, **REFUSALS},
    operation_id="create_transfer",
    tags=["transfers"],
)
def create_transfer(request: HttpRequest, pk: UUID, given: TransferIn) -> Any:
    """Write the transfer of a confirmed outcome as a draft."""
    outcome = found(request.user, "outcomes", pk)
    made = actions.create_transfer(outcome, actor=of(request), data=given.dict())
    return Status(201, found(request.user, "transfers", made.pk))


@router.patch(
    "/transfers/{uuid:pk}",
    response={200: TransferDetail, **REFUSALS},
    operation_id="edit_transfer",
    tags=["transfers"],
)
def edit_transfer(request: HttpRequest, pk: UUID, given: TransferPatch) -> Any:
    """Change a draft."""
    transfer = found(request.user, "transfers", pk)
    actions.edit_transfer(transfer, actor=of(request), data=given.dict(exclude_unset=True))
    return found(request.user, "transfers", pk)


@router.post(
    "/transfers/{uuid:pk}/objections",
    response={201: TransferDetail, **REFUSALS},
    operation_id="object_to_transfer",
    tags=["transfers"],
)
def object_to_transfer(request: HttpRequest, pk: UUID, given: TransferObjectionIn) -> Any:
    """Object by name while the price publicity runs; the transfer waits for the answer."""
    transfer = found(request.user, "transfers", pk)
    actions.object_to_transfer(transfer, actor=of(request), **given.dict())
    return Status(201, found(request.user, "transfers", pk))


@router.post(
    "/transfers/{uuid:pk}/objections/{uuid:objection_pk}/answer",
    response={200: TransferDetail, **REFUSALS},
    operation_id="answer_transfer_objection",
    tags=["transfers"],
)
def answer_objection(request: HttpRequest, pk: UUID, objection_pk: UUID, given: TransferAnswerIn) -> Any:
    """Answer an objection with reasons; one that is upheld withdraws the transfer."""
    transfer = found(request.user, "transfers", pk)
    seen = visible(request.user, "transfer_objection.view").select_related("filed_by", "transfer")
    objection = one(seen.filter(transfer=transfer, pk=objection_pk))
    actions.answer_objection(objection, actor=of(request), **given.dict())
    return found(request.user, "transfers", pk)
