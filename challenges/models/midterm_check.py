"""The mid-term check (中期检查) of a long contract: what the team reports halfway, and what the operator concludes."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, StateField, User, state_guards
from accounts.policy import may
from challenges.calendar import SHANGHAI
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge
from challenges.models.milestone import contract_is_effective

MIDTERM_EDGES = [("due", "reported"), ("reported", "concluded")]


@condition(
    lambda check: _("The report opens on %(day)s, when half of the time is nearly over.") % {"day": check.opens_on}
)
def report_is_open(check: Any) -> bool:
    """The day has come on which the team is asked for its report."""
    return bool(timezone.localdate(check.now, SHANGHAI) >= check.opens_on)


class MidtermCheck(InChallenge):
    """One report at the middle of a contract, and its conclusion; a record, which changes nothing of the contract."""

    class State(models.TextChoices):
        DUE = "due", pgettext_lazy("mid-term check", "To be reported")
        REPORTED = "reported", pgettext_lazy("mid-term check", "Waiting for the conclusion")
        CONCLUDED = "concluded", pgettext_lazy("mid-term check", "Concluded")

    class Conclusion(models.TextChoices):
        ON_COURSE = "on_course", pgettext_lazy("mid-term check", "On course")
        CONDITIONS = "conditions", pgettext_lazy("mid-term check", "On course with conditions")
        AT_RISK = "at_risk", pgettext_lazy("mid-term check", "At risk")

    state = StateField(default=State.DUE, choices=State.choices)
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="midterm_check")
    due_on = models.DateField(_("due on"))
    opens_on = models.DateField(editable=False)
    summary = models.TextField(_("how the work stands"), max_length=5000, blank=True)
    # In the order of the contract's targets as they were reported on: [{"name", "progress"}].
    progress = models.JSONField(_("progress by target"), default=list)
    spent = models.DecimalField(
        _("spent so far"), max_digits=16, decimal_places=2, null=True, validators=[MinValueValidator(Decimal(0))]
    )
    spending = models.TextField(_("what the money was spent on"), max_length=5000, blank=True)
    problems = models.TextField(_("problems met"), max_length=5000, blank=True)
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(null=True)
    conclude_by = models.DateTimeField(null=True)
    conclusion = models.CharField(_("conclusion"), max_length=20, choices=Conclusion.choices, blank=True)
    opinion = models.TextField(_("opinion"), max_length=5000, blank=True)
    concluded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    concluded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mid-term check")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(concluded_by=None) | ~models.Q(concluded_by=models.F("reported_by")),
                name="midterm_concluder_is_not_reporter",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="midterm_state_due"),
            models.Index(fields=["due_on", "id"], name="midterm_due"),
            models.Index(fields=["-created_at", "id"], name="midterm_newest"),
        ]
        triggers = state_guards("due", MIDTERM_EDGES)

    def __str__(self) -> str:
        return self.contract.challenge.title

    @property
    def due_at(self) -> datetime:
        """The end of the day on which it is due."""
        return datetime.combine(self.due_on, time.max, SHANGHAI)

    @transition(
        field=state,
        source=State.DUE,
        target=State.REPORTED,
        permission=may("midterm_check.report"),
        conditions=[contract_is_effective, report_is_open],
        custom={
            "label": _("Hand in the mid-term report"),
            "consequences": [
                _("The owner and the platform's staff read it; it cannot be changed afterwards."),
                _("The files added here so far belong to it; none can be added afterwards."),
            ],
            "tells": ["midterm_reported"],
        },
    )
    def report(
        self,
        *,
        actor: User,
        summary: str,
        spent: Decimal,
        progress: list[dict[str, str]] | None = None,
        spending: str = "",
        problems: str = "",
    ) -> None:
        """How the work stands, target by target, what was spent (in yuan), and what stands in the way."""
        self.summary, self.progress, self.problems = summary, progress or [], problems
        self.spent, self.spending = spent, spending
        self.reported_by, self.reported_at = actor, self.now
        self.conclude_by = self.now + self.contract.challenge.frozen_rules.midterm_concluded_within

    @transition(
        field=state,
        source=State.REPORTED,
        target=State.CONCLUDED,
        permission=may("midterm_check.conclude"),
        custom={
            "label": _("Record the conclusion of the mid-term check"),
            "consequences": [
                _("Both sides read it. The contract goes on as it is: a change or an end of it has steps of its own."),
                _("“At risk” is told to the owner and to the deciders."),
            ],
            "tells": ["midterm_concluded"],
        },
    )
    def conclude(self, *, actor: User, conclusion: str, opinion: str) -> None:
        """On course, with conditions, or at risk; in words."""
        self.conclusion, self.opinion = conclusion, opinion
        self.concluded_by, self.concluded_at = actor, self.now


class MidtermDocument(Document):
    """What the team adds to its mid-term report."""

    midterm_check = models.ForeignKey(MidtermCheck, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
