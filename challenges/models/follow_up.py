"""What becomes of a result after the challenge is completed: reports in later years, and referrals."""

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
from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.calendar import SHANGHAI
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge
from challenges.models.outcome import Outcome

FOLLOW_UP_EDGES = [("due", "reported")]
REFERRAL_EDGES = [("referred", "taken_up"), ("referred", "declined")]


@condition(
    lambda item: (
        _("The report opens on %(day)s, when the results have been in use for long enough.")
        % {"day": item.remind_on.isoformat()}
    )
)
def report_is_open(item: Any) -> bool:
    """The day of the reminder has come."""
    return bool(timezone.localdate(item.now, SHANGHAI) >= item.remind_on)


class FollowUp(InChallenge):
    """The team's report on the use of its results, some years after the completion."""

    class State(models.TextChoices):
        DUE = "due", pgettext_lazy("follow-up", "To be reported")
        REPORTED = "reported", pgettext_lazy("follow-up", "Reported")

    state = StateField(default=State.DUE, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="follow_ups")
    years = models.PositiveSmallIntegerField(_("years after the completion"))
    due_on = models.DateField(_("due on"))
    remind_on = models.DateField(editable=False)
    usage = models.TextField(_("how the results are used"), max_length=5000, blank=True)
    problems = models.TextField(_("problems met"), max_length=5000, blank=True)
    sales = models.DecimalField(
        _("new sales"), max_digits=16, decimal_places=2, null=True, validators=[MinValueValidator(Decimal(0))]
    )
    jobs = models.PositiveIntegerField(_("new jobs"), null=True)
    source = models.CharField(_("source of the figures"), max_length=200, blank=True)
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("follow-up")
        ordering = ["due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["contract", "years"], name="one_follow_up_a_term")]
        indexes = [
            models.Index(fields=["state", "remind_on"], name="follow_up_state_remind"),
            models.Index(fields=["due_on", "id"], name="follow_up_due"),
            models.Index(fields=["-created_at", "id"], name="follow_up_newest"),
        ]
        triggers = state_guards("due", FOLLOW_UP_EDGES)

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
        permission=may("follow_up.report"),
        conditions=[report_is_open],
        custom={
            "label": _("Report on the use of the results"),
            "consequences": [_("The owner and the platform's staff read it; it cannot be changed afterwards.")],
            "tells": ["follow_up_reported"],
        },
    )
    def report(
        self,
        *,
        actor: User,
        usage: str,
        problems: str = "",
        sales: Decimal | None = None,
        jobs: int | None = None,
        source: str = "",
    ) -> None:
        """How the results are used, what they brought, and what stands in the way; figures as reported."""
        self.usage, self.problems = usage, problems
        self.sales, self.jobs, self.source = sales, jobs, source
        self.reported_by, self.reported_at = actor, self.now


class Referral(InChallenge):
    """A confirmed outcome referred by an operator to a fund, an insurer or a pilot base."""

    CHALLENGE = "outcome.contract.challenge_id"

    class Kind(models.TextChoices):
        FUND = "fund", pgettext_lazy("referral", "Fund")
        INSURANCE = "insurance", pgettext_lazy("referral", "Insurance (first-set insurance)")
        PILOT_BASE = "pilot_base", pgettext_lazy("referral", "Pilot base")

    class State(models.TextChoices):
        REFERRED = "referred", pgettext_lazy("referral", "Referred")
        TAKEN_UP = "taken_up", pgettext_lazy("referral", "Taken up")
        DECLINED = "declined", pgettext_lazy("referral", "Declined")

    state = StateField(default=State.REFERRED, choices=State.choices)
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="referrals")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    to = models.CharField(_("referred to"), max_length=200)
    note = models.TextField(_("why, and what is asked for"), max_length=2000)
    referred_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("referral")
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["-created_at", "id"], name="referral_newest")]
        triggers = state_guards("referred", REFERRAL_EDGES)

    def __str__(self) -> str:
        return self.to

    @property
    def label(self) -> str:
        return f"{self.outcome.title} · {self.to}"

    @transition(
        field=state,
        source=State.REFERRED,
        target=State.TAKEN_UP,
        permission=may("referral.answer"),
        custom={"label": _("Record that it was taken up"), "tells": ["referral_answered"]},
    )
    def take_up(self, *, actor: User, answer: str) -> None:
        """They go on with it; on which terms."""
        self.answer, self.answered_at = answer, self.now

    @transition(
        field=state,
        source=State.REFERRED,
        target=State.DECLINED,
        permission=may("referral.answer"),
        custom={"label": _("Record that it was declined"), "style": "secondary", "tells": ["referral_answered"]},
    )
    def decline(self, *, actor: User, answer: str) -> None:
        """They do not; for which reason."""
        self.answer, self.answered_at = answer, self.now
