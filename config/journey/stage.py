"""The stage the acts play on: the people, the objects made so far, and the printed record."""

import threading
from collections.abc import Callable
from typing import Any

from config.journey.client import Failed, Json, Person
from config.journey.inboxes import Inbox

STAFF = ("operator", "decider", "decider2", "supervisor", "finance")
BIDDERS = tuple(f"bidder{number}" for number in range(1, 5))
REVIEWERS = tuple(f"reviewer{number}" for number in range(1, 10))


class Stage:
    """Holds what the acts hand on to each other."""

    def __init__(self, site: str, password: str, *, language: str, write: Callable[[str], Any]) -> None:
        self._write, self._lock = write, threading.Lock()
        self.password = password
        self.steps = self.refusals = 0
        self.public = Person(site, "the public", language=language)
        self.people: dict[str, Person] = {}
        for name in (*STAFF, "owner", *BIDDERS, *REVIEWERS):
            person = Person(site, name, language=language)
            person.sign_in(password)
            self.people[name] = person
        self.inboxes = [Inbox(person, self.say) for person in self.people.values()]
        self.challenge = ""
        self.bids: dict[str, str] = {}
        self.documents: dict[str, Json] = {}
        self.panel = self.award = self.contract = self.winner = ""
        self.seats: dict[str, Json] = {}

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    @property
    def bidders(self) -> list[Person]:
        """The four teams' leaders."""
        return [self.people[name] for name in BIDDERS]

    @property
    def path(self) -> str:
        """The challenge's address."""
        return f"challenges/{self.challenge}"

    def say(self, line: str) -> None:
        """One whole line, whoever says it."""
        with self._lock:
            self._write(line)

    def act(self, title: str) -> None:
        """A new act begins."""
        self.say(f"\n== {title}")

    def done(self, what: str) -> None:
        """A step that went as the rules say."""
        self.steps += 1
        self.say(f"  ✓ {what}")

    def refusal(self, what: str, reason: str) -> None:
        """A refusal that the rules ask for."""
        self.refusals += 1
        self.say(f"  ✗ {what} is refused: {reason}")

    def state(self, expected: str) -> None:
        """The challenge stands where it should; `Failed` when not."""
        found = self["supervisor"].get(self.path)["state"]
        if found != expected:
            raise Failed(f"The challenge should be “{expected}” and is “{found}”.")

    def close(self) -> None:
        """Hang up every socket."""
        for inbox in self.inboxes:
            inbox.close()
