"""The panel: drawn from the pool, invited, scoring, closed."""

import uuid
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from accounts.conditions import condition
from accounts.models import Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Challenge
from reviews.models.expert import Expert

PANEL_EDGES = [("forming", "drawn"), ("drawn", "scoring"), ("scoring", "consensus"), ("consensus", "closed")]
Frozen = tuple[dict[str, Any], dict[str, str]]  # the pool by aliases, and whose they are
ASSIGNMENT_EDGES = [
    ("invited", "accepted"),
    ("invited", "declined"),
    ("invited", "recused"),
    ("accepted", "recused"),
    ("declined", "replaced"),
    ("recused", "replaced"),
    ("invited", "taken_back"),
    ("taken_back", "invited"),
]


@condition(_("This panel is matched to its bids, not drawn by lot."))
def is_drawn_by_lot(panel: Any) -> bool:
    """One panel for all bids; a large round is matched instead."""
    return bool(panel.way == "drawn")


@condition(_("The supervisor gives the second seed first."))
def both_seeds_are_given(panel: Any) -> bool:
    """Neither the platform nor the supervisor alone decides the draw; with the second seed the pool was frozen."""
    return bool(panel.supervisor_seed) and panel.frozen is not None


@condition(_("The second seed was already given."))
def no_supervisor_seed_yet(panel: Any) -> bool:
    """A seed is given once."""
    return not panel.supervisor_seed


@condition(_("The invitations were sent already."))
def not_released_yet(panel: Any) -> bool:
    """Who was named is still a draft, seen by operators and supervisors alone."""
    return panel.released_at is None


@condition(_("The challenge is not under review, so nobody is invited to judge it."))
def is_still_judged(panel: Any) -> bool:
    """A challenge that ended without an award needs no panel."""
    return bool(panel.challenge.state in ("opened", "under_review"))


@condition(_("The invitations are not sent yet."))
def is_released(panel: Any) -> bool:
    """Those named were invited."""
    return panel.released_at is not None


@condition(_("Somebody has answered already; an answered invitation cannot be taken back."))
def nobody_has_answered(panel: Any) -> bool:
    """Nothing has followed the invitations."""
    return not panel.assignments.exclude(state__in=("invited", "taken_back")).exists()


def to_be_invited(panel: Any) -> list[str]:
    """The names of those whom a release invites, the chair first."""
    chair = panel.chair_named()
    named = sorted(
        panel.experts_named().select_related("user"), key=lambda item: (str(item.pk) != chair, item.user.name)
    )
    return [expert.user.name for expert in named]


def to_be_taken_back(panel: Any) -> list[str]:
    """The names of those whose invitation is still open."""
    seats = panel.assignments.filter(state="invited").order_by("-is_chair", "created_at", "id")
    return list(seats.values_list("expert__user__name", flat=True))


@condition(_("Every seat must be accepted by an expert first."))
def every_seat_is_accepted(panel: Any) -> bool:
    """As many accepted assignments as seats, one of them the chair."""
    return bool(panel.is_complete())


@condition(_("Not every score sheet is locked yet."))
def every_sheet_is_locked(panel: Any) -> bool:
    """Nothing is open, and there is something to rank."""
    return bool(panel.has_every_sheet_locked())


@condition(_("No tie waits for the panel's vote."))
def tie_waits_for_votes(panel: Any) -> bool:
    """The scores leave bids equal, and not every member has voted."""
    return bool(panel.tie_waits_for() == "votes")


@condition(_("No tie waits for lots: they are drawn once where the panel's vote leaves bids equal."))
def tie_waits_for_seed(panel: Any) -> bool:
    """The vote left bids equal, and the lots are not drawn."""
    return bool(panel.tie_waits_for() == "seed")


@condition(_("Nobody has a sheet left to lock."))
def somebody_is_late(panel: Any) -> bool:
    """A member of the panel has a sheet that is not locked."""
    return bool(panel.assignments.filter(state="accepted", sheets__state__in=("open", "submitted")).exists())


@condition(_("The panel was reminded a short while ago; the rule set says how long to wait."))
def not_reminded_lately(panel: Any) -> bool:
    """The last reminder lies as far back as the rules ask."""
    rules = panel.challenge.frozen_rules
    return panel.reminded_at is None or panel.now - panel.reminded_at >= rules.reminders_apart


@condition(_("No scores lie further apart than the rules allow, so nothing asks for a written discussion."))
def something_is_discussed(panel: Any) -> bool:
    """A bid has its written discussion."""
    return bool(panel.discussions.exists())


@condition(_("The chair has not written the minutes yet."))
def minutes_are_written(panel: Any) -> bool:
    """There is a text to confirm."""
    return bool(panel.minutes.exists())


class Panel(Stateful):
    """The experts of one challenge. The platform's seed is committed by its hash before the pool is frozen."""

    class State(models.TextChoices):
        FORMING = "forming", _("Forming")
        DRAWN = "drawn", _("Drawn")
        SCORING = "scoring", _("Scoring")
        CONSENSUS = "consensus", _("Consensus")
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
        conditions=[no_supervisor_seed_yet],
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
        conditions=[is_drawn_by_lot, both_seeds_are_given],
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
        conditions=[not_released_yet, is_still_judged],
        custom={
            "label": _("Send the invitations"),
            "consequences": [
                _("Each of those named below is invited and has the time to answer that the rules set."),
                _("Whoever has a conflict of interest by now is passed over; of a draw, the next in order follows."),
                _("As long as nobody has answered, the invitations can be taken back."),
            ],
            "touches": to_be_invited,
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
        conditions=[is_released, nobody_has_answered],
        custom={
            "label": _("Take the invitations back"),
            "style": "secondary",
            "consequences": [
                _("Those named below are told that they need not answer; the panel is a draft again."),
                _("What was drawn or matched stays: the same experts are invited when they are sent anew."),
            ],
            "touches": to_be_taken_back,
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
        conditions=[every_seat_is_accepted],
    )
    def start_scoring(self, *, actor: User) -> None:
        """Score sheets are handed out; taken together with the challenge's `start_review`."""

    @transition(
        field=state,
        source=State.SCORING,
        target=State.SCORING,
        permission=may("panel.remind"),
        conditions=[somebody_is_late, not_reminded_lately],
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
        conditions=[every_sheet_is_locked],
        custom={"label": _("Open the consensus meeting"), "tells": ["consensus_opened"]},
    )
    def open_consensus(self, *, actor: User) -> None:
        """All sheets are locked; the panel sees the scores."""

    @transition(
        field=state,
        source=State.CONSENSUS,
        target=State.CONSENSUS,
        permission=may("panel.vote"),
        conditions=[tie_waits_for_votes],
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
        conditions=[tie_waits_for_seed],
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
        conditions=[something_is_discussed],
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
        conditions=[minutes_are_written],
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
        conditions=[every_sheet_is_locked],
    )
    def close(self, *, actor: User) -> None:
        """The ranking is computed; taken together with the challenge's `finish_review`."""
        self.closed_at = self.now


class Assignment(Stateful):
    """One expert's seat on a panel."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        RECUSED = "recused", _("Recused")
        REPLACED = "replaced", _("Replaced")
        TAKEN_BACK = "taken_back", _("Taken back")

    HELD = (State.INVITED, State.ACCEPTED)

    state = FSMField(default=State.INVITED, choices=State.choices, protected=True)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="assignments")
    is_chair = models.BooleanField(_("chair"), default=False)
    respond_by = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    told = models.TextField(blank=True)  # of the reason, what the expert themselves may read: they judge blind
    responded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("assignment")
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["panel", "expert"], name="one_seat_each")]
        indexes = [
            models.Index(fields=["expert", "state", "-created_at"], name="assignment_expert"),
            models.Index(fields=["-created_at", "id"], name="assignment_newest"),
            models.Index(fields=["state", "-created_at"], name="assignment_state_newest"),
        ]
        triggers = state_guards("invited", ASSIGNMENT_EDGES)

    def __str__(self) -> str:
        return self.panel.challenge.title

    @property
    def ledger_chain(self) -> uuid.UUID:
        return self.panel_id

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.panel.challenge_id

    @transition(
        field=state,
        source=State.INVITED,
        target=State.ACCEPTED,
        permission=may("assignment.respond"),
        custom={
            "label": _("Accept, and declare that I have no conflict of interest"),
            "consequences": [
                _("You declare no tie to the owner, the bidders, their partners or their members."),
                _("You score alone, and keep what you read to yourself."),
            ],
            "tells": ["invitation_accepted"],
        },
    )
    def accept(self, *, actor: User, no_conflict: bool) -> None:
        """The expert accepts and declares to be free of conflicts."""
        self.responded_at = self.now

    @transition(
        field=state,
        source=State.INVITED,
        target=State.DECLINED,
        permission=may("assignment.decline"),
        custom={"label": _("Decline the invitation"), "style": "secondary", "tells": ["invitation_declined"]},
    )
    def decline(self, *, actor: User | None, reason: str) -> None:
        """The next alternate is called."""
        self.reason, self.told, self.responded_at = reason, reason, self.now

    @transition(
        field=state,
        source=[State.INVITED, State.ACCEPTED],
        target=State.RECUSED,
        permission=may("assignment.recuse"),
        custom={
            "label": _("Recuse for a conflict of interest"),
            "style": "danger",
            "tells": ["reviewer_recused"],
            "consequences": [_("Your sheets on this challenge become void, and an alternate is called.")],
        },
    )
    def recuse(self, *, actor: User | None, reason: str, told: str = "") -> None:
        """A conflict was declared or found: the seat falls to an alternate, the sheets become void."""
        own = actor is not None and actor.pk == self.expert.user_id
        self.reason, self.told, self.responded_at = reason, reason if own else told, self.now

    @transition(
        field=state,
        source=[State.DECLINED, State.RECUSED],
        target=State.REPLACED,
        permission=may("assignment.replace"),
    )
    def replace(self, **_inputs: Any) -> None:
        """An alternate holds the seat."""

    @transition(
        field=state,
        source=State.INVITED,
        target=State.TAKEN_BACK,
        permission=may("assignment.take_back"),
        custom={"tells": ["invitation_taken_back"]},
    )
    def take_back(self, **_inputs: Any) -> None:
        """The invitation was undone before it was answered; taken together with the panel's `take_back`."""
        self.is_chair, self.respond_by = False, None

    @transition(
        field=state,
        source=State.TAKEN_BACK,
        target=State.INVITED,
        permission=may("assignment.invite_again"),
        custom={"tells": ["invited"]},
    )
    def invite_again(self, *, actor: None, is_chair: bool, respond_by: Any) -> None:
        """The same seat once more, when the invitations are sent anew."""
        self.is_chair, self.respond_by = is_chair, respond_by
