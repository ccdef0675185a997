"""Telling people: rows written in the transaction of the change, delivered after its commit.

Each app registers its notices: what a kind of notification says, whom it concerns and whether it asks them to act.
The row is both inbox and outbox; a delivery that dies with a worker is taken up again by the clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Notification, Stateful, User
from accounts.policy import Text


@dataclass(frozen=True)
class Notice:
    """One kind of notification; `title` may use the named values of the row's data.

    `page` names the page it leads to where that is not the object's own.
    """

    title: Text
    audience: Callable[[Any], Iterable[User]]
    needs_action: bool = False
    page: str = ""


_notices: dict[str, Notice] = {}
_deliver: list[Callable[[list[str]], None]] = []


def register(notices: Mapping[str, Notice]) -> None:
    """Add an app's notices; a kind may be declared once only."""
    twice = _notices.keys() & notices.keys()
    if twice:
        raise ValueError(f"Declared twice: {sorted(twice)}")
    _notices.update(notices)


def kinds() -> Mapping[str, Notice]:
    """All declared kinds."""
    return _notices


def deliver_with(function: Callable[[list[str]], None]) -> None:
    """Name the function that is given the new rows' ids once their transaction has committed."""
    _deliver[:] = [function]


def tell(kind: str, obj: Stateful, *, actor: User | None = None, **data: Any) -> list[Notification]:
    """Write one row for each person the notice concerns, but not for the one who acted."""
    notice = _notices[kind]
    recipients = {user.pk: user for user in notice.audience(obj) if user.is_active and user != actor}
    return write(kind, obj, recipients.values(), **data)


def write(kind: str, obj: Stateful, recipients: Iterable[User], **data: Any) -> list[Notification]:
    """Write rows for exactly these people and have them delivered after commit."""
    rows = Notification.objects.bulk_create(
        Notification(
            recipient=recipient,
            kind=kind,
            object_kind=obj._meta.model_name or "",
            object_id=obj.pk,
            challenge_id=obj.ledger_challenge,
            data={"object": obj.label, **{key: value for key, value in data.items() if isinstance(value, str | int)}},
            needs_action=_notices[kind].needs_action,
        )
        for recipient in recipients
    )
    if rows and _deliver:
        ids = [str(row.pk) for row in rows]
        transaction.on_commit(lambda: _deliver[0](ids), robust=True)
    return rows


def title(row: Notification) -> str:
    """The sentence of a row in the reader's language."""
    notice = _notices.get(row.kind)
    return str(notice.title) % _Gaps(row.data) if notice else row.kind


class _Gaps(dict[str, Any]):
    """Named values of which a missing one shows as a dash, so that an old row never breaks a page."""

    def __missing__(self, key: str) -> str:
        return "—"
