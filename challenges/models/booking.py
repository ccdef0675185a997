"""The ledger of money: double entry, append-only, each source with its own accounts on each contract.

The chart of accounts, per contract and source; money moves from one account to another and never between sources:

origin → promised   the contract takes effect: the source has promised its part
promised → held     the money has arrived; the bank's reference proves it
held → reserved     a payment is approved
reserved → paid     the bank has paid it out to the team
held, reserved → frozen, frozen → held      a payment is frozen, and released
paid → recovered    unused money has come back from the team
held, frozen → returned     the contract was terminated: what will not be paid out is its source's again
origin ⇄ promised, held     the amount of a contract in force is changed, or moves to another runner of a race

`origin` stands for the world outside and is as far below zero as was promised; every other account is never below
zero. A balance is the sum of an account's postings: nothing else is stored. What the team raises itself (自筹) is
promised and shown to be in place, but never paid out by the platform. A payment draws on the sources in the order of
`Source`, one after the other to its end: what the enterprise gives goes first, public money last; so nothing is
rounded. A mistake is mended by a reversal that names what it reverses, once.
"""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from challenges.models.contract import Contract
from challenges.models.payment import Payment

NOTHING = Decimal("0.00")


class Source(models.TextChoices):
    """Where money comes from, in the order in which payments draw on it; what the team raises itself is never drawn."""

    ENTERPRISE = "enterprise", pgettext_lazy("source", "Enterprise")
    FUND = "fund", pgettext_lazy("source", "Fund")
    FISCAL = "fiscal", pgettext_lazy("source", "Public funds")
    SELF_RAISED = "self_raised", pgettext_lazy("source", "Raised by the team")


DRAWN = (Source.ENTERPRISE, Source.FUND, Source.FISCAL)


class Account(models.TextChoices):
    """Where the money of a source stands."""

    ORIGIN = "origin", pgettext_lazy("account", "Origin")
    PROMISED = "promised", pgettext_lazy("account", "Promised")
    HELD = "held", pgettext_lazy("account", "Held")
    RESERVED = "reserved", pgettext_lazy("account", "Reserved")
    FROZEN = "frozen", pgettext_lazy("account", "Frozen")
    PAID = "paid", pgettext_lazy("account", "Paid out")
    RECOVERED = "recovered", pgettext_lazy("account", "Recovered")
    RETURNED = "returned", pgettext_lazy("account", "Back to the source")


NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func="RAISE EXCEPTION 'The ledger of money is append-only';",
)
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
# One statement brings whole bookings: in each, what every source gives and takes sums to zero, and afterwards no
# account but the origin stands below zero.
BALANCED = pgtrigger.Trigger(
    name="balanced",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
    func="""
        IF EXISTS (SELECT 1 FROM new_rows GROUP BY booking_id, source HAVING SUM(amount) <> 0) THEN
            RAISE EXCEPTION 'A booking does not sum to zero';
        END IF;
        IF EXISTS (
            SELECT 1 FROM (SELECT booking_id, COUNT(*) AS given FROM new_rows GROUP BY booking_id) n
            JOIN challenges_booking b ON b.id = n.booking_id
            WHERE n.given <> (SELECT COUNT(*) FROM challenges_posting p WHERE p.booking_id = b.id)
               OR EXISTS (SELECT 1 FROM new_rows r WHERE r.booking_id = b.id AND r.contract_id <> b.contract_id)
        ) THEN
            RAISE EXCEPTION 'A booking is written whole and on one contract';
        END IF;
        IF EXISTS (
            SELECT 1 FROM challenges_posting p
            JOIN (SELECT DISTINCT contract_id, source, account FROM new_rows WHERE amount < 0 AND account <> 'origin') n
              ON (p.contract_id, p.source, p.account) = (n.contract_id, n.source, n.account)
            GROUP BY p.contract_id, p.source, p.account HAVING SUM(p.amount) < 0
        ) THEN
            RAISE EXCEPTION 'An account would stand below zero';
        END IF;
        RETURN NULL;
    """,
)


class Booking(models.Model):
    """One movement of money on one contract, made of postings that sum to zero; its key makes it happen once only."""

    class Kind(models.TextChoices):
        COMMIT = "commit", pgettext_lazy("booking", "Promised")
        CHANGE = "change", pgettext_lazy("booking", "Amount changed")
        RECEIVE = "receive", pgettext_lazy("booking", "Received")
        RESERVE = "reserve", pgettext_lazy("booking", "Reserved for a payment")
        PAY = "pay", pgettext_lazy("booking", "Paid out")
        FREEZE = "freeze", pgettext_lazy("booking", "Frozen")
        RELEASE = "release", pgettext_lazy("booking", "Released")
        RECOVER = "recover", pgettext_lazy("booking", "Recovered")
        RETURN = "return", pgettext_lazy("booking", "Back to the sources")
        REVERSE = "reverse", pgettext_lazy("booking", "Reversed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="bookings")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="bookings")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=200, unique=True)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(_("bank reference"), max_length=100, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("booking")
        ordering = ["-at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="reverse", reverses__isnull=False)
                | (~models.Q(kind="reverse") & models.Q(reverses=None)),
                name="booking_reversal_names_its_booking",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "id"], name="booking_newest"),
            models.Index(fields=["contract", "-at"], name="booking_contract_newest"),
        ]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


class Posting(models.Model):
    """What one booking adds to one account, in yuan; less than zero where it takes."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="postings")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="postings", db_index=False)
    source = models.CharField(max_length=12, choices=Source.choices)
    account = models.CharField(max_length=10, choices=Account.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("posting")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="posting_moves_something")]
        indexes = [models.Index(fields=["contract", "source", "account"], name="posting_account")]
        triggers = [APPEND_ONLY, NO_TRUNCATE, BALANCED]

    def __str__(self) -> str:
        return f"{self.source} {self.account} {self.amount}"


class Balances:
    """What stands on each account of one contract, or what one payment moved; never stored, always summed."""

    def __init__(self, sums: dict[tuple[str, str], Decimal]) -> None:
        self._sums = sums

    def of(self, source: str, *accounts: str) -> Decimal:
        """What one source has on these accounts together."""
        return sum((self._sums.get((source, account), NOTHING) for account in accounts), NOTHING)

    def all(self, *accounts: str, sources: Iterable[str] = tuple(DRAWN)) -> Decimal:
        """What stands on these accounts together, of all that the platform pays out."""
        return sum((self.of(source, *accounts) for source in sources), NOTHING)

    def committed(self, source: str) -> Decimal:
        """What the source has promised, wherever it stands by now."""
        return -self.of(source, Account.ORIGIN)


def balances(postings: Any) -> Balances:
    """The sums of these postings by source and account; one query."""
    rows = postings.order_by().values_list("source", "account").annotate(total=models.Sum("amount"))
    return Balances({(source, account): total for source, account, total in rows})


def balances_of(contract: Contract) -> Balances:
    """What stands on each account of the contract."""
    return balances(Posting.objects.filter(contract=contract))


def moved_for(payment: Payment) -> Balances:
    """What stands on each account because of this payment."""
    return balances(Posting.objects.filter(booking__payment=payment))
