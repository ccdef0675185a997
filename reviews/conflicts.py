"""Hard conflicts of interest of experts with one challenge, computed for all of them in a fixed number of queries.

What is looked at: the challenge's owner, the leads and partners of its opened bids, and the people on their teams. Of
a bid that stays sealed only its team is looked at, and the evidence does not tell which bid it is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization
from challenges.models import Bid, BidGrant, BidMember, BidPartner, Challenge, Envelope
from challenges.permissions import STAFF, TEAM
from reviews.models import Expert, Relation

ALWAYS = (Relation.Kind.RELATIVE, Relation.Kind.SUPERVISION)  # these ties do not age
NAMES_TO_AVOID = 3  # what the identity part of a bid has room for
_BETWEEN_NAMES = re.compile(r"[\n,，、;；]+")


@dataclass(frozen=True)
class Conflict:
    """Why an expert may not judge: a code for programs and the evidence in words."""

    code: str
    evidence: str


@dataclass(frozen=True)
class _Sides:
    """Whom a reviewer must be free of."""

    organizations: dict[UUID, str]  # organisation → what it is on this challenge
    names: dict[UUID, str]
    affiliates: dict[UUID, UUID]  # parent or subsidiary → the organisation it belongs with
    team: set[UUID]
    people: set[UUID]
    avoided: set[str]


def conflicts(challenge: Challenge, experts: Iterable[Expert] | None = None) -> dict[UUID, list[Conflict]]:
    """Expert id → conflicts with the challenge; who has none is no key. Without `experts`, everyone in the pool."""
    wanted = Expert.objects.select_related("user", "organization")
    if experts is None:
        wanted = wanted.filter(state=Expert.State.ACTIVE)
    else:
        wanted = wanted.filter(pk__in=[expert.pk for expert in experts])
    people = list(wanted)
    sides = _sides_of(challenge)
    years = challenge.frozen_rules.conflict_window_years
    since = _years_before(challenge.now, years)
    memberships, relations = _ties(people, sides, since)
    found: dict[UUID, list[Conflict]] = {}
    for expert in people:
        own = [
            *_by_duty(expert, challenge, sides),
            *_by_employer(expert, memberships[expert.user_id], sides, years),
            *_by_relation(expert, relations[expert.pk], sides),
        ]
        if own:
            found[expert.pk] = list(dict.fromkeys(own))
    return found


def _sides_of(challenge: Challenge) -> _Sides:
    opened = Bid.objects.filter(challenge=challenge).exclude(state__in=Bid.SEALED).order_by()
    organizations: dict[UUID, str] = {}
    partners = BidPartner.objects.filter(bid__in=opened.values("pk")).order_by()
    for pk in partners.values_list("organization_id", flat=True):
        organizations[pk] = _("a partner in a bid")
    for pk in opened.values_list("lead_id", flat=True):
        organizations[pk] = _("the lead of a bid")
    organizations[challenge.owner_id] = _("the challenge owner")

    names: dict[UUID, str] = {}
    affiliates: dict[UUID, UUID] = {}
    kin = Organization.objects.filter(Q(pk__in=organizations) | Q(parent__in=organizations))
    for pk, name, parent in kin.values_list("pk", "name", "parent_id"):
        names[pk] = name
        if pk in organizations and parent is not None:
            affiliates[parent] = pk
        elif parent in organizations:
            affiliates[pk] = parent

    grants = BidGrant.objects.filter(content_object__challenge=challenge, permission__codename__in=TEAM)
    members = BidMember.objects.filter(bid__in=opened.values("pk"), user__isnull=False).order_by()
    team = {
        *grants.exclude(content_object__state=Bid.State.DRAFT).values_list("user_id", flat=True),
        *members.values_list("user_id", flat=True),
    }
    wishes = Envelope.objects.filter(bid__in=opened.values("pk"), part=Envelope.Part.IDENTITY).order_by()
    avoided: set[str] = set()
    for content in wishes.values_list("content", flat=True):
        named = [name.strip() for name in _BETWEEN_NAMES.split(str(content.get("avoid", "")))]
        avoided.update([name for name in named if name][:NAMES_TO_AVOID])
    owners = {pk for pk in (challenge.created_by_id, challenge.submitted_by_id) if pk is not None}
    return _Sides(organizations, names, affiliates, team, team | owners, avoided)


def _ties(
    experts: list[Expert], sides: _Sides, since: datetime
) -> tuple[dict[UUID, list[Membership]], dict[UUID, list[Relation]]]:
    """Memberships by user and relations by expert that touch a side and are not too old."""
    near = [*sides.organizations, *sides.affiliates]
    recent = Q(ended_at=None) | Q(ended_at__gte=since)
    memberships: dict[UUID, list[Membership]] = defaultdict(list)
    rows = Membership.objects.filter(recent, user__in=[expert.user_id for expert in experts], organization__in=near)
    for membership in rows.select_related("organization").order_by("created_at", "id"):
        memberships[membership.user_id].append(membership)
    relations: dict[UUID, list[Relation]] = defaultdict(list)
    touching = Q(organization__in=list(sides.organizations)) | Q(person__in=sides.people)
    alive = Q(kind__in=ALWAYS) | Q(until=None) | Q(until__gte=localtime(since).date())
    ties = Relation.objects.filter(touching, alive, expert__in=[expert.pk for expert in experts])
    for relation in ties.select_related("organization", "person").order_by("kind", "id"):
        relations[relation.expert_id].append(relation)
    return memberships, relations


def _by_duty(expert: Expert, challenge: Challenge, sides: _Sides) -> list[Conflict]:
    found = []
    person = {"person": expert.user.name}
    if set(expert.user.roles) & set(STAFF):
        found.append(Conflict("staff", _("%(person)s holds a duty of the platform's staff.") % person))
    if expert.user_id in (*challenge.executors, *challenge.deciders):
        found.append(Conflict("acted", _("%(person)s took a step of this challenge.") % person))
    if expert.user_id in sides.team:
        found.append(Conflict("bid_team", _("%(person)s is on the team of a bid on this challenge.") % person))
    if expert.user.name in sides.avoided:
        found.append(Conflict("avoided", _("A bidder asks that %(person)s does not judge.") % person))
    return found


def _by_employer(expert: Expert, memberships: list[Membership], sides: _Sides, years: int) -> list[Conflict]:
    found = []
    employers: dict[UUID, str] = {}
    if expert.organization is not None:
        employers[expert.organization.pk] = expert.organization.name
    employers |= {row.organization_id: row.organization.name for row in memberships if row.ended_at is None}
    for pk, name in employers.items():
        words = {"person": expert.user.name, "organization": name}
        if pk in sides.organizations:
            words["side"] = sides.organizations[pk]
            found.append(Conflict("employer", _("%(person)s belongs to %(organization)s, %(side)s.") % words))
        elif pk in sides.affiliates:
            other = sides.affiliates[pk]
            words |= {"other": sides.names[other], "side": sides.organizations[other]}
            evidence = _("%(person)s belongs to %(organization)s, parent or subsidiary of %(other)s, %(side)s.") % words
            found.append(Conflict("affiliate", evidence))
    for row in memberships:
        if row.ended_at is not None and row.organization_id in sides.organizations:
            evidence = _("%(person)s left %(organization)s, %(side)s, on %(day)s, less than %(years)d years ago.") % {
                "person": expert.user.name,
                "organization": row.organization.name,
                "side": sides.organizations[row.organization_id],
                "day": date_format(localtime(row.ended_at), "DATE_FORMAT"),
                "years": years,
            }
            found.append(Conflict("former_employer", evidence))
    return found


def _by_relation(expert: Expert, relations: list[Relation], sides: _Sides) -> list[Conflict]:
    found = []
    for relation in relations:
        words: dict[str, Any] = {"person": expert.user.name, "tie": relation.get_kind_display()}
        if relation.organization is not None and relation.organization_id in sides.organizations:
            words |= {"other": relation.organization.name, "side": sides.organizations[relation.organization_id]}
        elif relation.person is not None:
            on_team = relation.person_id in sides.team
            side = _("on the team of a bid") if on_team else _("who wrote the challenge")
            words |= {"other": relation.person.name, "side": side}
        if relation.until is None:
            evidence = _("%(tie)s: %(person)s and %(other)s, %(side)s.") % words
        else:
            words["day"] = date_format(relation.until, "DATE_FORMAT")
            evidence = _("%(tie)s until %(day)s: %(person)s and %(other)s, %(side)s.") % words
        found.append(Conflict(relation.kind, evidence))
    return found


def _years_before(moment: datetime, years: int) -> datetime:
    """The same day `years` earlier, the last of February where it has no 29th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)
