"""A challenge that a winner or its owner gives up: declined, not signed for, withdrawn after the opening."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.models import User
from accounts.policy import may
from challenges.models import guards
from challenges.models.challenge_bidding import ChallengeInBidding

State = ChallengeInBidding.State


class ChallengeGivenUp(ChallengeInBidding):
    """The steps of those who stand back."""

    WITHDRAWABLE = (State.OPENED, State.RANKED, State.AWARD_PROPOSED, State.AWARDED)

    class Meta:
        abstract = True

    @transition(
        field="state",
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
        field="state",
        source=[State.AWARDED, State.EXECUTING],
        target=None,
        permission=may("challenge.decline_alongside"),
        custom={
            "label": _("Decline the award for your team"),
            "style": "danger",
            "consequences": [
                _("Your contract ends; the others go on with theirs, and when none is left the challenge ends.")
            ],
            "tells": ["winner_declined"],
        },
    )
    def decline_alongside(self, *, actor: User, reason: str) -> None:
        """One of several winners declines before their contract is in force; the award stands for the others."""

    @transition(field="state", source=State.AWARDED, target=State.RANKED, permission=may("challenge.lose_winner"))
    def lose_winner(self, **_inputs: Any) -> None:
        """The only winner did not sign in time; a runner-up may be proposed under a fresh notice."""
        self.awarded_at = None

    @transition(
        field="state",
        source=[*WITHDRAWABLE, State.UNDER_REVIEW],
        target=None,
        permission=may("challenge.request_withdrawal"),
        custom={
            "label": _("Ask to withdraw the challenge"),
            "style": "danger",
            "consequences": [
                _("A decider decides on your request; until then everything goes on."),
                _("A withdrawal without good reason is recorded on your organisation's credit."),
            ],
            "tells": ["withdrawal_requested"],
        },
    )
    def request_withdrawal(self, *, actor: User, reason: str) -> None:
        """The owner asks, after the opening and before a contract is in force; a decider decides."""
        self.cancellation_requested_by, self.cancellation_reason = actor, reason

    @transition(
        field="state",
        source=list(WITHDRAWABLE),
        target=State.NO_AWARD,
        permission=may("challenge.decide_withdrawal"),
        conditions=[guards.no_contract_in_force],
        custom={
            "label": _("Grant the owner's withdrawal"),
            "style": "danger",
            "consequences": [
                _("The challenge ends without an award; your reason is public, and every bidder is told."),
                _("An award in notice or confirmed is revoked and stays on record."),
            ],
            "tells": ["challenge_ended_without_award"],
        },
    )
    def grant_withdrawal(self, *, actor: User, reason: str, good_reason: bool) -> None:
        """The owner may stand back; whether with good reason is part of the decision."""
        self.end_reason, self.ended_at = reason, self.now
        self._acted(actor, deciding=True)

    @transition(
        field="state",
        source=[*WITHDRAWABLE, State.UNDER_REVIEW],
        target=None,
        permission=may("challenge.decide_withdrawal"),
        custom={
            "label": _("Refuse the owner's withdrawal"),
            "style": "secondary",
            "consequences": [_("The challenge goes on, and the owner is told why.")],
            "tells": ["withdrawal_refused"],
        },
    )
    def refuse_withdrawal(self, *, actor: User, reason: str) -> None:
        """The challenge goes on; the owner may ask again."""
        self.cancellation_requested_by, self.cancellation_reason = None, ""
        self._acted(actor, deciding=True)
