"""Changes of a contract in force: asked, agreed, approved by kind; experts where a core target is weakened."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.urls import reverse
from django.utils import translation

from accounts import ledger
from accounts.models import LedgerEntry, Notification, Organization
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.models import Contract, ContractAmendment, ContractShare
from reviews.demo import walk
from reviews.models import Assignment
from reviews.work import work_of
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db

WHY = "现场条件有变，附双方会商纪要。"
PASSWORD = "long-and-only-for-tests-2026"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def in_force(cast, stage="executing"):
    return Contract.objects.select_related("challenge__owner", "bid__lead").get(challenge=challenge_at(cast, stage))


def now(contract):
    return Contract.objects.get(pk=contract.pk)


def asked(contract, cast, kind, changes, actor=None):
    actor = actor or walk.team_lead(contract.bid)
    return actions.request_amendment(contract, actor=actor, kind=kind, reason=WHY, changes=changes)


def agreed(contract, cast, kind, changes):
    return take(asked(contract, cast, kind, changes), "agree", actor=cast.owner, proof="password")


def experts(contract):
    seats = Assignment.objects.filter(panel__challenge=contract.challenge, state="accepted").order_by("pk")
    return [seat.expert.user for seat in seats.select_related("expert__user")]


def test_another_person_in_charge_is_diffed_agreed_and_approved_as_a_new_version(cast, rules):
    contract = in_force(cast)
    amendment = asked(contract, cast, "principal", {"leader": "新负责人"})
    assert amendment.lines == [["leader", contract.leader, "新负责人"]]
    assert now(contract).leader == contract.leader
    with pytest.raises(Denied):
        take(amendment, "agree", actor=walk.team_lead(contract.bid), proof="password")
    amendment = take(amendment, "agree", actor=cast.owner, proof="password")
    with pytest.raises(Denied):
        take(amendment, "approve", actor=cast.operator)
    assert now(contract).version == 1
    amendment = take(amendment, "approve", actor=cast.decider)
    found = now(contract)
    assert (found.leader, found.version, amendment.version) == ("新负责人", 2, 2)
    assert [item.content["leader"] for item in found.versions.all()] == ["新负责人", contract.leader]
    assert Notification.objects.filter(kind="amendment_approved").exists()
    assert ledger.verify(contract.challenge_id).intact


def test_dates_are_the_operators_to_approve_and_move_open_milestones_alone(cast, rules):
    contract = in_force(cast, "delivering")
    first, second, third = contract.milestones.order_by("position")
    assert first.state == "accepted"
    with pytest.raises(Refused, match="closed"):
        asked(contract, cast, "date", {"due_on": {str(first.pk): "2031-01-01"}})
    with pytest.raises(ValidationError):
        asked(contract, cast, "date", {"due_on": {str(second.pk): "2039-01-01"}})
    sooner = third.due_on - timedelta(days=7)
    amendment = agreed(contract, cast, "date", {"due_on": {str(third.pk): sooner.isoformat()}})
    take(amendment, "approve", actor=cast.operator)
    assert contract.milestones.get(position=3).due_on == sooner
    assert contract.milestones.get(position=2).due_on == second.due_on


def test_an_extension_moves_what_is_open_once_and_within_the_rules(cast, rules):
    contract = in_force(cast)
    before = contract.milestones.get(position=3).due_on
    with pytest.raises(ValidationError):
        asked(contract, cast, "extension", {"months": 13})
    take(agreed(contract, cast, "extension", {"months": 12}), "approve", actor=cast.decider)
    after = contract.milestones.get(position=3).due_on
    assert (after.year, after.month) == (before.year + 1, before.month)
    with pytest.raises(Refused, match="extended once"):
        asked(now(contract), cast, "extension", {"months": 1})


def test_another_amount_moves_open_payments_and_sums_exactly(cast, rules):
    contract = in_force(cast, "delivering")
    paid = contract.payments.get(milestone__position=1).amount
    with pytest.raises(Refused, match="accepted or asked for"):
        asked(contract, cast, "budget", {"amount": str(paid - 1)})
    amount = contract.amount - Decimal("1000000.01")
    take(agreed(contract, cast, "budget", {"amount": str(amount)}), "approve", actor=cast.decider)
    assert now(contract).amount == amount == contract.payments.aggregate(sum=Sum("amount"))["sum"]
    assert contract.payments.get(milestone__position=1).amount == paid


def test_a_new_partner_brings_shares_of_a_hundred(cast, rules):
    contract = in_force(cast)
    partner = Organization.objects.exclude(pk__in=[contract.bid.lead_id, contract.challenge.owner_id]).filter(
        state="verified"
    )[0]
    part = lambda uscc, share: {"uscc": uscc, **dict.fromkeys(ContractShare.SHARES, share)}  # noqa: E731
    lead = contract.bid.lead.uscc
    for wrong in (
        [part(lead, "60"), part(partner.uscc, "39.99")],
        [part(partner.uscc, "100")],
        [part(lead, "60"), part("none", "40")],
    ):
        with pytest.raises(ValidationError):
            asked(contract, cast, "partner", {"shares": wrong})
    changes = {"shares": [part(lead, "60"), part(partner.uscc, "40")]}
    take(agreed(contract, cast, "partner", changes), "approve", actor=cast.operator)
    assert [row.cost_share for row in contract.shares.all()] == [60, 40]


def test_weakening_a_core_target_needs_two_experts_and_a_decider(cast, rules):
    contract = in_force(cast)
    amendment = agreed(contract, cast, "target", {"targets": ["6e8", "8", "Ex ib I Mb"]})
    assert amendment.weakens_core
    first, second, third = experts(contract)[:3]
    assert any(item.url == reverse("amendment", args=[amendment.pk]) for item in work_of(first, "reviewer").later)
    actions.give_opinion(amendment, actor=first, supports=True, text="工况改变后原值没有测试依据，同意调整。")
    with pytest.raises(Refused, match=r"2 experts.*1 do so far"):
        take(amendment, "approve", actor=cast.decider)
    with pytest.raises(Denied):
        actions.give_opinion(amendment, actor=first, supports=True, text="同一专家再次给出意见。")
    with pytest.raises(Denied):
        actions.give_opinion(amendment, actor=cast.owner, supports=True, text="发榜方不能给出专家意见。")
    actions.give_opinion(amendment, actor=second, supports=True, text="同意，调整后仍满足使用要求。")
    actions.give_opinion(amendment, actor=third, supports=False, text="不同意，应先补做试验再议。")
    with pytest.raises(Denied):
        take(amendment, "approve", actor=cast.operator)
    take(amendment, "approve", actor=cast.decider)
    assert now(contract).targets[0]["value"] == "600000000"


def test_a_target_that_is_not_core_needs_no_expert(cast, rules):
    contract = in_force(cast)
    amendment = agreed(contract, cast, "target", {"targets": ["5e8", "7", "Ex ib I Mb"]})
    assert not amendment.weakens_core
    take(amendment, "approve", actor=cast.decider)
    assert now(contract).targets[1]["value"] == "7"


def test_one_change_at_a_time_and_none_of_nothing(cast, rules):
    contract = in_force(cast)
    with pytest.raises(Refused, match="changes nothing"):
        asked(contract, cast, "principal", {"leader": contract.leader})
    amendment = asked(contract, cast, "principal", {"leader": "新负责人"})
    with pytest.raises(Refused, match="not decided yet"):
        asked(contract, cast, "extension", {"months": 1})
    take(amendment, "disagree", actor=cast.owner, reason="不同意更换负责人。")
    assert asked(contract, cast, "extension", {"months": 1}).number == 2
    assert now(contract).version == 1


def test_a_contract_that_is_not_in_force_is_not_amended(cast, rules):
    contract = in_force(cast, "awarded")
    with pytest.raises(Denied):
        asked(contract, cast, "principal", {"leader": "新负责人"})
    assert not ContractAmendment.objects.exists()


def test_the_pages_carry_a_change_from_request_to_approval(cast, rules, visit):
    contract = in_force(cast)
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    team = visit(walk.team_lead(contract.bid))
    assert (
        reverse("contract_amend", args=[contract.pk, "date"])
        in team.get(reverse("contract", args=[contract.pk])).content.decode()
    )
    for kind in ContractAmendment.Kind:
        assert team.get(reverse("contract_amend", args=[contract.pk, kind])).status_code == 200
    url = reverse("contract_amend", args=[contract.pk, "extension"])
    assert team.post(url, {"months": "13", "reason": WHY}).status_code == 422
    assert "500000000" in team.get(reverse("contract_amend", args=[contract.pk, "target"])).content.decode()
    page = team.post(url, {"months": "6", "reason": WHY}).url
    text = team.get(page).content.decode()
    assert "Milestone 3 · Due date" in text
    amendment = ContractAmendment.objects.get()
    owner = visit(cast.owner)
    step = lambda name: reverse("step", args=["amendments", amendment.pk, name])  # noqa: E731
    assert owner.post(step("agree"), {"password": "guessed"}).status_code == 422
    assert owner.post(step("agree"), {"password": PASSWORD}).status_code == 302
    assert visit(cast.decider).post(step("approve")).status_code == 302
    assert "Version 2" in owner.get(reverse("contract", args=[contract.pk])).content.decode()
    assert LedgerEntry.objects.filter(object_id=contract.pk, action="render", data__version=2).exists()


def test_experts_are_named_to_staff_only(cast, rules, visit):
    contract = in_force(cast)
    amendment = agreed(contract, cast, "target", {"targets": ["6e8", "8", "Ex ib I Mb"]})
    expert = experts(contract)[0]
    url = reverse("amendment", args=[amendment.pk])
    answer = visit(expert).post(
        reverse("amendment_opinion", args=[amendment.pk]), {"supports": "true", "text": "同意调整，理由见会商纪要。"}
    )
    assert answer.url == url
    page = visit(cast.owner).get(url).content.decode()
    assert f"{contract.targets[0]['name']} · Value" in page
    assert "The platform has to approve it" in page
    assert expert.name not in page
    assert expert.name in visit(cast.supervisor).get(url).content.decode()


def test_a_change_is_asked_for_and_advised_on_over_the_api(cast, rules, as_):
    contract = in_force(cast)
    body = {"kind": "target", "reason": WHY, "changes": {"targets": ["6e8", "8", "Ex ib I Mb"]}}
    lead = walk.team_lead(contract.bid)
    made = as_(lead).post(f"contracts/{contract.pk}/amendments", body).json()
    assert made["lines"] == [["targets.1.bound", "≤ 5e8 cm^-2", "≤ 6e8 cm^-2"]]
    assert as_(lead).post(f"contracts/{contract.pk}/amendments", body).status_code == 409
    ContractAmendment.objects.get(pk=made["id"])
    take(ContractAmendment.objects.get(), "agree", actor=cast.owner, proof="password")
    opinion = {"supports": True, "text": "同意调整，理由见会商纪要。"}
    given = as_(experts(contract)[0]).post(f"amendments/{made['id']}/opinions", opinion)
    assert given.json()["opinions"][0]["supports"] is True
    assert as_(cast.owner).post(f"amendments/{made['id']}/opinions", opinion).status_code == 403
