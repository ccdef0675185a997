"""The panel's meeting: discussions in writing, scores amended by their own reviewer, minutes, minority reports.

Every row is there to stay. A change of score is a row beside the locked sheet, which stays as it was.
"""

import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from challenges.models import Bid
from reviews.models.assignment import Assignment
from reviews.models.panel import Panel
from reviews.models.sheet import ScoreSheet

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
OWN_REVIEWER = pgtrigger.Trigger(
    name="own_reviewer",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM reviews_scoresheet sheet
            JOIN reviews_assignment seat ON seat.id = sheet.assignment_id
            JOIN reviews_panel panel ON panel.id = seat.panel_id
            JOIN reviews_expert expert ON expert.id = seat.expert_id
            WHERE sheet.id = NEW.sheet_id AND sheet.state = 'locked' AND seat.state = 'accepted'
            AND panel.state = 'consensus' AND expert.user_id = NEW.made_by_id
        ) THEN
            RAISE EXCEPTION 'A score is amended by its own reviewer alone, in the consensus';
        END IF;
        RETURN NEW;
    """,
)


class Record(models.Model):
    """A row that is written once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Discussion(Record):
    """The written discussion of one bid whose scores lie further apart than the rules allow."""

    VOICES = 2  # nobody discusses alone

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="discussions")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="discussions")
    spread = models.CharField(max_length=20, editable=False)

    class Meta:
        ordering = ["bid__code"]
        constraints = [models.UniqueConstraint(fields=["panel", "bid"], name="one_discussion_each")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.panel} · {self.bid.code}"


class Remark(Record):
    """What one member wrote in a discussion."""

    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="remarks")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="remarks")
    text = models.TextField()

    class Meta:
        ordering = ["created_at", "id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.text[:60]


class Amendment(Record):
    """One score changed in the consensus by the reviewer who gave it: before, after and why."""

    sheet = models.ForeignKey(ScoreSheet, on_delete=models.PROTECT, related_name="amendments")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    criterion = models.CharField(max_length=40)
    before = models.CharField(max_length=8)
    after = models.CharField(max_length=8)
    reason = models.TextField(_("reason"))

    class Meta:
        ordering = ["created_at", "id"]
        triggers = [APPEND_ONLY, OWN_REVIEWER]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.criterion}: {self.before} → {self.after}"


class Minutes(Record):
    """What the meeting came to, as the chair wrote it; a later text stands in place of an earlier one."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="minutes")
    written_by = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    class Meta:
        ordering = ["-created_at", "id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.text[:60]


class Confirmation(Record):
    """One member's word that the minutes are true."""

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="confirmations")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="confirmations")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minutes", "assignment"], name="one_confirmation_each")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.minutes_id} · {self.assignment_id}"


class MinorityReport(Record):
    """What a member holds against the rest of the panel; kept with the minutes and shown with the result."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="minority_reports")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="minority_report")
    text = models.TextField()

    class Meta:
        ordering = ["created_at", "id"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.text[:60]
