"""What a contract must hold before it is offered: targets, shares, clause; and how they are written and shown."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organization
from accounts.workflow import Refused, take
from challenges import actions
from challenges.actions.contracts import consortium
from challenges.models import BidPartner, Contract, ContractShare
from challenges.models.contract_guards import comparisons, strength
from reviews.demo import walk
from tests.factories.life import challenge_at, new_challenge

pytestmark = pytest.mark.django_db

TASK_BOOK = {"task_book": "一、目标。二、内容。三、验收。"}
ALONE = dict.fromkeys(ContractShare.SHARES, Decimal(100))


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def drafted(cast):
    contract = Contract.objects.select_related("challenge", "bid").get(challenge=challenge_at(cast, "awarded"))
    return actions.edit_contract(contract, actor=cast.owner, data=TASK_BOOK)


def bound(**more):
    return {"name": "外量子效率", "comparator": ">=", "value": "8", "unit": "%", "core": False} | more


@pytest.mark.parametrize(
    ("given_", "asked", "found"),
    [
        (bound(value="9"), bound(), "stronger"),
        (bound(value="8.0"), bound(), "equal"),
        (bound(value="7.999"), bound(), "weaker"),
        (bound(value="4e8", comparator="<="), bound(value="5e8", comparator="<="), "stronger"),
        (bound(value="6e8", comparator="<="), bound(value="5e8", comparator="<="), "weaker"),
        (bound(value="9", comparator="="), bound(value="8", comparator="="), "weaker"),
        (bound(value="Ex ib", comparator="="), bound(value="Ex ib", comparator="="), "equal"),
        (bound(value="Ex ia", comparator="="), bound(value="Ex ib", comparator="="), "weaker"),
        (bound(value="9", unit="‰"), bound(), "weaker"),
        (bound(value="9", comparator="<="), bound(), "weaker"),
        (bound(value="9"), bound(core=True), "weaker"),
        (bound(value="9", core=True), bound(), "stronger"),
    ],
)
def test_a_target_is_compared_by_comparator_unit_value_and_core(given_, asked, found):
    assert strength(given_, asked) == found


@given(st.decimals(-(10**9), 10**9, places=3), st.decimals(-(10**9), 10**9, places=3), st.sampled_from([">=", "<="]))
def test_of_two_bounds_at_most_one_is_weaker(one, other, comparator):
    a, b = bound(value=str(one), comparator=comparator), bound(value=str(other), comparator=comparator)
    assert {strength(a, b), strength(b, a)} in ({"equal"}, {"weaker", "stronger"})


def test_a_weaker_target_is_refused_at_the_offer_with_the_difference(cast, rules):
    contract = drafted(cast)
    contract = actions.edit_contract(contract, actor=cast.owner, data={"targets": ["6e8", "8", "Ex ib I Mb"]})
    with pytest.raises(Refused, match=r"位错密度.*5e8.*6e8.*weaker by 1e8"):
        take(contract, "offer", actor=cast.owner)
    assert Contract.objects.get(pk=contract.pk).state == "draft"
    contract = actions.edit_contract(contract, actor=cast.owner, data={"targets": ["4e8", "8.5", "Ex ib I Mb"]})
    assert [item.against_bid for item in comparisons(contract)] == ["stronger", "stronger", "equal"]
    assert take(contract, "offer", actor=cast.owner).state == "signing"


@pytest.mark.parametrize("values", [["5e8", "8"], ["many", "8", "Ex ib I Mb"], ["NaN", "8", "x"], ["5e8", "8", " "]])
def test_values_that_are_none_are_refused_and_change_nothing(cast, rules, values):
    contract = drafted(cast)
    with pytest.raises(ValidationError):
        actions.edit_contract(contract, actor=cast.owner, data={"targets": values})
    assert Contract.objects.get(pk=contract.pk).targets == contract.targets


def test_a_team_without_partners_bears_and_gets_everything(cast, rules):
    contract = drafted(cast)
    share = contract.shares.get()
    assert share.organization == contract.bid.lead
    assert {name: getattr(share, name) for name in ContractShare.SHARES} == ALONE


def test_a_consortium_brings_its_shares_and_each_must_sum_to_a_hundred(cast, rules):
    challenge = walk.carry(new_challenge(cast), cast, to="published")
    partner = Organization.objects.exclude(pk__in=[item.pk for item in cast.leads]).exclude(pk=challenge.owner_id)[0]
    first = walk.write_bid(challenge, cast.bidders[0], lead=cast.leads[0], percent=90)
    actions.set_partners(
        first,
        actor=cast.bidders[0],
        partners=[
            {"organization": cast.leads[0], **dict.fromkeys(BidPartner.SHARES, Decimal("66.67"))},
            {"organization": partner, **dict.fromkeys(BidPartner.SHARES, Decimal("33.33"))},
        ],
    )
    contract = Contract(challenge=challenge, bid=first)
    made = consortium(contract, first)
    assert [(item.organization_id, item.cost_share) for item in made] == [
        (cast.leads[0].pk, Decimal("66.67")), (partner.pk, Decimal("33.33"))
    ]  # fmt: skip


def test_shares_that_miss_a_hundred_are_refused_at_the_offer_with_what_is_missing(cast, rules):
    contract = drafted(cast)
    lead = str(contract.bid.lead_id)
    shares = {lead: {"cost_share": Decimal("99.99"), "risk_share": Decimal(100)}}
    contract = actions.edit_contract(contract, actor=cast.owner, data={"shares": shares})
    with pytest.raises(Refused, match=r"Cost share: 0.01 % missing"):
        take(contract, "offer", actor=cast.owner)
    other = {str(cast.owner_organization.pk): ALONE}
    with pytest.raises(Refused, match="outside the consortium"):
        actions.edit_contract(contract, actor=cast.owner, data={"shares": other})


def test_a_contract_without_any_clause_is_refused_at_the_offer(cast, rules):
    contract = actions.edit_contract(drafted(cast), actor=cast.owner, data={"ip_clause": " "})
    with pytest.raises(Refused, match="intellectual property"):
        take(contract, "offer", actor=cast.owner)
    contract = actions.edit_contract(contract, actor=cast.owner, data={"ip_preset": "joint"})
    assert take(contract, "offer", actor=cast.owner).state == "signing"


def test_the_page_shows_notice_bid_contract_difference_shares_and_source(cast, rules, visit):
    contract = drafted(cast)
    data = {"targets": ["6e8", "9", "Ex ib I Mb"], "ip_preset": "team"}
    actions.edit_contract(contract, actor=cast.owner, data=data)
    text = visit(cast.owner).get(reverse("contract", args=[contract.pk])).content.decode()
    assert "weaker by 1e8 cm^-2" in text
    assert "stronger by 1 %" in text
    assert "Civil Code, Articles 859 and 861" in text
    assert "100 %" in text


def test_the_editor_keeps_what_is_weaker_and_refuses_what_is_no_number(cast, rules, visit):
    contract = drafted(cast)
    data = {"task_book": "目标", "pledge": contract.pledge, "ip_preset": "owner", "ip_clause": ""}
    data |= {"t0": "5e8", "t1": "8.5", "t2": "Ex ib I Mb"} | {f"s1-{name}": "100" for name in ContractShare.SHARES}
    for item in contract.milestones.all():
        data |= {f"m{item.position}-title": "节点", f"m{item.position}-due_on": "2028-06-01"}
    client, url = visit(cast.owner), reverse("contract_edit", args=[contract.pk])
    assert client.post(url, data | {"t1": "much"}).status_code == 422
    assert client.post(url, data).status_code == 302
    saved = Contract.objects.get(pk=contract.pk)
    assert saved.targets[1]["value"] == "8.5"
    assert saved.ip_preset == "owner"


def test_targets_shares_and_clause_are_written_over_the_api(cast, rules, as_):
    contract = drafted(cast)
    body = {
        "targets": ["4.5e8", "8", "Ex ib I Mb"], "ip_preset": "joint",
        "shares": {str(contract.bid.lead_id): {"cost_share": "90"}},
    }  # fmt: skip
    answer = as_(cast.owner).patch(f"contracts/{contract.pk}", body).json()
    assert answer["targets"][0]["value"] == "450000000"
    assert answer["shares"][0]["cost_share"] == "90.00"
    assert answer["shares"][0]["risk_share"] == "100.00"
    assert answer["ip_preset"] == "joint"
    assert as_(cast.owner).step(f"contracts/{contract.pk}", "offer").status_code == 409
