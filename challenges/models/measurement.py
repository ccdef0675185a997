"""What the team measured for each target, by which method, and which report proves it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from challenges import verdicts
from challenges.models.milestone import Milestone, MilestoneDocument
from challenges.models.notice import Target


class Measurement(models.Model):
    """The measured value of one target of the contract, which is named by its place there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="measurements")
    position = models.PositiveSmallIntegerField()
    value = models.DecimalField(_("measured value"), max_digits=40, decimal_places=15, null=True)
    text = models.CharField(_("measured, as text"), max_length=100, blank=True)
    method = models.CharField(_("test method"), max_length=200)
    uncertainty = models.DecimalField(_("uncertainty"), max_digits=40, decimal_places=15, null=True)
    # A report taken back leaves the value without its proof: the milestone cannot be submitted like that.
    report = models.ForeignKey(MilestoneDocument, null=True, on_delete=models.SET_NULL, related_name="measurements")

    class Meta:
        ordering = ["milestone", "position"]
        constraints = [
            models.UniqueConstraint(fields=["milestone", "position"], name="measurement_position"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False) | ~models.Q(text=""), name="measurement_has_value"
            ),
            models.CheckConstraint(
                condition=models.Q(uncertainty=None) | models.Q(uncertainty__gte=0),
                name="measurement_uncertainty_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone} · {self.position} · {self.shown_value}"

    @property
    def shown_value(self) -> str:
        """The value as a person writes it."""
        return Target(value=self.value, text=self.text).shown_value

    @property
    def shown_uncertainty(self) -> str:
        """The uncertainty as a person writes it; nothing where none was stated."""
        return "" if self.uncertainty is None else Target(value=self.uncertainty).shown_value

    def meets(self, goal: verdicts.Goal, margins: verdicts.Margins) -> bool:
        """Whether the measured value meets the goal."""
        return verdicts.meets(goal, number=self.value, text=self.text, uncertainty=self.uncertainty, margins=margins)
