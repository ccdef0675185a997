"""What the invented steps leave: ledger chains that verify, and people told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from accounts import ledger, notifications
from accounts.models import LedgerEntry, Notification
from reviews.generate.people import Person, new_id
from reviews.generate.rows import Rows


@dataclass
class Act:
    """One step: what was done to what, from which state to which, when, by whom as what."""

    action: str
    kind: str
    object: UUID
    source: str
    target: str
    at: datetime
    actor: Person | None = None
    role: str = "platform"
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Somebody learns of something."""

    recipient: UUID
    kind: str
    object_kind: str
    object: UUID
    challenge: UUID
    title: str
    at: datetime


class Trail:
    """Writes chains, and gathers what there is to tell until it is known how much of it is wanted."""

    def __init__(self, rows: Rows, chance: Random) -> None:
        self.rows, self.chance = rows, chance
        self.heard: list[Told] = []

    def chain(self, chain: UUID, challenge: UUID, acts: Iterable[Act]) -> None:
        """One whole chain, in the order of time."""
        previous = ledger.GENESIS
        for seq, act in enumerate(sorted(acts, key=lambda act: act.at), start=1):
            values = {
                "chain": chain, "seq": seq, "challenge_id": challenge, "at": act.at,
                "actor_id": act.actor.id if act.actor else None, "acting_as": act.role, "action": act.action,
                "object_kind": act.kind, "object_id": act.object, "source": act.source, "target": act.target,
                "data": act.data, "previous": previous,
            }  # fmt: skip
            previous = ledger.digest(cast(LedgerEntry, SimpleNamespace(**values)))
            self.rows.add(LedgerEntry, id=new_id(self.chance), hash=previous, **values)

    def tell(self, count: int, public: list[Told], people: list[Person], *, read_before: datetime) -> None:
        """Exactly `count` notifications: what was heard, else everybody is told of public challenges in turn."""
        kinds = notifications.kinds()
        heard = self.heard
        step = max(1, len(heard) // count) if count else 1
        chosen = heard[::step][:count]
        for place in range(count):
            if place < len(chosen):
                told, recipient = chosen[place], chosen[place].recipient
            else:
                told, recipient = public[place % len(public)], people[(place * 7919) % len(people)].id
                if place % 100 == 0:
                    recipient = people[0].id  # somebody whose inbox is long
            self.rows.add(
                Notification, id=new_id(self.chance), recipient_id=recipient, kind=told.kind,
                object_kind=told.object_kind, object_id=told.object, challenge_id=told.challenge,
                data={"object": told.title}, needs_action=kinds[told.kind].needs_action, created_at=told.at,
                due_at=told.at,
                read_at=told.at if told.at < read_before and place % 5 else None, delivered_at=told.at,
            )  # fmt: skip
            self.rows.breathe()
