"""Who may do what: one engine, fed by each app's table.

A rule answers twice: `allows` for one object, with the reason when it refuses, and `scope` for the rows of a list.
A test holds the two equal for every row and persona. Nothing is allowed that no rule names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A person (accounts.models.User), AnonymousUser, or None for the platform itself. The models import this module for
# their decorators, so it cannot name them.
Actor = Any
Text = str | Promise

NOT_YOURS = "role"  # the action belongs to another role: pages leave it out instead of showing it disabled


@dataclass(frozen=True)
class Decision:
    """Whether an action is allowed: as which role, or with which reason not."""

    allowed: bool
    reason: Text = ""
    role: str = ""
    code: str = ""

    def __bool__(self) -> bool:
        return self.allowed


def allow(role: str) -> Decision:
    """Allowed, acting as `role`."""
    return Decision(allowed=True, role=role)


def deny(reason: Text, *, code: str = NOT_YOURS) -> Decision:
    """Refused; `code` tells programs why, `reason` tells people."""
    return Decision(allowed=False, reason=reason, code=code)


@dataclass(frozen=True)
class Rule:
    """One line of a policy table."""

    allows: Callable[[Any, Any], Decision]
    scope: Callable[[Any], QuerySet[Any]] | None = None


class Denied(Exception):
    """The person may not do this; carries the sentence to show and a code for programs."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(str(decision.reason))
        self.reason = decision.reason
        self.code = decision.code or "denied"


_rules: dict[str, Rule] = {}


def register(table: Mapping[str, Rule]) -> None:
    """Add an app's table; a name may be declared once only."""
    twice = _rules.keys() & table.keys()
    if twice:
        raise ValueError(f"Declared twice: {sorted(twice)}")
    _rules.update(table)


def actions() -> list[str]:
    """Every action that some rule names, sorted."""
    return sorted(_rules)


def rule(action: str) -> Rule | None:
    """The rule of an action, or None when nothing names it."""
    return _rules.get(action)


def can(user: Actor, action: str, obj: Model | None = None) -> Decision:
    """Whether `user` may do `action` on `obj`; an unknown action is refused."""
    found = _rules.get(action)
    if found is None:
        return deny(_("Nobody may do this."), code="unknown_action")
    return found.allows(user, obj)


def require(user: Actor, action: str, obj: Model | None = None) -> Decision:
    """The decision when it allows; raises `Denied` with the reason when it does not."""
    decision = can(user, action, obj)
    if not decision:
        raise Denied(decision)
    return decision


def visible(user: Actor, action: str) -> QuerySet[Any]:
    """The rows on which `user` may do `action`. Raises LookupError for an action without a scope."""
    found = _rules.get(action)
    if found is None or found.scope is None:
        raise LookupError(f"No scope is declared for {action}")
    return found.scope(user)


class may:  # noqa: N801  (reads as a word in the decorators: permission=may("challenge.publish"))
    """A transition's permission: the named action of the policy."""

    def __init__(self, action: str) -> None:
        self.action = action

    def __call__(self, instance: Any, user: Any) -> bool:
        return can(user, self.action, instance).allowed


def is_person(user: Actor) -> bool:
    """Whether this is an active account (neither the public nor the clock)."""
    return user is not None and user.is_authenticated and user.is_active


def holds(user: Actor, *roles: str) -> str:
    """The first of the platform duties `roles` that this person holds, or an empty string."""
    if user is None or isinstance(user, AnonymousUser) or not user.is_active:
        return ""
    return next((role for role in roles if role in user.roles), "")


def by_role(*roles: str) -> Callable[[Any, Any], Decision]:
    """A rule for holders of any of these platform duties."""

    def allows(user: Any, _obj: Any) -> Decision:
        role = holds(user, *roles)
        return allow(role) if role else deny(_("This belongs to another role."))

    return allows


def platform_only(user: Any, _obj: Any) -> Decision:
    """A rule for what the platform does by itself: by its clock, or as the consequence of a step that was allowed."""
    return allow("platform") if user is None else deny(_("The platform does this by itself."))
