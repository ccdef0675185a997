"""The object store, real and failing: what is put comes back, and a store that is down is one clear sentence."""

import asyncio
import io
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from config import storage
from config.local.ports import free_port

CONTENT = "揭榜挂帅".encode() * 200_000


def put(key: str, content: bytes = CONTENT) -> None:
    storage.put(key, io.BytesIO(content), len(content), "application/pdf")


@pytest.fixture
def elsewhere(settings) -> Callable[..., None]:
    def point(**changed: object) -> None:
        settings.S3 = settings.S3 | changed

    return point


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def broken_port() -> Iterator[int]:
    """A store that promises 1,000 bytes, sends four and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%PDF")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def test_object_put_comes_back_whole() -> None:
    put("whole")

    stream = storage.open("whole")

    assert stream.size == len(CONTENT)
    assert b"".join(stream) == CONTENT


def test_object_put_comes_back_whole_asynchronously() -> None:
    put("asynchronous")

    async def read() -> bytes:
        return b"".join([chunk async for chunk in storage.open("asynchronous").asynchronous()])

    assert asyncio.run(read()) == CONTENT


def test_object_put_again_is_replaced() -> None:
    put("again", b"first")
    put("again", b"second")

    assert b"".join(storage.open("again")) == b"second"


def test_open_of_unknown_key_is_not_stored() -> None:
    with pytest.raises(storage.NotStored):
        storage.open("nobody-put-this")


def test_delete_removes_and_may_be_repeated() -> None:
    put("deleted", b"x")

    storage.delete("deleted")
    storage.delete("deleted")

    with pytest.raises(storage.NotStored):
        storage.open("deleted")


def test_link_serves_the_object_and_names_the_file() -> None:
    put("linked", b"%PDF-1.7")

    link = storage.presign("linked", "申报书 1.pdf")

    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.read() == b"%PDF-1.7"
    asked = parse_qs(urlsplit(link).query)
    assert asked["response-content-disposition"] == ["attachment; filename*=UTF-8''%E7%94%B3%E6%8A%A5%E4%B9%A6%201.pdf"]


def test_link_never_lives_longer_than_a_minute() -> None:
    link = storage.presign("any", "any.pdf", seconds=3600)

    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["60"]


def test_object_without_signature_is_refused() -> None:
    put("private", b"secret")
    link = storage.presign("private", "private.pdf").partition("?")[0]

    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(link, timeout=10)
    assert refusal.value.code == 403


def test_bucket_made_by_many_at_once_is_made(elsewhere) -> None:
    elsewhere(bucket="made-at-once")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(storage.ensure_bucket) for _ in range(8)]:
            done.result()

    storage.ping()


def test_ping_without_bucket_is_down(elsewhere) -> None:
    elsewhere(bucket="nobody-made-this")

    with pytest.raises(storage.StoreDown):
        storage.ping()


@pytest.mark.parametrize(
    "call",
    [
        storage.ping,
        storage.ensure_bucket,
        lambda: put("x", b"x"),
        lambda: storage.open("x"),
        lambda: storage.delete("x"),
    ],
    ids=["ping", "ensure_bucket", "put", "open", "delete"],
)
def test_dead_store_is_one_sentence(elsewhere, call) -> None:
    elsewhere(endpoint=f"127.0.0.1:{free_port()}")

    with pytest.raises(storage.StoreDown) as fault:
        call()
    assert "\n" not in str(fault.value)
    assert "127.0.0.1" not in str(fault.value)


@pytest.mark.parametrize(
    ("limit", "call"), [("READ_SECONDS", lambda: storage.open("any")), ("PING_SECONDS", storage.ping)]
)
def test_silent_store_is_down_after_the_time_out(elsewhere, silent_port, monkeypatch, limit, call) -> None:
    monkeypatch.setattr(storage, limit, 0.3)
    elsewhere(endpoint=f"127.0.0.1:{silent_port}")

    with pytest.raises(storage.StoreDown):
        call()


def test_store_that_hangs_up_midway_is_down(elsewhere, broken_port) -> None:
    elsewhere(endpoint=f"127.0.0.1:{broken_port}")
    stream = storage.open("any")

    with pytest.raises(storage.StoreDown):
        list(stream)


def test_wrong_keys_are_a_store_that_cannot_serve(elsewhere) -> None:
    elsewhere(secret_key="not-the-secret")

    with pytest.raises(storage.StoreDown):
        storage.open("any")


def test_fault_of_the_callers_stream_is_not_the_stores() -> None:
    class Broken(io.BytesIO):
        def read(self, *_size: int | None) -> bytes:
            raise OSError("the upload broke off")

    with pytest.raises(OSError, match="broke off"):
        storage.put("broken", Broken(), 10, "application/pdf")
