"""Sets a document's blocks as DOCX (ECMA-376, WordprocessingML), the same bytes each time.

Four small parts in a ZIP archive are all that paragraphs and tables need, and they hold no clock and no author.
"""

from collections.abc import Iterable
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from accounts.tables import writable
from challenges.contract_paper import Block, Heading, Table, Title, Words

WIDTH = 9412  # twentieths of a point between the margins of an A4 page
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
    f'<Override PartName="/word/footer.xml" ContentType="{_MAIN}.footer+xml"/></Types>'
)
_ROOT = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
_LINKS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/footer" Target="footer.xml"/></Relationships>'
)
_SECTION = (
    '<w:sectPr><w:footerReference w:type="default" r:id="r1"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1247" w:right="1247" w:bottom="1247" w:left="1247" w:header="600" w:footer="600" w:gutter="0"/>'
    "</w:sectPr>"
)
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:color="888888"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_BODY = '<w:spacing w:after="80" w:line="340" w:lineRule="atLeast"/>'


def docx(blocks: Iterable[Block], *, foot: str) -> bytes:
    """The document with `foot` and the page's number beneath."""
    parts = "".join(_set(block, first=place == 0) for place, block in enumerate(blocks))
    body = f'{_XML}<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{parts}{_SECTION}</w:body></w:document>'
    small = _face(16)
    page = (
        f'<w:r>{small}<w:t xml:space="preserve">　第</w:t></w:r>'
        f'<w:fldSimple w:instr="PAGE"><w:r>{small}<w:t>1</w:t></w:r></w:fldSimple><w:r>{small}<w:t>页</w:t></w:r>'
    )
    footer = f'{_XML}<w:ftr xmlns:w="{_WORD}"><w:p>{_run(foot, size=16)}{page}</w:p></w:ftr>'
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _ROOT),
            ("word/_rels/document.xml.rels", _LINKS),
            ("word/document.xml", body),
            ("word/footer.xml", footer),
        ):
            archive.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, ZIP_DEFLATED)
    return buffer.getvalue()


def _set(block: Block, *, first: bool) -> str:
    match block:
        case Title(text):
            breaks = "" if first else "<w:pageBreakBefore/>"
            return _paragraph(
                _run(text, size=40, bold=True), f'{breaks}<w:spacing w:after="240"/><w:jc w:val="center"/>'
            )
        case Heading(text):
            return _paragraph(_run(text, size=26, bold=True), '<w:keepNext/><w:spacing w:before="200" w:after="100"/>')
        case Words(text):
            return _paragraph(_run(text, size=21), _BODY)
        case Table(head, rows, widths):
            columns = [WIDTH * part // sum(widths) for part in widths]
            grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
            lines = "".join(_row(row, columns, head=place == 0) for place, row in enumerate((head, *rows)))
            frame = f'<w:tblPr><w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblBorders>{_BORDERS}</w:tblBorders></w:tblPr>'
            return f"<w:tbl>{frame}<w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>{_paragraph('', '')}"


def _row(cells: Iterable[str], widths: list[int], *, head: bool) -> str:
    shade = '<w:shd w:val="clear" w:fill="EEEEEE"/>' if head else ""
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>'
        + "".join(_paragraph(_run(line, size=19), "") for line in text.split("\n"))
        + "</w:tc>"
        for text, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if head else ''}{made}</w:tr>"


def _paragraph(runs: str, properties: str) -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _run(text: str, *, size: int, bold: bool = False) -> str:
    return f'<w:r>{_face(size, bold=bold)}<w:t xml:space="preserve">{escape(writable(text))}</w:t></w:r>'


def _face(size: int, *, bold: bool = False) -> str:
    fonts = '<w:rFonts w:ascii="SimSun" w:hAnsi="SimSun" w:eastAsia="SimSun"/>'
    return f'<w:rPr>{fonts}{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/></w:rPr>'
