"""Several winners of one challenge (赛马): each signs, delivers or declines, and none is forgotten at the end."""

import pytest
from django.utils import translation

from accounts.models import Notification
from accounts.policy import Denied, can
from accounts.workflow import Refused, find, take
from challenges import actions
from challenges.models import Award, Bid, Challenge, Contract
from reviews.demo import walk
from reviews.work import work_of
from tests.factories import races
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db
REASON = "团队另有任务，无力承担。"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def awarded(cast, rules) -> Challenge:
    """A challenge with two winners, neither contract signed."""
    return walk.carry(races.proposed(cast), cast, to="awarded", since="award_proposed")


def contracts(challenge: Challenge) -> list[Contract]:
    rows = Contract.objects.filter(challenge=challenge).select_related("bid__lead", "challenge")
    return list(rows.order_by("bid__rank"))


def lead(contract: Contract):
    return walk.team_lead(contract.bid)


def now(challenge: Challenge) -> Challenge:
    return Challenge.objects.get(pk=challenge.pk)


def state(obj) -> str:
    return type(obj).objects.get(pk=obj.pk).state


def sign(contract: Contract, cast) -> None:
    """As `walk.sign`, for one contract of several."""
    contract = actions.edit_contract(contract, actor=cast.owner, data={"task_book": "目标、内容、里程碑与验收方法。"})
    contract = take(contract, "offer", actor=cast.owner)
    contract = take(contract, "sign_as_owner", actor=cast.owner, **walk.read(contract))
    walk.fund(take(contract, "sign_as_bidder", actor=lead(contract), pledge=True, **walk.read(contract)), cast)


def deliver(contract: Contract, cast) -> None:
    rows = contract.milestones.select_related("contract__challenge", "contract__bid__lead")
    for milestone in rows.order_by("position"):
        walk.deliver(milestone, cast)


def complete(challenge: Challenge, cast) -> Challenge:
    return take(now(challenge), "complete", actor=cast.operator, outcome="两家均达到指标。")


def test_second_winner_signs_while_the_first_is_at_work(awarded, cast):
    first, second = contracts(awarded)
    sign(first, cast)
    assert now(awarded).state == "executing"
    assert Contract.objects.get(pk=second.pk).sign_by == second.sign_by
    sign(second, cast)
    assert (state(second), now(awarded).state) == ("effective", "executing")


def test_several_winners_without_the_plan_of_a_race_are_refused(cast, rules):
    challenge = challenge_at(cast, "ranked")
    best = list(challenge.bids.filter(state="ranked").order_by("rank")[:2])
    with pytest.raises(Refused, match="give its plan"):
        take(challenge, "propose_award", actor=cast.decider, bids=best)
    with pytest.raises(Refused, match="at least one does not"):
        take(challenge, "propose_award", actor=cast.decider, bids=best, race=races.plan(places=2))
    assert (state(challenge), Award.objects.exists()) == ("ranked", False)


def test_no_more_stay_than_the_plan_said(cast, rules):
    race = races.with_findings(cast)
    with pytest.raises(Refused, match="at most 1 go on"):
        take(race, "decide", actor=cast.decider2, stays=contracts(race.award.challenge), reason=races.REASON)
    assert state(race) == "tested"


def test_completion_waits_for_every_winners_contract_and_milestones(cast, rules):
    race = races.with_findings(cast, winners=3)
    awarded = race.award.challenge
    first, second, third = contracts(awarded)
    with pytest.raises(Refused, match="decided who stays"):
        complete(awarded, cast)
    take(race, "decide", actor=cast.decider2, stays=[first, second], reason=races.REASON)
    deliver(first, cast)
    assert "Every milestone is accepted" not in [item.what for item in work_of(cast.operator, "operator").later]
    with pytest.raises(Refused) as refusal:
        complete(awarded, cast)
    assert "Not every milestone is accepted" in str(refusal.value.reason)
    deliver(second, cast)
    assert complete(awarded, cast).state == "completed"
    assert [state(item) for item in (first, second, third)] == ["completed", "completed", "ended"]


@pytest.mark.parametrize("then", ["signs", "declines"])
def test_termination_of_one_winner_leaves_the_unsigned_one_its_contract(awarded, cast, then):
    first, second = contracts(awarded)
    sign(first, cast)
    take(first, "propose_termination", actor=cast.owner, facts="关键原材料停产，无法继续。")
    termination = take(
        first.terminations.get(), "answer", actor=lead(first), tried="验证三种替代原料。", records="记录齐全。",
        cause="供应中断，立项时无法预见。",
    )  # fmt: skip
    take(termination, "decide", actor=cast.decider2, exempt=True, reasons="已尽职履责，免责终止。")
    assert (state(first), state(second), now(awarded).state) == ("terminated", "draft", "executing")
    with pytest.raises(Refused, match="not signed yet"):
        complete(awarded, cast)
    if then == "declines":
        taken = take(now(awarded), "decline_alongside", actor=lead(second), reason=REASON)
        assert (state(second), taken.state, now(awarded).state) == ("terminated", "terminated", "terminated")
        assert now(awarded).at_fault is False
        return
    sign(second, cast)
    assert (state(second), now(awarded).state) == ("effective", "executing")
    deliver(second, cast)
    assert complete(awarded, cast).state == "completed"
    assert [state(item) for item in (first, second)] == ["terminated", "completed"]


def test_one_of_two_winners_declines_and_the_other_goes_on(awarded, cast):
    first, second = contracts(awarded)
    taken = take(now(awarded), "decline_alongside", actor=lead(first), reason=REASON)
    assert taken.state == "awarded"
    assert (state(first), state(first.bid)) == ("terminated", "declined")
    assert (state(second), state(second.bid)) == ("draft", "awarded")
    assert Award.objects.get(challenge=awarded).state == "confirmed"
    assert Notification.objects.filter(kind="winner_declined").exists()
    sign(second, cast)
    deliver(second, cast)
    assert "Every milestone is accepted" in [item.what for item in work_of(cast.operator, "operator").later]
    assert complete(awarded, cast).state == "completed"
    assert [state(item) for item in (first, second)] == ["terminated", "completed"]


def test_winner_declines_while_the_other_is_at_work(awarded, cast):
    first, second = contracts(awarded)
    sign(first, cast)
    with pytest.raises(Denied):
        take(now(awarded), "decline_alongside", actor=lead(first), reason=REASON)
    assert take(now(awarded), "decline_alongside", actor=lead(second), reason=REASON).state == "executing"
    deliver(first, cast)
    assert complete(awarded, cast).state == "completed"


def test_last_of_two_winners_declines_and_the_ranking_is_open_again(awarded, cast):
    first, second = contracts(awarded)
    take(now(awarded), "decline_alongside", actor=lead(first), reason=REASON)
    with pytest.raises(Denied):
        take(now(awarded), "decline_alongside", actor=lead(second), reason=REASON)
    assert take(now(awarded), "decline", actor=lead(second), reason=REASON).state == "ranked"
    assert Award.objects.get(challenge=awarded).state == "declined"
    assert [state(item.bid) for item in (first, second)] == ["declined", "declined"]
    best = Bid.objects.filter(challenge=awarded, state="ranked").order_by("rank").first()
    take(now(awarded), "propose_award", actor=cast.decider, bids=[best], reason="前两名放弃，递补。")
    assert walk.carry(awarded, cast, to="awarded", since="award_proposed").state == "awarded"
    assert contracts(awarded)[-1].bid == best


def test_each_winner_is_offered_one_way_to_decline_and_others_none(awarded, cast):
    first, _second = contracts(awarded)
    offered = [find(now(awarded), name, lead(first)) for name in ("decline", "decline_alongside")]
    assert [(step.concerns_me, step.allowed) for step in offered] == [(False, False), (True, True)]
    losers = [user for user in cast.bidders if user not in [lead(item) for item in contracts(awarded)]]
    for user in (*losers, cast.owner, cast.operator, cast.decider, cast.supervisor):
        assert not can(user, "challenge.decline_alongside", now(awarded))
