"""Writes about organisations and who belongs to them; each leaves its entry in the organisation's chain."""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import Membership, Organization, User
from accounts.policy import require
from accounts.workflow import Refused

Leaving = Callable[[Membership, User], None]
Tied = Callable[[Organization, User | None], None]
_leaving: list[Leaving] = []
_tied: list[Tied] = []


def when_leaving(function: Leaving) -> None:
    """Let an app take along what a person held for an organisation; called with the ended membership and the actor."""
    _leaving.append(function)


def when_ties_change(function: Tied) -> None:
    """Let an app look again at ties; called with the organisation, and the person if one came or went."""
    _tied.append(function)


def register_organization(*, actor: User, name: str, uscc: str, kind: str, region: str = "") -> Organization:
    """A new organisation, not verified yet, with the actor as its administrator. Refused where the code is known."""
    require(actor, "organization.register")
    with transaction.atomic():
        organization = Organization(name=name, uscc=uscc, kind=kind, region=region)
        try:
            with transaction.atomic():
                organization.save(force_insert=True)
        except IntegrityError as error:
            raise Refused(
                _("This code is registered already; an administrator of the organisation can add you by your e-mail."),
                code="done",
            ) from error
        Membership.objects.create(user=actor, organization=organization, role=Membership.Role.ADMIN)
        ledger.append(
            organization, "register", actor=actor, acting_as="member", target=organization.state, data={"uscc": uscc}
        )
        notifications.tell("organization_registered", organization, actor=actor)
    return organization


def add_member(organization: Organization, *, actor: User, user: User, role: str) -> Membership:
    """Add the holder of an account; Refused when they belong to the organisation already."""
    with transaction.atomic():
        organization = workflow.lock(organization)
        decision = require(actor, "organization.manage_members", organization)
        if organization.memberships.filter(user=user, ended_at=None).exists():
            raise Refused(_("This person belongs to the organisation already."), code="done")
        membership = Membership.objects.create(user=user, organization=organization, role=role)
        _record(organization, "add_member", actor, decision.role, membership)
        notifications.write("membership_begun", organization, [user])
        _ties_change(organization, user)
    return membership


def change_member(membership: Membership, *, actor: User, role: str) -> Membership:
    """Give a member another role; the last administrator keeps theirs."""
    with transaction.atomic():
        organization = workflow.lock(membership.organization)
        decision = require(actor, "organization.manage_members", organization)
        membership = _in_force(membership)
        if role != Membership.Role.ADMIN:
            _keep_an_administrator(organization, membership)
        membership.role = role
        membership.save(update_fields=["role"])
        _record(organization, "change_member", actor, decision.role, membership)
    return membership


def end_membership(membership: Membership, *, actor: User) -> Membership:
    """End a membership; the row stays, since conflicts look back."""
    with transaction.atomic():
        organization = workflow.lock(membership.organization)
        decision = require(actor, "organization.manage_members", organization)
        membership = _in_force(membership)
        _keep_an_administrator(organization, membership)
        membership.ended_at = Now()
        membership.save(update_fields=["ended_at"])
        _record(organization, "end_membership", actor, decision.role, membership)
        for take_along in _leaving:
            take_along(membership, actor)
        _ties_change(organization, membership.user)
    return membership


def place_under(organization: Organization, *, actor: User, parent: Organization | None) -> Organization:
    """Say which organisation this one belongs to, or that it stands alone; conflicts of interest look at it.

    Refused where the two would come under each other.
    """
    with transaction.atomic():
        organization = workflow.lock(organization)
        decision = require(actor, "organization.verify", organization)
        above = parent
        while above is not None:
            if above.pk == organization.pk:
                raise Refused(_("An organisation cannot come under itself or one of its own."), code="circle")
            above = above.parent
        before, organization.parent = organization.parent_id, parent
        organization.save()
        ledger.append(
            organization,
            "place_under",
            actor=actor,
            acting_as=decision.role,
            source=organization.state,
            target=organization.state,
            data={"parent": parent.pk if parent else None, "before": before},
        )
        _ties_change(organization, None)
    return organization


def _ties_change(organization: Organization, person: User | None) -> None:
    for look_again in _tied:
        look_again(organization, person)


def _in_force(membership: Membership) -> Membership:
    found = Membership.objects.select_for_update().filter(pk=membership.pk, ended_at=None).first()
    if found is None:
        raise Refused(_("This membership has ended already."), code="done")
    return found


def _keep_an_administrator(organization: Organization, leaving: Membership) -> None:
    admins = organization.memberships.filter(ended_at=None, role=Membership.Role.ADMIN)
    if leaving.role == Membership.Role.ADMIN and not admins.exclude(pk=leaving.pk).exists():
        raise Refused(_("An organisation keeps at least one administrator; name another one first."), code="last_admin")


def _record(organization: Organization, action: str, actor: User, role: str, membership: Membership) -> None:
    ledger.append(
        organization,
        action,
        actor=actor,
        acting_as=role,
        source=organization.state,
        target=organization.state,
        data={"user": membership.user_id, "role": membership.role},
    )
