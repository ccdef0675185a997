"""Payment pages: three hands, each named, and what may be done by whom."""

from django.urls import reverse

from accounts.workflow import take
from challenges.models import Contract, Payment
from tests.factories import rows
from tests.factories.life import challenge_at


def due(cast):
    """A payment whose milestone is accepted."""
    contract = Contract.objects.get(challenge=challenge_at(cast, "executing"))
    return contract, contract.payments.get(milestone__position=1)


def test_payment_before_acceptance_says_why_it_cannot_be_requested(cast, rules, visit):
    contract, payment = due(cast)
    text = visit(contract.bid.created_by).get(reverse("payment", args=[payment.pk])).content.decode()
    assert "no more is paid than was accepted" in text
    assert reverse("step", args=["payments", payment.pk, "request"]) not in text


def test_payment_names_its_three_hands(cast, rules, visit):
    challenge = challenge_at(cast, "delivering")
    payment = Payment.objects.filter(contract__challenge=challenge, state="paid").first()
    text = visit(cast.finance).get(reverse("payment", args=[payment.pk])).content.decode()
    assert payment.requested_by.name in text
    assert payment.approved_by.name in text
    assert payment.paid_by.name in text
    assert payment.reference in text


def test_frozen_payment_shows_the_reason_to_both_sides(cast, rules, visit):
    contract, payment = due(cast)
    take(payment, "freeze", actor=cast.decider, reason="发票信息有误")
    for user in (cast.owner, contract.bid.created_by):
        assert "发票信息有误" in visit(user).get(reverse("payment", args=[payment.pk])).content.decode()


def test_other_teams_see_no_payment(cast, rules, visit):
    contract, payment = due(cast)
    other = next(user for user in cast.bidders if user != contract.bid.created_by)
    assert visit(other).get(reverse("payment", args=[payment.pk])).status_code == 404
    assert "No payment yet" in visit(other).get(reverse("payments")).content.decode()


def test_payments_ask_as_many_queries_for_three_contracts_as_for_one(cast, visit, django_assert_num_queries):
    rows.contract(cast, "第一")
    client = visit(cast.finance)
    for _more in range(2):
        with django_assert_num_queries(4):
            client.get(reverse("payments"))
        rows.contract(cast, "第二")
        rows.contract(cast, "第三")
