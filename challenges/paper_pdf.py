"""Sets a document's blocks as PDF, the same bytes each time."""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors, textsplit
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, paragraph
from reportlab.platypus import Table as Grid

from challenges.contract_paper import Block, Heading, Table, Title, Words

LATIN = "Helvetica"  # among the fonts that every reader has; a substitute for the Chinese one runs figures together
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))  # the Chinese font has none of these
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
RUNS = re.compile(rf"(?P<up>[{''.join(RAISED)}]+)|(?P<down>[{''.join(LOWERED)}]+)|(?P<latin>[ -~]+)|(?P<other>\n|.)")
FONT = "STSong-Light"  # a standard CID font: every reader brings its own glyphs
MARGIN = 22 * mm
# ReportLab lets some closing marks hang at the end of a line; these it would put at the beginning of the next.
for module in (paragraph, textsplit):
    module.ALL_CANNOT_START += "，；：）》】？！"
BODY = ParagraphStyle("body", fontName=FONT, fontSize=10.5, leading=18, wordWrap="CJK", spaceAfter=4)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.5, leading=14, spaceAfter=0)
TITLE = ParagraphStyle("title", parent=BODY, fontSize=20, leading=30, alignment=TA_CENTER, spaceAfter=12)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontSize=13, leading=20, spaceBefore=10, spaceAfter=5, keepWithNext=True
)


def pdf(blocks: Iterable[Block], *, name: str, foot: str) -> bytes:
    """The document on A4 pages with `foot` and the page's number beneath."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=name, author="", invariant=1,
    )  # fmt: skip

    def draw_foot(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 8)
        canvas.drawString(MARGIN, 12 * mm, foot)
        canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"第{page.page}页")

    story: list[Any] = []
    for block in blocks:
        story += _set(block, first=not story, width=document.width)
    document.build(story, onFirstPage=draw_foot, onLaterPages=draw_foot)
    return buffer.getvalue()


def _marked(text: str) -> str:
    """The text as ReportLab's markup: Latin and figures in a font of their own, exponents raised, lines as they are."""
    return "".join(_run(found) for found in RUNS.finditer(text))


def _run(found: re.Match[str]) -> str:
    text = found.group()
    match found.lastgroup:
        case "up":
            return f'<super><font name="{LATIN}">{"".join(RAISED[char] for char in text)}</font></super>'
        case "down":
            return f'<sub><font name="{LATIN}">{"".join(LOWERED[char] for char in text)}</font></sub>'
        case "latin":
            return f'<font name="{LATIN}">{escape(text)}</font>'
        case _:
            return "<br/>" if text == "\n" else text


def _set(block: Block, *, first: bool, width: float) -> list[Any]:
    match block:
        case Title(text):
            return [*([] if first else [PageBreak()]), Paragraph(_marked(text), TITLE)]
        case Heading(text):
            return [Paragraph(_marked(text), HEADING)]
        case Words(text):
            return [Paragraph(_marked(text), BODY)]
        case Table(head, rows, widths):
            cells = [[Paragraph(_marked(text), CELL) for text in row] for row in (head, *rows)]
            grid = Grid(cells, colWidths=[width * part / sum(widths) for part in widths], repeatRows=1, splitInRow=1)
            grid.setStyle(
                [
                    ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#888888")),
                    ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eeeeee")),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ]
            )
            return [grid, Spacer(1, 6)]
