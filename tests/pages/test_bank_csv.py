"""The bank's answer as CSV: the encodings banks use, faults by line and column, and files meant to do harm."""

import csv
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from accounts.workflow import take
from challenges import actions, bank_file
from challenges.models import Contract, PaymentBatch
from challenges.models.booking import balances_of
from challenges.spreadsheet import MAX_BYTES
from tests.factories.money import accepted_contract, received

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(cast) -> PaymentBatch:
    contract = received(accepted_contract(cast), cast)
    team = contract.bid.created_by
    given = actions.give_payee(contract, actor=team, holder="某研究院", bank="某银行", number="6222020000000001")
    take(given, "confirm", actor=cast.finance)
    payments = list(contract.payments.order_by("milestone__position")[:2])
    for payment in payments:
        take(take(payment, "request", actor=team), "approve", actor=cast.decider2)
    return actions.make_batch([item.pk for item in payments], actor=cast.finance)


def answer(batch, *changes, encoding="utf-8", head=bank_file.ANSWER) -> bytes:
    rows = [
        [batch.number, str(line.position), str(line.amount), "成功", f"YH-{line.position:04d}\t", "2027/05/31", ""]
        for line in batch.lines.order_by("position")
    ]
    for place, column, value in changes:
        rows[place][column] = value
    text = io.StringIO(newline="")
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode(encoding)


def read(batch, content):
    return bank_file.read(io.BytesIO(content), batch)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_answer_is_read_in_every_encoding_of_a_bank_and_pays(cast, batch, encoding):
    content = answer(batch, (1, 3, "失败"), (1, 4, ""), (1, 6, "户名不符，\n请核对"), encoding=encoding)
    reading = read(batch, content)
    assert not reading.faults
    assert [(row.result, row.reference) for row in reading.rows] == [("paid", "YH-0001"), ("failed", "")]
    assert actions.take_answers(batch, reading.rows, actor=cast.finance) == 2
    assert balances_of(Contract.objects.get()).all("paid") == Decimal("30.00")


def test_a_fault_is_named_by_its_line_and_column_even_below_a_cell_of_several_lines(batch):
    reading = read(batch, answer(batch, (0, 6, "第一行\n第二行"), (1, 2, "40.01")))
    assert [(fault.row, fault.cell, fault.code) for fault in reading.faults] == [(4, "C4", "amount")]


def test_what_looks_like_a_formula_stays_text(batch):
    reading = read(batch, answer(batch, (0, 4, "=1+1"), (1, 6, "=HYPERLINK(1)")))
    assert not reading.faults
    assert [(row.reference, row.reason) for row in reading.rows] == [("=1+1", ""), ("YH-0002", "=HYPERLINK(1)")]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda content: content.replace(b"YH", b"Y\0"), "not_text"),
        (lambda content: content + b"\xff\xff\xff", "not_text"),
        (lambda content: content + b"," * MAX_BYTES, "too_large"),
        (lambda content: content + b'"never ends', "damaged"),
        (lambda content: content + b"x" * 200_000, "damaged"),
        (lambda content: content + b"\n" * 3_000 + b"x", "too_many_rows"),
        (lambda content: content.split(b"\n")[0], "empty"),
        (lambda _content: b"", "empty"),
        (lambda content: content.replace("结果".encode(), b"result"), "no_columns"),
    ],
)
def test_a_hostile_or_damaged_file_is_refused_as_a_whole(cast, batch, visit, spoil, code):
    content = spoil(answer(batch))
    with pytest.raises(bank_file.Unreadable) as refused:
        read(batch, content)
    assert refused.value.code == code
    given = SimpleUploadedFile("回执.csv", content or b" ")
    page = visit(cast.finance).post(reverse("payment_batch_answer", args=[batch.pk]), {"file": given})
    assert page.status_code == 422
    assert not batch.lines.exclude(result="pending").exists()


def test_a_short_row_lacks_its_cells_and_nothing_breaks(batch):
    with translation.override("en"):
        reading = read(batch, answer(batch) + f"{batch.number},1\n".encode())
    assert {fault.code for fault in reading.faults} >= {"twice", "missing"}
