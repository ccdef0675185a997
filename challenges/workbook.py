"""Reads the bureau's workbook (榜单) of challenges: every row, or every fault with its cell and what to do about it.

Nothing of the file is trusted: it is measured before it is unpacked, no formula is evaluated, no link is followed,
and a row that bears a mark of state secrecy is refused without a word of its content being repeated.
"""

import io
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

import openpyxl
from django.utils.translation import gettext as _

from challenges.workbook_rows import (
    COLUMNS,
    INDUSTRIES,
    KINDS,
    OWNER,
    SECRECY,
    TITLE,
    Fault,
    Row,
    RowParser,
    Target,
    folded,
    short,
    text_of,
)

__all__ = [
    "COLUMNS",
    "INDUSTRIES",
    "KINDS",
    "SECRECY",
    "Fault",
    "Reading",
    "Row",
    "Target",
    "Unreadable",
    "read",
]

MAX_BYTES = 5 * 2**20
MAX_UNPACKED = 16 * 2**20
MAX_PARTS = 500
MAX_ROWS = 2_000
MAX_BLANK_ROWS = 20_000  # formatted but empty; a file may claim rows without end in a few bytes
MAX_SHEET_COLUMNS = 64

_OLE = b"\xd0\xcf\x11\xe0"


class Unreadable(Exception):
    """The file as a whole cannot be read; `message` says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Reading:
    """All faultless rows and all faults of a workbook, in its order; what was left aside is named."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every row may be imported."""
        return not self.faults

    @property
    def faulty_rows(self) -> int:
        """How many rows have at least one fault."""
        return len({fault.row for fault in self.faults})

    @property
    def total(self) -> int:
        """How many rows the sheet holds, faulty or not."""
        return len(self.rows) + self.faulty_rows


def read(stream: BinaryIO, *, today: date) -> Reading:
    """Every row of the workbook or its faults; Unreadable if it is no such workbook.

    Looks at nothing but the file: whether a challenge is stored already is for the caller to find out.
    """
    content = _measured(stream)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheets = book.worksheets
        sheet = next((candidate for candidate in sheets if candidate.title == "榜单"), sheets[0])
        sheet.reset_dimensions()  # the file's own claim of its size is not believed
        lines = list(_lines(sheet))
    except Unreadable:
        raise
    except Exception as error:  # whatever a damaged file makes the parser raise
        raise _damaged() from error
    if not lines:
        raise Unreadable("empty", _("The sheet is empty. Fill in the bureau's template and upload it again."))
    reading = Reading(ignored_sheets=[other.title for other in sheets if other is not sheet])
    places = _places(lines[0][1], reading)
    parsers = [RowParser(number, cells, places, today) for number, cells in lines[1:]]
    if not parsers:
        raise Unreadable("empty", _("There is no row below the heading. Fill in at least one challenge."))
    rows = [parser.parse() for parser in parsers]
    _compare_rows(parsers)
    reading.rows = [row for parser, row in zip(parsers, rows, strict=True) if row is not None and not parser.faults]
    order = {column: place for place, column in enumerate(COLUMNS)}
    for parser in parsers:
        reading.faults += sorted(parser.faults, key=lambda fault: order[fault.column])
    return reading


def _measured(stream: BinaryIO) -> bytes:
    """The file's bytes, once they are known to be a workbook that unpacks to a bearable size."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise Unreadable("too_large", _("The file is larger than %(limit)s MB. Split it.") % {"limit": limit})
    if content.startswith(_OLE):
        message = _("This is an old .xls file or one with a password. Save it as .xlsx without a password.")
        raise Unreadable("old_format", message)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile lets errors of several kinds through
        raise (_damaged() if content.startswith(b"PK") else _not_a_workbook()) from error
    names = {part.filename for part in parts}
    if not {"xl/workbook.xml", "[Content_Types].xml"} <= names:
        raise _not_a_workbook()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("macros", _("This workbook holds macros. Save it as .xlsx without them."))
    # zipfile stops at the size that is declared here, so a part cannot unpack to more than it admits.
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable("bomb", _("This workbook unpacks to far too much. Copy the rows into a fresh file."))
    return content


def _damaged() -> Unreadable:
    return Unreadable("damaged", _("The file is damaged. Open it in Excel, save it again and upload that."))


def _not_a_workbook() -> Unreadable:
    return Unreadable("not_xlsx", _("This is not an Excel workbook. Upload the bureau's list as an .xlsx file."))


def _lines(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The number and the cells of each row that is not blank, the heading first."""
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_SHEET_COLUMNS), start=1):
        blank = all(text_of(cell.value) == "" for cell in cells)
        if number > (MAX_BLANK_ROWS if blank else MAX_ROWS + 1):
            message = _("The sheet goes beyond row %(limit)s. Delete what is empty below the list, or split it.")
            raise Unreadable("too_many_rows", message % {"limit": MAX_ROWS + 1})
        if blank:
            continue
        yield number, cells


def _places(heading: tuple[Any, ...], reading: Reading) -> dict[str, int]:
    """Where each column stands, found by its heading; columns of other names are noted and left aside."""
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = "".join(unicodedata.normalize("NFKC", text_of(cell.value)).split())
        if name in found:
            message = _("The column “%(name)s” stands there twice. Remove one of the two.")
            raise Unreadable("repeated_column", message % {"name": name})
        if name in COLUMNS:
            found[name] = place
        elif name:
            reading.ignored_columns.append(short(name))
    missing = [column for column in COLUMNS if column not in found]
    if missing:
        message = _(
            "These columns are missing: %(missing)s. The first row must hold the headings of the bureau's list."
        )
        if reading.ignored_columns:
            message += " " + _("These headings are unknown: %(unknown)s.")
        listed = {"missing": "、".join(missing), "unknown": "、".join(reading.ignored_columns)}
        raise Unreadable("no_columns", message % listed)
    return found


def _compare_rows(parsers: list[RowParser]) -> None:
    """Faults that show only between rows: a title given twice, one code under two names."""
    same_title = defaultdict(list)
    names: dict[str, RowParser] = {}
    for parser in parsers:
        if parser.title and not parser.has_fault(TITLE):
            same_title[folded(parser.title)].append(parser)
        if parser.uscc and parser.owner_name:
            first = names.setdefault(parser.uscc, parser)
            if folded(first.owner_name) != folded(parser.owner_name):
                message = _("Row %(row)s names the owner of the same code “%(name)s”. One code has one name.")
                values = {"row": first.number, "name": short(first.owner_name)}
                parser.fault(OWNER, "owner_name_differs", message % values)
    for group in same_title.values():
        if len(group) == 1:
            continue
        for parser in group:
            others = ", ".join(str(other.number) for other in group[:10] if other is not parser)
            message = _("Row %(rows)s has the same title. Remove one of them or give each its own title.")
            parser.fault(TITLE, "duplicate_title", message % {"rows": others})
