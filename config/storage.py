"""The object store: the only module that speaks to it, through plain S3 and one private bucket.

A store that does not answer, or answers with a fault of its own, raises `StoreDown` with a sentence a person can
read; an object that is not there raises `NotStored`. Time-outs are short, so that a dead store costs a request
seconds and not minutes. Faults of the caller's own stream pass through as they are.
"""

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO
from urllib.parse import quote

import urllib3
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _
from minio import Minio
from minio.error import MinioException, S3Error

CHUNK = 256 * 1024
PART = 10 * 1024 * 1024
CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
PING_SECONDS = 2.0
LONGEST_LINK = 60


class StoreDown(Exception):
    """The object store cannot be reached or cannot serve; the text says so to the person who asked."""

    def __init__(self) -> None:
        super().__init__(_("The document store cannot be reached right now. Nothing was lost; try again in a minute."))


class NotStored(LookupError):
    """No object has this key."""


class Stream:
    """An object being read: iterate over its bytes in chunks, or `asynchronous()` under ASGI; `close` it early."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self.size = int(response.headers.get("Content-Length", 0))

    def __iter__(self) -> Iterator[bytes]:
        try:
            with _store_faults():
                yield from self._response.stream(CHUNK)
        finally:
            self.close()

    async def asynchronous(self) -> AsyncIterator[bytes]:
        """The same chunks for an asynchronous response, read in a thread so that no other request waits."""
        chunks = iter(self)
        try:
            while chunk := await sync_to_async(lambda: next(chunks, b""), thread_sensitive=False)():
                yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Hand the connection back; safe to call twice."""
        self._response.close()
        self._response.release_conn()


def put(key: str, stream: BinaryIO, size: int, content_type: str) -> None:
    """Store `size` bytes of `stream` under `key`, replacing what was there; whole or not at all."""
    with _store_faults():
        _client().put_object(
            settings.S3["bucket"], key, stream, size, content_type=content_type, part_size=PART, num_parallel_uploads=1
        )


def open(key: str) -> Stream:  # noqa: A001  (always read as `storage.open`)
    """The object's bytes as a stream; the store is asked before this returns, so faults come here first."""
    with _store_faults():
        return Stream(_client().get_object(settings.S3["bucket"], key))


def presign(key: str, filename: str, seconds: int = LONGEST_LINK) -> str:
    """A link that downloads `key` as `filename` for at most 60 seconds; made without asking the store."""
    disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    with _store_faults():
        return _client().presigned_get_object(
            settings.S3["bucket"],
            key,
            expires=timedelta(seconds=min(seconds, LONGEST_LINK)),
            response_headers={"response-content-disposition": disposition},
        )


def delete(key: str) -> None:
    """Remove the object; one that is not there is no fault."""
    with _store_faults():
        _client().remove_object(settings.S3["bucket"], key)


def ensure_bucket() -> None:
    """Make the private bucket unless it is there; two callers at once both succeed."""
    client, bucket = _client(), settings.S3["bucket"]
    with _store_faults():
        if client.bucket_exists(bucket):
            return
        try:
            client.make_bucket(bucket)
        except S3Error as fault:
            if fault.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise


def ping() -> None:
    """Return if the store answers within two seconds, knows our keys and has the bucket; else raise `StoreDown`."""
    with _store_faults():
        if not _client(PING_SECONDS).bucket_exists(settings.S3["bucket"]):
            raise StoreDown


def _client(read_seconds: float | None = None) -> Minio:
    store = settings.S3
    keys = (store["access_key"], store["secret_key"])
    return _connect(store["endpoint"], *keys, store["region"], store["secure"], read_seconds or READ_SECONDS)


@functools.lru_cache(maxsize=4)
def _connect(endpoint: str, access_key: str, secret_key: str, region: str, secure: bool, read_seconds: float) -> Minio:
    pool = urllib3.PoolManager(
        maxsize=16,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
        retries=urllib3.Retry(total=1, connect=1, read=0, status=0, backoff_factor=0.1),
    )
    return Minio(
        endpoint=endpoint,
        access_key=access_key,
        secret_key=secret_key,
        region=region,
        secure=secure,
        http_client=pool,
    )


@contextmanager
def _store_faults() -> Iterator[None]:
    try:
        yield
    except S3Error as fault:
        if fault.code in {"NoSuchKey", "NoSuchObject"}:
            raise NotStored(fault.object_name) from fault
        raise StoreDown from fault
    except (MinioException, urllib3.exceptions.HTTPError) as fault:
        raise StoreDown from fault
