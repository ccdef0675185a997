"""Nudges: they arrive where someone listens, and a dead layer stops nothing."""

import asyncio
import logging

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from config import realtime
from config.local.ports import free_port


@pytest.fixture(autouse=True)
def _no_outage_before(monkeypatch) -> None:
    monkeypatch.setattr(realtime._Layer, "down", False)


@pytest.fixture
def dead_layer(settings) -> None:
    settings.CHANNEL_LAYERS = {
        "default": settings.CHANNEL_LAYERS["default"]
        | {"CONFIG": {"hosts": [{"address": f"redis://127.0.0.1:{free_port()}/0", "socket_connect_timeout": 2}]}}
    }


@pytest.mark.asyncio
async def test_nudge_reaches_the_users_group_and_no_other() -> None:
    layer = get_channel_layer()
    mine, other = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("user.7", mine)
    await layer.group_add("user.8", other)

    await sync_to_async(realtime.nudge)(7, {"notification": "abc"})

    async with asyncio.timeout(5):
        assert await layer.receive(mine) == {"type": "nudge", "what": {"notification": "abc"}}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await layer.receive(other)


@pytest.mark.usefixtures("dead_layer")
def test_nudge_over_dead_layer_is_logged_once(caplog) -> None:
    with caplog.at_level(logging.WARNING, "config.realtime"):
        realtime.nudge(7, {})
        realtime.nudge(7, {})

    assert len([record for record in caplog.records if record.name == "config.realtime"]) == 1


@pytest.mark.usefixtures("dead_layer")
def test_nudge_after_an_outage_works_again(settings) -> None:
    realtime.nudge(7, {})
    assert realtime._Layer.down

    settings.CHANNEL_LAYERS = {
        "default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [settings.REDIS_URL]}}
    }
    realtime.nudge(7, {})

    assert not realtime._Layer.down
