"""One challenge after its ranking: the rows, people and moments that whatever is told of it needs at hand."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import Model

from reviews.generate.people import Crowd, Person, new_id
from reviews.generate.rows import Rows
from reviews.generate.story import MOMENT, Frozen, Story
from reviews.generate.trail import Act, Trail


@dataclass
class Scene:
    """What is told of one challenge; `turns` counts over all of them, so that each branch comes in its turn."""

    rows: Rows
    story: Story
    crowd: Crowd
    frozen: Frozen
    chance: Random
    trail: Trail
    today: datetime
    turns: Counter[str]

    @property
    def finance(self) -> Person:
        """Who pays."""
        return self.crowd.staff["finance"][0]

    @property
    def end(self) -> datetime:
        """Until when there is something to tell: the challenge's end, or today."""
        return self.story.at.get("ended") or self.today - MOMENT

    def decider(self, other: int) -> Person:
        """A decider who is not the challenge's own: its first other one, or its second."""
        return self.crowd.decider(self.story.part.place + other)

    def turn(self, what: str) -> int:
        """How many of these were told before."""
        self.turns[what] += 1
        return self.turns[what] - 1

    def during(self, share: float) -> datetime:
        """A moment between signature (0) and end (1)."""
        signed = self.story.at["signed"]
        return (signed + (self.end - signed) * share).replace(microsecond=0)

    def add(self, model: type[Model], **values: Any) -> UUID:
        """Keep one row under a new key, which it answers."""
        made = new_id(self.chance)
        self.rows.add(model, id=made, **values)
        return made

    def act(self, action: str, kind: str, obj: UUID, source: str, target: str, at: datetime,
            actor: Person | None = None, role: str = "platform", /, **data: Any) -> None:  # fmt: skip
        """A step that stands in the challenge's own chain."""
        self.story.acts.append(Act(action, kind, obj, source, target, at, actor, role, data))
