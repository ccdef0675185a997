"""How a milestone was accepted, or not: by whom, where, on which report, with which conclusion."""

import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from challenges.models.milestone import Milestone


class Acceptance(models.Model):
    """The record of one conclusion on a milestone; never edited. The report is kept by name and SHA-256."""

    class Way(models.TextChoices):
        USER = "user", _("By the challenge owner as user")
        THIRD_PARTY = "third_party", _("By a third party")
        ON_SITE = "on_site", _("On site")

    class Conclusion(models.TextChoices):
        PASSED = "accepted", pgettext_lazy("acceptance", "Passed")
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
