"""The panel: drawn from the pool or matched to bids, invited, scoring, closed."""

import uuid
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from accounts.models import Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Challenge
from reviews.models import panel_guards as guards
from reviews.models.expert import Expert

Frozen = tuple[dict[str, Any], dict[str, str]]  # the pool by aliases, and whose they are
PANEL_EDGES = [("forming", "drawn"), ("drawn", "scoring"), ("scoring", "consensus"), ("consensus", "closed")]


class Panel(Stateful):
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

    state = FSMField(default=State.FORMING, choices=State.choices, protected=True)
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

    @property
    def drawn(self) -> dict[str, Any]:
        """Who was drawn, in which order, by the ids of the experts; the transcript calls them by aliases."""
        told = self.transcript
        if not told:
            return {}

        def expert(alias: str) -> str:
            return str(self.aliases.get(alias, alias))

        return {
            "order": [expert(item) for item in told["order"]],
            "panel": [expert(item) for item in told["panel"]],
            "alternates": [expert(item) for item in told["alternates"]],
            "chair": expert(told["chair"]),
            "skipped": [expert(item["id"]) for item in told["skipped"]],
            "exclusions": {expert(item["id"]): item["reasons"] for item in told["exclusions"]},
        }

    def experts_named(self) -> models.QuerySet[Expert]:
        """Those whom the draw or the matching in force seats, invited or not."""
        if self.way == self.Way.MATCHED:
            return Expert.objects.filter(pk__in=self.pairs().values("expert"))
        return Expert.objects.filter(pk__in=self.drawn.get("panel", ()))

    def chair_named(self) -> str | None:
        """The key of the expert whom the draw or the matching in force makes the chair."""
        if self.way == self.Way.MATCHED:
            latest = self.matchings.filter(state="released").order_by("-released_at").first()
            return latest.result.get("chair") if latest else None
        return self.drawn.get("chair")

    def pairs(self) -> models.QuerySet[Any]:
        """Who reads which bid by the matching released last; of a drawn panel, in which everybody reads all, none."""
        rows: models.QuerySet[Any] = apps.get_model("reviews", "Match").objects.all()
        released = self.matchings.filter(state="released").order_by("-released_at").values("pk")[:1]
        return rows.filter(matching__in=released)

    def is_complete(self) -> bool:
        """As many accepted assignments as seats, or as each bid's matching has; one of them the chair."""
        if self.way == self.Way.MATCHED:
            return self._every_bid_is_served() and self.assignments.filter(state="accepted", is_chair=True).count() == 1
        chairs = list(self.assignments.filter(state="accepted").values_list("is_chair", flat=True))
        return len(chairs) == self.size and sum(chairs) == 1

    def _every_bid_is_served(self) -> bool:
        accepted = self.assignments.filter(state="accepted").values("expert")
        in_force = self.pairs().filter(expert__in=accepted)
        served = in_force.order_by().values("bid").annotate(n=models.Count("pk"), k=models.F("matching__per_bid"))
        enough = [row["bid"] for row in served if row["n"] >= row["k"]]
        return bool(enough) and not self.challenge.bids.filter(state="eligible").exclude(pk__in=enough).exists()

    def has_every_sheet_locked(self) -> bool:
        """Nothing is open, and there is something to rank."""
        states = set(self.assignments.order_by().values_list("sheets__state", flat=True).distinct())
        return states - {None, "void"} == {"locked"}

    def tie_waits_for(self) -> str:
        """What the decision on equal bids waits for: `votes`, the supervisor's `seed`, or nothing."""
        tie = getattr(self, "tie_break", None)
        return tie.waits_for if tie is not None else ""

    def consensus_waits_for(self) -> str:
        """What diverging scores still ask for before the end: `discussion`, `minutes`, `confirmation`, or nothing.

        Each bid of them has been discussed by two members at least, and of the minutes more than half of the panel
        says that they are true.
        """
        discussions = self.discussions.annotate(voices=models.Count("remarks__assignment", distinct=True))
        voices = list(discussions.order_by().values_list("voices", flat=True))
        if not voices:
            return ""
        if min(voices) < 2:
            return "discussion"
        minutes = self.minutes.first()
        if minutes is None:
            return "minutes"
        members = self.assignments.filter(state="accepted")
        confirmed = minutes.confirmations.filter(assignment__in=members.values("pk")).count() + 1  # with the chair
        return "" if 2 * confirmed > members.count() else "confirmation"

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
        custom={"label": _("Write to the discussion"), "tells": ["discussed"]},
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
            "tells": ["minutes_written"],
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
            "tells": ["minority_reported"],
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
