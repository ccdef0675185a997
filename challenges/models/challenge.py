"""The challenge (榜单): a technical problem with measurable targets and a reward, and its life."""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from accounts.models import Organization, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import guards
from challenges.models.choices import ChallengeKind, Industry, ReviewClass, Secrecy
from challenges.models.rule_set import RuleSet
from challenges.rules import Rubric, Rules

EDGES = [
    ("draft", "submitted"),
    ("submitted", "draft"),
    ("submitted", "vetted"),
    ("vetted", "published"),
    ("published", "bidding_closed"),
    ("bidding_closed", "published"),
    ("bidding_closed", "no_award"),
    ("bidding_closed", "opened"),
    ("opened", "under_review"),
    ("opened", "no_award"),
    ("under_review", "ranked"),
    ("ranked", "award_proposed"),
    ("ranked", "no_award"),
    ("award_proposed", "awarded"),
    ("award_proposed", "ranked"),
    ("awarded", "executing"),
    ("awarded", "ranked"),
    ("executing", "completed"),
    ("executing", "terminated"),
    *((source, "cancelled") for source in ("draft", "submitted", "vetted", "published", "bidding_closed")),
]
NO_AWARD = {
    "label": _("Declare no award"),
    "style": "danger",
    "consequences": [_("The challenge ends without an award; every bidder is told with their feedback.")],
    "tells": ["challenge_ended_without_award"],
}


class Challenge(Stateful):
    """One challenge. People who acted on it stand in its columns, since duties are separated by them."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        VETTED = "vetted", _("Vetted")
        PUBLISHED = "published", _("Open for bids")
        BIDDING_CLOSED = "bidding_closed", _("Bidding closed")
        OPENED = "opened", _("Bids opened")
        UNDER_REVIEW = "under_review", _("Under review")
        RANKED = "ranked", _("Ranked")
        AWARD_PROPOSED = "award_proposed", _("Award in public notice")
        AWARDED = "awarded", _("Awarded")
        EXECUTING = "executing", _("In execution")
        COMPLETED = "completed", _("Completed")
        NO_AWARD = "no_award", _("No award")
        CANCELLED = "cancelled", _("Cancelled")
        TERMINATED = "terminated", _("Terminated")

    BEFORE_OPENING = (State.DRAFT, State.SUBMITTED, State.VETTED, State.PUBLISHED, State.BIDDING_CLOSED)
    NOT_PUBLIC = (State.DRAFT, State.SUBMITTED, State.VETTED)

    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
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
        verbose_name = _("challenge")
        ordering = ["-published_at", "-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(published_by=None) | ~models.Q(published_by=models.F("vetted_by")),
                name="publisher_is_not_vetter",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-created_at", "id"], include=["secrecy", "state"], name="challenge_newest"
            ),
            models.Index(fields=["-created_at", "id"], name="challenge_created"),
            models.Index(fields=["state", "bid_deadline"], name="challenge_state_deadline"),
            models.Index(fields=["bid_deadline", "id"], name="challenge_deadline"),
            models.Index(fields=["-reward", "id"], name="challenge_reward"),
            models.Index(fields=["industry", "-published_at"], name="challenge_industry"),
            models.Index(fields=["kind", "-published_at"], name="challenge_kind"),
            GinIndex(fields=["search"], name="challenge_search"),
        ]
        triggers = state_guards("draft", EDGES, also=[guards.RULES_ARE_FROZEN])

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

    @transition(
        field=state,
        source=State.DRAFT,
        target=State.SUBMITTED,
        permission=may("challenge.submit"),
        conditions=[
            guards.owner_is_verified,
            guards.has_technical_target,
            guards.has_reward,
            guards.has_proof_of_funds,
            guards.has_duration,
            guards.has_ip_clause,
            guards.has_bid_deadline,
        ],
        custom={"label": _("Submit for vetting"), "tells": ["challenge_submitted"]},
    )
    def submit(self, *, actor: User) -> None:
        """Hand the challenge to the operators."""
        self.submitted_by, self.submitted_at, self.return_reason = actor, self.now, ""
        self._acted(actor)

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.DRAFT,
        permission=may("challenge.return_for_revision"),
        custom={"label": _("Return to the owner for revision"), "style": "secondary", "tells": ["challenge_returned"]},
    )
    def return_for_revision(self, *, actor: User, reason: str) -> None:
        """The owner reads what to mend."""
        self.return_reason = reason
        self._acted(actor)

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.VETTED,
        permission=may("challenge.vet"),
        custom={"label": _("Vetted: hand to the deciders"), "tells": ["challenge_vetted"]},
    )
    def vet(self, *, actor: User, review_class: str, payment_preset: str) -> None:
        """An operator has looked at duplicates and chosen rubric and milestones."""
        self.vetted_by, self.review_class, self.payment_preset = actor, review_class, payment_preset
        self._acted(actor)

    @transition(
        field=state,
        source=State.VETTED,
        target=State.PUBLISHED,
        permission=may("challenge.publish"),
        conditions=[guards.rule_set_in_force, guards.bid_deadline_far_enough],
        custom={
            "label": _("Publish and open the list"),
            "consequences": [
                _("The challenge becomes public and bidding opens."),
                _("Rule set, rubric, weights and thresholds are frozen; they cannot be changed afterwards."),
            ],
            "tells": ["challenge_published"],
        },
    )
    def publish(self, *, actor: User, rule_set: RuleSet) -> None:
        """Freeze rule set and rubric, and open the bidding."""
        rules = rule_set.parsed
        self.rule_set = rule_set
        self.rules = rules.model_dump(mode="json")
        rubric = self.adapted_rubric or rules.rubrics[self.review_class]  # type: ignore[index]
        self.rubric = rubric.model_dump(mode="json")
        self.published_by, self.published_at = actor, self.now
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=State.PUBLISHED,
        target=State.PUBLISHED,
        permission=may("challenge.request_amendment"),
        conditions=[guards.before_bid_deadline],
        custom={
            "label": _("Ask for an amendment of the notice"),
            "style": "secondary",
            "tells": ["amendment_requested"],
        },
    )
    def request_amendment(self, *, actor: User, text: str) -> None:
        """An operator writes the change; a decider must confirm it."""
        self.amendment_requested, self.amendment_requested_by = text, actor
        self._acted(actor)

    @transition(
        field=state,
        source=State.PUBLISHED,
        target=State.PUBLISHED,
        permission=may("challenge.amend_notice"),
        conditions=[guards.amendment_is_requested, guards.before_bid_deadline],
        custom={
            "label": _("Confirm the amendment of the notice"),
            "consequences": [
                _("The change is public at once."),
                _("Every submitted bid must be confirmed again by its team before the deadline."),
                _("The deadline is extended when too little time is left."),
            ],
            "tells": ["challenge_amended"],
        },
    )
    def amend_notice(self, *, actor: User) -> None:
        """The change becomes public; submitted bids must be reconfirmed; the deadline moves when it is near."""
        self.notice_version += 1
        least = self.frozen_rules.amendment_extends_below
        if self.bid_deadline is not None and self.bid_deadline - self.now < least:
            self.bid_deadline = self.now + least
        self.amendment_requested, self.amendment_requested_by = "", None
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=State.PUBLISHED,
        target=State.BIDDING_CLOSED,
        permission=may("challenge.close_bidding"),
        conditions=[guards.bid_deadline_passed],
        custom={"tells": ["bidding_closed"]},
    )
    def close_bidding(self, **_inputs: Any) -> None:
        """The deadline has passed; bids were already refused from that moment on."""
        self.closed_at = self.now

    @transition(
        field=state,
        source=State.BIDDING_CLOSED,
        target=State.BIDDING_CLOSED,
        permission=may("challenge.consent_to_opening"),
        custom={
            "label": _("Give my consent to open, as custodian"),
            "consequences": [_("When enough different custodians consent, the bids can be opened.")],
            "tells": ["opening_consented"],
        },
    )
    def consent_to_opening(self, *, actor: User) -> None:
        """One custodian's key; the consent itself is a row of its own."""

    @transition(
        field=state,
        source=State.BIDDING_CLOSED,
        target=State.BIDDING_CLOSED,
        permission=may("challenge.permit_few_bids"),
        conditions=[guards.custodians_consent],
        custom={"label": _("Permit one or two bids, with a reason"), "style": "secondary"},
    )
    def permit_few_bids(self, *, actor: User, reason: str) -> None:
        """A decider lets fewer bids suffice; the reason stays public."""
        self.few_bids_reason = reason
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=State.BIDDING_CLOSED,
        target=State.PUBLISHED,
        permission=may("challenge.extend_bidding"),
        conditions=[guards.custodians_consent, guards.not_extended_yet, guards.too_few_bids],
        custom={"label": _("Extend the bidding once"), "style": "secondary", "tells": ["bidding_extended"]},
    )
    def extend_bidding(self, *, actor: User) -> None:
        """Too few bids: the list stays open for one more full period."""
        self.bid_deadline = self.now + self.frozen_rules.bidding_at_least
        self.extended_once, self.closed_at = True, None
        self._acted(actor)

    @transition(
        field=state,
        source=State.BIDDING_CLOSED,
        target=State.NO_AWARD,
        permission=may("challenge.declare_no_bids"),
        conditions=[guards.custodians_consent, guards.extension_used, guards.too_few_bids],
        custom={
            "label": _("Declare no award: too few bids"),
            "style": "danger",
            "consequences": [_("The challenge ends without an award; its owner may publish a linked new version.")],
            "tells": ["challenge_ended_without_award"],
        },
    )
    def declare_no_bids(self, *, actor: User, reason: str) -> None:
        """流榜: fewer valid bids than the rules ask for, after one extension."""
        self.end_reason, self.ended_at = reason, self.now
        self._acted(actor)

    @transition(
        field=state,
        source=State.BIDDING_CLOSED,
        target=State.OPENED,
        permission=may("challenge.open_bids"),
        conditions=[guards.bid_deadline_passed, guards.custodians_consent, guards.enough_bids],
        custom={
            "label": _("Open the bids"),
            "consequences": [
                _("The seal is broken for good: operators, deciders and supervisors can read the bids."),
                _("An opening record lists every bid with its SHA-256."),
            ],
            "tells": ["bids_opened"],
        },
    )
    def open_bids(self, *, actor: User, record: list[dict[str, Any]]) -> None:
        """The custodians break the seal; the opening record goes into the ledger."""
        self.opened_at = self.now
        self._acted(actor)

    @transition(
        field=state,
        source=State.OPENED,
        target=State.UNDER_REVIEW,
        permission=may("challenge.start_review"),
        conditions=[guards.eligibility_decided, guards.has_eligible_bid, guards.panel_is_complete],
        custom={"label": _("Start the review"), "tells": ["review_started"]},
    )
    def start_review(self, *, actor: User) -> None:
        """Score sheets are handed out; scoring is open until the end of the review period."""
        self.review_ends_at = self.now + self.frozen_rules.review_period
        self._acted(actor)

    @transition(
        field=state,
        source=State.UNDER_REVIEW,
        target=State.RANKED,
        permission=may("challenge.finish_review"),
        conditions=[guards.every_sheet_is_locked, guards.divergence_is_settled, guards.ties_are_decided],
        custom={
            "label": _("Finish the review and publish the ranking"),
            "consequences": [_("The ranking is computed and kept with its hash; scores can no longer change.")],
            "tells": ["review_finished"],
        },
    )
    def finish_review(self, *, actor: User | None, ranking_sha256: str) -> None:
        """The ranking is computed from the locked sheets and kept with its hash."""
        self.ranked_at, self.ranking_sha256 = self.now, ranking_sha256

    @transition(
        field=state,
        source=State.RANKED,
        target=State.AWARD_PROPOSED,
        permission=may("challenge.propose_award"),
        conditions=[guards.has_bid_to_award, guards.calendar_known],
        custom={
            "label": _("Propose the award and open the public notice"),
            "consequences": [
                _("The proposal is public for the notice period, and anyone may object."),
                _("The notice shows each winner with rank and points, the reward and the whole ranking."),
                _("It names no expert and no telephone number, and shows nothing of the bids."),
                _("Without an open objection the award is confirmed by the clock when the period ends."),
            ],
        },
    )
    def propose_award(self, *, actor: User, bids: list[Any], reason: str = "") -> None:
        """The public notice opens."""
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=State.OPENED,
        target=State.NO_AWARD,
        permission=may("challenge.declare_no_award"),
        conditions=[guards.eligibility_decided, guards.no_eligible_bid],
        custom=NO_AWARD,
    )
    @transition(
        field=state,
        source=State.RANKED,
        target=State.NO_AWARD,
        permission=may("challenge.declare_no_award"),
        custom=NO_AWARD,
    )
    def declare_no_award(self, *, actor: User, reason: str) -> None:
        """No bid is eligible or deserves the award, or every winner declined."""
        self.end_reason, self.ended_at = reason, self.now
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=State.AWARD_PROPOSED,
        target=State.AWARDED,
        permission=may("challenge.confirm_award"),
        conditions=[guards.award_is_confirmed],
        custom={"tells": ["award_confirmed"]},
    )
    def confirm_award(self, **_inputs: Any) -> None:
        """The notice period is over and no objection is open."""
        self.awarded_at = self.now

    @transition(
        field=state,
        source=State.AWARD_PROPOSED,
        target=State.RANKED,
        permission=may("challenge.reopen_award"),
        conditions=[guards.objection_was_upheld],
        custom={
            "label": _("Revoke the proposal after the upheld objection"),
            "style": "danger",
            "consequences": [_("The old award stays on record as revoked; a new proposal needs a fresh notice.")],
            "tells": ["award_revoked"],
        },
    )
    def reopen_award(self, *, actor: User, reason: str) -> None:
        """An objection was upheld: back to the ranking."""
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=State.AWARDED,
        target=State.EXECUTING,
        permission=may("challenge.sign"),
        conditions=[guards.contract_is_effective],
        custom={"tells": ["contract_effective"]},
    )
    def sign(self, *, actor: User) -> None:
        """Task book and pledge are confirmed by both sides."""
        self.signed_at = self.now

    @transition(
        field=state,
        source=State.AWARDED,
        target=State.RANKED,
        permission=may("challenge.decline"),
        custom={
            "label": _("Decline the award"),
            "style": "danger",
            "consequences": [_("The runner-up above the threshold can be proposed, under a fresh public notice.")],
            "tells": ["award_declined"],
        },
    )
    def decline(self, *, actor: User, reason: str) -> None:
        """The winner declines; a runner-up may be proposed under a fresh notice."""
        self.awarded_at = None

    @transition(
        field=state,
        source=[State.AWARDED, State.EXECUTING],
        target=None,
        permission=may("challenge.decline_alongside"),
        custom={
            "label": _("Decline the award for your team"),
            "style": "danger",
            "consequences": [_("Your contract ends; the other winners go on with theirs.")],
            "tells": ["winner_declined"],
        },
    )
    def decline_alongside(self, *, actor: User, reason: str) -> None:
        """One of several winners declines before their contract is in force; the award stands for the others."""

    @transition(
        field=state,
        source=State.EXECUTING,
        target=State.COMPLETED,
        permission=may("challenge.complete"),
        conditions=[guards.every_contract_is_signed, guards.every_milestone_accepted],
        custom={"label": _("Complete the challenge"), "tells": ["challenge_completed"]},
    )
    def complete(self, *, actor: User, outcome: str = "") -> None:
        """The last milestone is accepted."""
        self.ended_at, self.end_reason = self.now, outcome

    @transition(
        field=state,
        source=State.EXECUTING,
        target=State.TERMINATED,
        permission=may("challenge.terminate"),
        custom={
            "label": _("Terminate the contract"),
            "style": "danger",
            "consequences": [_("Open payments are frozen and the accounts are settled.")],
            "tells": ["challenge_terminated"],
        },
    )
    def terminate(self, *, actor: User, reason: str, at_fault: bool) -> None:
        """With the diligence finding (容错): exempt, or at fault."""
        self.end_reason, self.at_fault, self.ended_at = reason, at_fault, self.now
        self._acted(actor, deciding=True)

    @transition(
        field=state,
        source=BEFORE_OPENING,
        target=None,
        permission=may("challenge.request_cancellation"),
        custom={
            "label": _("Ask for the cancellation"),
            "style": "danger",
            "consequences": [_("A decider decides on your request; until then everything goes on.")],
            "tells": ["cancellation_requested"],
        },
    )
    def request_cancellation(self, *, actor: User, reason: str) -> None:
        """The owner asks; a decider decides."""
        self.cancellation_requested_by, self.cancellation_reason = actor, reason

    @transition(
        field=state,
        source=BEFORE_OPENING,
        target=State.CANCELLED,
        permission=may("challenge.cancel"),
        conditions=[guards.owner_asked_to_cancel],
        custom={
            "label": _("Cancel the challenge"),
            "style": "danger",
            "consequences": [_("No bid is ever opened; every bidder is told the reason.")],
            "tells": ["challenge_cancelled"],
        },
    )
    def cancel(self, *, actor: User, reason: str) -> None:
        """Owner and decider agree, before the opening."""
        self.end_reason, self.ended_at = reason, self.now
        self._acted(actor, deciding=True)


def default_review_class(kind: str) -> str:
    """The review class that usually fits a kind of challenge; the operator decides at vetting."""
    return {
        ChallengeKind.FRONTIER: ReviewClass.BASIC,
        ChallengeKind.BOTTLENECK: ReviewClass.APPLIED,
    }.get(ChallengeKind(kind), ReviewClass.DEVELOPMENT).value
