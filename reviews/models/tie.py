"""Bids that no score tells apart: the panel's secret vote on them, and the draw of lots after it."""

import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from reviews.models.assignment import Assignment
from reviews.models.panel import Panel


class TieBreak(models.Model):
    """The tie that a panel has to decide; the platform's seed for lots is committed before anybody votes."""

    WAITS_FOR_VOTES = models.Q(counted_at=None)
    WAITS_FOR_SEED = models.Q(counted_at__isnull=False, seed_given_by=None) & ~models.Q(undecided=[])

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="tie_break")
    groups = models.JSONField(editable=False)
    platform_commitment = models.CharField(max_length=64, editable=False)
    platform_seed = models.CharField(max_length=64, editable=False)
    counted_at = models.DateTimeField(null=True)
    undecided = models.JSONField(default=list, editable=False)
    supervisor_seed = models.CharField(max_length=200, blank=True)
    seed_given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    draw = models.JSONField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return str(self.panel)

    @property
    def waits_for(self) -> str:
        """What is missing: `votes`, the supervisor's `seed`, or nothing."""
        if self.counted_at is None:
            return "votes"
        return "seed" if self.undecided and self.seed_given_by_id is None else ""


class Ballot(models.Model):
    """One member's vote: the bid they name of each group. Nobody is shown one before all are in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tie_break = models.ForeignKey(TieBreak, on_delete=models.CASCADE, related_name="ballots")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="ballots")
    bids = models.JSONField(editable=False)
    cast_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tie_break", "assignment"], name="one_ballot_each")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.tie_break} · {self.assignment_id}"
