"""Real PDF files with Chinese text, in the CID font that every reader substitutes."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
LINE = 36


def pdf(title: str, *paragraphs: str) -> bytes:
    """One A4 page with a title and paragraphs."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = BytesIO()
    page = Canvas(buffer, pagesize=A4)
    page.setTitle(title)
    page.setFont(FONT, 18)
    page.drawString(72, 760, title)
    text = page.beginText(72, 720)
    text.setFont(FONT, 12, leading=20)
    for paragraph in paragraphs:
        for start in range(0, len(paragraph), LINE):
            text.textLine(paragraph[start : start + LINE])
        text.textLine("")
    page.drawText(text)
    page.save()
    return buffer.getvalue()
