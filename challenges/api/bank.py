"""Payee accounts and bank files over the API."""

import io
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from accounts.api import of
from accounts.policy import require, visible
from accounts.resources import REFUSALS, SEEN, Paging, Resource, cut, found, mount, one, page_of, query_of
from accounts.tables import XLSX
from accounts.workflow import Refused
from challenges import actions, bank_file
from challenges.schemas.bank import AnswerOut, BatchDetail, BatchIn, BatchOut, PayeeDetail, PayeeIn, PayeeSummary

router = Router()
mount(
    router,
    Resource(
        kind="payees",
        summary=PayeeSummary,
        detail=PayeeDetail,
        query=query_of("PayeeQuery", state=str, contract=UUID),
        filters={"state": "state", "contract": "contract"},
    ),
)


def _batch(user: Any, pk: UUID) -> Any:
    return one(visible(user, "payment_batch.view").select_related("created_by").filter(pk=pk))


@router.post(
    "/contracts/{uuid:pk}/payees", response={201: PayeeDetail, **REFUSALS}, operation_id="give_payee", tags=["payees"]
)
def give_payee(request: HttpRequest, pk: UUID, given: PayeeIn) -> Any:
    """Name the account that the next payments are to go to; a second person confirms it."""
    made = actions.give_payee(found(request.user, "contracts", pk), actor=of(request), **given.dict())
    return Status(201, found(request.user, "payees", made.pk))


@router.get("/payment-batches", response={200: page_of(BatchOut), **SEEN}, operation_id="list_batches", tags=["money"])
def batches(request: HttpRequest, asked: Query[Paging]) -> Any:
    """The bank files, newest first."""
    return cut(visible(request.user, "payment_batch.view").order_by("-created_at", "id"), asked)


@router.post("/payment-batches", response={201: BatchDetail, **REFUSALS}, operation_id="make_batch", tags=["money"])
def make_batch(request: HttpRequest, given: BatchIn) -> Any:
    """Put approved payments into one file for the bank: all of them, or none."""
    return Status(201, actions.make_batch(given.payments, actor=of(request)))


@router.get("/payment-batches/{uuid:pk}", response={200: BatchDetail, **SEEN}, operation_id="get_batch", tags=["money"])
def batch(request: HttpRequest, pk: UUID) -> Any:
    """A bank file with its lines; account numbers are masked."""
    return _batch(request.user, pk)


@router.get("/payment-batches/{uuid:pk}/file", operation_id="get_bank_file", tags=["money"])
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The workbook for the bank, with whole account numbers."""
    made = _batch(request.user, pk)
    require(request.user, "payment_batch.create")
    return HttpResponse(bank_file.write(made), content_type=XLSX)


@router.post(
    "/payment-batches/{uuid:pk}/answer", response={200: AnswerOut, **REFUSALS}, operation_id="take_bank_answer",
    tags=["money"],
)  # fmt: skip
def take_answer(request: HttpRequest, pk: UUID, file: File[UploadedFile], *, dry_run: bool = True) -> Any:
    """Read the bank's answer; with `dry_run=false` and no faults, take it over. A file that comes twice counts once."""
    made = _batch(request.user, pk)
    require(request.user, "payment_batch.create")
    try:
        file.seek(0)
        content = file.read(bank_file.MAX_BYTES + 1)
        reading = bank_file.read(io.BytesIO(content), made)
    except bank_file.Unreadable as fault:
        raise Refused(fault.message, code=fault.code) from fault
    settled = 0
    if reading.ok and not dry_run:
        settled = actions.take_answers(made, reading.rows, actor=of(request))
    return {"lines": len(reading.rows), "settled": settled, "faults": reading.faults}
