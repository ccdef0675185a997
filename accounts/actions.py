"""Writes about organisations and who belongs to them; each leaves its entry in the organisation's chain."""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import Membership, MembershipOffer, Organization, User
from accounts.policy import can, require
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


def offer_membership(organization: Organization, *, actor: User, user: User, role: str) -> MembershipOffer:
    """Offer the holder of an account a place; Refused when they belong there already, or have an offer."""
    with transaction.atomic():
        organization = workflow.lock(organization)
        decision = require(actor, "organization.manage_members", organization)
        if organization.memberships.filter(user=user, ended_at=None).exists():
            raise Refused(_("This person belongs to the organisation already."), code="done")
        if organization.offers.filter(user=user).exists():
            raise Refused(_("This person has been asked already; their answer is awaited."), code="done")
        offer = MembershipOffer.objects.create(user=user, organization=organization, role=role, offered_by=actor)
        _record(organization, "offer_membership", actor, decision.role, offer)
        notifications.write("membership_offered", organization, [user])
    return offer


def accept_membership(offer: MembershipOffer, *, actor: User) -> Membership:
    """Take the place that was offered."""
    with transaction.atomic():
        organization = workflow.lock(offer.organization)
        offer = _still_offered(offer)
        decision = require(actor, "organization.join", offer)
        membership = Membership.objects.create(user=actor, organization=organization, role=offer.role)
        _record(organization, "add_member", actor, decision.role, membership)
        notifications.write("membership_begun", organization, [offer.offered_by], person=actor.name)
        offer.delete()
        _ties_change(organization, actor)
    return membership


def end_offer(offer: MembershipOffer, *, actor: User) -> None:
    """Decline the place that was offered, or take the offer back."""
    with transaction.atomic():
        organization = workflow.lock(offer.organization)
        offer = _still_offered(offer)
        decision = can(actor, "organization.join", offer) or require(actor, "organization.manage_members", organization)
        _record(organization, "end_offer", actor, decision.role, offer)
        offer.delete()


def _still_offered(offer: MembershipOffer) -> MembershipOffer:
    found = MembershipOffer.objects.filter(pk=offer.pk).first()
    if found is None:
        raise Refused(_("This offer has been answered or taken back."), code="done")
    return found


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


def _record(
    organization: Organization, action: str, actor: User, role: str, place: Membership | MembershipOffer
) -> None:
    ledger.append(
        organization,
        action,
        actor=actor,
        acting_as=role,
        source=organization.state,
        target=organization.state,
        data={"user": place.user_id, "role": place.role},
    )
