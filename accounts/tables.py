"""Tables to take away: CSV and XLSX of the same rows, in which no cell is computed by a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
from django.http import Http404, HttpResponse
from openpyxl.cell import WriteOnlyCell

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What XML 1.0 has no place for: one such character, pasted with a text, would leave a file that nothing opens.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = Sequence[Any]


def plain_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def writable(text: str) -> str:
    """The text without the characters that no XML file can hold."""
    return UNWRITABLE.sub("", text)


def table(rows: Iterable[Row], *, name: str, form: str) -> HttpResponse:
    """The rows, the first of them the head, as a file to keep; numbers stay numbers.

    `form` is `csv` or `xlsx` and comes from an address: Http404 for any other.
    """
    if form not in ("csv", "xlsx"):
        raise Http404
    body, kind = (_xlsx(rows), XLSX) if form == "xlsx" else (_csv(rows), "text/csv; charset=utf-8")
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


def _csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(
        [str(cell) if _is_number(cell) else "" if cell is None else plain_cell(cell) for cell in row] for row in rows
    )
    return b"\xef\xbb\xbf" + out.getvalue().encode()  # the mark by which spreadsheets know UTF-8


def _xlsx(rows: Iterable[Row]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: Any) -> Any:
        if value is None or _is_number(value):
            return value
        text = WriteOnlyCell(sheet, writable(str(value)))
        text.data_type = "s"  # text, whatever it begins with
        return text

    for row in rows:
        sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
