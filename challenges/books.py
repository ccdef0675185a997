"""The books as pages, API and exports read them: a contract's money by source, and the bookings in sight."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.policy import visible
from challenges.models import Booking, Contract
from challenges.models.booking import DRAWN, Account, Source, balances_of
from challenges.queries import bids_found

COLUMNS = (Account.PROMISED, Account.HELD, Account.RESERVED, Account.FROZEN, Account.PAID, Account.RECOVERED,
           Account.RETURNED)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Where the money of one source stands; before the contract is in force, what it is to give."""

    source: str
    committed: Decimal
    promised: Decimal
    held: Decimal
    reserved: Decimal
    frozen: Decimal
    paid: Decimal
    recovered: Decimal
    returned: Decimal

    @property
    def word(self) -> Any:
        """The source in words."""
        return Source(self.source).label

    @property
    def amounts(self) -> list[Decimal]:
        """In the order of COLUMNS."""
        return [getattr(self, column) for column in COLUMNS]


def lines(contract: Contract) -> list[Line]:
    """One line a source that gives anything, the enterprise always among them."""
    standing = balances_of(contract)
    return [
        Line(source, amount, **{column.value: standing.of(source, column) for column in COLUMNS})
        for source, amount in contract.sources.items()
        if amount or source == Source.ENTERPRISE
    ]


def total(found: list[Line]) -> Line:
    """The sum of what the platform pays out; what the team raises itself stands apart."""
    drawn = [asdict(line) for line in found if line.source in DRAWN]
    names = ["committed", *(column.value for column in COLUMNS)]
    return Line("", **{name: sum((line[name] for line in drawn), Decimal(0)) for name in names})


def bookings(user: Any, asked: dict[str, Any]) -> QuerySet[Booking]:
    """The bookings in this person's sight that fit the filters, newest first, with what a row shows."""
    rows = visible(user, "booking.view").select_related(
        "contract__challenge", "contract__bid__lead", "actor", "reversed_by"
    )
    for name, lookup in (("kind", "kind"), ("contract", "contract"), ("since", "at__date__gte"),
                         ("until", "at__date__lte")):  # fmt: skip
        if asked.get(name):
            rows = rows.filter(**{lookup: asked[name]})
    if asked.get("source"):
        rows = rows.filter(postings__source=asked["source"]).distinct()
    if asked.get("q"):
        rows = rows.filter(contract__bid__in=bids_found(asked["q"]))
    found: QuerySet[Booking] = rows.prefetch_related("postings").order_by("-at", "id")
    return found


def exported(rows: QuerySet[Booking]) -> Iterator[tuple[Any, ...]]:
    """The postings of these bookings as rows of a table, the head first."""
    yield (
        _("Time"), _("Challenge"), _("Team"), _("Booking"), _("Source of money"), _("Account in the books"),
        _("Amount, yuan"), _("Bank reference"), _("By"), _("Reason"), _("Key"),
    )  # fmt: skip
    for booking in rows.iterator(chunk_size=500):
        contract = booking.contract
        for row in booking.postings.all():
            yield (
                f"{localtime(booking.at):%Y-%m-%d %H:%M:%S}", contract.challenge.title, contract.bid.lead.name,
                booking.get_kind_display(), row.get_source_display(), row.get_account_display(), row.amount,
                booking.reference, booking.actor.name if booking.actor else "", booking.reason, booking.key,
            )  # fmt: skip
