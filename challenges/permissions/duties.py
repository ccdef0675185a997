"""Who somebody is on a challenge, and which duties exclude each other.

Duties are separated on each challenge: whoever executed a step may not decide, whoever decided may not execute, and
nobody with a stake (owner's member, team member, reviewer) acts for the platform.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, allow, deny, holds, is_person

TEAM = ("view_bid", "edit_bid")
SIGNATORIES = ("admin", "signatory")
READERS = ("operator", "decider", "supervisor")
STAFF = (*READERS, "finance")
ANOTHER_ROLE = _("This belongs to another role.")
# Steps that only the ledger remembers (eligibility, panel, draw) count as well for who holds several duties.
OTHER_DUTIES = {"decider": ("operator",), "operator": ("decider", "supervisor"), "supervisor": ("operator", "decider")}
Allows = Callable[[Any, Any], Decision]


def rows_of(name: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("challenges", name).objects.all()
    return rows


def either(rows: QuerySet[Any], *parts: QuerySet[Any]) -> QuerySet[Any]:
    """The rows that are in any of `parts`: by a union of keys, since of subqueries joined by OR every row is tried."""
    first, *others = (part.order_by().values("pk") for part in parts)
    return rows.filter(pk__in=first.union(*others))


def granted(user: Any, *codenames: str) -> QuerySet[Any]:
    """Ids of the bids on which `user` holds any of these grants, read from the direct-key grant table."""
    if not is_person(user):
        return rows_of("BidGrant").none().values("content_object")
    found = rows_of("BidGrant").filter(user=user, permission__codename__in=codenames)
    return found.values("content_object")


def grants_on(user: Any, bid: Any) -> frozenset[str]:
    """The grants `user` holds on one bid; remembered on the instance, which `perform` reads afresh."""
    if not is_person(user):
        return frozenset()
    memo = bid.__dict__.setdefault("_grants", {})
    if user.pk not in memo:
        rows = rows_of("BidGrant").filter(user=user, content_object=bid)
        memo[user.pk] = frozenset(rows.values_list("permission__codename", flat=True))
    return memo[user.pk]  # type: ignore[no-any-return]


def has_stake(user: Any, challenge: Any) -> bool:
    """Whether `user` bids or scores on the challenge, or held a seat and gave it up; remembered on the instance."""
    memo = challenge.__dict__.setdefault("_stakes", {})
    if user.pk not in memo:
        grants = rows_of("BidGrant").filter(user=user, content_object__challenge=challenge.pk)
        entries = apps.get_model("accounts", "LedgerEntry").objects.filter(
            challenge_id=challenge.pk, actor=user.pk, acting_as__in=("reviewer", "chair")
        )
        known = rows_of("Challenge").filter(Exists(grants) | Exists(entries), pk=challenge.pk)
        memo[user.pk] = known.exists()
    return bool(memo[user.pk])


def works_for_bidder(user: Any, challenge: Any) -> bool:
    """Whether `user` belongs to the lead or a partner of an opened bid; before the opening that is nobody's to know."""
    if challenge.opened_at is None or not user.membership_roles:
        return False
    memo = challenge.__dict__.setdefault("_employed", {})
    if user.pk not in memo:
        mine = list(user.membership_roles)
        bids = rows_of("Bid").filter(Q(lead__in=mine) | Q(partners__organization__in=mine), challenge=challenge)
        memo[user.pk] = bids.exclude(state__in=("draft", "submitted", "withdrawn")).exists()
    return bool(memo[user.pk])


def acted_as(user: Any, challenge: Any, *roles: str, before: datetime | None = None) -> bool:
    """Whether the ledger holds a step on the challenge, or on anything of it, that `user` took in one of these roles.

    Reading a file is no step, a custodian's consent is given in either role, and hearing objections is a duty apart.
    """
    entries: QuerySet[Any] = apps.get_model("accounts", "LedgerEntry").objects.filter(
        challenge_id=challenge.pk, actor=user.pk, acting_as__in=roles
    )
    if before is not None:
        entries = entries.filter(at__lt=before)
    entries = entries.exclude(action__in=("download", "consent_to_opening"))
    return entries.exclude(object_kind="objection").exists()


def separated(user: Any, challenge: Any, role: str) -> Decision | None:
    """The refusal when `user` may not act as `role` here because of another duty, or None."""
    if user.belongs_to(challenge.owner_id):
        return deny(_("You belong to the challenge owner's organisation."), code="separation")
    if role == "decider" and user.pk in challenge.executors:
        return deny(_("You executed a step of this challenge, so somebody else must decide."), code="separation")
    if role == "operator" and user.pk in challenge.deciders:
        return deny(_("You decided on this challenge, so somebody else must execute."), code="separation")
    if has_stake(user, challenge) or works_for_bidder(user, challenge):
        return deny(_("You bid or score on this challenge."), code="separation")
    other = OTHER_DUTIES.get(role, ()) if len(user.roles) > 1 else ()
    if other and holds(user, *other) and acted_as(user, challenge, *other):
        return deny(_("You acted on this challenge in another duty."), code="separation")
    return None


def staff(*roles: str, of: Callable[[Any], Any] = lambda obj: obj) -> Allows:
    """Holders of one of the platform duties who are free of every other duty on the object's challenge."""

    def allows(user: Any, obj: Any) -> Decision:
        refusal = deny(ANOTHER_ROLE)
        for role in roles:
            if holds(user, role):
                found = separated(user, of(obj), role)
                if found is None:
                    return allow(role)
                refusal = found
        return refusal

    return allows


def challenge_of(item: Any) -> Any:
    """The challenge that a bid or an award belongs to."""
    return item.challenge
