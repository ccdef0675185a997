"""The bank's files: what is written for it, and what is read of its answer, faults told by line."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from challenges.csv_sheet import open_table
from challenges.models import BatchLine, PaymentBatch
from challenges.spreadsheet import MAX_BYTES, Cells, Fault, Reading, Unreadable, text_of, write_sheet

__all__ = ["ANSWER", "MAX_BYTES", "RESULTS", "Answer", "Fault", "Unreadable", "digest", "read", "write"]

SHEET = "付款"
COLUMNS = ("批次号", "序号", "收款户名", "开户行", "账号", "金额（元）", "用途")
ANSWER = ("批次号", "序号", "金额（元）", "结果", "银行流水号", "日期", "原因")
# A heading is compared after NFKC, which makes full-width brackets plain.
BATCH, POSITION, AMOUNT, RESULT, REFERENCE, DAY, REASON = (
    "批次号",
    "序号",
    "金额(元)",
    "结果",
    "银行流水号",
    "日期",
    "原因",
)
RESULTS = {"成功": BatchLine.Result.PAID, "失败": BatchLine.Result.FAILED}


@dataclass(frozen=True)
class Answer:
    """What the bank says about one line."""

    position: int
    result: str
    reference: str
    day: date
    reason: str


def rows(batch: PaymentBatch, lines: Sequence[BatchLine]) -> list[tuple[str, ...]]:
    """The lines as the file carries them."""
    return [
        (batch.number, str(line.position), line.payee.holder, line.payee.bank, line.payee.number, str(line.amount),
         line.purpose)
        for line in lines
    ]  # fmt: skip


def digest(batch: PaymentBatch, lines: Sequence[BatchLine]) -> str:
    """SHA-256 over every cell of every line."""
    return hashlib.sha256("\n".join("\t".join(row) for row in rows(batch, lines)).encode()).hexdigest()


def write(batch: PaymentBatch) -> bytes:
    """The workbook for the bank; every cell is text that no spreadsheet computes."""
    lines = list(batch.lines.select_related("payee").order_by("position"))
    return write_sheet(SHEET, COLUMNS, rows(batch, lines), widths=(20, 8, 30, 30, 26, 16, 40))


def read(stream: BinaryIO, batch: PaymentBatch) -> Reading[Answer]:
    """The bank's answer to this batch: what can be taken over, and every fault by its line."""
    reading, places, lines = open_table(
        stream, columns=(BATCH, POSITION, AMOUNT, RESULT, REFERENCE, DAY, REASON), title=SHEET
    )
    known = {line.position: line for line in batch.lines.all()}
    seen: set[int] = set()
    for number, cells in lines:
        row = _Row(number, cells, places)
        answer = row.answer(batch, known, seen)
        reading.faults += row.faults
        if answer is not None and not row.faults:
            reading.rows.append(answer)
    return reading


class _Row(Cells):
    """One line of the answer."""

    def answer(self, batch: PaymentBatch, known: dict[int, BatchLine], seen: set[int]) -> Answer | None:
        self._refuse_formulas()
        self.serial = text_of(self._cells[POSITION].value)
        if self._filled(BATCH, longest=30) != batch.number and not self.has_fault(BATCH):
            self.fault(BATCH, "batch", _("This line belongs to another batch."))
        line = self._line(known, seen)
        result = self._choice(RESULT, RESULTS)
        reference, reason = self._optional(REFERENCE, longest=100), self._optional(REASON, longest=500)
        day = self._day()
        if result == BatchLine.Result.PAID and len(reference) < 4 and not self.has_fault(REFERENCE):
            self.fault(REFERENCE, "missing", _("A payment that was made has the bank's reference."))
        if result == BatchLine.Result.FAILED and not reason and not self.has_fault(REASON):
            self.fault(REASON, "missing", _("A payment that failed has the bank's reason."))
        if line is None or day is None or self.faults:
            return None
        if line.result != BatchLine.Result.PENDING and (line.result, line.reference) != (result, reference):
            self.fault(RESULT, "settled", _("The bank answered otherwise to this line before."))
        return Answer(line.position, result, reference, day, reason)

    def _line(self, known: dict[int, BatchLine], seen: set[int]) -> BatchLine | None:
        text = self._filled(POSITION, longest=10)
        line = known.get(int(text)) if text.isascii() and text.isdigit() else None
        if self.has_fault(POSITION):
            return None
        if line is None:
            self.fault(POSITION, "unknown", _("The batch has no such line."))
            return None
        if line.position in seen:
            self.fault(POSITION, "twice", _("This line stands there twice."))
        seen.add(line.position)
        amount = self._amount()
        if amount is not None and amount != line.amount:
            message = _("The batch says %(amount)s yuan here.") % {"amount": line.amount}
            self.fault(AMOUNT, "amount", message)
        return line

    def _amount(self) -> Decimal | None:
        text = self._filled(AMOUNT, longest=30).replace(",", "")
        if self.has_fault(AMOUNT):
            return None
        try:
            return Decimal(text)
        except InvalidOperation:
            self.fault(AMOUNT, "number", _("This is no amount."))
            return None

    def _day(self) -> date | None:
        text = self._filled(DAY, longest=20)
        if self.has_fault(DAY):
            return None
        try:
            return date.fromisoformat(text.replace("/", "-"))
        except ValueError:
            self.fault(DAY, "date", _("Write the day as 2027-05-31."))
            return None


def template(batch: PaymentBatch, answers: Sequence[tuple[Any, ...]]) -> bytes:
    """An answer as the bank gives it, for this batch."""
    return write_sheet(SHEET, ANSWER, [(batch.number, *row) for row in answers], widths=(20, 8, 16, 10, 26, 14, 40))
