"""The one WebSocket: a person's inbox. It carries ids only; whoever gets one asks again through the ordinary doors."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.models import ApiToken, Notification, User


class BearerAuth:
    """Lets programs sign in with `Authorization: Bearer TOKEN` where a browser brings its session."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        value = headers.get(b"authorization", b"").decode("latin-1")
        if value.startswith("Bearer "):
            user = await database_sync_to_async(ApiToken.find_user)(value.removeprefix("Bearer ").strip())
            if user is not None:
                scope["user"] = user
        return await self.inner(scope, receive, send)


def SocketAuth(inner: Any) -> Any:  # noqa: N802  (wraps an application as the middleware classes around it do)
    """Session first, then bearer token."""
    return AuthMiddlewareStack(BearerAuth(inner))


class InboxConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Sends `{"type": "inbox", "id", "challenge", "unread"}` when something new waits for the person."""

    async def connect(self) -> None:
        """Accept signed-in people only, and tell them at once how much is unread."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated or not user.is_active:
            await self.close(code=4401)
            return
        self.user = user
        self.group = f"user.{user.pk}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send_json({"type": "hello", "unread": await self._unread()})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def nudge(self, event: dict[str, Any]) -> None:
        """A nudge from `config.realtime`: pass the ids on, if the person may still be told."""
        if not await self._still_active():
            await self.close(code=4401)
            return
        await self.send_json({**event["what"], "unread": await self._unread()})

    @database_sync_to_async
    def _unread(self) -> int:
        return Notification.objects.filter(recipient=self.user, read_at=None).count()

    @database_sync_to_async
    def _still_active(self) -> bool:
        return User.objects.filter(pk=self.user.pk, is_active=True).exists()
