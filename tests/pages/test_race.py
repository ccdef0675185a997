"""A race of several winners: planned in public, tested on one day by a separate panel, and decided without blame."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.actions import request_amendment
from challenges.actions.races import equal_parts
from challenges.models import Award, Challenge, Contract, CreditRecord, Milestone, Payment, Race
from challenges.models.booking import balances_of
from reviews.demo import walk
from reviews.models import Assignment
from reviews.work import work_of
from tests.factories import races
from tests.factories.life import challenge_at
from tests.factories.reviews import person

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PLAN = {"race_share": "33.33", "race_subject": races.SUBJECT, "race_places": "1"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def url(race, step):
    return reverse("step", args=["races", race.pk, step])


def now(obj):
    return type(obj).objects.get(pk=obj.pk)


def total(challenge):
    return Contract.objects.filter(challenge=challenge).aggregate(sum=Sum("amount"))["sum"]


def alive(contract):
    """The sum of the payments that count."""
    return contract.payments.exclude(state="cancelled").aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def deliver(contract, cast, *, count):
    for milestone in contract.milestones.select_related("contract__challenge", "contract__bid__lead")[:count]:
        walk.deliver(milestone, cast)


def what(user, role):
    work = work_of(user, role)
    return [item.what for item in (*work.today, *work.week, *work.later, *work.others)]


def test_plan_is_previewed_proposed_public_with_the_notice_and_frozen(cast, rules, visit):
    challenge = challenge_at(cast, "ranked")
    best = [str(bid.pk) for bid in challenge.bids.filter(state="ranked").order_by("rank")[:2]]
    day = timezone.localdate() + timedelta(days=60)
    data = {"bids": best, "race_on": day.isoformat(), **PLAN}
    page = visit(cast.decider).post(reverse("notice_preview", args=[challenge.pk]), data).content.decode()
    assert "Held back for who stays" in page
    assert "66.67 %" in page
    assert not Race.objects.exists()
    answer = visit(cast.decider).post(reverse("step", args=["challenges", challenge.pk, "propose_award"]), data)
    assert answer.status_code == 302
    race = Race.objects.get()
    public = visit().get(reverse("award", args=[race.award_id])).content.decode()
    assert day.isoformat() in public
    assert races.SUBJECT in public
    assert races.SUBJECT in visit().get(reverse("race", args=[race.pk])).content.decode()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Race.objects.filter(pk=race.pk).update(early_share=50)
    assert LedgerEntry.objects.filter(object_kind="race", action="create").exists()


@pytest.mark.parametrize(
    ("winners", "change", "field"),
    [
        (1, {}, "race_on"),
        (2, {"race_on": "2001-01-01"}, "race_on"),
        (2, {"race_on": "2999-01-01"}, "race_on"),
        (2, {"race_share": ""}, "race_share"),
        (2, {"race_share": "100"}, "race_share"),
        (2, {"race_subject": ""}, "race_subject"),
        (2, {"race_places": ""}, "race_places"),
        (2, {"race_places": "2"}, "race_places"),
        (2, dict.fromkeys(["race_on", "race_share", "race_subject", "race_places"], ""), "race_on"),
    ],
)
def test_plan_with_a_gap_is_refused_by_field_over_the_api(cast, rules, as_, winners, change, field):
    challenge = challenge_at(cast, "ranked")
    best = [str(bid.pk) for bid in challenge.bids.filter(state="ranked").order_by("rank")[:winners]]
    day = timezone.localdate() + timedelta(days=60)
    given = {"bids": best, "race_on": day.isoformat(), **PLAN} | change
    answer = as_(cast.decider).step(f"challenges/{challenge.pk}", "propose_award", **given)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert not Award.objects.exists()


def test_each_runner_gets_its_share_at_the_test_and_the_rest_is_held_back(cast, rules, visit):
    race = races.running(cast)
    for contract in races.contracts(race.award.challenge):
        first, *later = contract.milestones.select_related("payment").order_by("position")
        assert (first.share, first.due_on, first.payment.held_back) == (Decimal("33.33"), race.test_on, False)
        assert later
        assert all(item.payment.held_back and item.due_on > race.test_on for item in later)
        assert sum(item.share for item in (first, *later)) == 100
        assert alive(contract) == contract.amount


def test_what_is_held_back_is_neither_delivered_nor_paid_before_the_decision(cast, rules):
    race = races.running(cast)
    contract = races.contracts(race.award.challenge)[0]
    deliver(contract, cast, count=1)
    second = contract.milestones.get(position=2)
    assert "Deliver the milestone with its evidence" not in what(races.lead(contract), "member")
    with pytest.raises(Refused, match="decided who stays"):
        take(second, "submit", actor=races.lead(contract), report="提前完成后续工作。")
    with pytest.raises(Refused, match="decided who stays"):
        take(second.payment, "request", actor=races.lead(contract))
    with pytest.raises(Refused, match="decided who stays"):
        take(now(race.award.challenge), "complete", actor=cast.operator, outcome="完成。")


def test_race_that_only_one_still_runs_holds_nothing_back(cast, rules):
    challenge = walk.carry(races.proposed(cast), cast, to="awarded", since="award_proposed")
    first, second = races.contracts(challenge)
    take(now(challenge), "decline_alongside", actor=races.lead(second), reason="团队另有任务。")
    races.sign(first, cast)
    deliver(first, cast, count=None)
    assert take(now(challenge), "complete", actor=cast.operator, outcome="完成。").state == "completed"


def test_test_is_recorded_by_an_operator_from_the_signed_minutes(cast, rules, visit):
    race = races.running(cast)
    experts = races.examiners(cast)
    given = races.inputs(race, experts)
    assert "Record the shared test of the race" in what(cast.operator, "operator")
    operator = visit(cast.operator)
    assert operator.post(url(race, "record_test"), given).status_code == 409
    assert now(race).state == "planned"
    races.minutes(race, cast)
    assert operator.get(url(race, "record_test")).status_code == 200
    answer = operator.post(url(race, "record_test"), given)
    assert answer.status_code == 302
    race = now(race)
    assert (race.state, race.tested_by, race.experts.count()) == ("tested", cast.operator, 3)
    first, second = race.results.order_by("contract__bid__rank")
    assert [line["met"] for line in first.findings] == [True, True, True]
    assert [line["met"] for line in second.findings] == [False, True, True]
    assert second.findings[0]["value"] == "2.1"
    assert Notification.objects.filter(kind="race_tested", recipient=cast.decider).exists()
    assert "Choose who stays in the race" in what(cast.decider2, "decider")
    with pytest.raises(Denied):
        races.minutes(race, cast)


def test_each_runner_reads_its_own_findings_and_nobody_else_the_minutes(cast, rules, visit, as_):
    race = races.with_findings(cast)
    first, second = races.contracts(race.award.challenge)
    page = visit(races.lead(first)).get(reverse("race", args=[race.pk])).content.decode()
    assert reverse("contract", args=[first.pk]) in page
    assert reverse("contract", args=[second.pk]) not in page
    assert f">1 {first.targets[0]['unit']}</td>" in page
    expert = race.experts.first().name
    for user in (None, races.lead(first), cast.owner):
        assert expert not in visit(user).get(reverse("race", args=[race.pk])).content.decode()
    assert expert in visit(cast.operator).get(reverse("race", args=[race.pk])).content.decode()
    path = f"races/{race.pk}"
    assert [len(as_(user).get(path).json()["results"]) for user in (None, races.lead(first), cast.owner)] == [0, 1, 2]
    assert [len(as_(user).get(path).json()["documents"]) for user in (races.lead(first), cast.owner)] == [0, 1]
    document = race.documents.get()
    assert visit(races.lead(first)).get(reverse("document", args=[document.pk])).status_code == 404


def test_test_is_not_recorded_before_its_day(cast, rules, monkeypatch):
    monkeypatch.setattr(races, "plan", _tomorrow(races.plan))
    race = races.running(cast)
    races.minutes(race, cast)
    assert "Record the shared test of the race" not in what(cast.operator, "operator")
    runner = races.lead(races.contracts(race.award.challenge)[0])
    assert "Prepare for the shared test of the race" in what(runner, "member")
    with pytest.raises(Refused, match="from that day on"):
        take(race, "record_test", actor=cast.operator, experts=[], findings=[])


def _tomorrow(plan):
    return lambda **data: plan(test_on=timezone.localdate() + timedelta(days=90), **data)


def test_panel_of_the_test_is_separate_of_the_pool_and_free_of_conflicts(cast, rules, as_):
    race = races.running(cast)
    races.minutes(race, cast)
    good = races.examiners(cast, 4)
    contract = races.contracts(race.award.challenge)[0]
    seat = Assignment.objects.filter(panel__challenge=race.award.challenge).select_related("expert__user").first()
    stranger = person("外人")
    good[3].expert.organization = contract.bid.lead
    good[3].expert.save()
    for experts, reason in (
        (good[:2], "at least 3"),
        ([*good[:2], seat.expert.user], "sat on an earlier panel"),
        ([*good[:2], stranger], "not in the expert pool"),
        (good[1:], "conflict of interest"),
    ):
        answer = as_(cast.operator, **ENGLISH).step(f"races/{race.pk}", "record_test", **races.inputs(race, experts))
        assert (answer.status_code, reason in answer.json()["reason"]) == (409, True), answer.json()
        assert now(race).state == "planned"
        assert not race.results.exists()
    answer = as_(cast.operator).step(f"races/{race.pk}", "record_test", **races.inputs(race, good[:3]))
    assert answer.json()["state"] == "tested"


def test_one_stays_the_other_ends_without_blame_and_its_money_moves(cast, rules, visit):
    race = races.with_findings(cast)
    challenge = race.award.challenge
    first, second = races.contracts(challenge)
    deliver(second, cast, count=1)
    sum_before, before = total(challenge), second.amount
    earned = second.payments.get(milestone__position=1).amount
    decider = visit(cast.decider2)
    assert decider.get(url(race, "decide")).status_code == 200
    answer = decider.post(url(race, "decide"), {"stays": [str(first.pk)], "reason": races.REASON})
    assert answer.status_code == 302
    first_now, second = now(first), now(second)
    assert (first_now.state, second.state, now(challenge).state) == ("effective", "ended", "executing")
    assert total(challenge) == sum_before
    assert (second.amount, alive(second)) == (earned, earned)
    assert (first_now.amount, alive(first_now)) == (first.amount + before - earned, first.amount + before - earned)
    assert set(second.payments.exclude(milestone__state="accepted").values_list("state", flat=True)) == {"cancelled"}
    assert second.payments.get(milestone__position=1).state == "paid"
    assert (balances_of(second).all("paid"), balances_of(second).all("held", "promised")) == (earned, 0)
    assert balances_of(first_now).all("held") == first_now.amount
    assert first_now.payments.get(milestone__position=1).amount == first.payments.get(milestone__position=1).amount
    assert first_now.versions.get(number=first_now.version).content["amount"] == f"{first_now.amount:.2f}"
    assert not CreditRecord.objects.exists()
    assert now(challenge).at_fault is None
    assert Notification.objects.filter(kind="race_ended", recipient=races.lead(second)).exists()
    words = "赛马未入选，无责结束"
    for page in (reverse("contract", args=[second.pk]), reverse("race", args=[race.pk]), reverse("contracts")):
        assert "ended without blame" in visit(races.lead(second)).get(page).content.decode(), page
        with translation.override("zh-hans"):
            found = visit(races.lead(second)).get(page, headers={"accept-language": "zh-hans"}).content.decode()
        assert words in found, page
    deliver(first_now, cast, count=None)
    assert "Every milestone is accepted" in what(cast.operator, "operator")
    assert take(now(challenge), "complete", actor=cast.operator, outcome="一家达标。").state == "completed"
    assert [now(item).state for item in (first, second)] == ["completed", "ended"]


def test_what_was_accepted_before_the_end_is_still_requested_and_paid(cast, rules):
    race = races.with_findings(cast)
    first, second = races.contracts(race.award.challenge)
    milestone = second.milestones.get(position=1)
    accepted(milestone, cast)
    take(race, "decide", actor=cast.decider2, stays=[first], reason=races.REASON)
    payment = second.payments.get(milestone=milestone)
    assert payment.state == "scheduled"
    assert "Request the payment of the accepted milestone" in what(races.lead(second), "member")
    payment = take(payment, "request", actor=races.lead(second))
    payment = take(payment, "approve", actor=cast.decider)
    assert take(payment, "pay", actor=cast.finance, reference="HT-0001").state == "paid"


def accepted(milestone: Milestone, cast):
    """Delivered and accepted, not paid."""
    milestone = take(walk.hand_in(milestone), "start_acceptance", actor=cast.owner)
    return take(milestone, "accept", actor=cast.owner)


def test_decision_waits_for_a_delivery_and_a_change_of_a_contract(cast, rules, as_):
    race = races.with_findings(cast)
    first, second = races.contracts(race.award.challenge)
    milestone = second.milestones.get(position=1)
    milestone = walk.hand_in(milestone)
    given = {"stays": [str(first.pk)], "reason": races.REASON}
    answer = as_(cast.decider2, **ENGLISH).step(f"races/{race.pk}", "decide", **given)
    assert (answer.status_code, "under acceptance" in answer.json()["reason"]) == (409, True)
    milestone = take(milestone, "start_acceptance", actor=cast.owner)
    take(milestone, "accept", actor=cast.owner, opinion="同意通过。")
    asked = request_amendment(first, actor=cast.owner, kind="extension", reason="现场条件有变。", changes={"months": 1})
    answer = as_(cast.decider2, **ENGLISH).step(f"races/{race.pk}", "decide", **given)
    assert (answer.status_code, "termination of a runner" in answer.json()["reason"]) == (409, True)
    take(asked, "withdraw", actor=cast.owner)
    take(
        now(second), "propose_termination", actor=cast.owner, facts="实测记录与台账不符，涉嫌造假。", fraud_alleged=True
    )
    answer = as_(cast.decider2, **ENGLISH).step(f"races/{race.pk}", "decide", **given)
    assert (answer.status_code, "termination of a runner" in answer.json()["reason"]) == (409, True)
    take(second.terminations.get(), "withdraw", actor=cast.owner, reason="查实后撤回。")
    assert as_(cast.decider2).step(f"races/{race.pk}", "decide", **given).json()["state"] == "decided"


def test_choice_is_a_deciders_who_did_not_record_the_test(cast, rules, as_):
    race = races.with_findings(cast)
    first, second = races.contracts(race.award.challenge)
    given = {"stays": [str(first.pk)], "reason": races.REASON}
    for user in (cast.operator, cast.supervisor, cast.owner, races.lead(first), cast.finance):
        assert as_(user).step(f"races/{race.pk}", "decide", **given).status_code == 403
    assert as_(cast.decider2).step(f"races/{race.pk}", "decide", stays=[], reason=races.REASON).status_code == 422
    assert now(second).state == "effective"
    answer = as_(cast.decider2).step(f"races/{race.pk}", "decide", **given).json()
    assert (answer["state"], answer["reason"]) == ("decided", races.REASON)


def test_two_of_three_stay_and_share_what_is_left_to_the_cent(cast, rules):
    race = races.with_findings(cast, winners=3, reward=Decimal("1000000.01"))
    challenge = race.award.challenge
    first, second, third = races.contracts(challenge)
    before, each = total(challenge), [first.amount, second.amount]
    take(race, "decide", actor=cast.decider2, stays=[first, second], reason=races.REASON)
    gained = [now(item).amount - amount for item, amount in zip((first, second), each, strict=True)]
    assert gained == equal_parts(third.amount, 2)
    assert (total(challenge), now(third).amount) == (before, 0)
    assert all(alive(now(item)) == now(item).amount for item in (first, second, third))
    assert {result.stays for result in race.results.all()} == {True, False}
    assert sum(result.moved for result in race.results.all()) == 0
    assert Challenge.objects.get(pk=challenge.pk).state == "executing"
    assert Payment.objects.filter(contract=third).exclude(state="cancelled").count() == 0


@pytest.mark.parametrize("amount", ["0.00", "0.01", "100.00", "100.01", "99999999999.99"])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_equal_parts_differ_by_a_cent_at_most_and_sum_exactly(amount, count):
    parts = equal_parts(Decimal(amount), count)
    assert sum(parts) == Decimal(amount)
    assert len(parts) == count
    assert max(parts) - min(parts) <= Decimal("0.01")
