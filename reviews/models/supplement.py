"""Supplementary draws: further orders of a panel whose first order is used up before its seats are filled."""

import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from reviews.models.panel import Panel


class SupplementaryDraw(models.Model):
    """An order drawn from those who never stood in one before; ordered with a commitment, drawn with the second seed.

    Rows are never taken away; the commitment stands from the beginning, and after the draw nothing changes.
    """

    WAITS = models.Q(drawn_at=None)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="supplements")
    number = models.PositiveSmallIntegerField()
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    platform_commitment = models.CharField(max_length=64, editable=False)
    platform_seed = models.CharField(max_length=64, editable=False)
    seed_given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    pool_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    aliases = models.JSONField(default=dict, editable=False)  # the name of an expert in this draw alone: the expert
    transcript = models.JSONField(null=True, editable=False)
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "number"], name="supplements_are_numbered"),
            models.UniqueConstraint(
                fields=["panel"], condition=models.Q(drawn_at=None), name="one_supplement_at_a_time"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_taken_away", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="drawn_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__drawn_at__isnull=False)
                | pgtrigger.Q(old__platform_commitment__df=pgtrigger.F("new__platform_commitment"))
                | pgtrigger.Q(old__platform_seed__df=pgtrigger.F("new__platform_seed"))
                | pgtrigger.Q(old__panel__df=pgtrigger.F("new__panel"))
                | pgtrigger.Q(old__number__df=pgtrigger.F("new__number")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panel} · {self.number}"

    @property
    def order(self) -> list[str]:
        """The ids of the experts in the order drawn; nobody before the draw."""
        return [self.aliases[alias] for alias in self.transcript["order"]] if self.transcript else []
