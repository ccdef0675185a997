"""Nudges to open pages: the only module that sends to the channel layer.

The inbox table is the truth; a nudge only tells a page that it is worth asking again. So a layer that is down is
logged once until it is back, and never stops the work that was done.
"""

import asyncio
import logging
from hashlib import sha256
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)
LONGEST_SECONDS = 2.0


class _Layer:
    """Remembers whether the layer answered last time, so that an outage fills no log."""

    down = False


def group(user_id: object) -> str:
    """The group that every open page of this user listens to."""
    return f"user.{user_id}"


def session_group(session_key: str) -> str:
    """The group of the open pages of one signed-in session; the key itself stays out of the channel layer."""
    return f"session.{sha256(session_key.encode()).hexdigest()[:40]}"


def nudge(user_id: object, what: dict[str, Any]) -> bool:
    """Send `what` (ids only, no content) to the user's open pages; never raises and waits two seconds at most.

    Answers whether the layer took it.
    """
    return _tell(group(user_id), {"type": "nudge", "what": what})


def end_session(session_key: str) -> None:
    """Close the sockets of a session that is over; never raises and waits two seconds at most."""
    _tell(session_group(session_key), {"type": "end"})


def _tell(to: str, message: dict[str, Any]) -> bool:
    try:
        async_to_sync(_send)(to, message)
    except Exception as fault:
        if not _Layer.down:
            logger.warning("Open pages are not told of changes: the channel layer does not answer (%s).", fault)
        _Layer.down = True
    else:
        _Layer.down = False
    return not _Layer.down


async def _send(to: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(LONGEST_SECONDS):
        await layer.group_send(to, message)
