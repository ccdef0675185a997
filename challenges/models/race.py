"""The parallel award (赛马): several winners run for the same targets until one shared test decides who stays.

The plan is written with the proposal and public with its notice, so every runner signs knowing it. Whoever does not
stay ends without blame: no fault, no credit record, and what was accepted is theirs.
"""

from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, StateField, User, state_guards
from accounts.policy import may
from challenges.models.award import Award
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge
from challenges.models.milestone import Milestone

RACE_EDGES = [("planned", "tested"), ("tested", "decided")]
IN_ACCEPTANCE = ["submitted", "under_acceptance", "rectification"]


@condition(_("The winners' contracts are not all in force yet: each is signed, or that winner declines, first."))
def runners_are_signed(race: Any) -> bool:
    """The award stands, and no winner is between award and contract."""
    contracts = race.award.contracts
    return bool(race.award.state == "confirmed" and not contracts.filter(state__in=["draft", "signing"]).exists())


@condition(_("Fewer than two winners are at work: nothing is left to test against each other."))
def several_run(race: Any) -> bool:
    """There is still a race."""
    return bool(race.runners_in_force.count() > 1)


@condition(
    lambda race: (
        _("The shared test is on %(day)s; it is recorded from that day on.") % {"day": race.test_on.isoformat()}
    )
)
def day_of_test_has_come(race: Any) -> bool:
    """By the database's clock, in the site's time zone."""
    return bool(timezone.localdate(race.now) >= race.test_on)


@condition(_("Upload the signed minutes of the test first."))
def has_minutes(race: Any) -> bool:
    """A document proves what the panel found."""
    return bool(race.documents.exists())


@condition(_("A runner's delivery is still under acceptance or rectification: that is settled first."))
def no_delivery_waits(race: Any) -> bool:
    """What a runner delivered before the test is accepted or failed, so that it is known what is theirs."""
    runners = race.runners_in_force
    return not Milestone.objects.filter(contract__in=runners, state__in=IN_ACCEPTANCE).exists()


@condition(_("A change or a termination of a runner's contract is not decided yet: that is settled first."))
def no_change_waits(race: Any) -> bool:
    """The amounts stand, from which the rest is shared out, and nobody who is accused ends without blame."""
    amended = models.Q(amendments__state__in=["requested", "agreed"])
    accused = models.Q(terminations__state__in=["proposed", "answered"])
    return not race.runners_in_force.filter(amended | accused).exists()


class Race(InChallenge):
    """The plan of a race, the findings of its shared test, and who stays."""

    CHALLENGE = "award.challenge_id"

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("race", "Running")
        TESTED = "tested", pgettext_lazy("race", "Tested")
        DECIDED = "decided", pgettext_lazy("race", "Decided")

    state = StateField(default=State.PLANNED, choices=State.choices)
    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="race")
    early_share = models.DecimalField(
        _("share of its contract's amount that each gets until the test, in per cent"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(99))],
    )
    test_on = models.DateField(_("day of the shared test"))
    subject = models.TextField(_("what is tested, and how"), max_length=5000)
    # Null in the plans of races from before it was asked for: those are decided without a bound.
    places = models.PositiveSmallIntegerField(_("how many go on at most"), null=True, validators=[MinValueValidator(1)])
    experts = models.ManyToManyField(User, related_name="+", editable=False)
    tested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField(null=True)
    reason = models.TextField(_("reason of the choice"), blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("race")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("tested_by")),
                name="race_decider_did_not_record",
            ),
            models.CheckConstraint(
                condition=models.Q(early_share__gt=0, early_share__lt=100), name="race_share_is_one"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="race_newest"),
            models.Index(fields=["state", "test_on"], name="race_state_test"),
        ]
        triggers = state_guards(
            "planned",
            RACE_EDGES,
            also=[
                pgtrigger.ReadOnly(
                    name="plan_is_frozen", fields=["award", "early_share", "test_on", "subject", "places"]
                )
            ],
        )

    def __str__(self) -> str:
        return self.award.challenge.title

    @property
    def late_share(self) -> Decimal:
        """What is held back for who stays, in per cent."""
        return 100 - self.early_share

    @property
    def runners_in_force(self) -> models.QuerySet[Contract]:
        """The contracts that run."""
        return self.award.contracts.filter(state=Contract.State.EFFECTIVE)

    @transition(
        field=state,
        source=State.PLANNED,
        target=State.TESTED,
        permission=may("race.record_test"),
        conditions=[runners_are_signed, several_run, day_of_test_has_come, has_minutes],
        custom={
            "label": _("Record the shared test"),
            "consequences": [
                _("The findings are recorded from the signed minutes and cannot be changed afterwards."),
                _("A decider then chooses who stays."),
            ],
            "tells": ["race_tested"],
        },
    )
    def record_test(self, *, actor: User, experts: list[User], findings: list[dict[str, Any]]) -> None:
        """What the separate panel found, runner by runner."""
        self.tested_by, self.tested_at = actor, self.now

    @transition(
        field=state,
        source=State.TESTED,
        target=State.DECIDED,
        permission=may("race.decide"),
        conditions=[no_delivery_waits, no_change_waits],
        custom={
            "label": _("Choose who stays"),
            "consequences": [
                _("The contracts of the others end without blame: no fault and no credit record."),
                _("What was accepted stays theirs; what is left of their amounts goes to who stays, in equal parts."),
            ],
            "tells": ["race_decided"],
        },
    )
    def decide(self, *, actor: User, stays: list[Contract], reason: str) -> None:
        """Who goes on, with the public reason."""
        self.reason, self.decided_by, self.decided_at = reason, actor, self.now


class RaceResult(models.Model):
    """What the test found of one runner and, once it is decided, what became of it."""

    race = models.ForeignKey(Race, on_delete=models.CASCADE, related_name="results")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="race_result")
    findings = models.JSONField(default=list)  # [{"name", "bound", "value", "met"}], in the order of the targets
    remarks = models.TextField(_("remarks"), max_length=5000, blank=True)
    stays = models.BooleanField(null=True)
    version = models.PositiveSmallIntegerField(null=True)  # of the contract that the decision made
    moved = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))  # into its amount, or out of it

    class Meta:
        ordering = ["race", "contract__bid__rank", "pk"]

    def __str__(self) -> str:
        return str(self.contract)


class RaceDocument(Document):
    """The signed minutes of a shared test."""

    race = models.ForeignKey(Race, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
