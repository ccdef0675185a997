"""One contract ends early: accused, answered, decided by somebody else; and what becomes of the challenge."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts import documents
from accounts.models import Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.models import Challenge, Contract, CreditRecord, Payment, Termination, TerminationDocument
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.work import work_of
from tests.factories import races
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db
FACTS = "第二节点逾期，未提交任何记录。"
DOSSIER = {"tried": "三种替代原料均已试制。", "records": "试验记录与停产函。", "cause": "原料停产，无法预见。"}
REASONS = "团队已尽职履责，记录齐全。"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def contract(cast, rules) -> Contract:
    """A contract in force, its first milestone delivered and paid."""
    return Contract.objects.select_related("bid__lead", "challenge").get(challenge=challenge_at(cast, "delivering"))


def propose(contract, actor, **more) -> Termination:
    take(contract, "propose_termination", actor=actor, facts=FACTS, **more)
    return contract.terminations.get(state="proposed")


def answered(contract, actor, **more) -> Termination:
    return take(propose(contract, actor, **more), "answer", actor=walk.team_lead(contract.bid), **DOSSIER)


def states(contract) -> tuple[str, str]:
    return Contract.objects.get(pk=contract.pk).state, Challenge.objects.get(pk=contract.challenge_id).state


def test_diligent_team_is_exempt_and_open_payments_are_frozen(contract, cast):
    termination = answered(contract, cast.owner)
    assert states(contract) == ("effective", "executing")
    termination = take(termination, "decide", actor=cast.decider2, exempt=True, reasons=REASONS)
    assert (termination.state, termination.exempt) == ("decided", True)
    assert states(contract) == ("terminated", "terminated")
    challenge = Challenge.objects.get(pk=contract.challenge_id)
    assert (challenge.at_fault, challenge.end_reason) == (False, REASONS)
    assert list(Payment.objects.filter(contract=contract).values_list("state", flat=True)) == [
        "paid", "frozen", "frozen"
    ]  # fmt: skip
    assert Notification.objects.filter(kind="termination_decided", recipient=cast.owner).exists()


def test_fault_stays_on_record(contract, cast):
    take(answered(contract, cast.operator), "decide", actor=cast.decider2, exempt=False, reasons="无任何记录。")
    assert Challenge.objects.get(pk=contract.challenge_id).at_fault is True


def test_decider_waits_for_the_dossier_or_the_end_of_its_time(contract, cast):
    termination = propose(contract, cast.owner)
    finding = {"actor": cast.decider2, "exempt": False, "reasons": REASONS}
    with pytest.raises(Refused, match="may still answer"):
        take(termination, "decide", **finding)
    assert "Decide on the termination of a contract" not in _waiting(cast.decider2, "decider")
    assert "Answer the proposed termination with your dossier" in _waiting(walk.team_lead(contract.bid), "member")
    Termination.objects.update(answer_by=termination.created_at)
    assert "Decide on the termination of a contract" in _waiting(cast.decider2, "decider")
    assert take(Termination.objects.get(), "decide", **finding).state == "decided"


def _waiting(user, role) -> list[str]:
    work = work_of(user, role)
    return [item.what for item in (*work.today, *work.week, *work.later)]


def test_accuser_never_decides(contract, cast):
    termination = answered(contract, cast.operator)
    cast.operator.roles = ["operator", "decider"]
    cast.operator.save()
    with pytest.raises(Denied):
        take(termination, "decide", actor=type(cast.operator).objects.get(pk=cast.operator.pk), exempt=False,
             reasons=REASONS)  # fmt: skip
    with pytest.raises(IntegrityError, match="termination_decider_is_not_accuser"), transaction.atomic():
        Termination.objects.update(decided_by=cast.operator)


def test_fraud_is_never_exempt_on_the_page_nor_in_the_database(contract, cast, visit):
    termination = answered(contract, cast.owner, fraud_alleged=True)
    url = reverse("step", args=["terminations", termination.pk, "decide"])
    both = {"exempt": "true", "fraud": "on", "reasons": REASONS}
    answer = visit(cast.decider2).post(url, both)
    assert answer.status_code == 422
    assert "Fraud is never exempt." in answer.content.decode()
    with pytest.raises(IntegrityError, match="termination_fraud_is_never_exempt"), transaction.atomic():
        take(termination, "decide", actor=cast.decider2, exempt=True, fraud=True, reasons=REASONS)
    assert states(contract) == ("effective", "executing")
    assert visit(cast.decider2).post(url, both | {"exempt": "false"}).status_code == 302
    assert states(contract) == ("terminated", "terminated")


def test_second_proposal_waits_for_the_first(contract, cast):
    propose(contract, cast.owner)
    with pytest.raises(Refused, match="being decided already"):
        take(contract, "propose_termination", actor=cast.operator, facts=FACTS)
    with pytest.raises(Denied):
        take(Termination.objects.get(), "withdraw", actor=cast.operator, reason="双方已另行约定。")
    take(Termination.objects.get(), "withdraw", actor=cast.owner, reason="双方已另行约定。")
    assert states(contract) == ("effective", "executing")
    assert propose(contract, cast.operator).state == "proposed"


def test_team_shows_its_records_until_it_has_answered(contract, cast, visit):
    termination, team = propose(contract, cast.owner), walk.team_lead(contract.bid)
    page = reverse("termination", args=[termination.pk])
    given = {"file": upload("试验记录.pdf", "试验记录", "逐批记录")}
    assert visit(team).post(reverse("termination_upload", args=[termination.pk]), given).status_code == 302
    for reader in (team, cast.owner, cast.decider, cast.supervisor):
        text = visit(reader).get(page).content.decode()
        assert FACTS in text
        assert "试验记录.pdf" in text
    loser = next(user for user in cast.bidders if user != team)
    assert visit(loser).get(page).status_code == 404
    termination = take(termination, "answer", actor=team, **DOSSIER)
    assert DOSSIER["cause"] in visit(cast.owner).get(page).content.decode()
    with pytest.raises(Denied):
        documents.store(
            upload("补充.pdf", "补充", "补充"), actor=team, model=TerminationDocument, termination=termination
        )
    assert page in visit(team).get(reverse("contract", args=[contract.pk])).content.decode()


def test_team_is_reminded_of_its_dossier(contract, cast):
    propose(contract, cast.owner)
    Termination.objects.update(answer_by=contract.now + contract.challenge.frozen_rules.reminder_before)
    assert actions.remind() == 1
    assert Notification.objects.filter(kind="dossier_due", recipient=walk.team_lead(contract.bid)).exists()


@pytest.fixture
def two(cast, rules) -> list[Contract]:
    """Two contracts of one challenge, both in force."""
    challenge = races.proposed(cast)
    walk.carry(challenge, cast, to="awarded", since="award_proposed")
    found = list(Contract.objects.filter(challenge=challenge).select_related("bid__lead", "challenge"))
    for item in found:
        draft = actions.edit_contract(item, actor=cast.owner, data={"task_book": "目标、内容与验收方法。"})
        offered = take(draft, "offer", actor=cast.owner)
        offered = take(offered, "sign_as_owner", actor=cast.owner, **walk.read(offered))
        signed = take(offered, "sign_as_bidder", actor=walk.team_lead(item.bid), pledge=True, **walk.read(offered))
        walk.fund(signed, cast)
    return found


def test_one_of_two_contracts_ends_and_the_other_completes_the_challenge(two, cast):
    one, other = two
    take(answered(one, cast.owner), "decide", actor=cast.decider2, exempt=True, reasons=REASONS)
    assert states(one) == ("terminated", "executing")
    assert states(other) == ("effective", "executing")
    for milestone in other.milestones.select_related("contract__challenge", "contract__bid__lead"):
        walk.deliver(milestone, cast)
    challenge = Challenge.objects.get(pk=other.challenge_id)
    assert take(challenge, "complete", actor=cast.operator, outcome="达到指标。").state == "completed"
    assert (states(one)[0], states(other)[0]) == ("terminated", "completed")


def test_what_an_ended_contract_never_delivered_counts_down_to_nothing(two, cast, visit):
    one, other = two
    take(answered(one, cast.owner), "decide", actor=cast.decider2, exempt=True, reasons=REASONS)
    for contract, counts in ((one, False), (other, True)):
        first = contract.milestones.earliest("position")
        for page in (reverse("contract", args=[contract.pk]), reverse("milestone", args=[first.pk])):
            text = visit(cast.owner).get(page).content.decode()
            assert f"{first.due_on:%Y-%m-%d}" in text
            assert ("deadline-left" in text) is counts, page


def test_challenge_is_terminated_with_the_last_contract_and_remembers_any_fault(two, cast):
    for item, exempt in zip(two, (False, True), strict=True):
        take(answered(item, cast.owner), "decide", actor=cast.decider2, exempt=exempt, reasons=REASONS)
    assert states(two[1]) == ("terminated", "terminated")
    assert Challenge.objects.get(pk=two[0].challenge_id).at_fault is True


def test_finding_of_fault_opens_a_credit_record_and_an_exemption_none(two, cast):
    for item, exempt in zip(two, (False, True), strict=True):
        take(answered(item, cast.owner), "decide", actor=cast.decider2, exempt=exempt, reasons=REASONS)
    record = CreditRecord.objects.get()
    assert (record.organization, record.kind, record.recorded_by) == (two[0].bid.lead, "at_fault", cast.decider2)
