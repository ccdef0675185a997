"""What every workbook that is read or written here shares: measured, its cells told apart, its faults in words.

Nothing of a file is trusted: it is measured before it is unpacked, no formula is evaluated and no link is followed.
Nothing that is written is taken for a formula by a spreadsheet.
"""

import io
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Generic, TypeVar

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from accounts import uscc
from accounts.tables import plain_cell, writable

RowT = TypeVar("RowT")
Line = tuple[int, tuple[Any, ...]]

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


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell (`cell` as Excel names it) and what the person should do."""

    row: int
    serial: str
    column: str
    cell: str
    code: str
    message: str


@dataclass(slots=True)
class Reading(Generic[RowT]):
    """All faultless rows and all faults of a workbook, in its order; what was left aside is named."""

    rows: list[RowT] = field(default_factory=list)
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


def open_sheet(
    stream: BinaryIO, *, columns: Collection[str], title: str
) -> tuple[Reading[Any], dict[str, int], list[Line]]:
    """An empty reading that names what is left aside, where each column stands, and the rows below the heading.

    The sheet is the one called `title`, or else the first. Raises Unreadable if it is no such workbook.
    """
    content = _measured(stream)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheets = book.worksheets
        sheet = next((candidate for candidate in sheets if candidate.title == title), sheets[0])
        sheet.reset_dimensions()  # the file's own claim of its size is not believed
        lines = list(_lines(sheet))
    except Unreadable:
        raise
    except Exception as error:  # whatever a damaged file makes the parser raise
        raise _damaged() from error
    if not lines:
        raise Unreadable("empty", _("The sheet is empty. Fill in the template and upload it again."))
    reading: Reading[Any] = Reading(ignored_sheets=[other.title for other in sheets if other is not sheet])
    places = places_of(lines[0][1], columns, reading)
    if not lines[1:]:
        raise Unreadable("empty", _("There is no row below the heading. Fill in at least one."))
    return reading, places, lines[1:]


def write_sheet(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, widths: Sequence[int]) -> bytes:
    """An .xlsx of one sheet; every cell is text that no spreadsheet takes for a formula."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    sheet.append([plain_cell(column) for column in columns])
    for row in rows:
        sheet.append([writable(plain_cell(cell)) for cell in row])
    for place, width in enumerate(widths, start=1):
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.number_format, cell.alignment = "@", Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class Cells:
    """One row on its way from cells to data; what does not fit is noted in `faults` and reading goes on."""

    serial = ""

    def __init__(self, number: int, cells: tuple[Any, ...], places: Mapping[str, int]) -> None:
        self.number = number
        self.faults: list[Fault] = []
        self._cells = {column: cells[place] for column, place in places.items()}
        self._places = places

    def fault(self, column: str, code: str, message: str) -> None:
        """Note what is wrong in a column; a cell that cannot be read at all keeps that first fault alone."""
        cell = f"{get_column_letter(self._places[column] + 1)}{self.number}"
        self.faults.append(Fault(self.number, self.serial, column, cell, code, message))

    def has_fault(self, column: str) -> bool:
        """Whether something is wrong in this column already."""
        return any(fault.column == column for fault in self.faults)

    def _refuse_formulas(self) -> None:
        for column, cell in self._cells.items():
            text = text_of(cell.value)
            if cell.data_type == "f" or (cell.data_type != "text" and text.startswith("=")):
                message = _(
                    "This cell holds a formula, and formulas are not evaluated. Type the text or number itself."
                )
                self.fault(column, "formula", message)
            elif cell.data_type == "e":
                message = _("This cell holds the Excel error %(value)s. Type the text or number itself.")
                self.fault(column, "error_value", message % {"value": short(text)})
            elif any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
                message = _("This cell holds control characters. Delete its content and type it again.")
                self.fault(column, "control_characters", message)

    def _filled(self, column: str, *, longest: int) -> str:
        text = text_of(self._cells[column].value)
        if self.has_fault(column):
            return ""
        if not text:
            self.fault(column, "missing", _("This cell is empty. Fill it in."))
        elif len(text) > longest:
            message = _("This text has %(length)s characters. Shorten it to at most %(longest)s.")
            self.fault(column, "too_long", message % {"length": len(text), "longest": longest})
        return text

    def _optional(self, column: str, *, longest: int) -> str:
        text = text_of(self._cells[column].value)
        return self._filled(column, longest=longest) if text else ""

    def _choice(self, column: str, names: Mapping[str, str]) -> str:
        text = self._filled(column, longest=50)
        if text and text not in names and not self.has_fault(column):
            message = _("“%(value)s” is not known here. Use one of: %(names)s.")
            self.fault(column, "unknown_choice", message % {"value": short(text), "names": "、".join(names)})
        return names.get(text, "")

    def _uscc(self, column: str) -> str:
        text = self._filled(column, longest=50)
        code = uscc.clean(text)
        if not text or self.has_fault(column) or uscc.is_valid(code):
            return code
        reasons = {
            "length": _("it must have 18 characters"),
            "alphabet": _("it holds a character that codes do not use (I, O, S, V, Z or a sign)"),
            "division": _("its 3rd to 8th characters must be digits"),
            "organization_code": _("its 17th character, the check of the organisation code, does not fit"),
            "check": _("its last character, the check of the whole, does not fit"),
        }
        message = _("“%(value)s” is not a valid code: %(reasons)s. Copy it from the business licence.")
        listed = "；".join(reasons[problem] for problem in uscc.problems(code))
        self.fault(column, "bad_uscc", message % {"value": short(text), "reasons": listed})
        return ""


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
    return Unreadable("not_xlsx", _("This is not an Excel workbook. Upload an .xlsx file."))


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


def places_of(heading: tuple[Any, ...], columns: Collection[str], reading: Reading[Any]) -> dict[str, int]:
    """Where each column stands, found by its heading; columns of other names are noted and left aside."""
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = "".join(unicodedata.normalize("NFKC", text_of(cell.value)).split())
        if name in found:
            message = _("The column “%(name)s” stands there twice. Remove one of the two.")
            raise Unreadable("repeated_column", message % {"name": name})
        if name in columns:
            found[name] = place
        elif name:
            reading.ignored_columns.append(short(name))
    missing = [column for column in columns if column not in found]
    if missing:
        message = _("These columns are missing: %(missing)s. The first row must hold the headings of the template.")
        if reading.ignored_columns:
            message += " " + _("These headings are unknown: %(unknown)s.")
        listed = {"missing": "、".join(missing), "unknown": "、".join(reading.ignored_columns)}
        raise Unreadable("no_columns", message % listed)
    return found


def text_of(value: Any) -> str:
    """What a person sees in the cell, without the blanks around it."""
    match value:
        case None:
            return ""
        case str():
            return value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        case bool():
            return str(value).upper()
        case float():
            return format(value, ".15g")  # the digits Excel keeps
        case datetime():
            return value.date().isoformat()
        case _:
            return str(getattr(value, "text", value))


def short(text: str) -> str:
    """As much of what was written as a message may repeat."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def folded(text: str) -> str:
    """The text as it is compared: case, width and blanks make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
