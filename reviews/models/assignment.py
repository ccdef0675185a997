"""A seat on a panel: invited, answered, left, taken by an alternate."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from reviews.models.expert import Expert
from reviews.models.panel import Panel

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


class Assignment(Stateful):
    """One expert's seat on a panel."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACCEPTED = "accepted", pgettext_lazy("invitation", "Accepted")
        DECLINED = "declined", pgettext_lazy("invitation", "Declined")
        RECUSED = "recused", _("Recused")
        REPLACED = "replaced", _("Replaced")
        TAKEN_BACK = "taken_back", _("Taken back")

    HELD = (State.INVITED, State.ACCEPTED)

    state = StateField(default=State.INVITED, choices=State.choices)
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
