"""Tables as text: a CSV in UTF-8 or GB18030 is read like the workbook it stands for, and nothing in it is computed."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from challenges.spreadsheet import (
    MAX_BYTES,
    MAX_ROWS,
    MAX_SHEET_COLUMNS,
    Line,
    Reading,
    Unreadable,
    open_sheet,
    places_of,
    text_of,
)

_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class TextCell:
    """A cell of a CSV: text and never a formula, whatever it begins with."""

    value: str
    data_type: str = "text"


def open_table(
    stream: BinaryIO, *, columns: Collection[str], title: str
) -> tuple[Reading[Any], dict[str, int], list[Line]]:
    """What `open_sheet` answers, of a workbook or of a CSV; the file's first bytes tell which, not its name."""
    content = stream.read(MAX_BYTES + 1)
    if content.startswith(_WORKBOOKS) or len(content) > MAX_BYTES:
        return open_sheet(io.BytesIO(content), columns=columns, title=title)
    try:
        lines = list(_lines(_decoded(content)))
    except csv.Error as error:
        message = _("This CSV file is damaged: a quotation mark or a cell does not end. Export it again.")
        raise Unreadable("damaged", message) from error
    reading: Reading[Any] = Reading()
    places = places_of(lines[0][1], columns, reading) if lines else {}
    if not lines[1:]:
        raise Unreadable("empty", _("There is no row below the heading. Fill in at least one."))
    width = max(places.values()) + 1
    return reading, places, [(number, _filled_up(cells, width)) for number, cells in lines[1:]]


def _decoded(content: bytes) -> str:
    if b"\0" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    message = _("This is neither an Excel workbook nor a CSV file in UTF-8 or GB18030. Upload an .xlsx or .csv file.")
    raise Unreadable("not_text", message)


def _lines(text: str) -> Iterator[Line]:
    """The cells of each row that is not blank under the number of the line on which it begins."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    for row in rows:
        number, begins = begins, rows.line_num + 1
        if number > MAX_ROWS + 1:
            message = _("The sheet goes beyond row %(limit)s. Delete what is empty below the list, or split it.")
            raise Unreadable("too_many_rows", message % {"limit": MAX_ROWS + 1})
        if any(text_of(cell) for cell in row):
            yield number, tuple(TextCell(cell) for cell in row[:MAX_SHEET_COLUMNS])


def _filled_up(cells: tuple[Any, ...], width: int) -> tuple[Any, ...]:
    return cells + (TextCell(""),) * (width - len(cells))
