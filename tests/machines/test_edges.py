"""The decorators, the triggers and the database itself agree on every edge of every machine."""

from decimal import Decimal
from itertools import product
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from accounts import kinds
from accounts.conditions import Condition
from accounts.models import Stateful
from accounts.policy import may, rule
from accounts.workflow import take
from challenges.models import PaymentBatch
from reviews.actions import invite_expert
from reviews.demo import walk
from reviews.models import Matching
from tests.factories import credit, outcomes, races
from tests.factories.life import challenge_at, new_challenge
from tests.factories.rows import calendar_of, figure_of

MACHINES: list[type[Stateful]] = [model for model in apps.get_models() if issubclass(model, Stateful)]
NAMES = [model.__name__ for model in MACHINES]


def declared(model: type[Stateful]) -> list[Any]:
    return list(model._meta.get_field("state").get_all_transitions(model))


def edges(model: type[Stateful]) -> set[tuple[str, str]]:
    return {
        (str(item.source), str(item.target))
        for item in declared(model)
        if item.target is not None and item.source != item.target
    }


def trigger_edges(model: type[Stateful]) -> set[tuple[str, str]]:
    found = [item for item in model._meta.triggers if isinstance(item, pgtrigger.FSM)]
    assert len(found) == 1
    return set(found[0].transitions)


STATES = {
    "Organization": "unverified verified suspended",
    "RuleSet": "draft proposed in_force retired",
    "CalendarYear": "proposed in_force rejected retired",
    "RegionFigure": "proposed confirmed rejected",
    "Challenge": "draft submitted vetted published bidding_closed opened under_review ranked award_proposed awarded"
    " executing completed no_award cancelled terminated",
    "Bid": "draft submitted withdrawn opened eligible ineligible ranked awarded reserve not_awarded declined",
    "Award": "proposed notice confirmed suspended revoked declined",
    "Objection": "filed acknowledged upheld dismissed",
    "Contract": "draft signing effective completed terminated ended",
    "ContractAmendment": "requested agreed approved refused withdrawn",
    "MidtermCheck": "due reported concluded",
    "Milestone": "planned submitted under_acceptance accepted rectification failed closed",
    "Termination": "proposed answered decided withdrawn",
    "Payment": "scheduled requested approved paid frozen cancelled",
    "Race": "planned tested decided",
    "CreditRecord": "recorded confirmed lifted expired",
    "Outcome": "draft registered returned confirmed superseded",
    "Transfer": "draft publicity concluded withdrawn",
    "FollowUp": "due reported",
    "Referral": "referred taken_up declined",
    "PayeeAccount": "given confirmed rejected replaced",
    "PaymentBatch": "exported called_back",
    "Recovery": "requested approved recovered refused",
    "Expert": "applied invited active paused",
    "ExpertInvitation": "open answered withdrawn",
    "Panel": "forming drawn scoring consensus closed",
    "Matching": "waiting draft impossible released discarded",
    "Assignment": "invited accepted declined recused replaced taken_back",
    "ScoreSheet": "open submitted locked void",
}


def test_every_machine_of_the_domain_stands_with_its_states():
    assert {model.__name__: set(model.State.values) for model in MACHINES} == {
        name: set(states.split()) for name, states in STATES.items()
    }


@pytest.mark.parametrize("model", MACHINES, ids=NAMES)
def test_machine_triggers_equal_decorators(model):
    assert trigger_edges(model) == edges(model)


@pytest.mark.parametrize("model", MACHINES, ids=NAMES)
def test_machine_transitions_name_a_known_action_and_explained_conditions(model):
    for item in declared(model):
        assert isinstance(item.permission, may), item.name
        assert rule(item.permission.action) is not None, item.permission.action
        assert all(isinstance(check, Condition) for check in item.conditions), item.name


@pytest.mark.parametrize("model", MACHINES, ids=NAMES)
def test_machine_states_are_all_reachable(model):
    names = set(model.State.values)
    initial = model._meta.get_field("state").default
    reached, frontier = {initial}, {initial}
    while frontier:
        frontier = {target for source, target in edges(model) if source in frontier} - reached
        reached |= frontier
    assert reached == names


def one_of_each(cast) -> dict[type[Stateful], Any]:
    challenge = challenge_at(cast, "delivering")
    take(challenge.contracts.get(), "propose_termination", actor=cast.owner, facts="第二节点无法按期交付。")
    award = challenge.awards.get()
    from challenges.actions import file_objection, give_payee, plan_follow_ups, request_amendment, request_recovery

    other = challenge_at(cast, "award_proposed", title="第二个榜题")
    file_objection(
        other.awards.get(),
        actor=cast.bidders[1],
        name="异议人",
        contact="电话",
        text="程序有误，附证据。",
        ground="procedure",
        evidence_note="见公示所附检测报告第二页。",
    )
    invite_expert(actor=cast.operator, email="asked@demo.example", name="受邀人")
    contract = challenge.contracts.get()
    contract = outcomes.contract_of(challenge)
    give_payee(contract, actor=walk.team_lead(contract.bid), holder="某队", bank="某银行", number="62220000000001")
    request_recovery(contract, actor=cast.operator, amount=Decimal(1), reason="结余资金应予收回。")
    Matching.objects.create(panel=challenge.panels.get())
    outcome = outcomes.confirmed(contract, cast)
    outcomes.transfer(outcome, way="auction")  # no publicity stands in the way of its states
    outcomes.referral(outcome, cast)
    credit.record(challenge, contract.bid.lead, cast)
    races.race_of(award)
    plan_follow_ups(contract)
    PaymentBatch.objects.create(number="FK20270531-001", created_by=cast.finance)
    calendar_of(cast)
    figure_of(cast)
    request_amendment(contract, actor=cast.owner, kind="extension", reason="现场条件有变。", changes={"months": 1})
    found = {}
    for model in MACHINES:
        found[model] = model._base_manager.first()
        assert found[model] is not None, f"no {model.__name__} to try"
    return found


@pytest.mark.django_db
def test_database_refuses_every_edge_that_no_decorator_declares(cast, rules):
    tried = 0
    for model, obj in one_of_each(cast).items():
        rows = model._base_manager.filter(pk=obj.pk)
        allowed = edges(model)
        for source, target in product(model.State.values, repeat=2):
            if source == target or (source, target) in allowed:
                continue
            with transaction.atomic():
                with pgtrigger.ignore():
                    rows.update(state=source)
                with pytest.raises(DatabaseError, match=r"Invalid transition|bidding is closed"), transaction.atomic():
                    rows.update(state=target)
            tried += 1
    assert tried > 400


@pytest.mark.django_db
def test_database_refuses_births_in_a_later_state(cast, rules):
    for model, obj in one_of_each(cast).items():
        initial = model._meta.get_field("state").default
        for state in set(model.State.values) - {initial}:
            twin = model._base_manager.get(pk=obj.pk)
            twin.pk = None
            twin.__dict__["state"] = state
            with pytest.raises(DatabaseError, match="Cannot insert"), transaction.atomic():
                twin.save(force_insert=True)


@pytest.mark.django_db
def test_state_cannot_be_assigned_in_python(cast, rules):
    challenge = new_challenge(cast)
    with pytest.raises(AttributeError):
        challenge.state = "published"


def test_every_labelled_step_belongs_to_an_addressable_kind():
    for model in MACHINES:
        if any("label" in item.custom for item in declared(model)):
            assert kinds.of(model.__name__.lower()) is not None, model.__name__
