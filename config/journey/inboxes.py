"""Everybody's inbox, heard over the WebSocket: each nudge is followed by asking what came, and that is printed."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from config.journey.client import Failed, Json, Person, until

ARRIVAL_SECONDS = 60


class Inbox:
    """One person's inbox from now on; what the socket announced is in `told`, in order."""

    def __init__(self, person: Person, say: Callable[[str], None]) -> None:
        self.person, self._say = person, say
        self.told: list[Json] = []
        self._cursor = self._start = person.get("inbox", size=1)["cursor"]
        self._open = ExitStack()
        self._socket = self._connect()
        self._thread = threading.Thread(target=self._listen, daemon=True, name=f"inbox of {person.name}")
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self._open.close()
        self._thread.join(5)

    def all_since_start(self) -> set[str]:
        """What the inbox itself holds since this began, asked afresh."""
        ids: set[str] = set()
        cursor, more = self._start, True
        while more:
            page = self.person.get("inbox", after=cursor)
            ids |= {item["id"] for item in page["items"]}
            cursor, more = page["cursor"], page["more"]
        return ids

    def _connect(self) -> ClientConnection:
        site = self.person.site
        address = site.replace("http", "ws", 1) + "/ws/inbox"
        headers = {"Authorization": f"Bearer {self.person.token}"}
        try:
            # A browser names the page's origin; the site's check of it asks the same of a program.
            opened = connect(address, additional_headers=headers, origin=Origin(site), open_timeout=20)
            return self._open.enter_context(opened)
        except (OSError, WebSocketException) as fault:
            raise Failed(f"{self.person.shown}: the WebSocket {address} does not open ({fault}).") from fault

    def _listen(self) -> None:
        try:
            for message in self._socket:
                if json.loads(message).get("type") == "inbox":
                    self._ask()
        except (ConnectionClosed, Failed):
            return

    def _ask(self) -> None:
        more = True
        while more:
            news = self.person.get("inbox", after=self._cursor)
            self._cursor, more = news["cursor"], news["more"]
            for item in news["items"]:
                self.told.append(item)
                self._say(f"      ↳ {self.person.shown} is told: {item['title']}")


def check_arrivals(inboxes: list[Inbox]) -> int:
    """How many notifications came over the sockets; `Failed` when one is missing or came twice."""
    for inbox in inboxes:
        who = inbox.person.shown
        until(
            f"{who}: every notification over the socket",
            lambda inbox=inbox: inbox.all_since_start() <= {item["id"] for item in inbox.told},  # type: ignore[misc]
            seconds=ARRIVAL_SECONDS,
        )
        ids = [item["id"] for item in inbox.told]
        if len(ids) != len(set(ids)):
            raise Failed(f"{who} was told the same thing twice.")
    return sum(len(inbox.told) for inbox in inboxes)
