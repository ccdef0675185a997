"""Milestones: delivered with evidence, accepted, mended or failed."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, StateField, User, state_guards, words_column
from accounts.policy import may
from challenges.models import milestone_guards as guards
from challenges.models.contract import Contract
from challenges.models.guards import race_is_open
from challenges.models.in_challenge import InChallenge

MILESTONE_EDGES = [
    ("planned", "submitted"),
    ("submitted", "under_acceptance"),
    ("under_acceptance", "accepted"),
    ("under_acceptance", "rectification"),
    ("under_acceptance", "failed"),
    ("rectification", "submitted"),
    ("rectification", "failed"),
    ("under_acceptance", "closed"),
    ("failed", "closed"),
]


@condition(_("The contract is not in force."))
def contract_is_effective(item: Any) -> bool:
    """Its contract is in force."""
    return bool(item.contract.state == "effective")


@condition(_("It comes after the shared test: first it is decided who stays in the race."))
def race_lets_it(item: Any) -> bool:
    """Of several who run, nobody delivers or is paid what is held back before the race is decided."""
    payment = item.payment if isinstance(item, Milestone) else item
    return not (payment.held_back and race_is_open(item.contract.award))


@condition(_("The milestones before this one come first."))
def earlier_milestones_submitted(milestone: Any) -> bool:
    """No earlier milestone still waits for its first submission."""
    return not milestone.contract.milestones.filter(position__lt=milestone.position, state="planned").exists()


@condition(_("Upload the evidence first."))
def has_evidence(milestone: Any) -> bool:
    """At least one document proves the delivery."""
    return bool(milestone.documents.exists())


@condition(
    lambda milestone: (
        _("Rectification was already asked for %(n)d times; accept the milestone or declare it failed.")
        % {"n": milestone.rectifications}
    )
)
def may_still_rectify(milestone: Any) -> bool:
    """≤ (rule) rectifications."""
    return bool(milestone.rectifications < milestone.contract.challenge.frozen_rules.rectifications_at_most)


@condition(
    lambda milestone: (
        _("The team may mend it until %(until)s; it can be declared failed after that.")
        % {"until": f"{localtime(milestone.rectify_by):%Y-%m-%d %H:%M}"}
    )
)
def rectification_is_over(milestone: Any) -> bool:
    """The time that the team was given to mend it is never cut short."""
    return milestone.state != Milestone.State.RECTIFICATION or bool(milestone.now > milestone.rectify_by)


class Milestone(InChallenge):
    """A delivery with its share of the money and its due date."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("milestone", "Planned")
        SUBMITTED = "submitted", pgettext_lazy("milestone", "Evidence submitted")
        UNDER_ACCEPTANCE = "under_acceptance", _("Under acceptance")
        ACCEPTED = "accepted", pgettext_lazy("milestone", "Accepted")
        RECTIFICATION = "rectification", _("Sent to rectification")
        FAILED = "failed", pgettext_lazy("milestone", "Failed")
        CLOSED = "closed", pgettext_lazy("milestone", "Closed without success")

    state = StateField(default=State.PLANNED, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=200)
    deliverable = models.TextField(_("what is delivered"), max_length=5000, blank=True)
    share = models.DecimalField(
        _("share of the amount"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    # Places of the contract's targets that are proved here; those assigned nowhere are proved by the last milestone.
    proves = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("targets proved"), default=list, blank=True)
    report = models.TextField(_("report"), max_length=20000, blank=True)
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    rectifications = models.PositiveSmallIntegerField(default=0)
    rectify_by = models.DateTimeField(null=True)
    opinion = models.TextField(_("opinion"), blank=True)
    search = words_column("title")

    class Meta:
        verbose_name = _("milestone")
        ordering = ["contract", "position"]
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="milestone_position")]
        indexes = [
            models.Index(fields=["state", "due_on"], name="milestone_state_due"),
            models.Index(fields=["-created_at", "id"], name="milestone_newest"),
            models.Index(fields=["due_on", "position", "id"], name="milestone_due"),
            models.Index(fields=["state", "-created_at"], name="milestone_state_newest"),
            GinIndex(fields=["search"], name="milestone_search"),
        ]
        triggers = state_guards("planned", MILESTONE_EDGES)

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        return f"{self.contract.challenge.title} · {self.title}"

    @transition(
        field=state,
        source=[State.PLANNED, State.RECTIFICATION],
        target=State.SUBMITTED,
        permission=may("milestone.submit"),
        conditions=[
            contract_is_effective,
            race_lets_it,
            earlier_milestones_submitted,
            has_evidence,
            guards.targets_are_measured,
        ],
        custom={"label": _("Submit for acceptance"), "tells": ["milestone_submitted"]},
    )
    def submit(self, *, actor: User, report: str) -> None:
        """The team delivers with its evidence."""
        self.submitted_by, self.submitted_at, self.report = actor, self.now, report
        self.rectify_by = None

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.UNDER_ACCEPTANCE,
        permission=may("milestone.start_acceptance"),
        conditions=[contract_is_effective],
        custom={"label": _("Start the acceptance")},
    )
    def start_acceptance(self, *, actor: User) -> None:
        """The owner begins to check."""

    @transition(
        field=state,
        source=State.UNDER_ACCEPTANCE,
        target=State.ACCEPTED,
        permission=may("milestone.accept"),
        conditions=[contract_is_effective, guards.core_targets_are_met, guards.enough_other_targets_are_met],
        custom={
            "label": _("Accept the milestone"),
            "tells": ["milestone_accepted"],
            "consequences": [_("The team can request the payment of this milestone's share.")],
        },
    )
    def accept(self, *, actor: User, opinion: str = "", **_how: Any) -> None:
        """What was promised has been delivered."""
        self.accepted_by, self.accepted_at, self.opinion = actor, self.now, opinion

    @transition(
        field=state,
        source=State.UNDER_ACCEPTANCE,
        target=State.RECTIFICATION,
        permission=may("milestone.accept"),
        conditions=[contract_is_effective, may_still_rectify],
        custom={"label": _("Ask for rectification"), "style": "secondary", "tells": ["milestone_to_rectify"]},
    )
    def require_rectification(self, *, actor: User, opinion: str, rectify_by: datetime, **_how: Any) -> None:
        """整改: what is missing, and by when."""
        self.opinion, self.rectify_by = opinion, rectify_by
        self.rectifications += 1

    @transition(
        field=state,
        source=[State.UNDER_ACCEPTANCE, State.RECTIFICATION],
        target=State.FAILED,
        permission=may("milestone.fail"),
        conditions=[contract_is_effective, rectification_is_over],
        custom={"label": _("Declare the milestone failed"), "style": "danger", "tells": ["milestone_failed"]},
    )
    def fail(self, *, actor: User, opinion: str, **_how: Any) -> None:
        """It will not be delivered; a decider then decides on the contract."""
        self.opinion = opinion

    @transition(
        field=state,
        source=[State.UNDER_ACCEPTANCE, State.FAILED],
        target=State.CLOSED,
        permission=may("milestone.close"),
        conditions=[contract_is_effective],
        custom={
            "label": _("Close the milestone without success"),
            "style": "danger",
            "tells": ["milestone_closed"],
            "consequences": [
                _("You find that it failed for reasons the team could not command; nobody is blamed."),
                _("Its share of the amount is not paid, and the challenge can be completed without it."),
            ],
        },
    )
    def close(self, *, actor: User, opinion: str, **_how: Any) -> None:
        """结题: not reached, for reasons outside the team's will; found by a decider, with reasons."""
        self.opinion = opinion


class MilestoneDocument(Document):
    """Evidence of a milestone."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
