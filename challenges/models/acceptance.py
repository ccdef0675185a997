"""How a milestone was accepted, or not: by whom, where, on which report and values, with which conclusion."""

import uuid
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from challenges.models.measurement import Measurement
from challenges.models.milestone import Milestone, MilestoneDocument
from challenges.models.milestone_guards import Finding
from challenges.models.notice import Target


class Acceptance(models.Model):
    """The record of one conclusion on a milestone; never edited. The report is kept by name and SHA-256."""

    class Way(models.TextChoices):
        USER = "user", _("By the challenge owner as user")
        THIRD_PARTY = "third_party", _("By a third party")
        ON_SITE = "on_site", _("On site")

    class Conclusion(models.TextChoices):
        PASSED = "accepted", pgettext_lazy("acceptance", "Passed")
        RECTIFICATION = "rectification", pgettext_lazy("acceptance", "To be mended")
        FAILED = "failed", pgettext_lazy("acceptance", "Not passed")
        CLOSED = "closed", pgettext_lazy("acceptance", "Closed without success")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="acceptances")
    way = models.CharField(_("kind of acceptance"), max_length=20, choices=Way)
    conclusion = models.CharField(_("conclusion"), max_length=20, choices=Conclusion)
    body = models.CharField(_("testing or accepting body"), max_length=200, blank=True)
    report_number = models.CharField(_("number of its report"), max_length=100, blank=True)
    report_name = models.CharField(max_length=255, blank=True)
    report_sha256 = models.CharField(max_length=64, blank=True)
    held_on = models.DateField(_("date"), null=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    people = models.TextField(_("people present"), max_length=2000, blank=True)
    opinion = models.TextField(_("opinion"), max_length=5000, blank=True)
    rectify_by = models.DateTimeField(_("to be mended by"), null=True)
    # The targets in force, all of the contract's, and the values measured for those that the conclusion rested on.
    # Neither is the contract's or the milestone's to change afterwards. Records older than these columns know the
    # targets of the day they got them, and neither the version nor the values.
    version = models.PositiveSmallIntegerField(_("version of the contract"), null=True)
    targets = models.JSONField(default=list)
    measured = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(way="third_party") | (~models.Q(body="") & ~models.Q(report_number="")),
                name="acceptance_third_party_is_named",
            ),
            models.CheckConstraint(
                condition=~models.Q(way="on_site")
                | (models.Q(held_on__isnull=False) & ~models.Q(place="") & ~models.Q(people="")),
                name="acceptance_on_site_says_where",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.milestone} · {self.get_conclusion_display()}"

    @property
    def findings(self) -> list[Finding]:
        """What the conclusion rested on, target by target, as it was known then."""
        return [
            Finding(row["position"], Target.as_agreed(self.targets[row["position"]]), _measurement(row), row["met"])
            for row in self.measured
        ]


def measured_row(found: Finding) -> dict[str, Any]:
    """One finding as a record keeps it, beside its target; the report by name and SHA-256."""
    row = {"position": found.position, "met": found.met}
    measured = found.measurement
    if measured is None:
        return row
    report = measured.report
    return row | {
        "value": None if measured.value is None else str(measured.value),
        "text": measured.text,
        "uncertainty": None if measured.uncertainty is None else str(measured.uncertainty),
        "method": measured.method,
        "report": report and {"id": str(report.pk), "name": report.name, "sha256": report.sha256},
    }


def _measurement(row: dict[str, Any]) -> Measurement | None:
    """A measurement as it was, to be shown like any other; it is not saved."""
    if "method" not in row:
        return None
    report = row["report"]
    return Measurement(
        position=row["position"],
        value=None if row["value"] is None else Decimal(row["value"]),
        text=row["text"],
        uncertainty=None if row["uncertainty"] is None else Decimal(row["uncertainty"]),
        method=row["method"],
        report=report and MilestoneDocument(pk=uuid.UUID(report["id"]), name=report["name"], sha256=report["sha256"]),
    )
