"""Files: examined, stored before their row is written, read through one authorised and recorded door.

Each app registers the shelf of its documents: which action reads them, which action on their owner adds to them.
An object whose row was never written is harmless and unreadable; a row without its object would be a broken promise,
so the store comes first.
"""

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID

import puremagic
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from accounts import ledger, policy, workflow
from accounts.models import Document, Stateful, User
from config import storage

DocumentT = TypeVar("DocumentT", bound=Document)
Upload: TypeAlias = "UploadedFile[Any]"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    "pdf": "application/pdf",
    "docx": DOCX,
    "xlsx": XLSX,
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
ACCEPT = ",".join(f".{extension}" for extension in TYPES)
MAGIC = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
OFFICE = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
ACTIVE_PDF = re.compile(rb"/(?:JavaScript|Launch)\b")
ACTIVE_PART = re.compile(r"(?:vbaProject\.bin|\.exe|\.dll|\.js|\.vbs|\.html?)$", re.IGNORECASE)
OVERLAP = 16
LONGEST_NAME = 255
MOST_PARTS = 5000


@dataclass(frozen=True)
class Shelf:
    """One table of documents: the action that reads one, and the action on its owner that adds and removes one."""

    model: type[Document]
    read: str
    add: str
    owner: Callable[[Any], Stateful]
    select: tuple[str, ...] = ()


_shelves: dict[type[Document], Shelf] = {}


def register(*shelves: Shelf) -> None:
    """Add an app's document tables."""
    _shelves.update({shelf.model: shelf for shelf in shelves})


def shelves() -> list[Shelf]:
    """Every document table, in order of registration."""
    return list(_shelves.values())


@dataclass(frozen=True)
class Examined:
    """What an upload is: its clean name, size in bytes, type by content, and SHA-256."""

    name: str
    size: int
    content_type: str
    sha256: str


def store(upload: Upload, *, actor: User, model: type[DocumentT], **owner_fields: Any) -> DocumentT:
    """Examine, store, and record one file of the object that `owner_fields` name; answers its saved row.

    Raises ValidationError (the file), `Denied` (the person), or `StoreDown`; the transaction around it stays usable.
    """
    shelf = _shelves[model]
    document = model(uploaded_by=actor, **owner_fields)
    owner = shelf.owner(document)
    policy.require(actor, shelf.add, owner)
    put(document, upload)
    keep(document, actor=actor)
    return document


def put(document: Document, upload: Upload) -> None:
    """Examine and store the file of a row that `keep` writes later: nothing is locked while the store takes its time.

    For an object that is made together with its file. Raises ValidationError (the file) or `StoreDown`.
    """
    examined = examine(upload)
    upload.seek(0)
    storage.put(str(document.key), cast(Any, upload), examined.size, examined.content_type)
    document.name, document.size = examined.name, examined.size
    document.content_type, document.sha256 = examined.content_type, examined.sha256


def keep(document: Document, *, actor: User) -> None:
    """Write and record the row of a file that is stored. Raises `Denied`."""
    shelf = _shelves[type(document)]
    with transaction.atomic():
        owner = workflow.lock(shelf.owner(document))
        decision = policy.require(actor, shelf.add, owner)
        document.save(force_insert=True)
        _record(owner, "add_document", document, actor, decision.role)


def remove(document: Document, *, actor: User) -> None:
    """Take a file back while its owner can still be changed; the ledger keeps its SHA-256."""
    shelf = _shelves[type(document)]
    owner = shelf.owner(document)
    with transaction.atomic():
        decision = policy.require(actor, shelf.add, workflow.lock(owner))
        _record(owner, "remove_document", document, actor, decision.role)
        key = str(document.key)
        document.delete()
        transaction.on_commit(lambda: storage.delete(key), robust=True)


def _record(owner: Stateful, act: str, document: Document, actor: User | None, role: str) -> None:
    data = {"document": document.pk, "sha256": document.sha256, "size": document.size}
    ledger.append(owner, act, actor=actor, acting_as=role, data=data)


# ── what an upload is ─────────────────────────────────────────────────────────────────────────────────────────────


def examine(upload: Upload) -> Examined:
    """Name, size, type by content and SHA-256; raises ValidationError with what to do about it."""
    name = clean_name(upload.name or "")
    extension = PurePosixPath(name).suffix.lower().removeprefix(".")
    size = int(upload.size or 0)
    if extension not in TYPES:
        raise _refusal(_("“%(name)s” is not of an accepted type; upload PDF, DOCX, XLSX, PNG or JPG."), name)
    if size == 0:
        raise _refusal(_("“%(name)s” is empty; choose the file again."), name)
    if size > settings.UPLOAD_MAX_MB * 1024 * 1024:
        raise _refusal(_("“%(name)s” is larger than %(most)s MB; compress or split it."), name)
    found = _sniff(upload, name)
    if found != TYPES[extension]:
        raise _mismatch(upload, name, extension)
    return Examined(name, size, found, _hash_and_scan(upload, name, found))


def clean_name(name: str) -> str:
    """The file's own name: composed (NFC), without folders, control and direction characters, ≤ 255 characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    stem, dot, extension = " ".join(visible.split()).strip(". ").rpartition(".")
    if not dot:
        return extension[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"[:LONGEST_NAME]


def _sniff(upload: Upload, name: str) -> str:
    upload.seek(0)
    head = upload.read(16)
    if head.startswith(b"PK\x03\x04"):
        return _sniff_office(upload, name)
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")


def _sniff_office(upload: Upload, name: str) -> str:
    try:
        with zipfile.ZipFile(cast(Any, upload)) as package:
            parts = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refusal(_("“%(name)s” is damaged; save it again and upload the new file."), name) from error
    if len(parts) > MOST_PARTS or any(ACTIVE_PART.search(part) for part in parts):
        raise _active(name)
    return next((kind for part, kind in OFFICE.items() if part in parts), "")


def _hash_and_scan(upload: Upload, name: str, content_type: str) -> str:
    digest, tail = hashlib.sha256(), b""
    for chunk in upload.chunks():
        digest.update(chunk)
        if content_type == "application/pdf":
            if ACTIVE_PDF.search(tail + chunk):
                raise _active(name)
            tail = chunk[-OVERLAP:]
    return digest.hexdigest()


def _active(name: str) -> ValidationError:
    return _refusal(_("“%(name)s” contains macros or scripts; save it without them and upload it again."), name)


def _mismatch(upload: Upload, name: str, extension: str) -> ValidationError:
    upload.seek(0)
    try:
        looks = str(puremagic.from_string(upload.read(4096))).removeprefix(".")
    except (puremagic.PureError, ValueError):
        looks = ""
    if looks and looks != extension:
        sentence = _(
            "“%(name)s” is named .%(extension)s, but its content is %(looks)s; export it again as PDF, DOCX, XLSX, PNG "
            "or JPG."
        )
    else:
        sentence = _("The content of “%(name)s” is not .%(extension)s; export it again as PDF, DOCX, XLSX, PNG or JPG.")
    return _refusal(sentence, name, extension=extension, looks=looks)


def _refusal(sentence: Any, name: str, **more: str) -> ValidationError:
    shown = name if len(name) <= 60 else f"{name[:57]}…"
    return ValidationError(sentence, code="document", params={"name": shown, "most": settings.UPLOAD_MAX_MB, **more})


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def find(user: User | AnonymousUser, pk: UUID) -> tuple[Document, Shelf]:
    """The document of any table that `user` may read, and its shelf; Http404 when it is out of sight."""
    for shelf in _shelves.values():
        found = policy.visible(user, shelf.read).select_related(*shelf.select).filter(pk=pk).first()
        if found is not None:
            return found, shelf
    raise Http404


def shown_name(document: Document, role: str) -> str:
    """The name a reader sees: reviewers score blind, so a name that may tell the team is not theirs to read."""
    if role not in ("reviewer", "chair"):
        return document.name
    return f"{str(document.pk)[:8]}{PurePosixPath(document.name).suffix.lower()}"


def download(
    document: Document, *, user: User | AnonymousUser, action: str, inline: bool = False
) -> StreamingHttpResponse:
    """The file as a stream, once the person may have it, the store has it, and the ledger holds who took it."""
    decision = policy.require(user, action, document)
    try:
        stream = storage.open(str(document.key))
    except storage.NotStored as error:
        raise workflow.Refused(
            _("The file of this document is missing from the store; tell the platform's operators."), code="missing"
        ) from error
    try:
        with transaction.atomic():
            actor = user if isinstance(user, User) else None
            _record(_shelves[type(document)].owner(document), "download", document, actor, decision.role)
    except BaseException:
        stream.close()
        raise
    if not connection.in_atomic_block:
        connection.close()  # a slow reader holds no connection of the pool
    return _Download(document, stream, shown_name(document, decision.role), inline=inline)


class _Download(StreamingHttpResponse):
    """Streams under ASGI without blocking the loop, and under WSGI as well."""

    def __init__(self, document: Document, stream: storage.Stream, name: str, *, inline: bool) -> None:
        super().__init__(stream, content_type=document.content_type)
        self._stream = stream
        shown_inline = inline and document.content_type == "application/pdf"
        self["Content-Disposition"] = content_disposition_header(not shown_inline, name) or "attachment"
        self["Content-Length"] = str(document.size)
        self["X-Content-Type-Options"] = "nosniff"
        self["Cache-Control"] = "private, no-store"
        self["X-Content-SHA256"] = document.sha256

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.asynchronous()
