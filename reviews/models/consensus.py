"""The panel's meeting: discussions in writing, scores amended by their own reviewer, minutes, minority reports.

Every row is there to stay. A change of score is a row beside the locked sheet, which stays as it was.

A drawn panel has read every bid: all of it discusses, and confirms one text of minutes. In a matched one nobody has. So
each bid is discussed by its own readers, who locked a sheet on it, and by the chair, who moderates; each discussion has
minutes of its own, confirmed by more than half of these. Who reads other bids hears nothing of it.
"""

import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
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


class DiscussionQuerySet(models.QuerySet["Discussion"]):
    """Discussions by who takes part in them, and what those of a matched panel wait for."""

    def heard_by(self, user: Any) -> "DiscussionQuerySet":
        """Those in which `user` takes part; the same as `Discussion.voices` asked from the person's side."""
        seat = Assignment.objects.filter(panel=OuterRef("panel"), state="accepted", expert__user=user)
        read = ScoreSheet.objects.filter(
            assignment__panel=OuterRef("panel"), assignment__state="accepted", assignment__expert__user=user,
            bid=OuterRef("bid"), state="locked",
        )  # fmt: skip
        of_all = Q(panel__way=Panel.Way.DRAWN) & Exists(seat)
        return self.filter(of_all | Exists(read) | Exists(seat.filter(is_chair=True)))

    def voices_each(self) -> dict[Any, set[Any]]:
        """Of these, of one matched panel, each that still has a reader: the seats that take part in it."""
        bids = dict(self.values_list("pk", "bid"))
        seats = Assignment.objects.filter(panel__in=self.order_by().values("panel"), state="accepted")
        chair = set(seats.filter(is_chair=True).values_list("pk", flat=True))
        locked = ScoreSheet.objects.filter(assignment__in=seats, bid__in=bids.values(), state="locked")
        readers = _grouped(locked.order_by().values_list("bid", "assignment"))
        return {pk: readers[bid] | chair for pk, bid in bids.items() if bid in readers}

    def wait_for(self) -> str:
        """What these, of one matched panel, ask for still: `discussion`, `minutes`, `confirmation`, or nothing.

        Two voices in each, and more than half of its voices for its minutes, the chair by writing them. A bid that all
        its readers have left asks for nothing more: there is nobody to speak of it.
        """
        voices = self.voices_each()
        spoke = _grouped(Remark.objects.filter(discussion__in=voices).values_list("discussion", "assignment"))
        if any(len(spoke.get(pk, ())) < Discussion.VOICES for pk in voices):
            return "discussion"
        newest = Minutes.objects.filter(discussion__in=voices).newest()
        if voices.keys() - set(newest.values_list("discussion", flat=True)):
            return "minutes"
        true = _grouped(newest.values_list("discussion", "written_by"))
        signed = Confirmation.objects.filter(minutes__in=newest).values_list("minutes__discussion", "assignment")
        for pk, seats in _grouped(signed).items():
            true[pk] |= seats
        return "confirmation" if any(2 * len(true[pk] & seats) <= len(seats) for pk, seats in voices.items()) else ""


def _grouped(pairs: Any) -> dict[Any, set[Any]]:
    found: dict[Any, set[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return found


class Discussion(Record):
    """The written discussion of one bid whose scores lie further apart than the rules allow."""

    VOICES = 2  # nobody discusses alone

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="discussions")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="discussions")
    spread = models.CharField(max_length=20, editable=False)

    objects = DiscussionQuerySet.as_manager()

    class Meta:
        ordering = ["bid__code"]
        constraints = [models.UniqueConstraint(fields=["panel", "bid"], name="one_discussion_each")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.panel} · {self.bid.code}"

    def voices(self) -> models.QuerySet[Assignment]:
        """Who takes part: every member of a drawn panel; of a matched one the bid's readers, and the chair."""
        members = Assignment.objects.filter(panel=self.panel_id, state="accepted")
        if self.panel.way == Panel.Way.DRAWN:
            return members
        read = ScoreSheet.objects.filter(assignment=OuterRef("pk"), bid=self.bid_id, state="locked")
        return members.filter(Q(is_chair=True) | Exists(read))


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


class MinutesQuerySet(models.QuerySet["Minutes"]):
    """Minutes by what has become of them."""

    def newest(self) -> "MinutesQuerySet":
        """Those in whose place no later text stands."""
        last = self.order_by("panel_id", "discussion_id", "-created_at", "id").distinct("panel_id", "discussion_id")
        return self.filter(pk__in=last.values("pk"))

    def to_confirm(self, user: Any) -> "MinutesQuerySet":
        """Those that wait for the word of `user`, who takes part in what they tell of."""
        signed = Confirmation.objects.filter(minutes=OuterRef("pk"), assignment__expert__user=user)
        of_mine = Q(discussion=None) | Q(discussion__in=Discussion.objects.heard_by(user))
        return self.newest().filter(of_mine).exclude(Exists(signed))


class Minutes(Record):
    """What the meeting came to, as the chair wrote it; a later text stands in place of an earlier one.

    Of a matched panel they are those of one discussion, of a drawn one those of the whole meeting.
    """

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="minutes")
    discussion = models.ForeignKey(Discussion, null=True, on_delete=models.PROTECT, related_name="minutes")
    written_by = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    objects = MinutesQuerySet.as_manager()

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
