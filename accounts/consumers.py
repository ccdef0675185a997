"""The one WebSocket: a person's inbox. It carries ids only; whoever gets one asks again through the ordinary doors."""

from typing import Any

from channels.auth import AuthMiddlewareStack, get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import ApiToken, Notification
from config import realtime

SIGNED_OUT = 4401


class BearerAuth:
    """Lets programs sign in with `Authorization: Bearer TOKEN` where a browser brings its session."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        value = headers.get(b"authorization", b"").decode("latin-1")
        if value.startswith("Bearer "):
            scope["token"] = value.removeprefix("Bearer ").strip()
            scope["user"] = await database_sync_to_async(ApiToken.find_user)(scope["token"])
        return await self.inner(scope, receive, send)


def SocketAuth(inner: Any) -> Any:  # noqa: N802  (wraps an application as the middleware classes around it do)
    """The bearer token where one is brought, else the session."""
    return AuthMiddlewareStack(BearerAuth(inner))


class InboxConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Sends `{"type": "inbox", "id", "challenge", "unread"}` when something new waits for the person.

    A socket lives as long as what it was opened with: it is closed when its session ends, and before each nudge
    session or token must still name the same active person.
    """

    async def connect(self) -> None:
        """Accept signed-in people only, and tell them at once how much is unread."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated or not user.is_active:
            await self.close(code=SIGNED_OUT)
            return
        self.user = user
        self.joined = [realtime.group(user.pk)]
        if "token" not in self.scope:
            self.joined.append(realtime.session_group(self.scope["session"].session_key))
        for name in self.joined:
            await self.channel_layer.group_add(name, self.channel_name)
        await self.accept()
        await self.send_json({"type": "hello", "unread": await self._unread()})

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        for name in getattr(self, "joined", ()):
            await self.channel_layer.group_discard(name, self.channel_name)

    async def nudge(self, event: dict[str, Any]) -> None:
        """A nudge from `config.realtime`: pass the ids on, if the person may still be told."""
        if await self._still_signed_in():
            await self.send_json({**event["what"], "unread": await self._unread()})
        else:
            await self.close(code=SIGNED_OUT)

    async def end(self, _event: dict[str, Any]) -> None:
        """The session is over: signed out here, or from another device."""
        await self.close(code=SIGNED_OUT)

    @database_sync_to_async
    def _unread(self) -> int:
        return Notification.objects.filter(recipient=self.user, read_at=None).count()

    async def _still_signed_in(self) -> bool:
        if "token" in self.scope:
            found = await database_sync_to_async(ApiToken.find_user)(self.scope["token"])
        else:
            # What this socket holds of its session is as old as its handshake.
            found = await get_user({"session": SessionStore(self.scope["session"].session_key)})
        return bool(found == self.user)
