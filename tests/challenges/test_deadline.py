"""The deadline is the database's, exact whether or not anybody has closed the bidding."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models.functions import Now

from accounts import clock
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, perform, take
from challenges import actions
from challenges.models import Bid, Challenge
from reviews.demo import walk
from tests.factories.life import challenge_at

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def challenge(cast, rules):
    return challenge_at(cast, "published")


def ready(challenge, cast):
    """A bid complete but for its submission."""
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    return take(bid, "withdraw", actor=cast.bidders[0])


def pass_deadline(challenge, by=MILLISECOND):
    Challenge.objects.filter(pk=challenge.pk).update(bid_deadline=Now() - by)


@pytest.mark.django_db
def test_bid_a_millisecond_late_is_refused_though_nobody_closed_the_bidding(challenge, cast):
    bid = ready(challenge, cast)
    pass_deadline(challenge)
    before = LedgerEntry.objects.count(), Notification.objects.count()
    with pytest.raises(Refused) as refusal:
        take(bid, "submit", actor=cast.bidders[0])
    assert refusal.value.code == "condition"
    assert Challenge.objects.get(pk=challenge.pk).state == "published"
    assert Bid.objects.get(pk=bid.pk).state == "withdrawn"
    assert (LedgerEntry.objects.count(), Notification.objects.count()) == before


@pytest.mark.django_db
def test_bid_late_is_refused_by_the_database_itself(challenge, cast):
    bid = ready(challenge, cast)
    pass_deadline(challenge)
    with pytest.raises(DatabaseError, match="The bidding is closed"), transaction.atomic():
        Bid.objects.filter(pk=bid.pk).update(state="submitted")


@pytest.mark.django_db
def test_envelope_of_a_sealed_bid_cannot_change_even_by_sql(challenge, cast):
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    with pytest.raises(DatabaseError, match="The bid is sealed"), transaction.atomic():
        bid.envelopes.filter(part="commercial").update(content={"price": "1"})
    with pytest.raises(DatabaseError, match="The bid is sealed"), transaction.atomic():
        bid.commitments.all().delete()
    with pytest.raises(Denied):
        actions.save_envelope(bid, actor=cast.bidders[0], part="commercial", content={"price": "1"}, version=2)


@pytest.mark.django_db
def test_closing_is_idempotent_and_never_early(challenge, cast):
    assert actions.close_due_biddings() == 0
    with pytest.raises(Refused):
        perform(challenge.close_bidding, actor=None)
    pass_deadline(challenge)
    assert actions.close_due_biddings() == 1
    assert actions.close_due_biddings() == 0
    assert LedgerEntry.objects.filter(object_id=challenge.pk, action="close_bidding").count() == 1


@pytest.mark.django_db
def test_withdrawal_after_the_deadline_is_refused(challenge, cast):
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    pass_deadline(challenge)
    with pytest.raises(Refused):
        take(bid, "withdraw", actor=cast.bidders[0])


@pytest.mark.django_db
def test_amendment_near_the_deadline_extends_it_and_asks_bids_to_be_confirmed_again(challenge, cast):
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    soon = clock.now() + timedelta(seconds=5)
    Challenge.objects.filter(pk=challenge.pk).update(bid_deadline=soon)
    take(challenge, "request_amendment", actor=cast.operator, text="指标单位更正为 cm^-2。")
    amended = take(challenge, "amend_notice", actor=cast.decider2)
    assert amended.bid_deadline > soon
    assert amended.amendments.get().text == "指标单位更正为 cm^-2。"
    assert Bid.objects.get(pk=bid.pk).confirmed_version < amended.notice_version
    confirmed = take(bid, "reconfirm", actor=cast.bidders[0])
    assert confirmed.confirmed_version == amended.notice_version
    with pytest.raises(Refused):
        take(bid, "reconfirm", actor=cast.bidders[0])


@pytest.mark.django_db
def test_too_few_bids_are_told_only_after_the_custodians_consent(challenge, cast):
    walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    pass_deadline(challenge)
    actions.close_due_biddings()
    for name in ("extend_bidding", "declare_no_bids", "open_bids"):
        with pytest.raises(Refused, match="2"):
            take(challenge, name, actor=cast.operator, **({"reason": "不足三家"} if name == "declare_no_bids" else {}))
    take(challenge, "consent_to_opening", actor=cast.operator)
    with pytest.raises(Refused) as twice:
        take(challenge, "consent_to_opening", actor=cast.operator)
    assert twice.value.code == "done"
    take(challenge, "consent_to_opening", actor=cast.decider)
    with pytest.raises(Refused):
        take(challenge, "open_bids", actor=cast.operator)
    extended = take(challenge, "extend_bidding", actor=cast.operator)
    assert extended.state == "published"
    assert extended.extended_once
    pass_deadline(challenge)
    actions.close_due_biddings()
    take(challenge, "consent_to_opening", actor=cast.operator)
    take(challenge, "consent_to_opening", actor=cast.decider2)
    ended = take(challenge, "declare_no_bids", actor=cast.operator, reason="延期后仍不足三家。")
    assert ended.state == "no_award"
    draft = actions.republish(ended, actor=cast.owner)
    assert draft.previous == ended
    assert draft.targets.count() == ended.targets.count()


@pytest.mark.django_db
def test_few_bids_are_opened_when_a_decider_permits_it_with_a_reason(challenge, cast):
    walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    pass_deadline(challenge)
    actions.close_due_biddings()
    take(challenge, "consent_to_opening", actor=cast.operator)
    take(challenge, "consent_to_opening", actor=cast.decider)
    take(challenge, "permit_few_bids", actor=cast.decider, reason="前沿方向，国内团队有限。")
    assert take(challenge, "open_bids", actor=cast.operator).state == "opened"
