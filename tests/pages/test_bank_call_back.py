"""A bank file called back before the bank answered: by a second person, with a reason, and once only."""

import io
import re

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts import ledger
from accounts.models import LedgerEntry, Notification, User
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions, bank_file
from challenges.models import Contract, Payment, PaymentBatch
from challenges.models.booking import balances_of
from reviews.demo.people import account
from reviews.work import work_of
from tests.factories.money import accepted_contract, received
from tests.test_races import at_once, refusals

REASON = "收款账户信息有误，已与银行确认未执行。"
CHINESE = {"accept-language": "zh-hans"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def other() -> User:
    return account("finance-too", "财务员二", None, "finance")


def sent(cast) -> tuple[Contract, PaymentBatch]:
    """Two approved payments of one contract, at the bank."""
    contract = received(accepted_contract(cast), cast)
    team = contract.bid.created_by
    given = actions.give_payee(contract, actor=team, holder="某研究院", bank="某银行", number="6222020000000001")
    take(given, "confirm", actor=cast.finance)
    payments = list(contract.payments.order_by("milestone__position")[:2])
    for payment in payments:
        take(take(payment, "request", actor=team), "approve", actor=cast.decider2)
    return contract, actions.make_batch([item.pk for item in payments], actor=cast.finance)


def answer_of(batch, *, failed=False):
    result = ["失败", "", "2027-05-31", "户名不符"] if failed else ["成功", "YH-0001", "2027-05-31", ""]
    rows = [[str(line.position), str(line.amount), *result] for line in batch.lines.all()]
    file = io.BytesIO(bank_file.template(batch, rows))
    file.name = "回单.xlsx"
    return file


def rows_of(batch):
    return bank_file.read(answer_of(batch), batch).rows


@pytest.mark.django_db
def test_a_second_person_calls_the_file_back_and_its_payments_go_into_another(cast, other):
    contract, batch = sent(cast)
    batch = take(batch, "call_back", actor=other, reason=REASON)
    assert (batch.state, batch.called_back_by, batch.call_back_reason) == ("called_back", other, REASON)
    assert set(batch.lines.values_list("result", flat=True)) == {"recalled"}
    assert set(contract.payments.values_list("state", flat=True)) == {"approved", "scheduled"}
    assert (balances_of(contract).all("reserved"), balances_of(contract).all("held")) == (70, 30)
    for line in batch.lines.all():
        entry = LedgerEntry.objects.get(object_id=line.payment_id, action="call_back")
        assert entry.data == {"batch": batch.number, "line": line.position, "reason": REASON}
    assert list(ledger_of(batch)) == ["create", "call_back"]
    assert ledger.verify(batch.pk).intact
    again = actions.make_batch([line.payment_id for line in batch.lines.all()], actor=other)
    assert again.number != batch.number
    actions.take_answers(again, rows_of(again), actor=cast.finance)
    assert balances_of(contract).all("paid") == 70


def ledger_of(batch):
    return LedgerEntry.objects.filter(chain=batch.pk).order_by("seq").values_list("action", flat=True)


@pytest.mark.django_db
def test_finance_and_the_approver_are_told(cast, other):
    _contract, batch = sent(cast)
    take(batch, "call_back", actor=other, reason=REASON)
    told = Notification.objects.filter(kind__in=("batch_called_back", "payment_called_back"))
    assert sorted(told.values_list("kind", "recipient__name")) == sorted(
        [("batch_called_back", cast.finance.name), ("batch_called_back", cast.supervisor.name)]
        + [("payment_called_back", cast.decider2.name)] * 2
    )
    assert all(row.data["reason"] == REASON for row in told)


@pytest.mark.django_db
def test_who_made_the_file_does_not_call_it_back_nor_does_anybody_outside_finance(cast, other):
    _contract, batch = sent(cast)
    for actor, why in ((cast.finance, "You made this file"), (cast.decider, "role"), (cast.supervisor, "role")):
        with pytest.raises(Denied, match=why):
            take(batch, "call_back", actor=actor, reason=REASON)
    rows = PaymentBatch.objects.filter(pk=batch.pk)
    with pytest.raises(IntegrityError, match="batch_is_called_back_by_another"), transaction.atomic():
        rows.update(called_back_by=cast.finance, called_back_at=batch.now, call_back_reason=REASON)
    with pytest.raises(IntegrityError, match="with_a_reason"), transaction.atomic():
        rows.update(called_back_by=other, called_back_at=batch.now)
    assert list(ledger_of(batch)) == ["create"]


@pytest.mark.django_db
def test_a_file_the_bank_has_begun_to_answer_is_not_called_back(cast, other):
    contract, batch = sent(cast)
    actions.take_answers(batch, rows_of(batch)[:1], actor=cast.finance)
    with pytest.raises(Refused, match="answered already"):
        take(batch, "call_back", actor=other, reason=REASON)
    assert balances_of(contract).all("paid") == 30


@pytest.mark.django_db
def test_no_answer_to_a_file_called_back_is_taken_over(cast, other, visit, as_):
    contract, batch = sent(cast)
    page = reverse("payment_batch_answer", args=[batch.pk])
    looked = visit(cast.finance).post(page, {"file": answer_of(batch)})
    rows = rows_of(batch)
    take(batch, "call_back", actor=other, reason=REASON)
    with pytest.raises(Refused, match=f"File {batch.number} was called back"):
        actions.take_answers(batch, rows, actor=cast.finance)
    for given in ({"token": looked.context["token"]}, {"file": answer_of(batch)}):
        refused = visit(cast.finance).post(page, given, headers=CHINESE)
        assert refused.status_code == 409
        assert f"付款文件{batch.number}已撤回" in refused.content.decode()
    for dry_run in ("true", "false"):
        path = f"payment-batches/{batch.pk}/answer?dry_run={dry_run}"
        refused = as_(cast.finance).upload(path, file=answer_of(batch))
        assert (refused.status_code, refused.json()["code"]) == (409, "called_back")
    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        batch.lines.update(result="paid")
    assert balances_of(contract).all("paid") == 0


@pytest.mark.django_db
def test_money_of_a_contract_terminated_meanwhile_goes_back_to_its_sources(cast, other):
    contract, batch = sent(cast)
    take(contract, "propose_termination", actor=cast.operator, facts="合作无法继续，双方均已说明。")
    found = contract.terminations.get()
    found = take(found, "answer", actor=contract.bid.created_by, tried="已尝试", records="有记录", cause="路线不通")
    take(found, "decide", actor=cast.decider2, exempt=True, reasons="勤勉尽责，予以免责。")
    assert balances_of(contract).all("reserved") == 70
    take(batch, "call_back", actor=other, reason=REASON)
    standing = balances_of(contract)
    assert (standing.all("returned"), standing.all("held", "reserved", "frozen", "paid")) == (100, 0)
    assert set(contract.payments.values_list("state", flat=True)) == {"frozen"}
    with pytest.raises(Refused, match="not approved"):
        actions.make_batch([batch.lines.first().payment_id], actor=cast.finance)


@pytest.mark.django_db
def test_the_page_says_why_not_and_asks_for_a_reason(cast, other, visit):
    _contract, batch = sent(cast)
    page = reverse("payment_batch", args=[batch.pk])
    step = reverse("step", args=["payment-batches", batch.pk, "call_back"])
    mine = visit(cast.finance).get(page, headers=CHINESE).content.decode()
    assert "本付款文件由您生成，须由另一名财务人员撤回。" in mine
    assert step not in mine
    assert "撤回付款文件" not in visit(cast.supervisor).get(page, headers=CHINESE).content.decode()
    assert visit(cast.owner).get(step).status_code == 404
    client = visit(other)
    assert step in client.get(page).content.decode()
    assert client.post(step, {"reason": ""}).status_code == 422
    assert client.post(step, {"reason": REASON}).status_code == 302
    assert client.post(step, {"reason": REASON}).status_code == 409  # pressed twice
    shown = client.get(page).content.decode()
    assert REASON in shown
    assert reverse("payment_batch_answer", args=[batch.pk]) not in shown
    assert reverse("payment_batch_file", args=[batch.pk]) not in shown
    offered = client.get(reverse("payment_batches")).content.decode()
    assert len(re.findall(r'name="payments"', offered)) == 2


@pytest.mark.django_db
def test_work_of_finance_is_the_answer_while_the_bank_has_the_payments(cast, other):
    _contract, batch = sent(cast)

    def asked():
        work = work_of(other, "finance")
        return [str(item.what) for item in (*work.today, *work.week, *work.later)]

    assert asked() == ["Take in the bank's answer"]
    take(batch, "call_back", actor=other, reason=REASON)
    assert asked() == ["Pay, and record the bank's reference"] * 2


@pytest.mark.django_db
def test_called_back_over_the_api(cast, other, as_):
    _contract, batch = sent(cast)
    path = f"payment-batches/{batch.pk}"
    assert as_(cast.finance).get(path).json()["transitions"][0]["code"] == "separation"
    assert as_(cast.finance).step(path, "call_back", reason=REASON).status_code == 403
    assert as_(other).step(path, "call_back").status_code == 422
    done = as_(other).step(path, "call_back", reason=REASON)
    assert done.status_code == 200, done.content.decode()
    done = done.json()
    assert (done["state"], done["call_back_reason"], done["transitions"]) == ("called_back", REASON, [])
    assert {line["result"] for line in done["lines"]} == {"recalled"}
    assert as_(other).get("payment-batches?state=called_back").json()["total"] == 1


@pytest.mark.django_db(transaction=True)
def test_answer_and_call_back_at_once_let_one_of_them_win(cast, rules, other):
    contract, batch = sent(cast)
    rows = rows_of(batch)
    results = at_once(
        lambda: actions.take_answers(batch, rows, actor=cast.finance),
        lambda: take(batch, "call_back", actor=other, reason=REASON),
    )
    assert len(refusals(results)) == 1
    batch = PaymentBatch.objects.get(pk=batch.pk)
    ends = {"called_back": ("recalled", "approved", 0), "exported": ("paid", "paid", 70)}
    result, state, paid = ends[batch.state]
    assert set(batch.lines.values_list("result", flat=True)) == {result}
    assert set(Payment.objects.filter(lines__batch=batch).values_list("state", flat=True)) == {state}
    assert balances_of(contract).all("paid") == paid
