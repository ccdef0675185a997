"""Credit records: told, answered once, decided by a second person, and gone when their term is over."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation

from accounts import ledger
from accounts.models import Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.actions.credit import in_force
from challenges.models import CreditRecord
from reviews.demo import walk
from reviews.demo.papers import upload
from tests.factories.credit import FACTS, record
from tests.factories.life import challenge_at, new_challenge

pytestmark = pytest.mark.django_db
DECISION = "事实清楚，当事单位的说明不足以构成正当理由。"
ANSWER = "我单位对所述事实有异议，说明如下。"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def opened(cast, rules):
    challenge = challenge_at(cast, "awarded")
    bid = challenge.bids.get(state="awarded")
    return record(challenge, bid.lead, cast), walk.team_lead(bid)


def test_record_is_told_answered_confirmed_and_shown_while_in_force(cast, opened):
    made, leader = opened
    assert Notification.objects.filter(kind="credit_recorded", recipient=leader).exists()
    take(made, "answer", actor=leader, answer=ANSWER)
    made = take(made, "confirm", actor=cast.decider, decision=DECISION)
    assert made.expires_at.year - made.decided_at.year == made.challenge.frozen_rules.credit_years
    assert list(in_force([made.organization_id])) == [made]
    assert Notification.objects.filter(kind="credit_decided", recipient=leader).exists()


def test_decision_waits_until_the_organisation_was_heard(cast, opened):
    made, leader = opened
    with pytest.raises(Refused, match="may still answer"):
        take(made, "confirm", actor=cast.decider, decision=DECISION)
    CreditRecord.objects.filter(pk=made.pk).update(answer_by=Now())
    with pytest.raises(Denied, match="period to answer is over"):
        take(made, "answer", actor=leader, answer=ANSWER)
    assert take(made, "confirm", actor=cast.decider, decision=DECISION).state == "confirmed"


def test_answer_is_given_once_and_by_a_signatory_of_that_organisation(cast, opened):
    made, leader = opened
    stranger = next(user for user in cast.bidders if user != leader)
    with pytest.raises(Denied):
        take(made, "answer", actor=stranger, answer=ANSWER)
    take(made, "answer", actor=leader, answer=ANSWER)
    with pytest.raises(Denied, match="has answered"):
        take(made, "answer", actor=leader, answer=ANSWER)


def test_recorder_never_decides(cast, rules):
    challenge = challenge_at(cast, "awarded")
    lead = challenge.bids.get(state="awarded").lead
    made = actions.open_credit_record(challenge, actor=cast.decider, organization=lead, kind="declined", facts=FACTS)
    CreditRecord.objects.filter(pk=made.pk).update(answer_by=Now())
    with pytest.raises(Denied, match="somebody else"):
        take(made, "confirm", actor=cast.decider, decision=DECISION)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditRecord.objects.filter(pk=made.pk).update(decided_by=cast.decider)
    assert take(made, "lift", actor=cast.decider2, decision=DECISION).state == "lifted"
    assert not in_force([lead.pk]).exists()


def test_record_expires_by_the_clock_and_not_before(cast, opened):
    made, leader = opened
    take(made, "answer", actor=leader, answer=ANSWER)
    take(made, "confirm", actor=cast.decider, decision=DECISION)
    assert actions.expire_due_records() == 0
    CreditRecord.objects.filter(pk=made.pk).update(expires_at=Now() - timedelta(seconds=1))
    assert actions.expire_due_records() == 1
    assert CreditRecord.objects.get(pk=made.pk).state == "expired"
    assert Notification.objects.filter(kind="credit_expired", recipient=leader).count() == 1
    assert actions.expire_due_records() == 0


def test_same_failing_is_recorded_once_and_only_of_who_took_part(cast, opened):
    made, _leader = opened
    with pytest.raises(Refused, match="recorded already"):
        record(made.challenge, made.organization, cast)
    foreign = cast.reviewers[0].memberships.first().organization
    with pytest.raises(Refused, match="bidder of this challenge"):
        record(made.challenge, foreign, cast)


def test_before_the_opening_the_form_names_nobody_who_bids(cast, rules, client):
    challenge = walk.carry(new_challenge(cast), cast, to="bidding_closed")
    client.force_login(cast.operator)
    page = client.get(reverse("credit_record_create", args=[challenge.pk])).content.decode()
    assert cast.owner_organization.name in page
    assert not any(lead.name in page for lead in cast.leads)


def test_chain_of_a_record_is_read_by_staff_not_by_the_owner(cast, opened):
    made, leader = opened
    assert ledger.readable(cast.operator, made.challenge_id).filter(chain=made.pk).exists()
    assert ledger.readable(leader, made.challenge_id).filter(chain=made.pk).exists()
    assert not ledger.readable(cast.owner, made.challenge_id).filter(chain=made.pk).exists()
    assert ledger.verify(made.pk).intact


def test_pages_record_answer_and_decide_and_keep_what_was_typed(cast, rules, client):
    challenge = challenge_at(cast, "awarded")
    bid = challenge.bids.get(state="awarded")
    client.force_login(cast.operator)
    url = reverse("credit_record_create", args=[challenge.pk])
    assert url in client.get(reverse("challenge", args=[challenge.pk])).content.decode()
    wrong = client.post(url, {"organization": bid.lead_id, "kind": "default", "facts": "太短"})
    assert wrong.status_code == 422
    assert "太短" in wrong.content.decode()
    proof = upload("催告函.pdf", "催告函", "两次书面催告。")
    given = {"organization": bid.lead_id, "kind": "default", "facts": FACTS, "evidence": proof}
    page = client.post(url, given, follow=True).content.decode()
    made = CreditRecord.objects.get()
    shown_at = reverse("credit_record", args=[made.pk])
    assert "催告函.pdf" in page
    client.force_login(walk.team_lead(bid))
    assert shown_at in client.get(reverse("work")).content.decode()
    client.post(reverse("step", args=["credit-records", made.pk, "answer"]), {"answer": ANSWER})
    client.force_login(cast.decider)
    assert shown_at in client.get(reverse("work")).content.decode()
    client.post(reverse("step", args=["credit-records", made.pk, "confirm"]), {"decision": DECISION})
    assert CreditRecord.objects.get().state == "confirmed"
    client.force_login(cast.operator)
    assert shown_at in client.get(reverse("bid", args=[bid.pk])).content.decode()
    client.force_login(cast.owner)
    assert client.get(shown_at).status_code == 404
    assert shown_at not in client.get(reverse("bid", args=[bid.pk])).content.decode()
