"""What every page does the same way: find the object in sight, list its steps as buttons, cut a list into pages."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts import kinds, workflow
from accounts.models import Stateful, User
from accounts.policy import visible

PAGE_SIZE = 20
LAST_PAGE = 1_000  # nobody turns that many pages; beyond it the filters serve better than a deep offset
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Slice:
    """One page of a list, read with one row more than it shows instead of a count of all."""

    rows: list[Any]
    number: int = 1
    has_next: bool = False
    total: int | None = None

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def more_than_counted(self) -> bool:
        """Whether counting stopped at its limit."""
        return self.total is not None and self.total >= COUNT_LIMIT


def slice_of(rows: QuerySet[Any], request: HttpRequest, *, size: int = PAGE_SIZE, count: bool = False) -> Slice:
    """The page of `rows` the request asks for; `count` also counts them, up to `COUNT_LIMIT`."""
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), LAST_PAGE) if asked.isdecimal() and len(asked) < 9 else 1
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    total = None
    if count:
        known = number == 1 and len(found) <= size
        total = len(found) if known else rows.order_by()[:COUNT_LIMIT].count()
    return Slice(rows=found[:size], number=number, has_next=len(found) > size, total=total)


def in_sight(user: User | AnonymousUser, kind_name: str, pk: UUID, *select: str) -> Any:
    """The object of this kind and key if the person may see it; Http404 otherwise."""
    kind = kinds.get(kind_name)
    if kind is None:
        raise Http404
    found = visible(user, kind.view).select_related(*kind.select, *select).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def actions_of(
    user: User | AnonymousUser,
    obj: Stateful,
    *,
    leave_out: Collection[str] = (),
    urls: dict[str, str] | None = None,
    first: Iterable["Action"] = (),
) -> list["Action"]:
    """The steps open from the object's state that concern this person, as `parts/actions.html` shows them.

    `urls` leads a step to a page of its own instead of the generic one; `first` are further actions put before them.
    """
    kind = kinds.of(obj)
    if kind is None:
        return list(first)
    return [
        *first,
        *(
            Action(
                name=found.name,
                label=str(found.label),
                allowed=found.allowed,
                reason=str(found.reason),
                url=(urls or {}).get(found.name) or step_url(obj, found.name),
                style="" if found.style == "secondary" else found.style,
            )
            for found in workflow.transitions(user, obj)
            if found.concerns_me and found.name not in leave_out
        ),
    ]


@dataclass(frozen=True)
class Action:
    """One button of `parts/actions.html`."""

    name: str
    label: str
    url: str
    allowed: bool = True
    reason: str = ""
    style: str = ""
    icon: str = ""
    method: str = ""


def page_url(obj: Stateful) -> str:
    """The address of the object's page, or of the list of challenges when it has none."""
    kind = kinds.of(obj)
    return address(kind.page, obj.pk) if kind else "/"


def step_url(obj: Stateful, name: str) -> str:
    """The address of the page on which a step is taken."""
    kind = kinds.of(obj)
    return address("step", kind.name, obj.pk, name) if kind else "/"


def address(name: str, *args: Any) -> str:
    """The address of a named page, or of the list of challenges while no such page exists."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return "/"
