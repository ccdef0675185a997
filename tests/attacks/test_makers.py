"""Maker is never checker, nor one person both sides, however the duties came about."""

import pytest

from accounts.models import Membership
from accounts.policy import Denied, can
from accounts.workflow import take
from challenges import actions
from challenges.actions.bids import grant_team
from challenges.models import Contract, RuleSet
from reviews.demo import walk
from tests.factories.life import challenge_at
from tests.factories.reviews import person
from tests.personas import fresh


@pytest.mark.django_db
def test_rule_set_is_not_approved_by_whoever_edited_it_before_another_did(cast, rules):
    both, operator = person("两面人", "operator", "decider"), cast.operator
    source = RuleSet.objects.get(name="demo", state="in_force")
    draft = actions.new_version(source, actor=both)
    draft = actions.edit_rule_set(draft, actor=both, rules=source.rules | {"panel_size": 7}, note="改为七人")
    draft = actions.edit_rule_set(draft, actor=operator, rules=draft.rules, note="改为七人。")
    draft = take(draft, "propose", actor=operator)
    with pytest.raises(Denied) as refusal:
        take(draft, "approve", actor=fresh(both))
    assert refusal.value.code == "separation"
    assert take(draft, "approve", actor=cast.decider).state == "in_force"


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["sign_as_owner", "sign_as_bidder"])
def test_nobody_signs_for_both_sides(cast, rules, first):
    challenge = challenge_at(cast, "awarded")
    contract = Contract.objects.select_related("bid").get(challenge=challenge)
    data = {"task_book": "一、总体目标。二、研究内容。三、里程碑与交付物。"}
    take(actions.edit_contract(contract, actor=cast.owner, data=data), "offer", actor=cast.owner)
    both = person("脚踏两船")
    for organization in (challenge.owner, contract.bid.lead):
        Membership.objects.create(user=both, organization=organization, role="signatory")
    grant_team(contract.bid, both)
    second = {"sign_as_owner": "sign_as_bidder", "sign_as_bidder": "sign_as_owner"}[first]
    content = walk.read(contract)
    inputs = {"sign_as_owner": content, "sign_as_bidder": content | {"pledge": True}}
    take(contract, first, actor=fresh(both), **inputs[first])
    assert can(fresh(both), f"contract.{second}", Contract.objects.get(pk=contract.pk)).code == "separation"
    other = {"sign_as_owner": cast.owner, "sign_as_bidder": walk.team_lead(contract.bid)}[second]
    assert take(contract, second, actor=other, **inputs[second]).state == "effective"
