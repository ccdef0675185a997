"""Objections (异议) against an award in public notice."""

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from accounts.models import Document, Stateful, User, state_guards, words_column
from accounts.policy import may
from challenges.models.award import Award

OBJECTION_EDGES = [("filed", "acknowledged"), ("acknowledged", "upheld"), ("acknowledged", "dismissed")]


class Objection(Stateful):
    """A named, evidenced objection inside the notice window."""

    class State(models.TextChoices):
        FILED = "filed", pgettext_lazy("objection", "Filed")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("objection", "Acknowledged")
        UPHELD = "upheld", pgettext_lazy("objection", "Upheld")
        DISMISSED = "dismissed", pgettext_lazy("objection", "Dismissed")

    state = FSMField(default=State.FILED, choices=State.choices, protected=True)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="objections")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("your name or organisation"), max_length=200)
    contact = models.CharField(_("how to reach you"), max_length=200)
    text = models.TextField(_("what you object to, and the facts"), max_length=10000)
    handler = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acknowledge_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(_("decision and its reasons"), blank=True)
    search = words_column("text")

    class Meta:
        verbose_name = _("objection")
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="objection_newest"),
            models.Index(fields=["state", "-created_at"], name="objection_state_newest"),
            GinIndex(fields=["search"], name="objection_search"),
        ]
        triggers = state_guards("filed", OBJECTION_EDGES)

    def __str__(self) -> str:
        return self.award.challenge.title

    @property
    def ledger_chain(self) -> uuid.UUID:
        return self.award.challenge_id

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.award.challenge_id

    @transition(
        field=state,
        source=State.FILED,
        target=State.ACKNOWLEDGED,
        permission=may("objection.handle"),
        custom={"label": _("Acknowledge and take the case"), "tells": ["objection_acknowledged"]},
    )
    def acknowledge(self, *, actor: User) -> None:
        """A handler who acted in nothing before takes the case."""
        self.handler, self.acknowledged_at = actor, self.now

    @transition(
        field=state,
        source=State.ACKNOWLEDGED,
        target=State.UPHELD,
        permission=may("objection.decide"),
        custom={
            "label": _("Uphold the objection"),
            "style": "danger",
            "tells": ["objection_decided"],
            "consequences": [_("The award is revoked and stays on record; the challenge returns to the ranking.")],
        },
    )
    def uphold(self, *, actor: User, decision: str) -> None:
        """Procedure or fact was wrong."""
        self.decision, self.decided_at = decision, self.now

    @transition(
        field=state,
        source=State.ACKNOWLEDGED,
        target=State.DISMISSED,
        permission=may("objection.decide"),
        custom={
            "label": _("Dismiss the objection"),
            "tells": ["objection_decided"],
            "consequences": [_("When no other objection is open, the public notice goes on.")],
        },
    )
    def dismiss(self, *, actor: User, decision: str) -> None:
        """With reasons; academic judgement is not reviewable."""
        self.decision, self.decided_at = decision, self.now


class ObjectionDocument(Document):
    """Evidence for an objection."""

    objection = models.ForeignKey(Objection, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
