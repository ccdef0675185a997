"""The consensus: reminders before it, discussions where scores diverge, amendments, minutes, minority reports."""

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from reviews import ties
from reviews.actions.ranking import ranked_now
from reviews.actions.sheets import score_text
from reviews.actions.ties import seek_ties
from reviews.models import (
    Amendment,
    Assignment,
    Confirmation,
    Discussion,
    MinorityReport,
    Minutes,
    Panel,
    Remark,
    ScoreSheet,
    TieBreak,
)


def open_discussions(panel: Panel) -> None:
    """Open the written discussion of every bid whose scores diverge and that has none yet.

    Must run under the panel's lock, when the consensus opens and whenever scores change in it.
    """
    known = {str(pk) for pk in panel.discussions.values_list("bid_id", flat=True)}
    lines = ranked_now(panel)["result"]["bids"]
    fresh = [line for line in lines if "divergence" in line["flags"] and line["id"] not in known]
    if not fresh:
        return
    made = Discussion.objects.bulk_create(
        Discussion(panel=panel, bid_id=uuid.UUID(line["id"]), spread=line["spread"]) for line in fresh
    )
    bids = sorted(line["id"] for line in fresh)
    # Every member reads the panel's chain, and in a matched panel not every member may hear which bids these are.
    data = {"sha256": _sha256(" ".join(bids))} if panel.way == Panel.Way.MATCHED else {"bids": bids}
    ledger.append(
        panel,
        "open_discussion",
        actor=None,
        acting_as="platform",
        source=panel.state,
        target=panel.state,
        data=data,
        at=panel.now,
    )
    _tell_voices("discussion_opened", panel, made)


def _tell_voices(kind: str, panel: Panel, about: Iterable[Discussion], *, actor: User | None = None) -> None:
    """Tell those who take part in one of these discussions, each once, but not who acted."""
    people = {user.pk: user for thread in about for user in _people(thread.voices()) if user != actor}
    notifications.write(kind, panel, people.values())


def _people(seats: QuerySet[Assignment]) -> QuerySet[User]:
    return User.objects.filter(expert__assignments__in=seats, is_active=True)


@step(Panel, "remind")
def remind(panel: Panel, *, actor: User) -> Panel:
    """Tell every member who has a sheet left to lock; refused when the last reminder is too fresh."""
    panel = perform(panel.remind, actor=actor)
    late = panel.assignments.filter(state=Assignment.State.ACCEPTED, sheets__state__in=("open", "submitted"))
    people = User.objects.filter(expert__assignments__in=late, is_active=True).exclude(pk=actor.pk).distinct()
    notifications.write("reminded", panel, people)
    return panel


@step(Panel, "discuss")
def discuss(panel: Panel, *, actor: User, discussion: Discussion | None, text: str) -> Panel:
    """One remark; refused for another panel's discussion and for an empty text, denied to who did not read the bid."""
    text = _written(text)
    if panel.discussions.exists():
        _heard(panel, discussion, actor)
    remark = Remark(discussion=discussion, text=text)
    panel = perform(panel.discuss, actor=actor, remark=remark.pk, sha256=_sha256(text))
    remark.assignment = _seat(panel, actor)
    remark.save(force_insert=True)
    _tell_voices("discussed", panel, [remark.discussion], actor=actor)
    return panel


def _heard(panel: Panel, discussion: Discussion | None, actor: User) -> Discussion:
    if discussion is None or discussion.panel_id != panel.pk:
        raise Refused(_("This bid is not discussed on this panel."), code="discussion")
    discussion.panel = panel  # as it stands now
    require(actor, "discussion.join", discussion)
    return discussion


@step(Panel, "write_minutes")
def write_minutes(panel: Panel, *, actor: User, text: str, discussion: Discussion | None = None) -> Panel:
    """The chair's minutes; a later text stands in place of the earlier, which is kept, and is confirmed anew.

    Of a matched panel they are those of one `discussion`.
    """
    text = _written(text)
    require(actor, "panel.write_minutes", panel)
    of_one = _heard(panel, discussion, actor) if panel.way == Panel.Way.MATCHED else None
    minutes = Minutes(text=text, discussion=of_one)
    panel = perform(panel.write_minutes, actor=actor, minutes=minutes.pk, sha256=_sha256(text))
    minutes.panel, minutes.written_by = panel, _seat(panel, actor)
    minutes.save(force_insert=True)
    if of_one is None:
        notifications.tell("minutes_written", panel, actor=actor)
    else:
        _tell_voices("minutes_written", panel, [of_one], actor=actor)
    return panel


@step(Panel, "confirm_minutes")
def confirm_minutes(panel: Panel, *, actor: User, minutes: Minutes | None = None) -> Panel:
    """One member's confirmation of the text they read; refused if the chair has written another meanwhile.

    Without `minutes`, of the newest that waits for them.
    """
    panel = workflow.lock(panel)
    waiting = panel.minutes.to_confirm(actor)
    newest = waiting.first() if minutes is None else waiting.filter(pk=minutes.pk).first()
    if newest is None and waiting.exists():
        raise Refused(_("The chair has changed the minutes meanwhile; read them again."), code="version")
    panel = perform(panel.confirm_minutes, actor=actor, minutes=newest.pk if newest else uuid.uuid4())
    Confirmation(minutes=newest, assignment=_seat(panel, actor)).save(force_insert=True)
    return panel


@step(Panel, "dissent")
def dissent(panel: Panel, *, actor: User, text: str) -> Panel:
    """One member's minority report, final; in a matched panel its chair and the supervisor alone are told of it."""
    text = _written(text)
    report = MinorityReport(text=text)
    panel = perform(panel.dissent, actor=actor, report=report.pk, sha256=_sha256(text))
    report.panel, report.assignment = panel, _seat(panel, actor)
    report.save(force_insert=True)
    notifications.tell("minority_reported", panel, actor=actor)
    return panel


@step(ScoreSheet, "amend")
def amend(sheet: ScoreSheet, *, actor: User, criterion: str, score: Any, reason: str) -> ScoreSheet:
    """Change one's own score in the consensus: a row beside the locked sheet, and ties and discussions looked at anew.

    A vote under way stands as long as the same bids are equal.
    """
    panel = workflow.lock(sheet.assignment.panel)
    require(actor, "sheet.amend", sheet)
    sheet = workflow.lock(sheet)
    if criterion not in sheet.scores:
        raise Refused(_("This criterion is not on the sheet."), code="criterion")
    before = sheet.amended_scores[criterion]
    after = score_text(score, scale=panel.challenge.frozen_rubric.scale)
    if not after or after == before:
        raise Refused(_("Give a score that differs from the one that counts now."), code="score")
    reason = _written(reason)
    sheet = perform(sheet.amend, actor=actor, criterion=criterion, before=before, after=after, reason=reason)
    Amendment(sheet=sheet, made_by=actor, criterion=criterion, before=before, after=after, reason=reason).save(
        force_insert=True
    )
    tie = TieBreak.objects.filter(panel=panel).first()
    if (tie.groups if tie else []) != ties.groups_of(ranked_now(panel)["result"], "panel_vote"):
        seek_ties(panel)
    open_discussions(panel)
    if panel.way == Panel.Way.DRAWN:
        notifications.tell("score_amended", panel, actor=actor)
    else:
        _tell_voices("score_amended", panel, panel.discussions.filter(bid=sheet.bid_id), actor=actor)
    return sheet


def _seat(panel: Panel, actor: User) -> Assignment:
    return panel.assignments.get(expert__user=actor, state=Assignment.State.ACCEPTED)


def _written(text: str) -> str:
    text = text.strip()
    if len(text) < 4:
        raise Refused(_("Write at least a short sentence."), code="text")
    return text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
