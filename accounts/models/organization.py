"""Organisations and who belongs to them."""

import uuid
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts import uscc
from accounts.models.stateful import StateField, Stateful, state_guards
from accounts.models.user import User
from accounts.models.words import words_column
from accounts.policy import may


def validate_uscc(code: str) -> None:
    """Refuse a code that GB 32100-2015 does not allow."""
    if not uscc.is_valid(code):
        raise ValidationError(
            _("%(code)s is not a valid unified social credit code: copy the 18 characters from the licence."),
            code="uscc",
            params={"code": code},
        )


class OrganizationKind(models.TextChoices):
    ENTERPRISE = "enterprise", _("Enterprise")
    UNIVERSITY = "university", _("University")
    INSTITUTE = "institute", _("Research institute")
    PUBLIC_BODY = "public_body", _("Public body")
    PLATFORM = "platform", _("Innovation platform")


class Organization(Stateful):
    """A legal person, known by its unified social credit code (USCC)."""

    class State(models.TextChoices):
        UNVERIFIED = "unverified", pgettext_lazy("organization", "Not verified yet")
        VERIFIED = "verified", pgettext_lazy("organization", "Verified")
        SUSPENDED = "suspended", pgettext_lazy("organization", "Suspended")

    state = StateField(default=State.UNVERIFIED, choices=State.choices)
    name = models.CharField(_("name"), max_length=200)
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True, validators=[validate_uscc])
    kind = models.CharField(_("kind"), max_length=20, choices=OrganizationKind, default=OrganizationKind.ENTERPRISE)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="subsidiaries",
    )
    region = models.CharField(_("region"), max_length=100, blank=True)
    verified_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    suspension_reason = models.TextField(blank=True)
    search = words_column("name", "uscc")

    class Meta:
        triggers = state_guards(
            "unverified",
            [("unverified", "verified"), ("verified", "suspended"), ("suspended", "verified")],
        )
        indexes = [
            models.Index(fields=["state", "name"], name="organization_state_name"),
            models.Index(fields=["name", "id"], name="organization_name"),
            models.Index(fields=["kind", "name"], name="organization_kind_name"),
            models.Index(fields=["-created_at", "id"], name="organization_newest"),
            GinIndex(fields=["search"], name="organization_search"),
        ]

    def __str__(self) -> str:
        return self.name

    @transition(
        field=state,
        source=[State.UNVERIFIED, State.SUSPENDED],
        target=State.VERIFIED,
        permission=may("organization.verify"),
        custom={"label": _("Verify this organisation"), "tells": ["organization_verified"]},
    )
    def verify(self, *, actor: User) -> None:
        """An operator has compared name and code with the licence."""
        self.verified_by = actor
        self.suspension_reason = ""

    @transition(
        field=state,
        source=State.VERIFIED,
        target=State.SUSPENDED,
        permission=may("organization.suspend"),
        custom={"label": _("Suspend this organisation"), "style": "danger"},
    )
    def suspend(self, *, reason: str, **_inputs: Any) -> None:
        """No new challenge or bid may come from it until it is verified again."""
        self.suspension_reason = reason


class Membership(models.Model):
    """A person's place in an organisation; ended, never deleted, since conflicts look back."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        SIGNATORY = "signatory", _("Signatory")
        MEMBER = "member", _("Member")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization"], condition=models.Q(ended_at=None), name="one_membership_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization}"


class MembershipOffer(models.Model):
    """A place offered to a person, until they take or decline it.

    A membership bars from duties and from panels, so nobody can give it to whom they wish out of the way.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="offers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="membership_offers")
    role = models.CharField(max_length=20, choices=Membership.Role, default=Membership.Role.MEMBER)
    offered_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organization"], name="one_offer_each")]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization}"
