"""The working days of one year as an operator entered them from the announcement, approved by a decider."""

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.calendar import Announced, differences

ENTERED = ("year", "version", "title", "number", "off", "worked", "entered_by")
CALENDAR_EDGES = [("proposed", "in_force"), ("proposed", "rejected"), ("in_force", "retired")]


class CalendarYear(Stateful):
    """One version of one year; what was entered never changes, a correction is a new version."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for approval")
        IN_FORCE = "in_force", pgettext_lazy("calendar", "In force")
        REJECTED = "rejected", pgettext_lazy("calendar", "Rejected")
        RETIRED = "retired", pgettext_lazy("calendar", "Retired")

    state = StateField(default=State.PROPOSED, choices=State.choices)
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(2020), MaxValueValidator(2100)])
    version = models.PositiveSmallIntegerField(_("version"), editable=False)
    title = models.CharField(_("title of the announcement"), max_length=200)
    number = models.CharField(_("number of the announcement"), max_length=100)
    off = ArrayField(models.DateField(), verbose_name=_("days off"))
    worked = ArrayField(models.DateField(), verbose_name=_("days of weekends that are worked"), default=list)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    rejected_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("calendar of a year")
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="calendar_year_version"),
            models.UniqueConstraint(
                fields=["year"], condition=models.Q(state="in_force"), name="one_calendar_of_a_year_in_force"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("entered_by")),
                name="calendar_maker_is_not_checker",
            ),
        ]
        triggers = state_guards(
            "proposed",
            CALENDAR_EDGES,
            also=[
                pgtrigger.ReadOnly(name="entered_once", fields=list(ENTERED)),
                pgtrigger.Protect(name="stays_on_record", operation=pgtrigger.Delete),
            ],
        )

    def __str__(self) -> str:
        return f"{self.year} v{self.version}"

    @property
    def announced(self) -> Announced:
        """As the counting reads it."""
        return Announced(frozenset(self.off), frozenset(self.worked))

    @property
    def disputed(self) -> list[Any]:
        """The days on which this version and the calendar installed differ."""
        return differences(self.year, self.announced)

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.IN_FORCE,
        permission=may("calendar_year.approve"),
        custom={
            "label": _("Approve and put in force"),
            "consequences": [
                _("Periods of working days are counted by it where the calendar installed does not know the year."),
                _("Where both know the year and differ, nothing is counted through it until they agree."),
                _("The version in force until now is retired; what was counted already stays as it is."),
            ],
        },
    )
    def approve(self, *, actor: User) -> None:
        """Compared with the announcement by somebody else than who entered it."""
        self.decided_by, self.decided_at = actor, self.now

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.REJECTED,
        permission=may("calendar_year.approve"),
        custom={"label": _("Reject this version"), "style": "secondary", "tells": ["calendar_rejected"]},
    )
    def reject(self, *, actor: User, reason: str) -> None:
        """It is not what was announced; an operator enters another version."""
        self.decided_by, self.decided_at, self.rejected_reason = actor, self.now, reason

    @transition(field=state, source=State.IN_FORCE, target=State.RETIRED, permission=may("calendar_year.retire"))
    def retire(self, **_inputs: Any) -> None:
        """A newer version has been approved."""
