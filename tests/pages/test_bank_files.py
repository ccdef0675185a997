"""Bank files: who may be paid where, what goes to the bank, and what its answer does, once."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts.models import LedgerEntry
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions, bank_file
from challenges.models import BatchLine, Contract, PayeeAccount, Payment, PaymentBatch
from challenges.models.booking import balances_of
from tests.factories.money import accepted_contract, received

pytestmark = pytest.mark.django_db
NUMBER = "6222020000000001"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def contract(cast) -> Contract:
    """Money is there, and the first two payments are approved."""
    made = received(accepted_contract(cast), cast)
    for payment in made.payments.order_by("milestone__position")[:2]:
        take(take(payment, "request", actor=made.bid.created_by), "approve", actor=cast.decider2)
    return made


def payee(contract, cast, *, number=NUMBER, holder="某研究院") -> PayeeAccount:
    given = actions.give_payee(
        contract, actor=contract.bid.created_by, holder=holder, bank="某银行某支行", number=number
    )
    return take(given, "confirm", actor=cast.finance)


def approved(contract):
    return list(contract.payments.filter(state="approved").order_by("milestone__position"))


def batch_of(contract, cast) -> PaymentBatch:
    return actions.make_batch([item.pk for item in approved(contract)], actor=cast.finance)


def answers(batch, *changes):
    """The bank's file: every line paid, unless a change says otherwise."""
    rows = [
        [str(line.position), str(line.amount), "成功", f"YH-{line.position:04d}", "2027-05-31", ""]
        for line in batch.lines.order_by("position")
    ]
    for place, column, value in changes:
        rows[place][column] = value
    return io.BytesIO(bank_file.template(batch, rows))


def test_account_is_given_by_a_signatory_and_confirmed_by_a_second_person(cast, contract):
    with pytest.raises(Denied):
        actions.give_payee(contract, actor=cast.owner, holder="某", bank="某银行", number=NUMBER)
    with pytest.raises(ValidationError):
        payee(contract, cast, number="6222-0000")
    first = payee(contract, cast)
    team = contract.bid.created_by
    second = actions.give_payee(contract, actor=team, holder="某研究院", bank="某银行", number="6222020000000002")
    with pytest.raises(Denied, match="second person"):
        take(second, "confirm", actor=team)
    with pytest.raises(Refused, match="waits for confirmation"):
        actions.give_payee(contract, actor=team, holder="某", bank="某银行", number=NUMBER)
    with pytest.raises(Refused, match="confirmed by a second person"):
        batch_of(contract, cast)
    with pytest.raises(Refused, match="second person confirms"):
        take(approved(contract)[0], "pay", actor=cast.finance, reference="YH-0001")
    take(second, "confirm", actor=cast.finance)
    assert PayeeAccount.objects.get(pk=first.pk).state == "replaced"
    entry = LedgerEntry.objects.get(object_id=second.pk, action="give")
    assert entry.data["number"] == "**** 0002"
    assert batch_of(contract, cast).lines.first().payee == second


def test_a_batch_needs_confirmed_accounts_approved_payments_and_finance(cast, contract):
    with pytest.raises(Refused, match="confirmed by a second person"):
        batch_of(contract, cast)
    payee(contract, cast)
    waiting = contract.payments.get(state="scheduled")
    with pytest.raises(Refused, match="not approved"):
        actions.make_batch([waiting.pk], actor=cast.finance)
    with pytest.raises(Denied):
        actions.make_batch([approved(contract)[0].pk], actor=cast.decider2)
    first = batch_of(contract, cast)
    with pytest.raises(Refused, match="at the bank already"):
        batch_of(contract, cast)
    line = first.lines.first()
    line.pk, line.position = None, 9
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)
    assert PaymentBatch.objects.count() == 1
    assert first.number.endswith("-001")


def test_what_is_at_the_bank_is_neither_paid_by_hand_nor_frozen(cast, contract):
    payee(contract, cast)
    batch_of(contract, cast)
    payment = approved(contract)[0]
    for step, actor, given in (
        ("pay", cast.finance, {"reference": "YH-1"}),
        ("freeze", cast.decider, {"reason": "争议"}),
    ):
        with pytest.raises(Refused, match="at the bank"):
            take(payment, step, actor=actor, **given)


def test_file_carries_whole_numbers_and_no_formula(cast, contract):
    payee(contract, cast, holder="=HYPERLINK(1)")
    batch = batch_of(contract, cast)
    sheet = openpyxl.load_workbook(io.BytesIO(bank_file.write(batch))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[4] for row in rows] == [NUMBER, NUMBER]
    assert [row[5] for row in rows] == ["30.00", "40.00"]
    assert [row[2] for row in rows] == ["'=HYPERLINK(1)"] * 2
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert bank_file.digest(batch, list(batch.lines.select_related("payee"))) == batch.sha256


def test_answer_pays_or_fails_line_by_line_and_counts_once_however_often_it_comes(cast, contract):
    payee(contract, cast)
    batch = batch_of(contract, cast)
    given = answers(batch, (1, 2, "失败"), (1, 3, ""), (1, 5, "账号户名不符"))
    reading = bank_file.read(given, batch)
    assert reading.ok
    assert balances_of(contract).all("paid") == 0  # only read so far
    assert actions.take_answers(batch, reading.rows, actor=cast.finance) == 2
    given.seek(0)
    assert actions.take_answers(batch, bank_file.read(given, batch).rows, actor=cast.finance) == 0
    first, second, _third = contract.payments.order_by("milestone__position")
    assert (first.state, first.reference, second.state) == ("paid", "YH-0001", "approved")
    assert batch.lines.get(position=2).reason == "账号户名不符"
    assert batch.lines.get(position=1).settled_on == date(2027, 5, 31)
    assert (balances_of(contract).all("paid"), balances_of(contract).all("reserved")) == (30, 40)
    assert LedgerEntry.objects.filter(object_id=first.pk, action="pay").count() == 1
    again = batch_of(contract, cast)
    assert [line.payment for line in again.lines.all()] == [second]
    other = bank_file.read(answers(batch, (1, 3, "YH-9999")), batch)
    assert [fault.code for fault in other.faults] == ["settled"]


def test_what_the_bank_did_not_pay_after_a_termination_goes_back_to_its_source(cast, contract):
    payee(contract, cast)
    batch = batch_of(contract, cast)
    take(contract, "propose_termination", actor=cast.operator, facts="合作无法继续，双方均已说明。")
    found = contract.terminations.get()
    found = take(found, "answer", actor=contract.bid.created_by, tried="已尝试", records="有记录", cause="路线不通")
    take(found, "decide", actor=cast.decider2, exempt=True, reasons="勤勉尽责，予以免责。")
    standing = balances_of(contract)
    assert (standing.all("reserved"), standing.all("returned")) == (70, 30)
    reading = bank_file.read(answers(batch, (1, 2, "失败"), (1, 3, ""), (1, 5, "账号户名不符")), batch)
    actions.take_answers(batch, reading.rows, actor=cast.finance)
    standing = balances_of(contract)
    assert (standing.all("paid"), standing.all("returned"), standing.all("reserved", "frozen")) == (30, 70, 0)
    assert [item.state for item in contract.payments.order_by("milestone__position")] == ["paid", "frozen", "frozen"]


@pytest.mark.parametrize(
    ("place", "column", "value", "code"),
    [
        (0, 1, "30.01", "amount"),
        (0, 1, "三十", "number"),
        (0, 0, "7", "unknown"),
        (1, 0, "1", "twice"),
        (0, 2, "已付", "unknown_choice"),
        (0, 3, "", "missing"),
        (0, 4, "五月", "date"),
        (0, 4, "", "missing"),
        (0, 2, "失败", "missing"),
        (0, 3, "=1+1", "formula"),
    ],
)
def test_faulty_line_is_named_and_nothing_is_taken_over(cast, contract, visit, place, column, value, code):
    payee(contract, cast)
    batch = batch_of(contract, cast)
    given = answers(batch, (place, column, value)) if code != "formula" else _formula(batch)
    reading = bank_file.read(given, batch)
    assert code in {fault.code for fault in reading.faults}
    assert {fault.row for fault in reading.faults} == {place + 2}
    given.seek(0)
    given.name = "回单.xlsx"
    page = visit(cast.finance).post(reverse("payment_batch_answer", args=[batch.pk]), {"file": given})
    assert page.status_code == 422
    assert not Payment.objects.filter(state="paid").exists()
    assert not BatchLine.objects.exclude(result="pending").exists()


def _formula(batch):
    book = openpyxl.load_workbook(answers(batch))
    book.active["E2"] = "=1+1"
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def test_finance_makes_the_file_looks_at_the_answer_and_takes_it_over(cast, contract, visit):
    payee(contract, cast)
    client, page = visit(cast.finance), reverse("payment_batches")
    chosen = [str(item.pk) for item in approved(contract)]
    assert client.post(page, {"payments": chosen}).status_code == 302
    assert client.post(page, {"payments": chosen}).status_code == 409  # pressed twice
    batch = PaymentBatch.objects.get()
    text = client.get(reverse("payment_batch", args=[batch.pk])).content.decode()
    assert "**** 0001" in text
    assert NUMBER not in text
    file = client.get(reverse("payment_batch_file", args=[batch.pk]))
    assert file["Content-Disposition"] == f'attachment; filename="{batch.number}.xlsx"'
    assert visit(cast.supervisor).get(reverse("payment_batch_file", args=[batch.pk])).status_code == 403
    assert visit(cast.owner).get(page).status_code == 403
    assert visit(cast.owner).get(reverse("payment_batch", args=[batch.pk])).status_code == 404
    given = answers(batch)
    given.name = "回单.xlsx"
    looked = client.post(reverse("payment_batch_answer", args=[batch.pk]), {"file": given})
    assert looked.status_code == 200
    assert not Payment.objects.filter(state="paid").exists()
    token = looked.context["token"]
    for status in (302, 409):
        assert client.post(reverse("payment_batch_answer", args=[batch.pk]), {"token": token}).status_code == status
    assert balances_of(contract).all("paid") == Decimal(70)


def test_bank_file_and_answer_over_the_api(cast, contract, as_):
    team = as_(contract.bid.created_by)
    given = {"holder": "某研究院", "bank": "某银行", "number": NUMBER}
    made = team.post(f"contracts/{contract.pk}/payees", given).json()
    assert made["number"] == "**** 0001"
    assert team.step(f"payees/{made['id']}", "confirm").status_code == 403
    assert as_(cast.finance).step(f"payees/{made['id']}", "confirm").json()["state"] == "confirmed"
    body = {"payments": [str(item.pk) for item in approved(contract)]}
    assert as_(cast.decider2).post("payment-batches", body).status_code == 403
    path = f"payment-batches/{as_(cast.finance).post('payment-batches', body).json()['id']}"
    assert as_(cast.supervisor).get(f"{path}/file").status_code == 403
    assert as_(cast.finance).get(f"{path}/file").status_code == 200
    batch = PaymentBatch.objects.get()
    given = answers(batch)
    given.name = "回单.xlsx"
    looked = as_(cast.finance).upload(f"{path}/answer", file=given)
    assert looked.status_code == 200, looked.content.decode()
    looked = looked.json()
    assert (looked["lines"], looked["settled"], looked["faults"]) == (2, 0, [])
    for settled in (2, 0):
        taken = as_(cast.finance).upload(f"{path}/answer?dry_run=false", file=answers(batch))
        assert taken.json()["settled"] == settled
    assert [line["result"] for line in as_(cast.supervisor).get(path).json()["lines"]] == ["paid", "paid"]
    assert as_(cast.owner).get("payment-batches").json()["total"] == 0
