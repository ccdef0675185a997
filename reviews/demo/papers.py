"""Small real PDF documents with Chinese text."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
LINE_LENGTH = 34


def pdf(title: str, *paragraphs: str) -> bytes:
    """One A4 page with a title and paragraphs, set in the CID font every reader substitutes."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setFont(FONT, 18)
    canvas.drawString(72, 760, title)
    canvas.setFont(FONT, 12)
    height = 720
    for paragraph in paragraphs:
        for start in range(0, len(paragraph), LINE_LENGTH):
            canvas.drawString(72, height, paragraph[start : start + LINE_LENGTH])
            height -= 20
        height -= 10
    canvas.save()
    return buffer.getvalue()


def upload(name: str, title: str, *paragraphs: str) -> SimpleUploadedFile:
    """The same as an uploaded file."""
    return SimpleUploadedFile(name, pdf(title, *paragraphs), "application/pdf")
