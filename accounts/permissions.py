"""Accounts' policy: organisations and the inbox."""

from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds, is_person

STAFF = ("operator", "decider", "supervisor", "finance")


def _organizations() -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("accounts", "Organization").objects.all()
    return rows


def _view_organization(user: Any, organization: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if is_person(user) and organization.pk in user.membership_roles:
        return allow("member")
    return deny(_("Only its members and the platform's staff see an organisation's page."))


def _scope_organizations(user: Any) -> QuerySet[Any]:
    if holds(user, *STAFF):
        return _organizations()
    if is_person(user):
        return _organizations().filter(pk__in=list(user.membership_roles))
    return _organizations().none()


def _manage_members(user: Any, organization: Any) -> Decision:
    if is_person(user) and user.membership_roles.get(organization.pk) == "admin":
        return allow("member")
    return deny(_("Only an administrator of the organisation manages its members."))


def _join(user: Any, offer: Any) -> Decision:
    if is_person(user) and offer.user_id == user.pk:
        return allow("member")
    return deny(_("Only the person who was asked takes the place."))


def _scope_offers(user: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("accounts", "MembershipOffer").objects.all()
    return rows.filter(user=user) if is_person(user) else rows.none()


def _register_organization(user: Any, _obj: Any) -> Decision:
    if is_person(user):
        return allow("member")
    return deny(_("Sign in to register your organisation."), code="sign_in")


def _verify_organization(user: Any, organization: Any) -> Decision:
    decision = by_role("operator")(user, organization)
    if decision and user.belongs_to(organization.pk):
        return deny(_("You belong to this organisation; another operator verifies it."), code="separation")
    return decision


def _view_notification(user: Any, row: Any) -> Decision:
    if is_person(user) and row.recipient_id == user.pk:
        return allow("recipient")
    return deny(_("A notification is read by its recipient alone."))


def _scope_notifications(user: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("accounts", "Notification").objects.all()
    return rows.filter(recipient=user) if is_person(user) else rows.none()


POLICY = {
    "organization.view": Rule(_view_organization, _scope_organizations),
    "organization.register": Rule(_register_organization),
    "organization.verify": Rule(_verify_organization),
    "organization.suspend": Rule(by_role("operator")),
    "organization.manage_members": Rule(_manage_members),
    "organization.join": Rule(_join, _scope_offers),
    "notification.view": Rule(_view_notification, _scope_notifications),
}
