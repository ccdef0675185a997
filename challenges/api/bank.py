"""Payee accounts and bank files over the API."""

import io
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts.api import of
from accounts.policy import require
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from accounts.tables import XLSX
from accounts.workflow import Refused
from challenges import actions, bank_file
from challenges.schemas.bank import AnswerOut, BatchDetail, BatchIn, BatchSummary, PayeeDetail, PayeeIn, PayeeSummary

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
mount(
    router,
    Resource(
        kind="payment-batches",
        summary=BatchSummary,
        detail=BatchDetail,
        query=query_of("BatchQuery", state=str),
        filters={"state": "state"},
    ),
)


@router.post(
    "/contracts/{uuid:pk}/payees", response={201: PayeeDetail, **REFUSALS}, operation_id="give_payee", tags=["payees"]
)
def give_payee(request: HttpRequest, pk: UUID, given: PayeeIn) -> Any:
    """Name the account that the next payments are to go to; a second person confirms it."""
    made = actions.give_payee(found(request.user, "contracts", pk), actor=of(request), **given.dict())
    return Status(201, found(request.user, "payees", made.pk))


@router.post(
    "/payment-batches", response={201: BatchDetail, **REFUSALS}, operation_id="make_batch", tags=["payment-batches"]
)
def make_batch(request: HttpRequest, given: BatchIn) -> Any:
    """Put approved payments into one file for the bank: all of them, or none."""
    made = actions.make_batch(given.payments, actor=of(request))
    return Status(201, found(request.user, "payment-batches", made.pk))


@router.get("/payment-batches/{uuid:pk}/file", operation_id="get_bank_file", tags=["payment-batches"])
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The workbook for the bank, with whole account numbers."""
    made = found(request.user, "payment-batches", pk)
    require(request.user, "payment_batch.create")
    return HttpResponse(bank_file.write(made), content_type=XLSX)


@router.post(
    "/payment-batches/{uuid:pk}/answer", response={200: AnswerOut, **REFUSALS}, operation_id="take_bank_answer",
    tags=["payment-batches"],
)  # fmt: skip
def take_answer(request: HttpRequest, pk: UUID, file: File[UploadedFile], *, dry_run: bool = True) -> Any:
    """Read the bank's answer; with `dry_run=false` and no faults, take it over. A file that comes twice counts once."""
    made = found(request.user, "payment-batches", pk)
    require(request.user, "payment_batch.create")
    actions.expect_answer(made)
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
