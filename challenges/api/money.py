"""The ledger of money over the API: sources, receipts, recoveries and bookings."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from accounts.api import of
from accounts.policy import visible
from accounts.resources import REFUSALS, SEEN, Resource, cut, found, mount, one, page_of, query_of
from challenges import actions, books
from challenges.queries import titled
from challenges.schemas.money import (
    BookingOut,
    MoneyOut,
    ReasonIn,
    ReceiptIn,
    RecoveryDetail,
    RecoveryIn,
    RecoverySummary,
    SourcesIn,
)

router = Router()
mount(
    router,
    Resource(
        kind="recoveries",
        summary=RecoverySummary,
        detail=RecoveryDetail,
        query=query_of("RecoveryQuery", state=str, contract=UUID, challenge=UUID, q=str),
        filters={"state": "state", "contract": "contract", "challenge": "contract__challenge"},
        search=lambda rows, text: rows.filter(contract__challenge__in=titled(text)),
    ),
)
BookingQuery = query_of("BookingQuery", contract=UUID, kind=str, source=str, since=date, until=date, q=str)


def _money(contract: Any) -> dict[str, Any]:
    return {"amount": contract.amount, "sources": books.lines(contract)}


@router.get("/contracts/{uuid:pk}/money", response={200: MoneyOut, **SEEN}, operation_id="get_money", tags=["money"])
def money(request: HttpRequest, pk: UUID) -> Any:
    """Where the money of the contract stands, by source."""
    return _money(found(request.user, "contracts", pk))


@router.put(
    "/contracts/{uuid:pk}/sources", response={200: MoneyOut, **REFUSALS}, operation_id="set_sources", tags=["money"]
)
def set_sources(request: HttpRequest, pk: UUID, given: SourcesIn) -> Any:
    """Say what each source gives, while the contract is a draft."""
    return _money(actions.set_sources(found(request.user, "contracts", pk), actor=of(request), **given.dict()))


@router.post(
    "/contracts/{uuid:pk}/receipts", response={201: BookingOut, **REFUSALS}, operation_id="receive_money",
    tags=["money"],
)  # fmt: skip
def receive(request: HttpRequest, pk: UUID, given: ReceiptIn) -> Any:
    """Record money that has arrived; the same bank reference counts once."""
    return Status(201, actions.receive(found(request.user, "contracts", pk), actor=of(request), **given.dict()))


@router.post(
    "/contracts/{uuid:pk}/recoveries", response={201: RecoveryDetail, **REFUSALS}, operation_id="request_recovery",
    tags=["money"],
)  # fmt: skip
def request_recovery(request: HttpRequest, pk: UUID, given: RecoveryIn) -> Any:
    """Ask for unused money back."""
    contract = found(request.user, "contracts", pk)
    made = actions.request_recovery(contract, actor=of(request), **given.dict())
    return Status(201, found(request.user, "recoveries", made.pk))


@router.get("/bookings", response={200: page_of(BookingOut), **SEEN}, operation_id="list_bookings", tags=["money"])
def bookings(request: HttpRequest, asked: Query[BookingQuery]) -> Any:  # type: ignore[valid-type]
    """The movements of money in your sight, newest first."""
    return cut(books.bookings(request.user, asked.dict()), asked)  # type: ignore[attr-defined]


@router.post(
    "/bookings/{uuid:pk}/reversal", response={201: BookingOut, **REFUSALS}, operation_id="reverse_booking",
    tags=["money"],
)  # fmt: skip
def reverse(request: HttpRequest, pk: UUID, given: ReasonIn) -> Any:
    """Take back a receipt that was recorded by mistake."""
    booking = one(visible(request.user, "booking.view").select_related("contract").filter(pk=pk))
    return Status(201, actions.reverse(booking, actor=of(request), reason=given.reason))
