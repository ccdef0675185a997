"""Two people at once: one wins, the other is told what happened."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts import ledger
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions, workbook
from challenges.models import Bid, Challenge, Payment
from challenges.models.booking import balances_of
from reviews.demo import walk
from tests.factories.life import challenge_at
from tests.factories.money import accepted_contract, received

DATA = Path(__file__).parent / "data"


def at_once(*acts):
    """Run the acts in threads that start together; answers each one's result or refusal."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait(10)
        try:
            return act()
        except (Refused, Denied) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(results):
    return [item for item in results if isinstance(item, Refused | Denied)]


@pytest.mark.django_db(transaction=True)
def test_two_deciders_publishing_at_once_publish_once(cast, rules):
    challenge = challenge_at(cast, "vetted")
    results = at_once(
        lambda: take(challenge, "publish", actor=cast.decider),
        lambda: take(challenge, "publish", actor=cast.decider2),
    )
    assert len(refusals(results)) == 1
    assert str(refusals(results)[0].reason)
    assert LedgerEntry.objects.filter(object_id=challenge.pk, action="publish").count() == 1
    assert Notification.objects.filter(kind="challenge_published", recipient=cast.owner).count() == 1


@pytest.mark.django_db(transaction=True)
def test_clocks_closing_at_once_close_once(cast, rules):
    challenge = challenge_at(cast, "bid")
    Challenge.objects.filter(pk=challenge.pk).update(bid_deadline="2020-01-01T00:00:00Z")
    assert sum(at_once(*[actions.close_due_biddings] * 4)) == 1
    assert LedgerEntry.objects.filter(object_id=challenge.pk, action="close_bidding").count() == 1


@pytest.mark.django_db(transaction=True)
def test_four_teams_submitting_at_once_are_all_sealed(cast, rules):
    challenge = challenge_at(cast, "published")
    bids = [
        take(walk.one_bid(challenge, user, lead_number=number, cast=cast), "withdraw", actor=user)
        for number, user in enumerate(cast.bidders)
    ]
    results = at_once(*[lambda bid=bid: take(bid, "submit", actor=bid.created_by) for bid in bids])
    assert refusals(results) == []
    assert Bid.objects.filter(challenge=challenge, state="submitted").count() == 4
    assert len(set(Bid.objects.values_list("receipt_number", flat=True))) == 4


@pytest.mark.django_db(transaction=True)
def test_one_bid_begun_twice_at_once_is_begun_once(cast, rules):
    challenge = challenge_at(cast, "published")
    begin = lambda: actions.start_bid(challenge, actor=cast.bidders[0], lead=cast.leads[0])  # noqa: E731
    results = at_once(begin, begin)
    assert len(refusals(results)) == 1
    assert Bid.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_payment_paid_twice_at_once_is_paid_once(cast, rules):
    contract = received(accepted_contract(cast), cast)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    payment = take(payment, "approve", actor=cast.decider2)
    pay = lambda: take(payment, "pay", actor=cast.finance, reference="PAY-2")  # noqa: E731
    assert len(refusals(at_once(pay, pay))) == 1
    assert LedgerEntry.objects.filter(object_id=payment.pk, action="pay").count() == 1
    assert balances_of(contract).all("paid") == payment.amount


@pytest.mark.django_db(transaction=True)
def test_the_same_receipt_from_two_officers_at_once_counts_once(cast, rules):
    contract = accepted_contract(cast)
    receipt = {"actor": cast.finance, "source": "enterprise", "amount": contract.amount, "reference": "SK-1"}
    results = at_once(*[lambda: actions.receive(contract, **receipt)] * 3)
    assert refusals(results) == []
    assert len({booking.pk for booking in results}) == 1
    assert balances_of(contract).all("held") == contract.amount


@pytest.mark.django_db(transaction=True)
def test_approving_and_taking_the_receipt_back_at_once_leaves_no_payment_without_its_money(cast, rules):
    contract = accepted_contract(cast)
    made = actions.receive(contract, actor=cast.finance, source="enterprise", amount=Decimal(30), reference="SK-1")
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    results = at_once(
        lambda: take(payment, "approve", actor=cast.decider2),
        lambda: actions.reverse(made, actor=cast.finance, reason="登记有误，予以冲销。"),
    )
    assert len(refusals(results)) == 1
    approved = Payment.objects.get(pk=payment.pk).state == "approved"
    assert balances_of(contract).all("reserved") == (payment.amount if approved else 0)
    assert balances_of(contract).all("held") == 0


@pytest.mark.django_db(transaction=True)
def test_ledger_written_from_many_threads_stays_one_unbroken_chain(cast, rules):
    challenge = challenge_at(cast, "published")
    at_once(
        *[
            lambda number=number: actions.ask_question(challenge, actor=cast.bidders[number], text=f"问题{number}？")
            for number in range(4)
        ]
    )
    verdict = ledger.verify(challenge.pk)
    assert verdict.intact
    assert challenge.questions.count() == 4


@pytest.mark.django_db(transaction=True)
def test_workbook_confirmed_twice_at_once_is_imported_once(cast, rules):
    with (DATA / "challenge_list.xlsx").open("rb") as stream:
        reading = workbook.read(stream, today=timezone.localdate())
    results = at_once(*[lambda: actions.import_challenges(reading, actor=cast.operator)] * 2)
    assert len(refusals(results)) == 1
    assert Challenge.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_officers_sending_the_same_payment_to_the_bank_at_once_send_it_once(cast, rules):
    contract = received(accepted_contract(cast), cast)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    take(payment, "approve", actor=cast.decider2)
    team = contract.bid.created_by
    payee = actions.give_payee(contract, actor=team, holder="某研究院", bank="某银行", number="6222020000000001")
    take(payee, "confirm", actor=cast.finance)
    results = at_once(*[lambda: actions.make_batch([payment.pk], actor=cast.finance)] * 2)
    assert len(refusals(results)) == 1
    assert payment.lines.count() == 1
