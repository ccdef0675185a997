"""The policy of a panel's consensus: who reads the scores side by side, discusses, writes, confirms and dissents.

In a matched panel nobody has read every bid: each discussion is heard by its own voices alone (`Discussion.voices`).
"""

from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person
from reviews.permissions import chairs, own_seat

MEETS = ("consensus", "closed")
AFTERWARDS = ("operator", "decider")  # those who execute and decide read it once the review is finished


def _discussions() -> Any:
    return apps.get_model("reviews", "Discussion").objects


def _member(user: Any, panel: Any) -> Decision:
    """A member who is heard: in a matched panel its chair, and who read a bid that is discussed."""
    seat = own_seat(user, panel)
    if seat is None:
        return deny(_("Only the panel's members take part in its consensus."))
    if seat.is_chair:
        return allow("chair")
    if panel.way == "matched" and not panel.discussions.heard_by(user).exists():
        return deny(_("None of the bids that you read is discussed."))
    return allow("reviewer")


def _chair(user: Any, panel: Any) -> Decision:
    return allow("chair") if chairs(user, panel) else deny(_("The chair writes the minutes."))


def _confirm_minutes(user: Any, panel: Any) -> Decision:
    decision = _member(user, panel)
    if not decision:
        return decision
    if decision.role == "chair":
        return deny(_("The chair wrote the minutes; the other members confirm them."))
    if panel.minutes.exists() and not panel.minutes.to_confirm(user).exists():
        if panel.minutes.filter(confirmations__assignment__expert__user=user).exists():
            return deny(_("You have confirmed these minutes."), code="done")
        return deny(_("The chair has not written the minutes yet."), code="state")
    return decision


def _dissent(user: Any, panel: Any) -> Decision:
    decision = _member(user, panel)
    if decision and panel.minority_reports.filter(assignment__expert__user=user).exists():
        return deny(_("Your minority report is on record."), code="done")
    return decision


def _read_scores(user: Any, panel: Any) -> Decision:
    """Scores side by side, and the talk about them: once everything is locked, the executing side after the end."""
    if panel.state not in MEETS:
        return deny(_("Scores are shown to nobody before every sheet is locked."), code="state")
    role = holds(user, "supervisor")
    if role:
        return allow(role)
    decision = _member(user, panel)
    if decision:
        return decision
    role = holds(user, *AFTERWARDS)
    if role and panel.state == "closed":
        return allow(role)
    if own_seat(user, panel) is not None:
        return decision
    return deny(_("Until the review is finished the scores are seen by the panel and the supervisor."), code="state")


def _view_discussion(user: Any, discussion: Any) -> Decision:
    decision = _read_scores(user, discussion.panel)
    if decision and decision.role in ("reviewer", "chair") and not _is_voice(user, discussion):
        return deny(_("A discussion is read by those who read the bid, the chair and the supervisor."))
    return decision


def _scope_discussions(user: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = _discussions().filter(panel__state__in=MEETS)
    if holds(user, "supervisor"):
        return rows
    if not is_person(user):
        return rows.none()
    heard = Q(pk__in=_discussions().heard_by(user).order_by().values("pk"))
    return rows.filter(heard | Q(panel__state="closed")) if holds(user, *AFTERWARDS) else rows.filter(heard)


def _join_discussion(user: Any, discussion: Any) -> Decision:
    if discussion.panel.state != "consensus" or not _is_voice(user, discussion):
        return deny(_("A bid is discussed by those who read it and by the chair, while the consensus is open."))
    return allow("chair" if chairs(user, discussion.panel) else "reviewer")


def _scope_joined(user: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = _discussions().none()
    if is_person(user):
        rows = _discussions().heard_by(user).filter(panel__state="consensus")
    return rows


def _is_voice(user: Any, discussion: Any) -> bool:
    return is_person(user) and bool(discussion.voices().filter(expert__user=user).exists())


POLICY = {
    "panel.read_scores": Rule(_read_scores),
    "panel.discuss": Rule(_member),
    "panel.write_minutes": Rule(_chair),
    "panel.confirm_minutes": Rule(_confirm_minutes),
    "panel.dissent": Rule(_dissent),
    "discussion.view": Rule(_view_discussion, _scope_discussions),
    "discussion.join": Rule(_join_discussion, _scope_joined),
}
