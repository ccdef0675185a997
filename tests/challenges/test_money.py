"""The ledger of money: what any history leaves, and what the database refuses by itself."""

from decimal import Decimal
from importlib import import_module
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import clock
from accounts.models import LedgerEntry
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.actions import treasury
from challenges.models import Booking, Contract, Payment, Posting, Recovery
from challenges.models.booking import DRAWN, Account, Source, balances_of
from reviews.demo import walk
from tests.factories.life import challenge_at
from tests.factories.money import accepted_contract, bare_contract, received

pytestmark = pytest.mark.django_db
REASON = "理由充分，材料齐全，予以说明。"
DOSSIER = {"tried": REASON, "records": REASON, "cause": REASON}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class History:
    """Acts on one contract in any order, as people would; what is refused changes nothing."""

    def __init__(self, cast: Any, amount: Decimal, sources: dict[str, Decimal]) -> None:
        self.cast = cast
        self.contract = accepted_contract(cast, str(amount), **sources)
        self.team, self.number = self.contract.bid.created_by, 0

    def do(self, act: str, place: int, cents: int) -> None:
        before = set(Posting.objects.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                getattr(self, act)(place, Decimal(cents) / 100)
        except (Refused, Denied):
            assert set(Posting.objects.values_list("pk", flat=True)) == before

    def payment(self, place: int) -> Payment:
        found = list(Payment.objects.filter(contract=self.contract).order_by("milestone__position"))
        return found[place % len(found)]

    def commit(self, _place: int, _amount: Decimal) -> None:
        treasury.commit(self.contract)

    def fund(self, place: int, amount: Decimal) -> None:
        self.number += 1
        source = list(Source)[place % len(Source)]
        self._receive(source, amount, f"F{self.number}")

    def retry(self, place: int, _amount: Decimal) -> None:
        done = list(Booking.objects.filter(contract=self.contract, kind="receive").order_by("at", "id"))
        if done:
            known = done[place % len(done)]
            row = known.postings.get(account="held")
            self._receive(row.source, row.amount, known.reference)

    def _receive(self, source: str, amount: Decimal, reference: str) -> None:
        actions.receive(self.contract, actor=self.cast.finance, source=source, amount=amount, reference=reference)

    def reverse(self, place: int, _amount: Decimal) -> None:
        done = list(Booking.objects.filter(contract=self.contract).order_by("at", "id"))
        actions.reverse(done[place % len(done)], actor=self.cast.finance, reason=REASON)

    def request(self, place: int, _amount: Decimal) -> None:
        take(self.payment(place), "request", actor=self.team)

    def approve(self, place: int, _amount: Decimal) -> None:
        take(self.payment(place), "approve", actor=self.cast.decider2)

    def pay(self, place: int, _amount: Decimal) -> None:
        take(self.payment(place), "pay", actor=self.cast.finance, reference=f"P{place}")

    def freeze(self, place: int, _amount: Decimal) -> None:
        take(self.payment(place), "freeze", actor=self.cast.decider, reason=REASON)

    def release(self, place: int, _amount: Decimal) -> None:
        take(self.payment(place), "release", actor=self.cast.decider, reason=REASON)

    def recover(self, _place: int, amount: Decimal) -> None:
        found = actions.request_recovery(self.contract, actor=self.cast.operator, amount=amount, reason=REASON)
        take(found, "approve", actor=self.cast.decider)
        take(found, "record", actor=self.cast.finance, reference="R1")

    def terminate(self, place: int, _amount: Decimal) -> None:
        take(self.contract, "propose_termination", actor=self.cast.operator, facts=REASON)
        found = take(self.contract.terminations.get(), "answer", actor=self.team, **DOSSIER)
        take(found, "decide", actor=self.cast.decider2, exempt=place % 2 == 0, reasons=REASON)


ACTS = (
    "commit", "fund", "retry", "reverse", "request", "approve", "pay", "freeze", "release", "recover", "terminate",
)  # fmt: skip
STEPS = st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(1, 9_000))
# A tail of a payment's whole way, so that histories reach money paid out and not refusals alone.
WAY = st.integers(0, 2).map(lambda n: [(act, n, 1) for act in ("request", "approve", "pay")])
FULL = st.just([("fund", place, cents) for place, cents in enumerate((4_000, 3_333, 2_667, 1_001))])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=st.lists(st.one_of(STEPS.map(lambda item: [item]), WAY, FULL), max_size=14),
    fund=st.sampled_from([0, 3_333]),
    fiscal=st.sampled_from([0, 2_667]),
)
def test_every_history_keeps_the_ledger_of_money_whole(cast, steps, fund, fiscal):
    with transaction.atomic():
        sources = {"from_fund": Decimal(fund) / 100, "from_fiscal": Decimal(fiscal) / 100,
                   "self_raised": Decimal("10.01")}  # fmt: skip
        history = History(cast, Decimal("100.00"), sources)
        for act, place, cents in [step for part in steps for step in part]:
            history.do(act, place, cents)
        stands_whole(history.contract)
        transaction.set_rollback(True)


def stands_whole(contract: Contract) -> None:
    rows = list(Posting.objects.filter(contract=contract).select_related("booking").order_by("pk"))
    for key in {(row.booking_id, row.source) for row in rows}:
        assert sum(row.amount for row in rows if (row.booking_id, row.source) == key) == 0
    replay: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        assert isinstance(row.amount, Decimal)
        replay[row.source, row.account] = replay.get((row.source, row.account), Decimal(0)) + row.amount
        if row is rows[-1] or rows[rows.index(row) + 1].booking_id != row.booking_id:
            assert all(amount >= 0 for (_source, account), amount in replay.items() if account != "origin")
    standing = balances_of(contract)
    assert {key: amount for key, amount in replay.items() if amount} == {
        (source, account): standing.of(source, account)
        for source in Source for account in Account if standing.of(source, account)
    }  # fmt: skip
    for source, amount in contract.sources.items():
        assert standing.committed(source) == amount
        others = [account for account in Account if account != Account.ORIGIN]
        assert standing.of(source, *others) == amount
    assert sum(standing.committed(source) for source in DRAWN) == contract.amount
    paid = sum(item.amount for item in contract.payments.filter(state="paid"))
    accepted = sum(item.amount for item in contract.payments.filter(milestone__state="accepted"))
    assert standing.all("paid", "recovered") == paid <= accepted <= contract.amount
    assert standing.of("self_raised", "reserved", "frozen", "paid", "recovered") == 0
    contract.refresh_from_db()
    if contract.state == "terminated":
        assert all(standing.of(source, "held", "frozen", "reserved") == 0 for source in Source)
        assert not contract.payments.exclude(state__in=["paid", "frozen"]).exists()
        came, back = came_and_went_back(contract)
        assert back == came - paid
    else:
        assert standing.all("returned", sources=Source) == 0
    for payment in contract.payments.all():
        moved = treasury.moved_for(payment)
        assert moved.all("paid") == (payment.amount if payment.state == "paid" else 0)
        assert moved.all("reserved") == (payment.amount if payment.state == "approved" else 0)
        assert moved.all("frozen") <= (payment.amount if payment.state == "frozen" else 0)


def came_and_went_back(contract: Contract) -> tuple[Decimal, Decimal]:
    """What arrived for the contract less what was taken back, and what went back to the sources at its end."""
    rows = Posting.objects.filter(contract=contract, source__in=DRAWN)
    came = sum(row.amount for row in rows.filter(booking__kind__in=["receive", "reverse"], account="held"))
    return Decimal(came), sum((row.amount for row in rows.filter(account="returned")), Decimal(0))


def test_a_payment_draws_on_the_enterprise_first_and_on_public_money_last(cast):
    contract = accepted_contract(cast, from_fund=Decimal("33.33"), from_fiscal=Decimal("26.67"))
    received(contract, cast)
    for payment in contract.payments.order_by("milestone__position"):
        take(payment, "request", actor=contract.bid.created_by)
        take(payment, "approve", actor=cast.decider2)
    drawn = [
        {row.source: row.amount for row in Posting.objects.filter(booking__payment=payment, account="reserved")}
        for payment in contract.payments.order_by("milestone__position")
    ]
    assert drawn == [
        {"enterprise": Decimal("30.00")},
        {"enterprise": Decimal("10.00"), "fund": Decimal("30.00")},
        {"fund": Decimal("3.33"), "fiscal": Decimal("26.67")},
    ]


def test_approval_waits_for_the_money_and_says_so(cast):
    contract = accepted_contract(cast)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    with pytest.raises(Refused, match="has not arrived"):
        take(payment, "approve", actor=cast.decider2)
    assert Payment.objects.get(pk=payment.pk).state == "requested"
    received(contract, cast)
    take(payment, "approve", actor=cast.decider2)
    assert balances_of(contract).all("reserved") == payment.amount


def test_a_receipt_given_twice_counts_once_and_another_under_its_reference_is_refused(cast):
    contract = accepted_contract(cast)
    receipt = {"actor": cast.finance, "source": "enterprise", "reference": "SK-1"}
    first = actions.receive(contract, amount=Decimal("40.00"), **receipt)
    assert actions.receive(contract, amount=Decimal("40.00"), **receipt) == first
    with pytest.raises(Refused, match="something else"):
        actions.receive(contract, amount=Decimal("41.00"), **receipt)
    assert balances_of(contract).all("held") == Decimal("40.00")
    assert LedgerEntry.objects.filter(object_id=contract.pk, action="receive_money").count() == 1
    with pytest.raises(Refused, match="only"):
        actions.receive(contract, amount=Decimal("60.01"), actor=cast.finance, source="enterprise", reference="SK-2")


def test_a_receipt_is_taken_back_once_and_only_while_it_is_free(cast):
    contract = accepted_contract(cast)
    made = actions.receive(contract, actor=cast.finance, source="enterprise", amount=Decimal(30), reference="SK-1")
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    payment = take(payment, "approve", actor=cast.decider2)
    with pytest.raises(Refused):
        actions.reverse(made, actor=cast.finance, reason=REASON)
    take(take(payment, "freeze", actor=cast.decider, reason=REASON), "release", actor=cast.decider, reason=REASON)
    once = actions.reverse(made, actor=cast.finance, reason=REASON)
    assert actions.reverse(made, actor=cast.finance, reason=REASON) == once
    assert balances_of(contract).of("enterprise", "promised") == Decimal(100)
    with pytest.raises(Refused, match="Only a receipt"):
        actions.reverse(once, actor=cast.finance, reason=REASON)


def test_recovery_takes_three_people_and_never_more_than_was_paid(cast):
    contract = received(accepted_contract(cast), cast)
    with pytest.raises(Refused):
        actions.request_recovery(contract, actor=cast.operator, amount=Decimal(1), reason=REASON)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    take(take(payment, "approve", actor=cast.decider2), "pay", actor=cast.finance, reference="PAY-1")
    found = actions.request_recovery(contract, actor=cast.operator, amount=Decimal(20), reason=REASON)
    with pytest.raises(Refused):
        actions.request_recovery(contract, actor=cast.operator, amount=Decimal("10.01"), reason=REASON)
    with pytest.raises(Denied):
        take(found, "approve", actor=cast.finance)
    found = take(found, "approve", actor=cast.decider)
    with pytest.raises(Denied):
        take(found, "record", actor=cast.decider, reference="BACK-1")
    found = take(found, "record", actor=cast.finance, reference="BACK-1")
    standing = balances_of(contract)
    assert (standing.all("paid"), standing.all("recovered")) == (Decimal(10), Decimal(20))
    with pytest.raises(Refused):
        take(found, "record", actor=cast.finance, reference="BACK-1")
    for name in ("approved_by", "recovered_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Recovery.objects.filter(pk=found.pk).update(**{name: found.requested_by})


def terminated(contract, cast) -> None:
    """Proposed by the owner, answered by the team, found exempt by a decider."""
    take(contract, "propose_termination", actor=cast.owner, facts=REASON)
    found = take(contract.terminations.get(), "answer", actor=walk.team_lead(contract.bid), **DOSSIER)
    take(found, "decide", actor=cast.decider2, exempt=True, reasons=REASON)


def test_termination_books_what_is_held_and_what_is_reserved_back_to_its_sources(cast, rules):
    challenge = challenge_at(cast, "delivering")
    contract = Contract.objects.get(challenge=challenge)
    paid = balances_of(contract).all("paid")
    terminated(contract, cast)
    standing = balances_of(contract)
    assert paid > 0
    assert standing.all("returned") == contract.amount - paid
    assert standing.all("held", "reserved", "frozen") == 0
    stands_whole(contract)
    entry = LedgerEntry.objects.get(object_id=contract.pk, action="return_money")
    assert Decimal(entry.data["enterprise"]) == standing.of("enterprise", "returned")


def test_each_source_gets_back_what_it_gave_and_its_payment_did_not_use(cast):
    contract = received(accepted_contract(cast, from_fund=Decimal("33.33"), from_fiscal=Decimal("26.67")), cast)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    take(take(payment, "approve", actor=cast.decider2), "pay", actor=cast.finance, reference="PAY-1")
    terminated(contract, cast)
    standing = balances_of(contract)
    assert [standing.of(source, "returned") for source in DRAWN] == [
        Decimal("10.00"), Decimal("33.33"), Decimal("26.67"),
    ]  # fmt: skip
    assert treasury.give_back(contract, actor=None, reason=REASON) is None
    stands_whole(contract)


def test_a_contract_terminated_before_is_settled_by_the_migration_once(cast):
    contract = received(accepted_contract(cast, from_fiscal=Decimal("20.00")), cast)
    take(contract.payments.first(), "freeze", actor=cast.decider, reason=REASON)
    with pgtrigger.ignore():
        Contract.objects.filter(pk=contract.pk).update(state="terminated")
        contract.payments.update(state="frozen")
    for _time in range(2):
        import_module("challenges.migrations.0030_money_goes_back").give_back(apps, None)
    stands_whole(contract)
    standing = balances_of(contract)
    assert [standing.of(source, "returned") for source in DRAWN] == [Decimal(80), Decimal(0), Decimal(20)]


def test_what_was_accepted_is_still_paid_after_the_challenge_is_completed(cast):
    contract = accepted_contract(cast)
    take(contract.challenge, "complete", actor=cast.operator)
    received(contract, cast)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    take(take(payment, "approve", actor=cast.decider2), "pay", actor=cast.finance, reference="PAY-1")
    assert balances_of(contract).all("paid") == payment.amount
    stands_whole(contract)


def test_the_database_refuses_what_is_not_balanced_or_not_covered_or_later(cast):
    contract = received(accepted_contract(cast), cast)
    booking = Booking(contract=contract, kind="pay", key="forged")

    def insert(*amounts: tuple[str, str, int], owner: Booking = booking) -> None:
        with transaction.atomic():
            if owner is booking:
                booking.save(force_insert=True)
            Posting.objects.bulk_create(
                Posting(booking=owner, contract=contract, source=source, account=account, amount=amount)
                for source, account, amount in amounts
            )

    with pytest.raises(DatabaseError, match="sum to zero"):
        insert(("enterprise", "held", -5))
    with pytest.raises(DatabaseError, match="sum to zero"):
        insert(("enterprise", "held", -5), ("fund", "paid", 5))
    with pytest.raises(DatabaseError, match="below zero"):
        insert(("enterprise", "reserved", -5), ("enterprise", "paid", 5))
    with pytest.raises(DatabaseError, match="written whole"):
        insert(("enterprise", "held", -5), ("enterprise", "paid", 5), owner=Booking.objects.get(kind="commit"))
    for rows in (Posting.objects.all(), Booking.objects.all()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows.update(contract=contract)
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows._raw_delete("default")


def test_a_site_that_paid_before_finds_its_payments_in_the_books(cast):
    contract = bare_contract(cast)
    paid, approved, _waiting = contract.payments.order_by("milestone__position")
    with pgtrigger.ignore():
        for payment, state in ((paid, "paid"), (approved, "approved")):
            Payment.objects.filter(pk=payment.pk).update(state=state, approved_at=clock.now(), paid_at=clock.now())
    import_module("challenges.migrations.0024_opening_bookings").open_the_books(apps, None)
    stands_whole(contract)
    standing = balances_of(contract)
    assert (standing.all("paid"), standing.all("reserved"), standing.all("promised")) == (30, 40, 30)
    take(approved, "pay", actor=cast.finance, reference="PAY-2")
    assert treasury.commit(contract).kind == "commit"
    assert Booking.objects.filter(kind="commit").count() == 1
