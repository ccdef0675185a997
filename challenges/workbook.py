"""Reads the bureau's workbook (榜单) of challenges: every row, or every fault with its cell and what to do about it.

Nothing of the file is trusted: it is measured before it is unpacked, no formula is evaluated, no link is followed,
and a row that bears a mark of state secrecy is refused without a word of its content being repeated.
"""

from collections import defaultdict
from datetime import date
from typing import BinaryIO

from django.utils.translation import gettext as _

from accounts.lists import listed
from challenges import spreadsheet
from challenges.spreadsheet import MAX_BYTES, Fault, Unreadable, folded, open_sheet, short
from challenges.workbook_rows import (
    COLUMNS,
    INDUSTRIES,
    KINDS,
    OWNER,
    SECRECY,
    TITLE,
    Row,
    RowParser,
    Target,
)

__all__ = [
    "COLUMNS",
    "INDUSTRIES",
    "KINDS",
    "MAX_BYTES",
    "SECRECY",
    "Fault",
    "Reading",
    "Row",
    "Target",
    "Unreadable",
    "read",
]

Reading = spreadsheet.Reading[Row]


def read(stream: BinaryIO, *, today: date) -> Reading:
    """Every row of the workbook or its faults; Unreadable if it is no such workbook.

    Looks at nothing but the file: whether a challenge is stored already is for the caller to find out.
    """
    reading, places, lines = open_sheet(stream, columns=COLUMNS, title="榜单")
    parsers = [RowParser(number, cells, places, today) for number, cells in lines]
    rows = [parser.parse() for parser in parsers]
    _compare_rows(parsers)
    reading.rows = [row for parser, row in zip(parsers, rows, strict=True) if row is not None and not parser.faults]
    order = {column: place for place, column in enumerate(COLUMNS)}
    for parser in parsers:
        reading.faults += sorted(parser.faults, key=lambda fault: order[fault.column])
    return reading


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
            others = listed(other.number for other in group[:10] if other is not parser)
            message = _("Row %(rows)s has the same title. Remove one of them or give each its own title.")
            parser.fault(TITLE, "duplicate_title", message % {"rows": others})
