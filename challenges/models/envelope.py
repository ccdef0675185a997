"""What is in a bid: three sealed envelopes with their commitments, people, partners and files, and who reads them."""

import uuid

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.models import Document, Organization, User
from challenges.models.bid import Bid
from challenges.models.bid_guards import SHARES
from challenges.models.notice import Target

# What was sealed with a receipt does not change under it: envelopes and their parts are open while the bid is a draft
# or taken back, and at no other time.
SEALED_GUARD = """
    IF NOT EXISTS (SELECT 1 FROM challenges_bid WHERE id = {bid} AND state IN ('draft', 'withdrawn')) THEN
      RAISE EXCEPTION 'The bid is sealed' USING ERRCODE = 'BD002';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""
OF_ENVELOPE = "(SELECT bid_id FROM challenges_envelope WHERE id = COALESCE(NEW.envelope_id, OLD.envelope_id))"


def sealed_guard(bid: str = "COALESCE(NEW.bid_id, OLD.bid_id)") -> list[pgtrigger.Trigger]:
    """The trigger that refuses any change to a part of a sealed bid."""
    return [
        pgtrigger.Trigger(
            name="sealed",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            func=SEALED_GUARD.format(bid=bid),
        )
    ]


class Envelope(models.Model):
    """One sealed part of a bid. `version` grows with each save, so that two tabs notice each other."""

    class Part(models.TextChoices):
        TECHNICAL = "technical", _("Technical part")
        COMMERCIAL = "commercial", _("Commercial part")
        IDENTITY = "identity", _("Identity part")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="envelopes")
    part = models.CharField(max_length=20, choices=Part)
    content = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["bid", "part"]
        constraints = [models.UniqueConstraint(fields=["bid", "part"], name="one_envelope_per_part")]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return f"{self.get_part_display()}"


class Commitment(models.Model):
    """What the bid promises for one target of the challenge (technical part)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="commitments")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(_("committed value"), max_digits=40, decimal_places=15, null=True, blank=True)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["target__position"]
        constraints = [models.UniqueConstraint(fields=["bid", "target"], name="one_commitment_per_target")]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return f"{self.value or self.text}"


class BidMember(models.Model):
    """A person of the team (identity part); conflicts of interest look at these people and organisations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="bid_memberships")
    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(_("duty in the team"), max_length=100, blank=True)

    class Meta:
        ordering = ["bid", "name", "id"]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return self.name


class BidPartner(models.Model):
    """A consortium organisation and its shares in per cent (identity part)."""

    SHARES = SHARES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="partners")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="partnered_bids")
    cost_share = models.DecimalField(_("cost share"), max_digits=5, decimal_places=2, default=0)
    result_share = models.DecimalField(_("result share"), max_digits=5, decimal_places=2, default=0)
    benefit_share = models.DecimalField(_("benefit share"), max_digits=5, decimal_places=2, default=0)
    risk_share = models.DecimalField(
        _("risk share"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        ordering = ["bid", "organization__name"]
        constraints = [models.UniqueConstraint(fields=["bid", "organization"], name="one_partner_each")]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return str(self.organization)


class BidDocument(Document):
    """A file in one envelope of a bid."""

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
        triggers = sealed_guard(OF_ENVELOPE)


class BidGrant(UserObjectPermissionBase):
    """django-guardian's grants on bids with a real key: team members and assigned reviewers, nobody else."""

    content_object = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="grants")
