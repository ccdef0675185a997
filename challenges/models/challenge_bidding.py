"""A challenge until its bids are opened: vetted, published, amended, closed, opened or cancelled."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.models import User
from accounts.policy import may
from challenges.models import guards
from challenges.models.challenge_columns import ChallengeColumns
from challenges.models.rule_set import RuleSet

State = ChallengeColumns.State


class ChallengeInBidding(ChallengeColumns):
    """The steps from the draft to the opening."""

    class Meta:
        abstract = True

    @transition(
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
        source=State.BIDDING_CLOSED,
        target=State.PUBLISHED,
        permission=may("challenge.extend_bidding"),
        conditions=[guards.custodians_consent, guards.not_extended_yet, guards.too_few_bids],
        custom={"label": _("Extend the bidding once"), "style": "secondary", "tells": ["bidding_extended"]},
    )
    def extend_bidding(self, *, actor: User) -> None:
        """Too few bids: the list stays open for one more full period."""
        self.bid_deadline = self.now + self.bidding_period
        self.extended_once, self.closed_at = True, None
        self._acted(actor)

    @transition(
        field="state",
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
        field="state",
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
        field="state",
        source=ChallengeColumns.BEFORE_OPENING,
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
        field="state",
        source=ChallengeColumns.BEFORE_OPENING,
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
