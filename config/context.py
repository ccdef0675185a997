"""What the frame of every page shows: where one can go, as what one acts, and how much waits in the inbox."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Notification, Role, User

MEMBER: Final = "member"
REVIEWER: Final = "reviewer"
EVERYONE: Final = "*"


class Place(NamedTuple):
    """One entry of a bar: a URL name, its word and icon, and the roles that see it."""

    name: str
    label: str | Promise
    icon: str
    roles: frozenset[str]


def _place(name: str, label: str | Promise, icon: str, *roles: str) -> Place:
    return Place(name, label, icon, frozenset(roles or (EVERYONE,)))


OPERATOR, DECIDER, SUPERVISOR, FINANCE = Role.OPERATOR, Role.DECIDER, Role.SUPERVISOR, Role.FINANCE

NAV: Final = (
    _place("work", _("My work"), "briefcase"),
    _place("inbox", _("Inbox"), "bell"),
    _place("challenge_list", _("Challenges"), "list-details"),
    _place("import", _("Import a list"), "file-import", OPERATOR),
    _place("bids", _("Bids"), "file-text", MEMBER, OPERATOR, SUPERVISOR),
    _place("reviews", _("Reviews"), "scale", REVIEWER),
    _place("expert_apply", _("Expert profile"), "id-badge-2", REVIEWER),
    _place("panels", _("Panels"), "users-group", OPERATOR, SUPERVISOR),
    _place("awards", _("Awards"), "trophy", OPERATOR, DECIDER, SUPERVISOR),
    _place("contracts", _("Contracts"), "file-certificate", MEMBER, OPERATOR, SUPERVISOR, FINANCE),
    _place("outcomes", _("Outcomes"), "bulb", MEMBER, OPERATOR, DECIDER, SUPERVISOR),
    _place("payments", _("Payments"), "cash", MEMBER, OPERATOR, DECIDER, SUPERVISOR, FINANCE),
    _place("credit_records", _("Credit records"), "shield-check", MEMBER, OPERATOR, DECIDER, SUPERVISOR),
    _place("payment_batches", _("Bank files"), "building-bank", SUPERVISOR, FINANCE),
    _place("bookings", _("Books"), "report-money", OPERATOR, DECIDER, SUPERVISOR, FINANCE),
    _place("ledger", _("Ledger"), "history", OPERATOR, DECIDER, SUPERVISOR),
    _place("experts", _("Experts"), "school", OPERATOR, SUPERVISOR),
    _place("organizations", _("Organisations"), "building", MEMBER, OPERATOR, SUPERVISOR),
    _place("rule_sets", _("Rule sets"), "adjustments", OPERATOR, DECIDER, SUPERVISOR),
    _place("region", _("The region"), "chart-bar", OPERATOR, DECIDER, SUPERVISOR, FINANCE),
    _place("calendar", _("Calendar"), "calendar", OPERATOR, DECIDER, SUPERVISOR),
)
PUBLIC: Final = (
    _place("challenge_list", _("Challenges"), "list-details"),
    _place("awards", _("Award notices"), "trophy"),
    _place("cases", _("Solved cases"), "medal"),
    _place("region", _("The region"), "chart-bar"),
)
SETTINGS: Final = (
    _place("profile", _("Profile"), "user"),
    _place("account_email", _("E-mail addresses"), "mail"),
    _place("account_change_password", _("Password"), "key"),
    _place("mfa_index", _("Two-step sign-in"), "shield-lock"),
    _place("usersessions_list", _("Signed-in devices"), "device-laptop"),
)
ROLE_WORDS: Final = {
    MEMBER: _("Owner and bidder"),
    REVIEWER: _("Reviewer"),
    **{role.value: role.label for role in Role},
}


def frame(request: HttpRequest) -> dict[str, "Frame"]:
    """Give templates `frame`; nothing is looked up before a page asks for it."""
    return {"frame": of(request)}


def of(request: HttpRequest) -> "Frame":
    """The frame of this request; a page that asks for the role shares its one query."""
    found: Frame = request.__dict__.setdefault("frame", Frame(request))
    return found


class Frame:
    """The frame of one page, for one person. At most one query, whatever is shown."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.demo: bool = settings.RULE_SET == "demo"

    @cached_property
    def user(self) -> User | None:
        """Who is signed in."""
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def layout(self) -> str:
        """The layout of a page that is public and a place of work: with the side bar for who is signed in."""
        return "layout_work.html" if self.user else "layout_public.html"

    @cached_property
    def _known(self) -> dict[str, Any]:
        """The unread count, and whether there is a membership and a place in the expert pool: the one query."""
        if not self.user:
            return {}
        waiting = Notification.objects.filter(recipient=OuterRef("pk"), read_at=None).order_by().values("recipient")
        known = (
            User.objects.filter(pk=self.user.pk)
            .annotate(
                unread=Coalesce(Subquery(waiting.annotate(n=Count("*")).values("n")), 0),
                is_member=Exists(Membership.objects.filter(user=OuterRef("pk"), ended_at=None)),
                is_reviewer=Exists(apps.get_model("reviews", "Expert").objects.filter(user=OuterRef("pk"))),
            )
            .values("unread", "is_member", "is_reviewer")
            .get()
        )
        return dict(known)

    @cached_property
    def unread(self) -> int:
        """How many notifications have not been read."""
        return int(self._known.get("unread", 0))

    @cached_property
    def _held(self) -> list[str]:
        held = [role.value for role in Role if self.user and role.value in self.user.roles]
        if self._known.get("is_reviewer"):
            held.append(REVIEWER)
        if self._known.get("is_member") or (self.user and not held):
            held.append(MEMBER)
        return held

    @cached_property
    def role(self) -> str:
        """What this person looks at the site as: it arranges the bar and gives no right. A choice lasts the session."""
        asked = self.request.GET.get("role")
        if asked in self._held:
            self.request.session["role"] = asked
            return asked
        kept = self.request.session.get("role") if self.user else ""
        return kept if kept in self._held else next(iter(self._held), "")

    @cached_property
    def roles(self) -> list[dict[str, Any]]:
        """Every role this person holds, for the open switch in the side bar."""
        base = _address("work")
        return [
            {"key": key, "label": ROLE_WORDS[key], "url": f"{base}?role={key}", "active": key == self.role}
            for key in self._held
        ]

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        """The side bar of the role; pages that do not exist are left out."""
        return self._items(place for place in NAV if place.roles & {EVERYONE, self.role})

    @cached_property
    def public_nav(self) -> list[dict[str, Any]]:
        """The bar at the top, for everyone."""
        return self._items(PUBLIC)

    @cached_property
    def settings(self) -> list[dict[str, Any]]:
        """A person's own pages."""
        return self._items(SETTINGS)

    def _items(self, places: Iterable[Place]) -> list[dict[str, Any]]:
        found = [(place, url) for place in places if (url := _address(place.name))]
        here = max((url for _place, url in found if self._within(url)), key=len, default="")
        return [
            {
                "key": place.name,
                "label": place.label,
                "icon": place.icon,
                "url": url,
                "active": url == here,
                "count": self.unread if place.name == "inbox" else 0,
            }
            for place, url in found
        ]

    def _within(self, url: str) -> bool:
        path = self.request.path
        return path == url or (url != "/" and path.startswith(url)) or (url == "/" and path.startswith("/challenges/"))


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
