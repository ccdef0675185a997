"""What stands on a challenge's notice beside its columns: targets, questions, amendments, custodians, files."""

import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Document, User
from challenges import verdicts
from challenges.models.challenge import Challenge
from challenges.models.choices import Comparator


class Target(models.Model):
    """One measurable indicator: name, comparator, value (a number, or text with `=`), unit, test method."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="targets")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("indicator"), max_length=100)
    comparator = models.CharField(_("comparator"), max_length=2, choices=Comparator)
    value = models.DecimalField(_("value"), max_digits=40, decimal_places=15, null=True, blank=True)
    text = models.CharField(_("value as text"), max_length=100, blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    method = models.CharField(_("test method"), max_length=200)
    core = models.BooleanField(_("core target"), default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "position"], name="target_position"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False) | (models.Q(comparator="=") & ~models.Q(text="")),
                name="target_has_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_comparator_display()} {self.shown_value} {self.unit}".strip()

    @classmethod
    def as_agreed(cls, given: dict[str, Any]) -> "Target":
        """A target as a contract keeps it, to be shown like any other; it is not saved."""
        number = verdicts.goal_of(given).number
        text = "" if number is not None else given["value"]
        known = {name: given.get(name, "") for name in ("name", "comparator", "unit", "method")}
        return cls(value=number, text=text, core=given.get("core", False), **known)

    @property
    def shown_value(self) -> str:
        """The value as a person writes it: text as it is, numbers plainly, very large or small ones as 5e8."""
        if self.value is None:
            return self.text
        value = self.value.normalize()
        if value and not -5 <= value.adjusted() < 7:
            return f"{value:e}".replace("e+", "e")
        return f"{value:f}"


class Question(models.Model):
    """A question on a published challenge; the owner's answer is public, the asker is not named."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField(_("question"), max_length=2000)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    answer = models.TextField(_("answer"), max_length=5000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Amendment(models.Model):
    """A public change of a published notice; numbered, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="amendments")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["challenge", "version"], name="amendment_version")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.challenge} · {self.version}"


class OpeningConsent(models.Model):
    """One custodian's consent to open the bids."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="opening_consents")
    custodian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["challenge", "custodian"], name="one_consent_each")]

    def __str__(self) -> str:
        return f"{self.custodian} · {self.challenge}"


class ChallengeDocument(Document):
    """A file of the challenge: an attachment anyone may read once it is published, or the proof of funds."""

    class Purpose(models.TextChoices):
        ATTACHMENT = "attachment", _("Attachment")
        PROOF_OF_FUNDS = "proof_of_funds", _("Proof of funds")

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="documents")
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.ATTACHMENT)

    class Meta:
        ordering = ["uploaded_at", "id"]
