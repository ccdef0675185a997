"""Accounts' querysets, named for the screens that use them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from accounts import clock
from accounts.models import Notification, Organization, User
from accounts.models.words import holding
from accounts.policy import visible

# A row is stamped when its transaction begins and seen when it commits: this long is looked back, so that a row which
# was stamped early and committed late is not passed over.
LOOK_BACK = timedelta(seconds=60)
AT_ONCE = 50
SHORT = 12


@dataclass(frozen=True)
class News:
    """What came since a cursor; `more` when there is more than was read at once."""

    rows: list[Notification]
    cursor: str
    more: bool


def inbox(user: Any, *, unread_only: bool = False) -> QuerySet[Notification]:
    """A person's notifications, newest first."""
    rows = visible(user, "notification.view").order_by("-created_at", "-id")
    return rows.filter(read_at=None) if unread_only else rows


def news_since(user: User, cursor: str) -> News:
    """What came after `cursor`, oldest first, each once; without a cursor nothing, and where to begin."""
    rows = Notification.objects.filter(recipient=user).order_by("created_at", "id")
    since, known = _read_cursor(cursor)
    if since is None:
        start = clock.now()
        recent = rows.filter(created_at__gt=start - LOOK_BACK)
        return News([], _write_cursor(start, recent), more=False)
    window = list(rows.filter(created_at__gt=since - LOOK_BACK)[: AT_ONCE + len(known) + 1])
    fresh = [row for row in window if _short(row) not in known]
    given, more = fresh[:AT_ONCE], len(fresh) > AT_ONCE
    latest = max([since, *(row.created_at for row in given)])
    seen = [row for row in window if _short(row) in known or row in given]
    return News(given, _write_cursor(latest, seen), more=more)


def _short(row: Notification) -> str:
    return row.pk.hex[:SHORT]


def _read_cursor(cursor: str) -> tuple[datetime | None, set[str]]:
    """The moment and the ids already given around it; a cursor that cannot be read begins anew."""
    moment, _sign, ids = cursor.partition("~")
    try:
        since = parse_datetime(moment)
    except ValueError:
        since = None
    if since is None or since.tzinfo is None or not 2000 <= since.year < 9000:  # room to look back and ahead
        return None, set()
    return since, {part for part in ids.split(".") if len(part) == SHORT}


def _write_cursor(moment: datetime, seen: Iterable[Notification]) -> str:
    ids = [_short(row) for row in seen if row.created_at > moment - LOOK_BACK]
    return f"{moment.isoformat()}~{'.'.join(ids)}"


def named(organizations: QuerySet[Organization], text: str) -> QuerySet[Organization]:
    """Organisations whose name or code holds every term of `text`."""
    return holding(organizations, text)


def called(text: str) -> QuerySet[Any]:
    """Keys of the organisations that `text` finds, for lists of what belongs to one."""
    return named(Organization.objects.all(), text).order_by().values("pk")


def organizations(user: Any, *, text: str = "", state: str = "") -> QuerySet[Organization]:
    """The organisations `user` may see, by name, as `named` finds them."""
    rows = named(visible(user, "organization.view"), text).order_by("name", "id")
    return rows.filter(state=state) if state else rows
