"""What waits for a person, by role: computed from the states of what they may see, never stored.

Each role costs a fixed number of queries. A row is a hint where to go; the page it leads to asks the policy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from reviews.work.authorities import decider, finance, supervisor
from reviews.work.items import Item
from reviews.work.operators import operator
from reviews.work.parties import member
from reviews.work.reviewers import reviewer


@dataclass(frozen=True)
class Work:
    """Everything that waits, grouped by when."""

    today: list[Item]
    week: list[Item]
    later: list[Item]
    others: list[Item]

    @property
    def is_empty(self) -> bool:
        return not (self.today or self.week or self.later or self.others)


ROLES: dict[str, Callable[[User], Iterator[Item]]] = {
    "operator": operator,
    "decider": decider,
    "supervisor": supervisor,
    "finance": finance,
    "member": member,
    "reviewer": reviewer,
}


def work_of(user: User, role: str) -> Work:
    """What waits for `user` when they act as `role`, most urgent first."""
    items = list(ROLES[role](user)) if role in ROLES else []
    now = timezone.localtime()
    tonight = datetime.combine(now.date(), time.max, now.tzinfo)
    far = tonight + timedelta(days=36500)
    items.sort(key=lambda item: item.due or far)
    mine = [item for item in items if item.is_mine]
    week = tonight + timedelta(days=7)
    return Work(
        today=[item for item in mine if item.due and item.due <= tonight],
        week=[item for item in mine if item.due and tonight < item.due <= week],
        later=[item for item in mine if item.due is None or item.due > week],
        others=[item for item in items if not item.is_mine],
    )
