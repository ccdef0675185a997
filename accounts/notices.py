"""What accounts tells people."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notifications import Notice


def members_of(organization_id: Any) -> Iterable[User]:
    """Everyone who belongs to the organisation now."""
    return User.objects.filter(
        memberships__organization=organization_id, memberships__ended_at=None, is_active=True
    ).distinct()


def holders_of(*roles: str) -> Iterable[User]:
    """Everyone who holds one of the platform duties."""
    return User.objects.filter(roles__overlap=list(roles), is_active=True)


NOTICES = {
    "organization_registered": Notice(
        _("%(object)s registered and waits to be verified."), lambda _item: holders_of("operator"), needs_action=True
    ),
    "membership_offered": Notice(
        _("%(object)s asks you to join; accept or decline."), lambda _item: [], needs_action=True, page="organizations"
    ),
    "membership_begun": Notice(_("%(person)s has joined %(object)s."), lambda _item: []),
    "organization_verified": Notice(
        _("%(object)s has been verified: it may post challenges and lead bids."), lambda item: members_of(item.pk)
    ),
}
