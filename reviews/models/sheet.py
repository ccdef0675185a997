"""Score sheets, and the ranking that comes of them."""

import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Bid, Challenge
from reviews.models.assignment import Assignment
from reviews.models.panel import Panel

SHEET_EDGES = [
    ("open", "submitted"),
    ("submitted", "open"),
    ("submitted", "locked"),
    ("open", "void"),
    ("submitted", "void"),
    ("locked", "void"),
]


@condition(_("Scoring is not open."))
def scoring_is_open(sheet: Any) -> bool:
    """The panel is scoring and the review period runs, by the database's clock."""
    challenge = sheet.assignment.panel.challenge
    return bool(
        sheet.assignment.panel.state == "scoring"
        and challenge.review_ends_at is not None
        and sheet.now < challenge.review_ends_at
    )


@condition(_("Give every criterion its score and a comment."))
def every_criterion_is_scored(sheet: Any) -> bool:
    """Each criterion of this part has a score within the scale and a written comment."""
    rubric = sheet.assignment.panel.challenge.frozen_rubric
    wanted = {item.key for item in rubric.criteria if item.part == sheet.part}
    given = {
        key
        for key, entry in sheet.scores.items()
        if entry.get("score") not in (None, "") and str(entry.get("comment", "")).strip()
    }
    return wanted <= given


@condition(_("Scores are amended in the panel's consensus, before the votes on a tie are counted."))
def may_still_be_amended(sheet: Any) -> bool:
    """The meeting is open, and no counted vote rests on the scores."""
    panel = sheet.assignment.panel
    tie = getattr(panel, "tie_break", None)
    return bool(panel.state == "consensus" and (tie is None or tie.counted_at is None))


class ScoreSheet(Stateful):
    """One reviewer's sheet for one envelope of one bid: {criterion: {"score": "85.5", "comment": "…"}}."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("score sheet", "Being filled in")
        SUBMITTED = "submitted", pgettext_lazy("score sheet", "Submitted")
        LOCKED = "locked", pgettext_lazy("score sheet", "Locked")
        VOID = "void", pgettext_lazy("score sheet", "Void")

    class Part(models.TextChoices):
        TECHNICAL = "technical", _("Technical part")
        COMMERCIAL = "commercial", _("Commercial part")

    state = StateField(default=State.OPEN, choices=State.choices)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="sheets")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="sheets")
    part = models.CharField(max_length=20, choices=Part, default=Part.TECHNICAL)
    scores = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("score sheet")
        ordering = ["assignment", "part", "bid__code"]
        constraints = [models.UniqueConstraint(fields=["assignment", "bid", "part"], name="one_sheet_each")]
        indexes = [
            models.Index(fields=["assignment", "state"], name="sheet_assignment_state"),
            models.Index(fields=["-created_at", "id"], name="sheet_newest"),
            models.Index(fields=["state", "-created_at"], name="sheet_state_newest"),
        ]
        triggers = state_guards(
            "open",
            SHEET_EDGES,
            also=[
                pgtrigger.Protect(
                    name="locked_scores",
                    operation=pgtrigger.Update,
                    condition=pgtrigger.Q(old__state="locked", old__scores__df=pgtrigger.F("new__scores")),
                )
            ],
        )

    def __str__(self) -> str:
        return f"{self.assignment.panel.challenge.title} · {self.bid.code}"

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.assignment.panel.challenge_id

    @transition(
        field=state,
        source=State.OPEN,
        target=State.SUBMITTED,
        permission=may("sheet.score"),
        conditions=[scoring_is_open, every_criterion_is_scored],
        custom={"label": _("Submit this sheet")},
    )
    def submit(self, *, actor: User) -> None:
        """Complete; the reviewer may still take it back until it is locked."""

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.OPEN,
        permission=may("sheet.score"),
        conditions=[scoring_is_open],
        custom={"label": _("Take back and edit"), "style": "secondary"},
    )
    def reopen(self, *, actor: User) -> None:
        """Back to editing."""

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.LOCKED,
        permission=may("sheet.score"),
        conditions=[scoring_is_open, every_criterion_is_scored],
        custom={
            "label": _("Lock this sheet"),
            "consequences": [_("The scores count from now on and cannot be changed any more.")],
        },
    )
    def lock(self, *, actor: User) -> None:
        """Final."""
        self.locked_at = self.now

    @transition(
        field=state,
        source=State.LOCKED,
        target=State.LOCKED,
        permission=may("sheet.amend"),
        conditions=[may_still_be_amended],
        custom={
            "label": _("Amend a score of mine"),
            "style": "secondary",
            "consequences": [
                _("The locked sheet stays as it is; the ranking takes the amended score."),
                _("The panel and the supervisor see the score before, the score after, and your reason."),
            ],
        },
    )
    def amend(self, *, actor: User, criterion: str, before: str, after: str, reason: str) -> None:
        """One score changed by its reviewer in the consensus; the amendment is a row of its own."""

    @property
    def amended_scores(self) -> dict[str, str]:
        """The score of each criterion that counts: as locked, or as amended since."""
        found = {key: str(entry.get("score", "")) for key, entry in self.scores.items()}
        return found | {item.criterion: item.after for item in self.amendments.all()}

    @transition(
        field=state,
        source=[State.OPEN, State.SUBMITTED, State.LOCKED],
        target=State.VOID,
        permission=may("sheet.void"),
    )
    def void(self, **_inputs: Any) -> None:
        """The reviewer was recused; the sheet does not count."""


class Ranking(models.Model):
    """The snapshot of one ranking: inputs, result and hash; anyone with it recomputes the ranking to the byte."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="rankings")
    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="ranking")
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-created_at"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.challenge} · {self.sha256[:12]}"
