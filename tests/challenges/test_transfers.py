"""Transfers: an agreed price stands only after its publicity, with every objection answered."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import translation

from accounts.models import Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.models import Transfer
from challenges.rules import standard
from reviews.demo import walk
from reviews.demo.people import account
from tests.factories import outcomes
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db
TEXT = "价格明显低于同类成果，且未附评估依据。"


@pytest.fixture(autouse=True)
def _in_english():
    """Reasons are compared in English, so that they do not hang on a catalogue."""
    with translation.override("en"):
        yield


def fresh(transfer):
    return Transfer.objects.get(pk=transfer.pk)


def published(cast):
    contract = outcomes.contract_of(challenge_at(cast, "delivering"))
    return take(outcomes.transfer(outcomes.confirmed(contract, cast)), "open_publicity", actor=cast.operator)


def end(transfer):
    """The window passes."""
    Transfer.objects.filter(pk=transfer.pk).update(publicity_ends_at=Now() - timedelta(seconds=1))
    return fresh(transfer)


def test_an_agreed_price_is_published_for_the_days_of_the_rules(cast, rules):
    transfer = published(cast)
    frozen = transfer.outcome.contract.challenge.frozen_rules
    assert transfer.publicity_ends_at - transfer.publicity_opens_at == frozen.price_publicity
    assert standard().price_publicity >= timedelta(days=15)
    with pytest.raises(Refused, match="not over"):
        take(transfer, "conclude", actor=cast.operator)
    assert take(end(transfer), "conclude", actor=cast.operator).state == "concluded"


def test_an_agreed_price_is_not_concluded_unpublished_and_a_market_price_needs_no_publicity(cast, rules):
    outcome = outcomes.confirmed(outcomes.contract_of(challenge_at(cast, "delivering")), cast)
    team = walk.team_lead(outcome.contract.bid)
    transfer = outcomes.transfer(outcome)
    with pytest.raises(Refused, match="published first"):
        take(transfer, "conclude", actor=cast.operator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.filter(pk=transfer.pk).update(state="concluded")
    transfer = actions.edit_transfer(fresh(transfer), actor=team, data={"way": "auction"})
    with pytest.raises(Refused, match="Only an agreed price"):
        take(transfer, "open_publicity", actor=cast.operator)
    assert take(fresh(transfer), "conclude", actor=cast.operator).state == "concluded"


def test_an_objection_holds_the_transfer_until_it_is_answered_with_reasons(cast, rules):
    transfer = published(cast)
    stranger = account("stranger", "路人", None)
    objection = actions.object_to_transfer(transfer, actor=stranger, name="路人", text=TEXT)
    assert Notification.objects.filter(kind="transfer_objected", recipient=cast.operator).exists()
    with pytest.raises(Refused, match="still open"):
        take(end(transfer), "conclude", actor=cast.operator)
    with pytest.raises(Denied, match="over"):
        actions.object_to_transfer(fresh(transfer), actor=stranger, name="路人", text=TEXT)
    with pytest.raises(Denied):
        actions.answer_objection(objection, actor=cast.owner, upheld=False, answer="评估报告已附，价格有据。")
    actions.answer_objection(objection, actor=cast.operator, upheld=False, answer="评估报告已附，价格有据。")
    assert Notification.objects.filter(kind="transfer_objection_answered", recipient=stranger).exists()
    with pytest.raises(Denied, match="answered"):
        actions.answer_objection(objection, actor=cast.operator, upheld=True, answer="再答一次不行，理由在此。")
    assert take(fresh(transfer), "conclude", actor=cast.operator).state == "concluded"


def test_an_upheld_objection_withdraws_the_transfer(cast, rules):
    transfer = published(cast)
    objection = actions.object_to_transfer(transfer, actor=cast.bidders[3], name="某单位", text=TEXT)
    actions.answer_objection(objection, actor=cast.operator, upheld=True, answer="价格依据不足，异议成立。")
    transfer = fresh(transfer)
    assert (transfer.state, transfer.withdraw_reason) == ("withdrawn", "价格依据不足，异议成立。")
    again = outcomes.transfer(transfer.outcome)
    with pytest.raises(Refused, match="under way"):
        outcomes.transfer(transfer.outcome)
    assert again.state == "draft"


def test_who_objected_does_not_answer(cast, rules):
    transfer = published(cast)
    objection = actions.object_to_transfer(transfer, actor=cast.operator, name="运营", text=TEXT)
    with pytest.raises(Denied, match="filed"):
        actions.answer_objection(objection, actor=cast.operator, upheld=False, answer="自己答自己，不可以。")
