"""What is accepted as a file, what it becomes, and how it is handed out."""

import asyncio
import hashlib
import io
import unicodedata
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import translation

from accounts import documents
from accounts.documents import DOCX, XLSX, clean_name, examine
from accounts.models import LedgerEntry
from accounts.policy import Denied
from challenges.models import BidDocument, ChallengeDocument
from config import storage
from reviews.demo.papers import pdf, upload
from tests.factories.life import challenge_at, new_challenge


def office(*parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for part in parts:
            package.writestr(part, "x")
    return buffer.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 20


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("技术方案.pdf", pdf("题", "文"), "application/pdf"),
        ("表.XLSX", office("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        ("说明.docx", office("[Content_Types].xml", "word/document.xml"), DOCX),
        ("图.png", PNG, "image/png"),
        ("照片.jpeg", JPG, "image/jpeg"),
    ],
)
def test_file_is_known_by_its_content(name, content, kind):
    found = examine(SimpleUploadedFile(name, content, "text/html"))
    assert found.content_type == kind
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.size == len(content)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("空.pdf", b"", "empty"),
        ("页面.html", b"<html>", "accepted type"),
        ("没有扩展名", pdf("题", "文"), "accepted type"),
        ("伪装.pdf", b"MZ\x90\x00\x03 not a pdf", "exe"),
        ("伪装.pdf", b"<html><script>alert(1)</script>", "html"),
        ("图.pdf", PNG, "png"),
        ("表.docx", office("xl/workbook.xml"), "PDF, DOCX"),
        ("宏.docx", office("word/document.xml", "word/vbaProject.bin"), "macros"),
        ("脚本.pdf", b"%PDF-1.4\n<< /OpenAction << /S /JavaScript /JS (x) >> >>", "scripts"),
        ("坏.xlsx", b"PK\x03\x04 broken", "damaged"),
    ],
)
def test_file_refused_with_what_to_do(name, content, says):
    with pytest.raises(ValidationError) as refusal:
        examine(SimpleUploadedFile(name, content))
    with translation.override("en"):
        message = refusal.value.messages[0]
    assert says in message
    assert name in message


def test_script_across_two_chunks_is_found():
    content = b"%PDF-1.4\n" + b" " * (64 * 1024 - 14) + b"/JavaScript"
    with pytest.raises(ValidationError):
        examine(SimpleUploadedFile("长.pdf", content))


def test_file_above_the_limit_refused(settings):
    settings.UPLOAD_MAX_MB = 1
    with pytest.raises(ValidationError):
        examine(SimpleUploadedFile("大.pdf", b"%PDF-" + b"0" * (1024 * 1024)))
    assert examine(SimpleUploadedFile("大.pdf", b"%PDF-" + b"0" * (1024 * 1024 - 5)))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("技术方案.pdf", "技术方案.pdf"),
        ("C:\\用户\\桌面\\方案 (1).pdf", "方案 (1).pdf"),
        ("../../etc/方案.pdf", "方案.pdf"),
        (unicodedata.normalize("NFD", "Überblick.pdf"), "Überblick.pdf"),
        ("方案\u202efdp.exe", "方案fdp.exe"),
        ("方\x00案\r\n.pdf", "方案.pdf"),
        ("长" * 300 + ".pdf", "长" * 251 + ".pdf"),
    ],
)
def test_file_keeps_its_own_name(given, kept):
    assert clean_name(given) == kept


@pytest.mark.django_db
def test_stored_file_is_read_back_and_recorded(cast, rules):
    challenge = new_challenge(cast)
    content = pdf("资金证明", "款项已经落实。")
    saved = documents.store(
        SimpleUploadedFile("资金证明.pdf", content), actor=cast.owner, model=ChallengeDocument, challenge=challenge
    )
    answer = documents.download(saved, user=cast.owner, action="challenge_document.read")
    assert answer.getvalue() == content
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E8%B5%84")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    inline = documents.download(saved, user=cast.owner, action="challenge_document.read", inline=True)
    assert inline["Content-Disposition"].startswith("inline")
    inline.getvalue()
    acts = LedgerEntry.objects.filter(chain=challenge.pk).order_by("seq").values_list("action", "actor", "data")
    assert [(act, actor) for act, actor, _data in acts][1:] == [
        ("add_document", cast.owner.pk),
        ("download", cast.owner.pk),
        ("download", cast.owner.pk),
    ]
    assert all(data["sha256"] == saved.sha256 for _act, _actor, data in list(acts)[1:])


@pytest.mark.django_db
def test_stored_file_streams_under_asgi(cast, rules):
    content = pdf("资金证明", "款项已经落实。" * 50)
    saved = documents.store(
        SimpleUploadedFile("证明.pdf", content),
        actor=cast.owner,
        model=ChallengeDocument,
        challenge=new_challenge(cast),
    )
    answer = documents.download(saved, user=cast.owner, action="challenge_document.read")

    async def read():
        return b"".join([chunk async for chunk in answer])

    assert asyncio.run(read()) == content


@pytest.mark.django_db
def test_file_refused_from_who_may_not_change_its_owner(cast, rules):
    challenge = challenge_at(cast, "submitted")
    before = LedgerEntry.objects.count()
    for person in (cast.owner, cast.operator, cast.bidders[0]):
        with pytest.raises(Denied):
            documents.store(
                upload("附件.pdf", "附件", "文"), actor=person, model=ChallengeDocument, challenge=challenge
            )
    assert challenge.documents.count() == 1
    assert LedgerEntry.objects.count() == before


@pytest.mark.django_db
def test_file_of_a_sealed_bid_cannot_be_added_or_removed(cast, rules):
    challenge = challenge_at(cast, "bid")
    envelope = challenge.bids.first().envelopes.get(part="technical")
    bidder = envelope.bid.created_by
    with pytest.raises(Denied):
        documents.store(upload("补充.pdf", "补充", "文"), actor=bidder, model=BidDocument, envelope=envelope)
    with pytest.raises(Denied):
        documents.remove(envelope.documents.get(), actor=bidder)
    assert envelope.documents.count() == 1


@pytest.mark.django_db(transaction=True)
def test_removed_file_leaves_the_store_after_commit(cast, rules):
    challenge = new_challenge(cast)
    saved = documents.store(
        upload("附件.pdf", "附件", "文"), actor=cast.owner, model=ChallengeDocument, challenge=challenge
    )
    key = str(saved.key)
    with transaction.atomic():
        documents.remove(saved, actor=cast.owner)
        transaction.set_rollback(True)
    storage.open(key).close()
    documents.remove(ChallengeDocument.objects.get(), actor=cast.owner)
    with pytest.raises(storage.NotStored):
        storage.open(key)


@pytest.mark.django_db
def test_store_down_loses_neither_transaction_nor_row(cast, rules, settings):
    challenge = new_challenge(cast)
    settings.S3 = settings.S3 | {"endpoint": "127.0.0.1:1"}
    with transaction.atomic():
        cast.owner.phone = "0355-1234567"
        cast.owner.save()
        with pytest.raises(storage.StoreDown):
            documents.store(
                upload("附件.pdf", "附件", "文"), actor=cast.owner, model=ChallengeDocument, challenge=challenge
            )
        cast.owner.refresh_from_db()
    assert cast.owner.phone == "0355-1234567"
    assert challenge.documents.count() == 0


@pytest.mark.django_db
def test_reviewer_gets_a_file_without_its_telling_name(cast, rules):
    challenge = challenge_at(cast, "under_review")
    document = BidDocument.objects.filter(envelope__bid__challenge=challenge).select_related("envelope__bid").first()
    reviewer = challenge.panels.get().assignments.filter(state="accepted").first().expert.user
    answer = documents.download(document, user=reviewer, action="bid_document.read")
    assert answer["Content-Disposition"] == f'attachment; filename="{str(document.pk)[:8]}.pdf"'
    answer.getvalue()
