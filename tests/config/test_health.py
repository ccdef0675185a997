"""`/healthz` and `/readyz`: which part is down is said, where it is is not."""

import pytest
from django.db import connection

from config.local.ports import free_port

pytestmark = pytest.mark.django_db


def test_healthz_of_a_process_that_serves_is_ok(client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_readyz_with_every_part_up_is_ready(client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "parts": {"database": "up", "valkey": "up", "store": "up"}}


def _kill_database(_settings, monkeypatch) -> None:
    parameters = connection.get_connection_params() | {"port": free_port()}
    monkeypatch.setattr(connection, "get_connection_params", lambda: parameters)


def _kill_valkey(settings, _monkeypatch) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"


def _kill_store(settings, _monkeypatch) -> None:
    settings.S3 = settings.S3 | {"endpoint": f"127.0.0.1:{free_port()}"}


@pytest.mark.parametrize(
    ("part", "kill"), [("database", _kill_database), ("valkey", _kill_valkey), ("store", _kill_store)]
)
def test_readyz_names_the_part_that_is_down(client, settings, monkeypatch, part, kill) -> None:
    kill(settings, monkeypatch)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert [name for name, state in answer.json()["parts"].items() if state == "down"] == [part]
    assert "127.0.0.1" not in answer.content.decode()
