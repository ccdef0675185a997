"""Two officers and the same money at once: it is asked for, received and paid once."""

from decimal import Decimal

import pytest

from accounts.models import LedgerEntry
from accounts.workflow import take
from challenges import actions
from challenges.models import Booking, Recovery
from challenges.models.booking import balances_of
from reviews.demo.people import account
from tests.factories.money import accepted_contract, received
from tests.test_races import at_once, refusals

REASON = "设备采购结余，按约定退回。"


def approved_payment(contract, cast):
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    return take(payment, "approve", actor=cast.decider2)


@pytest.mark.django_db(transaction=True)
def test_two_officers_asking_for_the_same_unused_money_at_once_make_one_recovery(cast, rules):
    contract = received(accepted_contract(cast), cast)
    take(approved_payment(contract, cast), "pay", actor=cast.finance, reference="PAY-1")
    other = account("operator-too", "运营员二", None, "operator")
    results = at_once(
        *[
            lambda actor=actor: actions.request_recovery(contract, actor=actor, amount=Decimal(5), reason=REASON)
            for actor in (cast.operator, other)
        ]
    )
    assert len(refusals(results)) == 1
    found = Recovery.objects.get()
    assert LedgerEntry.objects.filter(object_id=found.pk, action="request").count() == 1
    another = actions.request_recovery(contract, actor=other, amount=Decimal(6), reason=REASON)
    assert another.state == "requested"


@pytest.mark.django_db(transaction=True)
def test_two_finance_staff_recording_the_same_arrival_and_payment_at_once_make_one_of_each(cast, rules):
    contract = accepted_contract(cast)
    staff = (cast.finance, account("finance-too", "财务员二", None, "finance"))
    receipt = {"source": "enterprise", "amount": Decimal(60), "reference": "SK-1"}
    results = at_once(*[lambda actor=actor: actions.receive(contract, actor=actor, **receipt) for actor in staff])
    assert refusals(results) == []
    assert Booking.objects.get(kind="receive") == results[0] == results[1]
    assert LedgerEntry.objects.filter(object_id=contract.pk, action="receive_money").count() == 1
    payment = approved_payment(contract, cast)
    results = at_once(*[lambda actor=actor: take(payment, "pay", actor=actor, reference="PAY-1") for actor in staff])
    assert len(refusals(results)) == 1
    assert (balances_of(contract).all("paid"), balances_of(contract).all("held")) == (payment.amount, 30)
    assert LedgerEntry.objects.filter(object_id=payment.pk, action="pay").count() == 1
