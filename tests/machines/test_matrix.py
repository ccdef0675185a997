"""Every step of every kind, in each state it starts from, tried by every persona."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import transaction

from accounts import clock, kinds, policy
from accounts.models import LedgerEntry, Notification, Organization, Stateful
from accounts.policy import Denied
from accounts.workflow import step_names, take
from challenges.actions import file_objection, give_payee, plan_follow_ups, request_amendment, request_recovery
from challenges.models import (
    Award,
    Bid,
    Challenge,
    Contract,
    ContractAmendment,
    CreditRecord,
    MidtermCheck,
    Milestone,
    Objection,
    Outcome,
    PaymentBatch,
    Race,
    RegionFigure,
    RuleSet,
    Termination,
    Transfer,
    TransferObjection,
)
from reviews.actions import invite_expert
from reviews.demo import walk
from reviews.demo.people import Cast
from reviews.models import Assignment, Expert, Matching, Panel, ScoreSheet
from tests import personas
from tests.factories import credit, outcomes
from tests.factories.life import challenge_at
from tests.factories.races import race_of
from tests.factories.rows import calendar_of, figure_of
from tests.machines.expected import ACTS, MAY


def world(cast: Cast) -> tuple[Challenge, list[Stateful]]:
    """A challenge in the middle of its delivery with an objection behind it, and one of each kind of object around."""
    challenge = challenge_at(cast, "award_proposed")
    award = challenge.awards.get()
    objection = file_objection(
        award, actor=cast.bidders[3], name="异议人", contact="电话", text="程序有误，附证据。", ground="procedure",
        evidence_note="见公示所附检测报告第二页。",
    )  # fmt: skip
    take(objection, "acknowledge", actor=cast.decider2)
    take(objection, "dismiss", actor=cast.decider2, decision="查无程序问题，予以驳回。")
    challenge = walk.carry(challenge, cast, to="delivering", since="award_proposed")
    contract = Contract.objects.select_related("bid").get(challenge=challenge)
    amendment = request_amendment(
        contract, actor=contract.bid.created_by, kind="target", reason="现场条件有变。",
        changes={"targets": ["6e8", "8", "Ex ib I Mb"]},
    )  # fmt: skip
    take(contract, "propose_termination", actor=cast.owner, facts="第二节点无法按期交付。")
    seat = Assignment.objects.filter(panel__challenge=challenge, is_chair=False).order_by("pk").first()
    outcome = outcomes.confirmed(contract, cast)
    return challenge, [
        challenge,
        contract.bid,
        objection,
        race_of(award),
        contract,
        contract.midterm_check,
        contract.milestones.order_by("position").first(),
        contract.payments.order_by("milestone__position").first(),
        amendment,
        Panel.objects.get(challenge=challenge),
        Matching.objects.create(panel=Panel.objects.get(challenge=challenge)),
        seat,
        ScoreSheet.objects.filter(assignment=seat).order_by("pk").first(),
        outcome,
        outcomes.transfer(outcome),
        outcomes.referral(outcome, cast),
        plan_follow_ups(contract)[0],
        credit.record(challenge, contract.bid.lead, cast),
        give_payee(contract, actor=contract.bid.created_by, holder="某队", bank="某银行", number="62220000000001"),
        request_recovery(contract, actor=cast.operator, amount=Decimal(1), reason="结余资金应予收回。"),
        RuleSet.objects.get(name="standard"),
        challenge.owner,
        seat.expert,
        calendar_of(cast),
        figure_of(cast),
        contract.terminations.get(),
        PaymentBatch.objects.create(number="FK20270531-001", created_by=cast.operator),
        invite_expert(actor=cast.operator, email="asked@demo.example", name="受邀人"),
    ]


def who(cast: Cast, challenge: Challenge) -> dict[str, Any]:
    """The personas as they stand in this world; `reviewer` holds the seat and the sheet, `peer` another seat."""
    found: dict[str, Any] = personas.everyone(cast)
    winner = Contract.objects.get(challenge=challenge).bid.created_by
    losers = [user for user in cast.bidders if user != winner]
    found |= {"winner": winner, "bidder": losers[0], "rival": losers[1]}
    seats = list(Assignment.objects.filter(panel__challenge=challenge).select_related("expert__user").order_by("pk"))
    members = [seat.expert.user for seat in seats if not seat.is_chair]
    chair = next(seat.expert.user for seat in seats if seat.is_chair)
    found |= {"chair": chair, "reviewer": members[0], "peer": members[1]}
    return {name: personas.fresh(user) for name, user in found.items()}


def marks() -> tuple[int, int]:
    return LedgerEntry.objects.count(), Notification.objects.count()


@pytest.mark.django_db
def test_matrix_allows_exactly_those_named_and_a_refusal_leaves_no_trace(cast, rules):
    challenge, orbit = world(cast)
    everyone = who(cast, challenge)
    tried: set[tuple[str, str]] = set()
    wrong: list[str] = []
    for obj in orbit:
        kind = kinds.of(obj)
        for item in obj._meta.get_field("state").get_all_transitions(type(obj)):
            if "label" not in item.custom:
                continue
            key = (kind.name, item.name)
            tried.add(key)
            with transaction.atomic():
                with pgtrigger.ignore():
                    also = {"owner_signed_at": None, "bidder_signed_at": None} if kind.name == "contracts" else {}
                    if item.name in ("grant_withdrawal", "refuse_withdrawal"):
                        also = {"cancellation_requested_by": cast.owner}
                    if key == ("credit-records", "answer"):  # its minute may be over before its turn comes
                        also = {"answer_by": obj.answer_by + timedelta(hours=1)}
                    type(obj)._base_manager.filter(pk=obj.pk).update(state=item.source, **also)
                wrong += _try(obj, item, key, everyone)
                transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
    assert tried == set(MAY)


def _try(obj: Stateful, item: Any, key: tuple[str, str], everyone: dict[str, Any]) -> list[str]:
    wrong = []
    for name, user in everyone.items():
        decision = policy.can(user, item.permission.action, type(obj)._base_manager.get(pk=obj.pk))
        if bool(decision) != (name in MAY[key]):
            wrong.append(f"{item.source}: {key} by {name}: allowed={bool(decision)} {decision.reason}")
        if not decision:
            assert str(decision.reason), key
            _denied_leaves_no_trace(type(obj)._base_manager.get(pk=obj.pk), item.name, user)
    return wrong


def _denied_leaves_no_trace(obj: Stateful, name: str, user: Any) -> None:
    before = marks()
    with pytest.raises(Denied):
        take(obj, name, actor=user, **_some_inputs(obj, name))
    assert marks() == before
    assert type(obj)._base_manager.get(pk=obj.pk).state == obj.state


def _some_inputs(obj: Stateful, name: str) -> dict[str, Any]:
    """Inputs as good as the step could wish, so that only the right can refuse it."""
    if name == "propose_award":
        return {"bids": list(obj.bids.filter(state="ranked").order_by("rank")[:1])}
    texts = (
        "reason", "decision", "opinion", "report", "outcome", "text", "reference", "seed", "usage", "answer", "facts",
        "tried", "records", "cause", "reasons",
    )  # fmt: skip
    wanted = getattr(type(obj), name).__wrapped__.__code__.co_varnames
    return {text: "理由充分，材料齐全，予以说明。" for text in texts if text in wanted} | {
        key: value
        for key, value in {
            "review_class": "development", "payment_preset": "30/40/30", "exempt": False, "pledge": True,
            "no_conflict": True, "rectify_by": obj.now,
        }.items()
        if key in wanted
    }  # fmt: skip


def test_every_action_of_the_policy_is_a_step_a_view_an_act_or_the_platforms_own():
    steps = {
        item.permission.action
        for kind in kinds.every()
        for item in kind.model._meta.get_field("state").get_all_transitions(kind.model)
    }
    views = {action for action in policy.actions() if policy.rule(action).scope is not None}
    assert set(policy.actions()) - steps - views == set(ACTS)


@pytest.mark.django_db
def test_acts_that_are_no_steps_are_allowed_to_exactly_those_named(cast, rules):
    challenge, orbit = world(cast)
    everyone = who(cast, challenge)
    one = {type(item): item for item in orbit}
    objection, transfer = one[Objection], one[Transfer]
    objects: dict[str, Any] = {
        "nothing": None,
        "challenge": challenge,
        "bid": one[Bid],
        "award": objection.award,
        "objection": objection,
        "race": one[Race],
        "contract": one[Contract],
        "midterm check": one[MidtermCheck],
        "milestone": one[Milestone],
        "amendment": one[ContractAmendment],
        "outcome": one[Outcome],
        "transfer": transfer,
        "transfer objection": TransferObjection.objects.create(transfer=transfer, filed_by=cast.bidders[3]),
        "credit record": one[CreditRecord],
        "termination": one[Termination],
        "rule set": one[RuleSet],
        "region figure": one[RegionFigure],
        "owner": one[Organization],
        "expert": one[Expert],
        "seat": one[Assignment],
        "panel": one[Panel],
    }
    everyone["objector"] = personas.fresh(objection.filed_by)
    names = {name: personas.fresh(user).pk for name, user in everyone.items() if name != "anonymous"}
    wrong = []
    for action, (kind, stage, expected) in ACTS.items():
        with transaction.atomic():
            with pgtrigger.ignore():
                _put(objects[kind], action, stage)
            may_be = {names[name] for name in expected & names.keys()}
            for name, user in everyone.items():
                obj = objects[kind] and type(objects[kind])._base_manager.get(pk=objects[kind].pk)
                decision = policy.can(personas.fresh(user), action, obj)
                if bool(decision) != (user.pk in may_be or name in expected):
                    wrong.append(f"{action} by {name} at {stage}: allowed={bool(decision)} {decision.reason}")
                assert bool(decision) or str(decision.reason), action
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def _put(obj: Any, action: str, stage: str) -> None:
    """The object, and the challenge around it, as they stand at the stage where the act belongs."""
    states = {
        "bid.edit": "withdrawn", "award.object": "notice", "objection.add_evidence": "filed",
        "contract.edit": "draft", "outcome.edit": "returned", "outcome.amend": "confirmed",
        "outcome.refer": "confirmed", "transfer.create": "confirmed", "transfer.edit": "draft",
        "transfer.object": "publicity",
        "milestone.add_evidence": "planned", "rule_set.edit": "draft",
        "objection.appeal": "dismissed",
        "amendment.opine": "agreed",
        "panel.watch": "scoring", "panel.read_scores": "consensus",
    }  # fmt: skip
    if action in states:
        type(obj)._base_manager.filter(pk=obj.pk).update(state=states[action])
    later = clock.now() + timedelta(days=1)
    if action == "award.object":
        type(obj)._base_manager.filter(pk=obj.pk).update(notice_ends_at=later)
    if action == "transfer.object":
        type(obj)._base_manager.filter(pk=obj.pk).update(publicity_opens_at=clock.now(), publicity_ends_at=later)
    if action == "objection.appeal":
        type(obj)._base_manager.filter(pk=obj.pk).update(appeal_until=later)
        Award.objects.filter(pk=obj.award_id).update(state="suspended")
    if action == "assignment.declare_tie":
        Panel.objects.filter(pk=obj.panel_id).update(state="scoring")
    if stage != "delivering":
        opened = {"opened_at": None, "bid_deadline": later} if stage == "published" else {}
        Challenge.objects.update(state=stage, **opened)


def test_matrix_names_every_step_a_person_may_ask_for():
    asked = {(kind.name, name) for kind in kinds.every() for name in step_names(kind.model)}
    assert asked == set(MAY)
