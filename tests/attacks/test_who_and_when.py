"""The wrong person, the wrong moment, the second tab: from the objection to the outcome."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.policy import Denied, can
from accounts.workflow import Refused, find, take
from challenges import actions
from challenges.models import Award, Challenge, Contract, CreditRecord, Milestone, Objection, Payment
from challenges.rules import demo, standard
from tests.factories import credit, rows
from tests.factories.life import challenge_at
from tests.factories.money import accepted_contract
from tests.factories.reviews import person, place

pytestmark = pytest.mark.django_db
OBJECTION = {
    "name": "某异议单位", "contact": "0355-5550100", "text": "公示所附检测报告的编号查不到，请核实。", "ground": "fact",
    "evidence_note": "检测机构网站的报告查询页。",
}  # fmt: skip


def in_notice(cast, *, for_hours=24):
    award = rows.award(cast, "公示中的榜单")
    with pgtrigger.ignore():
        Award.objects.filter(pk=award.pk).update(
            state="notice", notice_opens_at=Now(), notice_ends_at=Now() + timedelta(hours=for_hours)
        )
    under_standard_rules(award.challenge)
    return Award.objects.get(pk=award.pk)


def under_standard_rules(challenge):
    Challenge.objects.filter(pk=challenge.pk).update(rules=standard().model_dump(mode="json"))


def test_who_objected_handles_nobodys_objection_on_that_challenge(cast):
    award = in_notice(cast)
    actions.file_objection(award, actor=cast.decider2, **OBJECTION)
    other = actions.file_objection(award, actor=person("另一异议人"), **OBJECTION)
    decision = can(cast.decider2, "objection.handle", other)
    assert (decision.allowed, decision.code) == (False, "separation")
    with pytest.raises(Denied):
        take(other, "acknowledge", actor=cast.decider2)


def test_an_objection_one_second_late_is_refused_even_while_the_award_waits(cast):
    award = in_notice(cast)
    actions.file_objection(award, actor=person("异议人"), **OBJECTION)
    Award.objects.filter(pk=award.pk).update(notice_ends_at=Now() - timedelta(seconds=1))
    with pytest.raises(Denied, match=r"over|结束"):
        actions.file_objection(award, actor=person("迟到的异议人"), **OBJECTION)


def test_an_objection_is_taken_though_the_calendar_does_not_reach_its_acknowledgement(cast):
    award, year = in_notice(cast), timezone.localdate().year
    for disputed in (year, year + 1):
        place(rows.calendar_of(cast, disputed), state="in_force")
    objection = actions.file_objection(award, actor=person("岁末的异议人"), **OBJECTION)
    assert (objection.acknowledge_by, Award.objects.get(pk=award.pk).state) == (None, "suspended")
    actions.date_acknowledgements()
    assert Objection.objects.get(pk=objection.pk).acknowledge_by is None
    Challenge.objects.filter(pk=award.challenge_id).update(rules=demo().model_dump(mode="json"))
    actions.date_acknowledgements()
    found = Objection.objects.get(pk=objection.pk)
    assert found.acknowledge_by == found.created_at + timedelta(seconds=60)


def test_a_team_that_confirmed_does_not_default(cast, rules):
    contract = challenge_at(cast, "awarded").contracts.get()
    Contract.objects.filter(pk=contract.pk).update(sign_by=Now(), bidder_signed_at=Now())
    record = credit.record(contract.challenge, contract.bid.lead, cast)
    CreditRecord.objects.filter(pk=record.pk).update(answer_by=Now())
    take(record, "confirm", actor=cast.decider, decision="两次催告未复，违约事实成立。")
    with pytest.raises(Refused, match=r"owner|发榜方"):
        take(contract, "declare_default", actor=cast.decider2, reason="逾期未签约")


def test_the_second_tab_does_not_overwrite_a_draft_that_was_saved_since(cast, rules, visit):
    contract = challenge_at(cast, "awarded").contracts.get()
    url = reverse("contract_edit", args=[contract.pk])
    client = visit(cast.owner)
    form = client.get(url).context["editor"]
    typed = {"seen": client.get(url).context["saved"]}
    for part in form.forms:
        typed |= {field.html_name: "" if field.value() is None else field.value() for field in part}
    assert client.post(url, typed | {"task_book": "先保存的任务书"}).status_code == 302
    answer = client.post(url, typed | {"task_book": "后到的任务书"})
    assert answer.status_code == 409
    assert "后到的任务书" in answer.content.decode()
    assert "Somebody saved this draft" in answer.content.decode()
    assert Contract.objects.get(pk=contract.pk).task_book == "先保存的任务书"
    again = typed | {"seen": answer.context["saved"], "task_book": "两人商定的任务书"}
    assert client.post(url, again).status_code == 302


def test_a_milestone_without_money_is_no_payment_to_ask_for(cast):
    contract = accepted_contract(cast, shares=(0, 100))
    payment = Payment.objects.get(contract=contract, milestone__position=1)
    seen = find(payment, "request", contract.bid.created_by)
    assert (seen.allowed, seen.code) == (False, "condition")
    with pytest.raises(Refused):
        take(payment, "request", actor=contract.bid.created_by)


def test_rights_follow_the_consortium_as_it_was_amended(cast):
    contract = accepted_contract(cast)
    joined = cast.leads[1]
    assert joined not in actions.outcomes.parties(contract)
    contract.shares.create(organization=contract.bid.lead, position=1, cost_share=Decimal(60))
    contract.shares.create(organization=joined, position=2, cost_share=Decimal(40))
    assert actions.outcomes.parties(contract) == [contract.bid.lead, joined, contract.challenge.owner]


def test_bounds_of_a_rectification_are_told_in_beijing_time(cast, visit):
    contract = accepted_contract(cast)
    under_standard_rules(contract.challenge)
    milestone = contract.milestones.get(position=1)
    place(milestone, state="under_acceptance")
    milestone = contract.milestones.get(position=1)
    soonest = timezone.localtime(milestone.now + timedelta(days=30))
    answer = visit(cast.owner).post(
        reverse("step", args=["milestones", milestone.pk, "require_rectification"]),
        {"opinion": "缺少第三方检测报告。", "rectify_by": "2000-01-01T00:00"},
    )
    assert answer.status_code == 422
    assert f"between {soonest:%Y-%m-%d %H:}" in answer.content.decode()


def in_state(contract, state):
    place(contract, state=state)
    return Contract.objects.select_related("challenge", "bid__lead").get(pk=contract.pk)


@pytest.mark.parametrize("state", ["terminated", "ended"])
def test_nothing_is_concluded_on_a_milestone_whose_contract_is_over(cast, state):
    contract = in_state(accepted_contract(cast), state)
    milestone = contract.milestones.get(position=1)
    place(milestone, state="under_acceptance")
    milestone = contract.milestones.get(position=1)
    for name, actor, given in (
        ("accept", cast.owner, {}),
        ("require_rectification", cast.owner, {"opinion": "缺报告", "rectify_by": timezone.now()}),
        ("fail", cast.operator, {"opinion": "未达到约定指标。"}),
        ("close", cast.decider2, {"opinion": "非主观原因。"}),
    ):
        with pytest.raises(Refused, match=r"force|履行|生效"):
            take(milestone, name, actor=actor, **given)
    assert Milestone.objects.get(pk=milestone.pk).state == "under_acceptance"
