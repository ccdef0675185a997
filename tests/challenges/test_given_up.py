"""A winner who declines or does not sign, an owner who withdraws, and what is offered to one team directly."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation

from accounts import clock
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, step_labels, take, transitions
from challenges import actions
from challenges.models import Award, Challenge, Contract, CreditRecord
from reviews.demo import walk
from tests.factories import credit, races
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db
REASON = "市场变化，本单位不再需要此项技术。"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def fresh(challenge):
    return Challenge.objects.get(pk=challenge.pk)


def default_on(contract, cast):
    """The default put on record: opened, its period to answer over, confirmed."""
    record = credit.record(contract.challenge, contract.bid.lead, cast)
    CreditRecord.objects.filter(pk=record.pk).update(answer_by=Now())
    return take(record, "confirm", actor=cast.decider, decision="两次催告未复，违约事实成立。")


def overdue(contract):
    Contract.objects.filter(pk=contract.pk).update(sign_by=Now() - timedelta(seconds=1))
    return Contract.objects.get(pk=contract.pk)


def test_winner_that_does_not_sign_loses_the_award_and_the_next_gets_a_fresh_notice(cast, rules):
    challenge = challenge_at(cast, "awarded")
    contract = challenge.contracts.get()
    with pytest.raises(Refused, match="period to sign"):
        take(contract, "declare_default", actor=cast.decider, reason="逾期未签约")
    contract = overdue(contract)
    with pytest.raises(Refused, match="on record"):
        take(contract, "declare_default", actor=cast.decider, reason="逾期未签约")
    default_on(contract, cast)
    take(contract, "declare_default", actor=cast.decider2, reason="逾期未签约")
    challenge = fresh(challenge)
    assert challenge.state == "ranked"
    assert contract.bid.refresh_from_db() is None
    assert contract.bid.state == "declined"
    first = challenge.awards.get()
    assert first.state == "declined"
    runner_up = challenge.bids.filter(state="ranked").order_by("rank").first()
    take(challenge, "propose_award", actor=cast.decider, bids=[runner_up])
    second = challenge.awards.exclude(pk=first.pk).get()
    assert (second.state, second.notice_opens_at > first.notice_opens_at) == ("notice", True)


def test_default_of_one_of_several_winners_leaves_the_others(cast, rules):
    challenge = challenge_at(cast, "ranked")
    both = list(challenge.bids.filter(state="ranked").order_by("rank")[:2])
    take(challenge, "propose_award", actor=cast.decider, bids=both, race=races.plan())
    Award.objects.update(notice_ends_at=Now())
    actions.confirm_due_awards()
    contract = overdue(Contract.objects.get(bid=both[0]))
    default_on(contract, cast)
    take(contract, "declare_default", actor=cast.decider2, reason="逾期未签约")
    assert fresh(challenge).state == "awarded"
    assert challenge.awards.get().state == "confirmed"
    assert list(challenge.contracts.values_list("bid", "state").order_by("state")) == [
        (both[1].pk, "draft"), (both[0].pk, "terminated"),
    ]  # fmt: skip


def test_clock_tells_both_sides_once_that_the_period_to_sign_is_over(cast, rules):
    contract = overdue(challenge_at(cast, "awarded").contracts.get())
    actions.remind()
    actions.remind()
    told = Notification.objects.filter(kind="signature_overdue", recipient=walk.team_lead(contract.bid))
    assert told.count() == 1


@pytest.mark.parametrize("stage", ["opened", "ranked", "award_proposed", "awarded"])
def test_owner_withdraws_before_a_contract_is_in_force(cast, rules, stage):
    challenge = challenge_at(cast, stage)
    with pytest.raises(Denied, match="has not asked"):
        take(challenge, "grant_withdrawal", actor=cast.decider, reason=REASON, good_reason=True)
    take(challenge, "request_withdrawal", actor=cast.owner, reason=REASON)
    with pytest.raises(Denied, match="You have asked"):
        take(challenge, "request_withdrawal", actor=cast.owner, reason=REASON)
    with pytest.raises(Denied):
        take(challenge, "grant_withdrawal", actor=cast.operator, reason=REASON, good_reason=True)
    take(fresh(challenge), "grant_withdrawal", actor=cast.decider, reason=REASON, good_reason=True)
    challenge = fresh(challenge)
    assert (challenge.state, challenge.end_reason) == ("no_award", REASON)
    assert not challenge.bids.filter(state__in=["opened", "eligible", "ranked", "reserve", "awarded"]).exists()
    assert not challenge.awards.filter(state__in=Award.ALIVE).exists()
    assert not challenge.contracts.exclude(state="terminated").exists()
    assert not CreditRecord.objects.exists()
    bidder = challenge.bids.exclude(state__in=["draft", "withdrawn"]).first()
    assert Notification.objects.filter(kind="challenge_ended_without_award", recipient=walk.team_lead(bidder)).exists()


def test_withdrawal_without_good_reason_is_recorded_and_another_decider_decides(cast, rules):
    challenge = challenge_at(cast, "ranked")
    take(challenge, "request_withdrawal", actor=cast.owner, reason=REASON)
    take(fresh(challenge), "grant_withdrawal", actor=cast.decider, reason=REASON, good_reason=False)
    record = CreditRecord.objects.get()
    assert (record.organization, record.kind, record.recorded_by) == (challenge.owner, "withdrew", cast.decider)
    take(record, "answer", actor=cast.owner, answer="确因产线停产，附停产公告。")
    with pytest.raises(Denied):
        take(record, "confirm", actor=cast.decider, decision="理由不成立，予以确认。")
    assert take(record, "lift", actor=cast.decider2, decision="理由成立，予以撤销。").state == "lifted"


def test_refused_withdrawal_goes_on_and_can_be_asked_again(cast, rules):
    challenge = challenge_at(cast, "under_review")
    take(challenge, "request_withdrawal", actor=cast.owner, reason=REASON)
    names = {item.name for item in transitions(cast.decider, fresh(challenge)) if item.concerns_me}
    assert "refuse_withdrawal" in names
    assert "grant_withdrawal" not in names
    take(fresh(challenge), "refuse_withdrawal", actor=cast.decider, reason="评审已在进行，理由不充分。")
    assert fresh(challenge).state == "under_review"
    assert Notification.objects.filter(kind="withdrawal_refused", recipient=cast.owner).exists()
    take(fresh(challenge), "request_withdrawal", actor=cast.owner, reason=REASON)


def test_delivery_is_ended_by_termination_not_withdrawn(cast, rules):
    challenge = challenge_at(cast, "executing")
    assert "request_withdrawal" in step_labels(Challenge)
    with pytest.raises(Refused, match="not open while the state"):
        take(challenge, "request_withdrawal", actor=cast.owner, reason=REASON)


def ended(cast):
    challenge = challenge_at(cast, "ranked")
    return take(challenge, "declare_no_award", actor=cast.decider, reason="均不足以立项。")


def test_offer_to_one_team_goes_the_whole_way_with_one_bid(cast, rules):
    before = ended(cast)
    draft = actions.republish(before, actor=cast.owner, invited=cast.leads[1], reason="其技术路线经评审最为接近。")
    assert (draft.previous, draft.invited) == (before, cast.leads[1])
    actions.edit_challenge(draft, actor=cast.owner, data={"bid_deadline": clock.now() + timedelta(days=30)})
    challenge = walk.carry(draft, cast, to="published")
    with pytest.raises(Denied, match="one team directly"):
        actions.start_bid(challenge, actor=cast.bidders[0], lead=cast.leads[0])
    assert challenge.bids_needed == 1
    bid = actions.start_bid(challenge, actor=cast.bidders[1], lead=cast.leads[1])
    assert bid.lead == cast.leads[1]
    told = Notification.objects.filter(kind="challenge_published", object_id=challenge.pk)
    assert told.filter(recipient=cast.bidders[1]).exists()
    assert not told.filter(recipient=cast.bidders[0]).exists()


def test_direct_offer_asks_for_a_reason_a_verified_team_and_an_ended_challenge(cast, rules):
    challenge = challenge_at(cast, "ranked")
    ending = take(challenge, "declare_no_award", actor=cast.decider, reason="均不足以立项。")
    with pytest.raises(Refused, match="stays public"):
        actions.republish(ending, actor=cast.owner, invited=cast.leads[1])
    with pytest.raises(Refused, match="own challenge"):
        actions.republish(ending, actor=cast.owner, invited=challenge.owner, reason="定向")
    suspended = take(cast.leads[2], "suspend", actor=cast.operator, reason="资质过期。")
    with pytest.raises(Refused, match="not verified"):
        actions.republish(ending, actor=cast.owner, invited=suspended, reason="定向")
    assert not Challenge.objects.filter(previous=ending).exists()


def test_page_offers_directly_and_keeps_what_was_typed(cast, rules, client):
    ending = ended(cast)
    client.force_login(cast.owner)
    url = reverse("challenge_republish", args=[ending.pk])
    wrong = client.post(url, {"invited": "91350100M000100Y43", "reason": "其路线最接近"})
    assert wrong.status_code == 422
    assert "91350100M000100Y43" in wrong.content.decode()
    assert "其路线最接近" in wrong.content.decode()
    again = client.post(url, {"invited": cast.leads[1].uscc, "reason": ""})
    assert again.status_code == 422
    client.post(url, {"invited": cast.leads[1].uscc, "reason": "其路线最接近"})
    made = Challenge.objects.get(previous=ending)
    assert (made.invited, made.direct_reason) == (cast.leads[1], "其路线最接近")
    shown = client.get(reverse("challenge", args=[made.pk])).content.decode()
    assert cast.leads[1].name in shown
    assert LedgerEntry.objects.filter(challenge_id=made.pk, action="create").exists()
