"""Objections (异议) against an award in public notice."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, StateField, User, state_guards, words_column
from accounts.policy import Text, may
from challenges.calendar import CalendarUnknown, why_uncounted
from challenges.models.award import Award, Remedy
from challenges.models.bid import Bid
from challenges.models.in_challenge import InChallenge

OBJECTION_EDGES = [("filed", "acknowledged"), ("acknowledged", "upheld"), ("acknowledged", "dismissed")]


def _uncounted(objection: Any) -> Text:
    try:
        objection.award.challenge.frozen_rules.appeal_within.after(objection.now)
    except CalendarUnknown as unknown:
        return why_uncounted(unknown)
    return ""


@condition(_uncounted)
def appeal_time_is_known(objection: Any) -> bool:
    """The end of the time to appeal can be computed."""
    return not _uncounted(objection)


class Ground(models.TextChoices):
    """What can be objected to; academic judgement cannot."""

    PROCEDURE = "procedure", _("Procedure: a rule of the process was not kept")
    FACT = "fact", _("Fact: something that was stated or relied on is not true")


class Objection(InChallenge):
    """A named, evidenced objection inside the notice window; with `against`, the one appeal of a dismissed one."""

    CHALLENGE = "award.challenge_id"

    class State(models.TextChoices):
        FILED = "filed", pgettext_lazy("objection", "Filed")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("objection", "Acknowledged")
        UPHELD = "upheld", pgettext_lazy("objection", "Upheld")
        DISMISSED = "dismissed", pgettext_lazy("objection", "Dismissed")

    state = StateField(default=State.FILED, choices=State.choices)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="objections")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("your name or organisation"), max_length=200)
    contact = models.CharField(_("how to reach you"), max_length=200)
    text = models.TextField(_("what you object to, and the facts"), max_length=10000)
    ground = models.CharField(_("ground"), max_length=20, choices=Ground, blank=True)
    evidence_note = models.TextField(_("where the evidence can be verified"), max_length=2000, blank=True)
    against = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="appeal")
    handler = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acknowledge_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(_("decision and its reasons"), blank=True)
    remedy = models.CharField(_("remedy"), max_length=20, choices=Remedy, blank=True)
    disqualified = models.ForeignKey(
        Bid, verbose_name=_("bid to disqualify"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    appeal_until = models.DateTimeField(null=True)
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
            "tells": ["objection_decided", "remedy_due"],
            "consequences": [
                _("The award falls and stays on public record as revoked; a decider carries out the remedy you name."),
                _("The public reads the reason of its fall, never who objected."),
            ],
        },
    )
    def uphold(self, *, actor: User, decision: str, remedy: str, bid: Bid | None = None) -> None:
        """Procedure or fact was wrong, and this puts it right."""
        self.decision, self.decided_at = decision, self.now
        self.remedy, self.disqualified = remedy, bid

    @transition(
        field=state,
        source=State.ACKNOWLEDGED,
        target=State.DISMISSED,
        permission=may("objection.decide"),
        conditions=[appeal_time_is_known],
        custom={
            "label": _("Dismiss the objection"),
            "tells": ["objection_decided"],
            "consequences": [
                _("Whoever filed it may appeal once within the time that the rules set; an appeal cannot be appealed."),
                _("When nothing is open and no time to appeal runs any more, the public notice goes on."),
            ],
        },
    )
    def dismiss(self, *, actor: User, decision: str) -> None:
        """With reasons; academic judgement is not reviewable. The time for the one appeal begins."""
        self.decision, self.decided_at = decision, self.now
        if self.against_id is None:
            self.appeal_until = self.award.challenge.frozen_rules.appeal_within.after(self.now)


class ObjectionDocument(Document):
    """Evidence for an objection."""

    objection = models.ForeignKey(Objection, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
