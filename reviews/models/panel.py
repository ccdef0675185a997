"""The panel: drawn from the pool or matched to bids, invited, scoring, closed."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Challenge
from reviews.models import panel_guards as guards
from reviews.models.panel_standing import PanelStanding

Frozen = tuple[dict[str, Any], dict[str, str]]  # the pool by aliases, and whose they are
PANEL_EDGES = [("forming", "drawn"), ("drawn", "scoring"), ("scoring", "consensus"), ("consensus", "closed")]


class Panel(PanelStanding, Stateful):
    """The experts of one challenge. The platform's seed is committed by its hash before the pool is frozen."""

    class State(models.TextChoices):
        FORMING = "forming", _("Being formed")
        DRAWN = "drawn", _("Drawn")
        SCORING = "scoring", _("Scoring")
        CONSENSUS = "consensus", _("Consensus meeting")
        CLOSED = "closed", _("Closed")

    class Way(models.TextChoices):
        DRAWN = "drawn", _("One panel for all bids, drawn by lot")
        MATCHED = "matched", _("Reviewers matched to bids, for many bids")

    state = StateField(default=State.FORMING, choices=State.choices)
    way = models.CharField(_("how reviewers are found"), max_length=10, choices=Way, default=Way.DRAWN)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="panels")
    size = models.PositiveSmallIntegerField(_("seats"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    platform_commitment = models.CharField(max_length=64, editable=False)
    platform_seed = models.CharField(max_length=64, editable=False)
    supervisor_seed = models.CharField(max_length=200, blank=True)
    seed_given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    frozen = models.JSONField(null=True, editable=False)  # the pool as it was when the second seed was given
    frozen_at = models.DateTimeField(null=True)
    pool_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    aliases = models.JSONField(default=dict, editable=False)  # the name of an expert in this draw alone: the expert
    transcript = models.JSONField(null=True, editable=False)
    drawn_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("panel")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["challenge"],
                condition=models.Q(state__in=["forming", "drawn", "scoring", "consensus"]),
                name="one_panel_at_work",
            ),
            models.CheckConstraint(condition=models.Q(size__gte=5), name="panel_has_five_seats"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="panel_newest"),
            models.Index(fields=["state", "-created_at"], name="panel_state_newest"),
        ]
        triggers = state_guards("forming", PANEL_EDGES)

    def __str__(self) -> str:
        return self.challenge.title

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.challenge_id

    @transition(
        field=state,
        source=State.FORMING,
        target=State.FORMING,
        permission=may("panel.give_seed"),
        conditions=[guards.no_supervisor_seed_yet],
        custom={
            "label": _("Give the second seed, as supervisor"),
            "consequences": [_("The pool is frozen and its hash made public at this moment; nobody can change it.")],
        },
    )
    def give_seed(self, *, actor: User, seed: str, pool_sha256: str, _frozen: Frozen) -> None:
        """The supervisor's seed joins the committed one, over a pool that is frozen from now on."""
        self.supervisor_seed, self.seed_given_by = seed, actor
        self.frozen, self.aliases, self.frozen_at, self.pool_sha256 = *_frozen, self.now, pool_sha256

    @transition(
        field=state,
        source=State.FORMING,
        target=State.DRAWN,
        permission=may("panel.draw"),
        conditions=[guards.is_drawn_by_lot, guards.both_seeds_are_given],
        custom={
            "label": _("Draw the panel"),
            "consequences": [
                _("Both seeds are revealed, and the draw from the frozen pool cannot be repeated."),
                _("Nobody is told yet: operators and supervisors see who was drawn until the invitations are sent."),
            ],
        },
    )
    def draw(self, *, actor: User, transcript: dict[str, Any]) -> None:
        """The draw's transcript lets anyone recompute the panel."""
        self.transcript, self.drawn_at = transcript, self.now

    @transition(
        field=state,
        source=State.DRAWN,
        target=State.DRAWN,
        permission=may("panel.release"),
        conditions=[guards.not_released_yet, guards.is_still_judged],
        custom={
            "label": _("Send the invitations"),
            "consequences": [
                _("Each of those named below is invited and has the time to answer that the rules set."),
                _("Whoever has a conflict of interest by now is passed over; of a draw, the next in order follows."),
                _("As long as nobody has answered, the invitations can be taken back."),
            ],
            "touches": guards.to_be_invited,
        },
    )
    def release(self, *, actor: User) -> None:
        """The draft becomes known to those it names."""
        self.released_at = self.now

    @transition(
        field=state,
        source=State.DRAWN,
        target=State.DRAWN,
        permission=may("panel.release"),
        conditions=[guards.is_released, guards.nobody_has_answered],
        custom={
            "label": _("Take the invitations back"),
            "style": "secondary",
            "consequences": [
                _("Those named below are told that they need not answer; the panel is a draft again."),
                _("What was drawn or matched stays: the same experts are invited when they are sent anew."),
            ],
            "touches": guards.to_be_taken_back,
        },
    )
    def take_back(self, *, actor: User) -> None:
        """A release that nobody has answered is undone."""
        self.released_at = None

    @transition(
        field=state,
        source=[State.DRAWN, State.SCORING],
        target=None,
        permission=may("panel.order_supplement"),
        conditions=[
            guards.is_filled_by_lot,
            guards.is_released,
            guards.is_still_judged,
            guards.no_supplement_is_ordered,
            guards.a_seat_is_empty,
        ],
        custom={
            "label": _("Order a supplementary draw"),
            "consequences": [
                _("The platform publishes the hash of a new secret seed; the supervisor is asked for the second seed."),
                _("Drawn are experts of the pool as it is then, who never stood in the order of this panel."),
            ],
        },
    )
    def order_supplement(self, *, actor: User, number: int, platform_commitment: str) -> None:
        """The order drawn is used up and a seat is empty; the draw is a row of its own."""

    @transition(
        field=state,
        source=[State.DRAWN, State.SCORING],
        target=None,
        permission=may("panel.give_supplement_seed"),
        conditions=[guards.is_still_judged, guards.a_supplement_is_ordered],
        custom={
            "label": _("Give the second seed of the supplementary draw"),
            "consequences": [
                _("The pool is frozen and its hash made public at this moment; the order is drawn from it at once."),
                _("Whoever fills an empty seat is invited at once, as an alternate is; the draw cannot be repeated."),
            ],
        },
    )
    def give_supplement_seed(self, *, actor: User, seed: str) -> None:
        """The supervisor's seed joins the committed one, and the supplementary order is drawn."""

    @transition(field=state, source=State.FORMING, target=State.DRAWN, permission=may("panel.adopt"))
    def adopt(self, *, actor: None) -> None:
        """A matching was released: its reviewers are the panel."""
        self.drawn_at = self.released_at = self.now

    @transition(
        field=state,
        source=State.DRAWN,
        target=State.SCORING,
        permission=may("panel.start_scoring"),
        conditions=[guards.every_seat_is_accepted],
    )
    def start_scoring(self, *, actor: User) -> None:
        """Score sheets are handed out; taken together with the challenge's `start_review`."""

    @transition(
        field=state,
        source=State.SCORING,
        target=State.SCORING,
        permission=may("panel.remind"),
        conditions=[guards.somebody_is_late, guards.not_reminded_lately],
        custom={
            "label": _("Remind the reviewers who are late"),
            "style": "secondary",
            "consequences": [_("Whoever has a sheet left to lock is told so; the ledger keeps that you reminded.")],
        },
    )
    def remind(self, *, actor: User) -> None:
        """Members with sheets that are not locked are told; whom it reached stands in their inboxes alone."""
        self.reminded_at = self.now

    @transition(
        field=state,
        source=State.SCORING,
        target=State.CONSENSUS,
        permission=may("panel.open_consensus"),
        conditions=[guards.every_sheet_is_locked],
        custom={"label": _("Open the consensus meeting"), "tells": ["consensus_opened"]},
    )
    def open_consensus(self, *, actor: User) -> None:
        """All sheets are locked; the panel sees the scores."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.vote"),
        conditions=[guards.tie_waits_for_votes],
        custom={
            "label": _("Vote on the tie"),
            "consequences": [
                _("Your vote is final. Nobody sees it before every member has voted; then all votes are shown."),
                _("Where the vote is even, lots are drawn."),
            ],
        },
    )
    def vote(self, *, actor: User) -> None:
        """One member's vote on bids that no score tells apart; the ballot is a row of its own."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.give_lot_seed"),
        conditions=[guards.tie_waits_for_seed],
        custom={
            "label": _("Give the seed and draw the lots"),
            "consequences": [
                _("Both seeds are revealed, the lots are drawn at once, and the draw cannot be repeated.")
            ],
        },
    )
    def give_lot_seed(self, *, actor: User, seed: str) -> None:
        """The supervisor witnesses the draw of lots by giving its second seed."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.discuss"),
        conditions=[guards.something_is_discussed],
        custom={"label": _("Write to the discussion")},
    )
    def discuss(self, *, actor: User, remark: uuid.UUID, sha256: str) -> None:
        """One remark in the discussion of one bid; the ledger keeps its hash, the text is a row of its own."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.write_minutes"),
        custom={
            "label": _("Write the minutes"),
            "consequences": [
                _("The members are asked to confirm this text; what they confirmed before counts no more.")
            ],
        },
    )
    def write_minutes(self, *, actor: User, minutes: uuid.UUID, sha256: str) -> None:
        """The chair's text of what the meeting came to."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.confirm_minutes"),
        conditions=[guards.minutes_are_written],
        custom={"label": _("Confirm the minutes"), "consequences": [_("You say that the minutes are true.")]},
    )
    def confirm_minutes(self, *, actor: User, minutes: uuid.UUID) -> None:
        """One member's confirmation of the newest minutes."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.dissent"),
        custom={
            "label": _("Put a minority report on record"),
            "style": "secondary",
            "consequences": [_("It is final, stays with the minutes, and is shown with the result under your name.")],
        },
    )
    def dissent(self, *, actor: User, report: uuid.UUID, sha256: str) -> None:
        """One member's report of what they hold against the rest."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CLOSED,
        permission=may("panel.close"),
        conditions=[guards.every_sheet_is_locked],
    )
    def close(self, *, actor: User) -> None:
        """The ranking is computed; taken together with the challenge's `finish_review`."""
        self.closed_at = self.now
