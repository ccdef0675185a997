"""Bookings in the ledger of money: each made once by its key, under the contract's lock, in the act's transaction."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused
from challenges.models import Booking, Contract, Payment, Posting, Recovery
from challenges.models.booking import DRAWN, NOTHING, Account, Balances, Source, balances_of, moved_for


class Move(NamedTuple):
    """An amount of one source on its way from one account to another."""

    source: str
    giver: str
    taker: str
    amount: Decimal


class Part(NamedTuple):
    """An amount of one source and the account in which it stands."""

    source: str
    account: str
    amount: Decimal


def book(  # noqa: PLR0913  (a booking says all of this, by name)
    contract: Contract,
    kind: str,
    moves: Iterable[Move],
    *,
    key: str,
    actor: User | None,
    payment: Payment | None = None,
    reverses: Booking | None = None,
    reference: str = "",
    reason: str = "",
) -> Booking:
    """Book the moves once: the same key answers with what was booked before, and is refused for other moves.

    Raises Refused, and books nothing, when an account other than the origin would fall below zero.
    """
    with transaction.atomic():
        workflow.lock(contract)
        sums: Counter[tuple[str, str]] = Counter()
        for move in moves:
            sums[move.source, move.giver] -= move.amount  # type: ignore[assignment]
            sums[move.source, move.taker] += move.amount  # type: ignore[assignment]
        wanted = {place: Decimal(amount) for place, amount in sums.items() if amount}
        before = Booking.objects.filter(key=key).first()
        if before is not None:
            return _same(before, kind, wanted)
        if not wanted:
            raise Refused(_("There is nothing to book."), code="nothing")
        _refuse_below_zero(balances_of(contract), wanted)
        made = Booking.objects.create(
            contract=contract, kind=kind, key=key, actor=actor, payment=payment, reverses=reverses,
            reference=reference, reason=reason,
        )  # fmt: skip
        Posting.objects.bulk_create(
            Posting(booking=made, contract=contract, source=source, account=account, amount=amount)
            for (source, account), amount in sorted(wanted.items())
        )
    return made


def _same(before: Booking, kind: str, wanted: dict[tuple[str, str], Decimal]) -> Booking:
    known = {(row.source, row.account): row.amount for row in before.postings.all()}
    if before.kind != kind or known != wanted:
        raise Refused(_("Under this reference something else was booked already."), code="key")
    return before


def _refuse_below_zero(standing: Balances, wanted: dict[tuple[str, str], Decimal]) -> None:
    for (source, account), amount in wanted.items():
        if account != Account.ORIGIN and standing.of(source, account) + amount < 0:
            raise Refused(
                _("%(source)s: only %(there)s yuan stand under “%(account)s”.")
                % {
                    "source": Source(source).label,
                    "there": standing.of(source, account),
                    "account": Account(account).label,
                },
                code="funds",
            )


def commit(contract: Contract) -> Booking:
    """Each source promises its part, when the contract takes effect."""
    moves = [Move(source, Account.ORIGIN, Account.PROMISED, amount) for source, amount in contract.sources.items()]
    return book(contract, Booking.Kind.COMMIT, moves, key=f"{contract.pk}:commit", actor=None)


def shrink(contract: Contract, amount: Decimal, *, reason: str, public: Decimal = NOTHING) -> list[Part]:
    """Take `amount` out of what was promised or has arrived; answers what was taken.

    First `public` of it out of public funds, as far as they are free; the rest in the order of the sources.

    The caller lowers the contract's amount and saves it. Raises Refused where less is free.
    """
    standing = balances_of(contract)
    free = {(source, account): standing.of(source, account)
            for source in DRAWN for account in (Account.PROMISED, Account.HELD)}  # fmt: skip
    parts = _out_of(free, min(amount, public), only=Source.FISCAL)
    parts += _out_of(free, amount - sum(item.amount for item in parts))
    if sum(item.amount for item in parts) < amount:
        raise Refused(_("More would be taken away than is free."), code="funds")
    _change(contract, [Move(item.source, item.account, Account.ORIGIN, item.amount) for item in parts], reason)
    _follow(contract, parts, sign=-1)
    return parts


def _out_of(free: dict[tuple[Source, Account], Decimal], amount: Decimal, only: Source | None = None) -> list[Part]:
    parts = []
    for (source, account), there in free.items():
        part = min(amount, there) if only in (None, source) else NOTHING
        if part > 0:
            parts.append(Part(source, account, part))
            free[source, account] -= part
            amount -= part
    return parts


def grow(contract: Contract, parts: Iterable[Part], *, reason: str) -> None:
    """Add what the sources promise more, or what arrived for another runner; the caller raises the amount and saves."""
    given = list(parts)
    _change(contract, [Move(item.source, Account.ORIGIN, item.account, item.amount) for item in given], reason)
    _follow(contract, given, sign=1)


def _change(contract: Contract, moves: list[Move], reason: str) -> None:
    key = f"{contract.pk}:change:{contract.bookings.count()}"
    book(contract, Booking.Kind.CHANGE, moves, key=key, actor=None, reason=reason)


def _follow(contract: Contract, parts: Iterable[Part], *, sign: int) -> None:
    """What the contract says of fund and public money follows; the enterprise's part is the rest of its amount."""
    for item in parts:
        if item.source == Source.FUND:
            contract.from_fund += sign * item.amount
        elif item.source == Source.FISCAL:
            contract.from_fiscal += sign * item.amount


def shared_out(parts: Iterable[Part], amounts: Iterable[Decimal]) -> list[list[Part]]:
    """The parts dealt out in the order given, so that each receiver gets exactly its amount."""
    left, dealt = list(parts), []
    for amount in amounts:
        got: list[Part] = []
        while left and (lacking := amount - sum(item.amount for item in got)) > 0:
            first = left.pop(0)
            taken = min(lacking, first.amount)
            got.append(first._replace(amount=taken))
            if taken < first.amount:
                left.insert(0, first._replace(amount=first.amount - taken))
        dealt.append(got)
    return dealt


def receive(contract: Contract, *, actor: User, source: str, amount: Decimal, reference: str) -> Booking:
    """Record that money of a source has arrived; the bank's reference makes it count once."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.receive_money", contract)
        key = f"{contract.pk}:receive:{reference}"
        known = Booking.objects.filter(key=key).exists()
        move = Move(source, Account.PROMISED, Account.HELD, amount)
        made = book(contract, Booking.Kind.RECEIVE, [move], key=key, actor=actor, reference=reference)
        if not known:
            data = {"source": source, "amount": amount, "reference": reference}
            ledger.append(contract, "receive_money", actor=actor, acting_as=decision.role, data=data)
            notifications.tell("money_received", contract, actor=actor)
    return made


def reverse(booking: Booking, *, actor: User, reason: str) -> Booking:
    """Take back a receipt that was recorded by mistake, as far as it still stands free; once only."""
    with transaction.atomic():
        contract = workflow.lock(booking.contract)
        decision = require(actor, "contract.receive_money", contract)
        if booking.kind != Booking.Kind.RECEIVE:
            raise Refused(_("Only a receipt is taken back; everything else has a step of its own."), code="kind")
        key = f"{booking.pk}:reverse"
        known = Booking.objects.filter(key=key).exists()
        moves = [Move(row.source, Account.HELD, Account.PROMISED, row.amount)
                 for row in booking.postings.filter(account=Account.HELD)]  # fmt: skip
        made = book(contract, Booking.Kind.REVERSE, moves, key=key, actor=actor, reverses=booking, reason=reason)
        if not known:
            data = {"reference": booking.reference, "reason": reason}
            ledger.append(contract, "reverse_receipt", actor=actor, acting_as=decision.role, data=data)
    return made


def _drawn(standing: Balances, amount: Decimal) -> list[tuple[str, Decimal]]:
    """How much of each source covers `amount`: in the order of the sources, each to the end of what it promised."""
    parts: list[tuple[str, Decimal]] = []
    for source in DRAWN:
        part = min(amount, standing.of(source, Account.PROMISED, Account.HELD))
        if part > 0:
            parts.append((source, part))
            amount -= part
    if amount > 0:
        raise Refused(_("More would be paid than the sources have promised."), code="funds")
    return parts


def reserve(payment: Payment, *, actor: User) -> Booking:
    """An approved payment has its money set aside."""
    contract = payment.contract
    moves = [Move(source, Account.HELD, Account.RESERVED, part)
             for source, part in _drawn(balances_of(contract), payment.amount)]  # fmt: skip
    return book(contract, Booking.Kind.RESERVE, moves, key=_key(payment, "reserve"), actor=actor, payment=payment)


def pay_out(payment: Payment, *, actor: User) -> Booking:
    """What was set aside for the payment leaves; exactly its amount, or nothing."""
    reserved = moved_for(payment)
    if reserved.all(Account.RESERVED) != payment.amount:
        raise Refused(_("The money set aside is not what is to be paid."), code="funds")
    moves = _whole(reserved, Account.RESERVED, Account.PAID)
    return book(
        payment.contract, Booking.Kind.PAY, moves, key=_key(payment, "pay"), actor=actor, payment=payment,
        reference=payment.reference,
    )  # fmt: skip


def freeze(payment: Payment, *, actor: User | None, reason: str) -> Booking | None:
    """What is set aside for the payment, or else what is held by now, is frozen; None where nothing is there."""
    moves = _whole(moved_for(payment), Account.RESERVED, Account.FROZEN)
    if not moves:
        moves = _held_for(balances_of(payment.contract), payment.amount)
    if not moves:
        return None
    key = _key(payment, "freeze")
    return book(payment.contract, Booking.Kind.FREEZE, moves, key=key, actor=actor, payment=payment, reason=reason)


def _held_for(standing: Balances, amount: Decimal) -> list[Move]:
    moves = []
    for source in DRAWN:
        part = min(amount, standing.of(source, Account.HELD))
        if part > 0:
            moves.append(Move(source, Account.HELD, Account.FROZEN, part))
            amount -= part
    return moves


def release(payment: Payment, *, actor: User | None, reason: str) -> Booking | None:
    """What was frozen for the payment is held again; it is requested and approved afresh."""
    moves = _whole(moved_for(payment), Account.FROZEN, Account.HELD)
    if not moves:
        return None
    key = _key(payment, "release")
    return book(payment.contract, Booking.Kind.RELEASE, moves, key=key, actor=actor, payment=payment, reason=reason)


def take_back(recovery: Recovery, *, actor: User) -> Booking:
    """Unused money has come back: it returns to the sources last drawn on first, public money before the others."""
    standing, left, moves = balances_of(recovery.contract), recovery.amount, []
    for source in reversed(DRAWN):
        part = min(left, standing.of(source, Account.PAID))
        if part > 0:
            moves.append(Move(source, Account.PAID, Account.RECOVERED, part))
            left -= part
    if left > 0:
        raise Refused(_("More would come back than was paid out."), code="funds")
    return book(
        recovery.contract, Booking.Kind.RECOVER, moves, key=f"{recovery.pk}:recover", actor=actor,
        reference=recovery.reference, reason=recovery.reason,
    )  # fmt: skip


def give_back(contract: Contract, *, actor: User | None, reason: str) -> Booking | None:
    """What stands held or frozen on a contract that ended is its sources' again, to the cent; None where nothing is.

    What is reserved stays: its payment is at the bank, which may still pay it.
    """
    contract = workflow.lock(contract)
    standing = balances_of(contract)
    moves = [
        Move(source, account, Account.RETURNED, standing.of(source, account))
        for source in Source
        for account in (Account.HELD, Account.FROZEN)
        if standing.of(source, account)
    ]
    if not moves:
        return None
    key = f"{contract.pk}:return:{contract.bookings.count()}"
    made = book(contract, Booking.Kind.RETURN, moves, key=key, actor=actor, reason=reason)
    amounts = {row.source: row.amount for row in made.postings.filter(account=Account.RETURNED)}
    ledger.append(contract, "return_money", actor=None, acting_as="platform", data={**amounts, "reason": reason})
    return made


def _whole(standing: Balances, giver: str, taker: str) -> list[Move]:
    return [Move(source, giver, taker, standing.of(source, giver)) for source in DRAWN if standing.of(source, giver)]


def _key(payment: Payment, what: str) -> str:
    """A payment is approved again after each release, so what it booked so far is part of the key."""
    return f"{payment.pk}:{what}:{payment.bookings.count()}"
