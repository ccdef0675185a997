"""The queue and its clock: a dead broker holds nobody up, and beat leaves a sign of life."""

import time

import pytest
from django.conf import settings
from kombu.exceptions import OperationalError

from config import beat
from config.celery import app
from config.local.ports import free_port


def test_task_sent_to_a_dead_broker_fails_at_once() -> None:
    started = time.monotonic()

    with app.connection(f"redis://127.0.0.1:{free_port()}/0") as connection, pytest.raises(OperationalError):
        app.send_task("any", connection=connection)

    assert time.monotonic() - started < 2


def test_task_sent_to_the_broker_waits_there() -> None:
    app.send_task("nobody.runs.this", queue="test_task_sent")

    with app.connection() as connection, connection.SimpleQueue("test_task_sent") as queue:
        assert queue.get(timeout=5).headers["task"] == "nobody.runs.this"


def test_beat_that_turned_is_alive_until_forgotten() -> None:
    beat.forget(settings.REDIS_URL)
    assert not beat.is_alive(settings.REDIS_URL)

    beat.Scheduler(app, lazy=True).tick()
    assert beat.is_alive(settings.REDIS_URL)

    beat.forget(settings.REDIS_URL)
    assert not beat.is_alive(settings.REDIS_URL)


def test_beat_without_valkey_is_not_alive_and_goes_on(monkeypatch) -> None:
    dead = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(app.conf, "broker_url", dead)

    assert beat.Scheduler(app, lazy=True).tick() > 0
    assert not beat.is_alive(dead)
