"""What is kept of a challenge (榜单), whatever its state."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organization, StateField, Stateful, User
from challenges.models.choices import ChallengeKind, Industry, ReviewClass, Secrecy
from challenges.models.rule_set import RuleSet
from challenges.rules import Rubric, Rules


class ChallengeColumns(Stateful):
    """What is kept of one challenge. Those who acted on it stand here, since duties are separated by them."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for vetting")
        VETTED = "vetted", _("Waiting for publication")
        PUBLISHED = "published", _("Open for bids")
        BIDDING_CLOSED = "bidding_closed", _("Bidding closed")
        OPENED = "opened", _("Bids opened")
        UNDER_REVIEW = "under_review", _("Under review")
        RANKED = "ranked", _("Ranked")
        AWARD_PROPOSED = "award_proposed", pgettext_lazy("state", "Public notice")
        AWARDED = "awarded", _("Awarded, waiting for signatures")
        EXECUTING = "executing", _("Being delivered")
        COMPLETED = "completed", _("Completed")
        NO_AWARD = "no_award", _("Closed without award")
        CANCELLED = "cancelled", _("Cancelled")
        TERMINATED = "terminated", _("Terminated")

    BEFORE_OPENING = (State.DRAFT, State.SUBMITTED, State.VETTED, State.PUBLISHED, State.BIDDING_CLOSED)
    NOT_PUBLIC = (State.DRAFT, State.SUBMITTED, State.VETTED)

    state = StateField(default=State.DRAFT, choices=State.choices)
    number = models.CharField(
        _("number"),
        max_length=20,
        unique=True,
        editable=False,
        db_default=models.Func(function="challenge_number", output_field=models.CharField()),
    )
    owner = models.ForeignKey(
        Organization, verbose_name=_("challenge owner"), on_delete=models.PROTECT, related_name="challenges"
    )
    title = models.CharField(_("title"), max_length=200)
    industry = models.CharField(_("industry"), max_length=30, choices=Industry)
    kind = models.CharField(_("kind"), max_length=30, choices=ChallengeKind)
    background = models.TextField(_("background and difficulty"), max_length=20000)
    reward = models.DecimalField(
        _("reward"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(1))]
    )
    duration_months = models.PositiveSmallIntegerField(
        _("months to complete"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    ip_clause = models.CharField(_("intellectual property clause"), max_length=500, blank=True)
    secrecy = models.CharField(_("secrecy"), max_length=20, choices=Secrecy, default=Secrecy.PUBLIC)
    contact_name = models.CharField(_("contact"), max_length=100, blank=True)
    contact_phone = models.CharField(_("contact telephone"), max_length=40, blank=True)
    bid_deadline = models.DateTimeField(_("bid deadline"), null=True, blank=True)

    review_class = models.CharField(_("review class"), max_length=20, choices=ReviewClass, blank=True)
    payment_preset = models.CharField(_("milestones and payments"), max_length=20, blank=True)
    rule_set = models.ForeignKey(RuleSet, null=True, blank=True, on_delete=models.PROTECT, related_name="challenges")
    rules = models.JSONField(null=True, blank=True, editable=False)
    rubric = models.JSONField(null=True, blank=True, editable=False)
    previous = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="republished_as"
    )

    invited = models.ForeignKey(
        Organization, verbose_name=_("offered directly to"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    direct_reason = models.TextField(_("why it is offered directly"), max_length=5000, blank=True)

    notice_version = models.PositiveSmallIntegerField(default=1, editable=False)
    amendment_requested = models.TextField(blank=True)
    amendment_requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    extended_once = models.BooleanField(default=False, editable=False)
    few_bids_reason = models.TextField(_("why fewer bids suffice"), blank=True)
    return_reason = models.TextField(blank=True)
    end_reason = models.TextField(_("reason of the end"), blank=True)
    at_fault = models.BooleanField(null=True)
    cancellation_requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    cancellation_reason = models.TextField(blank=True)

    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    vetted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    review_ends_at = models.DateTimeField(null=True)
    ranked_at = models.DateTimeField(null=True)
    ranking_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    awarded_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    executors = ArrayField(models.UUIDField(), default=list, editable=False)
    deciders = ArrayField(models.UUIDField(), default=list, editable=False)

    search = models.GeneratedField(
        expression=models.Func(
            models.F("title"),
            models.F("background"),
            models.F("number"),
            function="challenge_search",
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.id

    @property
    def frozen_rules(self) -> Rules:
        """The rules frozen at publication; LookupError before it."""
        if self.rules is None:
            raise LookupError(f"Challenge {self.id} has no frozen rules yet")
        return Rules.model_validate(self.rules)

    @property
    def bids_needed(self) -> int:
        """How many valid bids are needed to open: one where a single team was invited (定向委托)."""
        return 1 if self.invited_id else self.frozen_rules.bids_at_least

    @property
    def bidding_period(self) -> timedelta:
        """The shortest time for which bidding is open."""
        rules = self.frozen_rules
        return rules.direct_bidding_at_least if self.invited_id else rules.bidding_at_least

    @property
    def frozen_rubric(self) -> Rubric:
        """The rubric frozen at publication; LookupError before it."""
        if self.rubric is None:
            raise LookupError(f"Challenge {self.id} has no frozen rubric yet")
        return Rubric.model_validate(self.rubric)

    @property
    def rubric_template(self) -> Rubric:
        """The rubric of the review class: of the rules frozen at publication, before it of those in force."""
        current = None if self.rules else RuleSet.current()
        rules = current.rules if current else self.rules
        if not rules or not self.review_class:
            raise LookupError(f"Challenge {self.id} has no review class, or no rule set is in force")
        return Rules.model_validate(rules).rubrics[self.review_class]  # type: ignore[index]

    @property
    def adapted_rubric(self) -> Rubric | None:
        """The rubric written for this challenge instead of its template, if there is one."""
        return None if self.rubric is None else Rubric.model_validate(self.rubric)

    @property
    def rubric_to_freeze(self) -> Rubric:
        """The rubric that publishing would freeze now."""
        return self.adapted_rubric or self.rubric_template

    @property
    def bidding_is_open(self) -> bool:
        """Whether a bid may be submitted at the moment this object was read."""
        return self.state == self.State.PUBLISHED and self.bid_deadline is not None and self.now < self.bid_deadline

    def _acted(self, actor: User | None, *, deciding: bool = False) -> None:
        """Remember who executed or decided, so that nobody later does the other or evaluates."""
        people = self.deciders if deciding else self.executors
        if actor is not None and actor.pk not in people:
            people.append(actor.pk)
