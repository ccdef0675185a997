"""The challenge (榜单): a technical problem with measurable targets and a reward, and its life from the opening on."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.models import User, state_guards
from accounts.policy import may
from challenges.models import guards
from challenges.models.challenge_given_up import ChallengeGivenUp

State = ChallengeGivenUp.State
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
    ("award_proposed", "opened"),
    ("award_proposed", "no_award"),
    ("awarded", "executing"),
    ("awarded", "ranked"),
    ("awarded", "no_award"),
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


class Challenge(ChallengeGivenUp):
    """One challenge."""

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

    @transition(
        field="state",
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
        field="state",
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
        field="state",
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
        field="state",
        source=State.OPENED,
        target=State.NO_AWARD,
        permission=may("challenge.declare_no_award"),
        conditions=[guards.eligibility_decided, guards.no_eligible_bid],
        custom=NO_AWARD,
    )
    @transition(
        field="state",
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
        field="state",
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
        field="state",
        source=State.AWARD_PROPOSED,
        target=State.RANKED,
        permission=may("challenge.reopen_award"),
        conditions=[guards.disqualification_is_due],
        custom={
            "label": _("Revoke the proposal after the upheld objection"),
            "style": "danger",
            "consequences": [
                _("The bid that the decision names is out of the ranking; your reason is public."),
                _("The old award stays on record as revoked; a new proposal needs a fresh notice."),
            ],
            "tells": ["award_revoked"],
        },
    )
    def reopen_award(self, *, actor: User, reason: str) -> None:
        """An objection was upheld: back to the ranking, without the bid that was disqualified."""
        self._acted(actor, deciding=True)

    @transition(
        field="state",
        source=State.AWARD_PROPOSED,
        target=State.OPENED,
        permission=may("challenge.rescore"),
        conditions=[guards.rescoring_is_due],
        custom={
            "label": _("Revoke the proposal and have the bids scored again"),
            "style": "danger",
            "consequences": [
                _("The old award stays on record as revoked; your reason is public."),
                _("An operator forms a new panel; nobody who sat on the old one can be drawn or matched."),
                _("The old panel, its ranking and its proof stay on record; its members can read no bid any more."),
            ],
            "tells": ["award_to_rescore"],
        },
    )
    def rescore(self, *, actor: User, reason: str) -> None:
        """An objection was upheld: a new panel judges the bids."""
        self.ranked_at = self.review_ends_at = None
        self.ranking_sha256 = ""
        self._acted(actor, deciding=True)

    @transition(
        field="state",
        source=State.AWARD_PROPOSED,
        target=State.NO_AWARD,
        permission=may("challenge.annul_award"),
        conditions=[guards.cancellation_is_due],
        custom={
            "label": _("Revoke the proposal and end without an award"),
            "style": "danger",
            "consequences": [
                _("The old award stays on record as revoked; your reason is public."),
                _("The challenge ends without an award; every bidder is told with their feedback."),
            ],
            "tells": ["challenge_ended_without_award"],
        },
    )
    def annul_award(self, *, actor: User, reason: str) -> None:
        """An objection was upheld that no other award can mend."""
        self.end_reason, self.ended_at = reason, self.now
        self._acted(actor, deciding=True)

    @transition(
        field="state",
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
        field="state",
        source=State.EXECUTING,
        target=State.COMPLETED,
        permission=may("challenge.complete"),
        conditions=[guards.every_contract_is_signed, guards.race_is_decided, guards.every_milestone_accepted],
        custom={"label": _("Complete the challenge"), "tells": ["challenge_completed"]},
    )
    def complete(self, *, actor: User, outcome: str = "") -> None:
        """The last milestone is accepted."""
        self.ended_at, self.end_reason = self.now, outcome

    @transition(
        field="state",
        source=State.EXECUTING,
        target=State.TERMINATED,
        permission=may("challenge.terminate"),
        custom={"tells": ["challenge_terminated"]},
    )
    def terminate(self, *, reason: str, at_fault: bool, **_inputs: Any) -> None:
        """The last contract was terminated, with the diligence finding (容错): exempt, or at fault."""
        self.end_reason, self.at_fault, self.ended_at = reason, at_fault, self.now
