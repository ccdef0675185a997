"""Reviews' policy: experts, panels, assignments and score sheets."""

from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, can, deny, holds, is_person, platform_only, visible
from challenges.permissions import READERS, either, staff

ENOUGH_TIES = _(
    "While you are asked to or hold a seat you may enter or correct three ties a day; write to the operators to tell of"
    " more, or recuse yourself."
)


def _model(name: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("reviews", name).objects.all()
    return rows


def _challenge_of_panel(panel: Any) -> Any:
    return panel.challenge


def _is_expert(user: Any, assignment: Any) -> bool:
    return is_person(user) and bool(assignment.expert.user_id == user.pk)


# ── experts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _view_expert(user: Any, expert: Any) -> Decision:
    role = holds(user, "operator", "supervisor")
    if role:
        return allow(role)
    if is_person(user) and expert.user_id == user.pk:
        return allow("reviewer")
    return deny(_("The expert pool is seen by operators and supervisors."))


def _scope_experts(user: Any) -> QuerySet[Any]:
    if holds(user, "operator", "supervisor"):
        return _model("Expert").all()
    return _model("Expert").filter(user=user) if is_person(user) else _model("Expert").none()


def _apply(user: Any, _obj: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to apply as an expert."), code="sign_in")
    if holds(user, *READERS, "finance"):
        return deny(_("The platform's staff does not review."), code="separation")
    return allow("reviewer")


def _edit_expert(user: Any, expert: Any) -> Decision:
    role = holds(user, "operator")
    if role:
        return allow(role)
    if is_person(user) and expert.user_id == user.pk:
        return allow("reviewer")
    return deny(_("An expert keeps their own profile; operators may help."))


def _agree(user: Any, expert: Any) -> Decision:
    if is_person(user) and expert.user_id == user.pk:
        return allow("reviewer")
    return deny(_("Only the person asked can agree."))


def _scope_invitations(user: Any) -> QuerySet[Any]:
    rows = _model("ExpertInvitation")
    return rows.all() if holds(user, "operator") else rows.none()


def _declare_tie(user: Any, assignment: Any) -> Decision:
    if not _is_expert(user, assignment):
        return deny(_("An expert declares their own ties."))
    if assignment.panel.state == "closed":
        return deny(_("The review is finished; declare the tie in your profile."), code="state")
    if assignment.state not in ("invited", "accepted"):
        return deny(_("You no longer hold this seat; declare the tie in your profile."), code="state")
    if not assignment.expert.may_enter_ties:
        return deny(ENOUGH_TIES, code="too_many")
    return allow("chair" if assignment.is_chair else "reviewer")


def _view_conflicts(user: Any, challenge: Any) -> Decision:
    role = holds(user, "operator", "supervisor")
    if not role:
        return deny(_("Conflicts of a whole pool are seen by operators and supervisors."))
    if challenge.opened_at is None:
        return deny(_("Bids are sealed: conflicts with them are found once they are opened."), code="state")
    return allow(role)


# ── panels ────────────────────────────────────────────────────────────────────────────────────────────────────────


def chairs(user: Any, panel: Any) -> bool:
    if not is_person(user):
        return False
    return bool(panel.assignments.filter(expert__user=user, is_chair=True, state="accepted").exists())


def _view_panel(user: Any, panel: Any) -> Decision:
    role = holds(user, "operator", "supervisor")
    if role:
        return allow(role)
    if holds(user, "decider") and panel.state == "closed":
        return allow("decider")
    if is_person(user) and panel.assignments.filter(expert__user=user, state="accepted").exists():
        return allow("reviewer")
    return deny(_("A panel is seen by operators, supervisors and its own members."))


def _view_ranking(user: Any, panel: Any) -> Decision:
    decision = _view_panel(user, panel)
    if decision.role == "reviewer" and panel.way == "matched":
        return deny(_("Members of a matched panel read the bids matched to them, not the ranking of all."))
    return decision


def _scope_panels(user: Any) -> QuerySet[Any]:
    rows = _model("Panel")
    if holds(user, "operator", "supervisor"):
        return rows.all()
    if not is_person(user):
        return rows.none()
    mine = _model("Assignment").filter(expert__user=user, state="accepted").values("panel")
    seen = Q(pk__in=mine)
    if holds(user, "decider"):
        seen |= Q(state="closed")
    return rows.filter(seen)


# While the challenge stands here its results are out, and the public may recompute draw and ranking.
RESULTS_ARE_OUT = ("awarded", "executing", "completed", "terminated", "no_award")


def _replay(user: Any, panel: Any) -> Decision:
    """Who sees draw and ranking with all that they were computed from: those in charge, and with the results anyone.

    A member of the panel is no exception: before the results it would tell who was left out for a tie to which side.
    A draw without aliases, from before they were used, names experts by ids that hold everywhere, and is never public.
    """
    seen = _view_panel(user, panel)
    if seen and holds(user, *READERS):
        return seen
    if panel.challenge.state not in RESULTS_ARE_OUT or panel.state != "closed" or not panel.aliases:
        return deny(_("Draw and ranking are public once the award is decided."), code="state")
    return can(user, "challenge.view", panel.challenge)


def _scope_replays(user: Any) -> QuerySet[Any]:
    rows = _model("Panel")
    out = Q(state="closed", challenge__state__in=RESULTS_ARE_OUT, challenge__in=visible(user, "challenge.view"))
    public = rows.filter(out).exclude(aliases={})
    if not holds(user, *READERS):
        return public
    return rows.filter(Q(pk__in=_scope_panels(user).order_by().values("pk")) | Q(pk__in=public.order_by().values("pk")))


def _challenge_of_matching(matching: Any) -> Any:
    return matching.panel.challenge


def _view_matching(user: Any, matching: Any) -> Decision:
    role = holds(user, "operator")
    if role:
        return allow(role)
    if holds(user, "supervisor") and matching.released_at is not None:
        return allow("supervisor")
    return deny(_("A matching is seen by operators, and by supervisors once it is released."))


def _discard_matching(user: Any, matching: Any) -> Decision:
    """An operator, or the platform where the seat of somebody matched was left meanwhile."""
    return allow("platform") if user is None else staff("operator", of=_challenge_of_matching)(user, matching)


def _scope_matchings(user: Any) -> QuerySet[Any]:
    rows = _model("Matching")
    if holds(user, "operator"):
        return rows.all()
    return rows.filter(released_at__isnull=False) if holds(user, "supervisor") else rows.none()


def _give_seed(user: Any, panel: Any) -> Decision:
    decision = staff("supervisor", of=_challenge_of_panel)(user, panel)
    if decision and user.pk in (panel.created_by_id, *panel.challenge.executors, *panel.challenge.deciders):
        return deny(_("You took a step of this challenge; another supervisor gives the seed."), code="separation")
    return decision


def _give_supplement_seed(user: Any, panel: Any) -> Decision:
    decision = _give_seed(user, panel)
    if decision and panel.supplements.filter(drawn_at=None, ordered_by=user).exists():
        return deny(_("You ordered this draw; another supervisor gives the seed."), code="separation")
    return decision


def _vote(user: Any, panel: Any) -> Decision:
    mine = panel.assignments.filter(expert__user=user, state="accepted") if is_person(user) else None
    seat = mine.first() if mine is not None else None
    if seat is None:
        return deny(_("Only the panel's members vote."))
    if seat.ballots.filter(tie_break__panel=panel).exists():
        return deny(_("You have voted; the votes are shown once every member has."), code="done")
    return allow("chair" if seat.is_chair else "reviewer")


def own_seat(user: Any, panel: Any) -> Any:
    """The accepted seat of `user` on this panel, or None."""
    return panel.assignments.filter(expert__user=user, state="accepted").first() if is_person(user) else None


def _watch(user: Any, panel: Any) -> Decision:
    """Who has come how far: never told to a member who still has sheets to lock, unless they chair."""
    role = holds(user, "operator", "supervisor")
    if role:
        return allow(role)
    seat = own_seat(user, panel)
    if seat is None:
        return deny(_("The progress of a review is seen by the chair, operators and supervisors."))
    if seat.is_chair:
        return allow("chair")
    if seat.sheets.filter(state__in=("open", "submitted")).exists():
        return deny(_("You see how far the others are once your own sheets are locked."), code="state")
    return allow("reviewer")


def _chair_or_operator(user: Any, panel: Any) -> Decision:
    if chairs(user, panel):
        return allow("chair")
    return staff("operator", of=_challenge_of_panel)(user, panel)


def _finish_review(user: Any, challenge: Any) -> Decision:
    panel = challenge.panels.exclude(state="closed").first() or challenge.panels.first()
    if panel is not None and chairs(user, panel):
        return allow("chair")
    return staff("operator")(user, challenge)


# ── assignments and sheets ────────────────────────────────────────────────────────────────────────────────────────


def _view_assignment(user: Any, assignment: Any) -> Decision:
    role = holds(user, "operator", "supervisor")
    if role:
        return allow(role)
    if _is_expert(user, assignment):
        return allow("reviewer")
    return deny(_("An assignment is seen by the expert and by those who arrange the panel."))


def _scope_assignments(user: Any) -> QuerySet[Any]:
    rows = _model("Assignment")
    if holds(user, "operator", "supervisor"):
        return rows.all()
    return rows.filter(expert__user=user) if is_person(user) else rows.none()


def _respond(user: Any, assignment: Any) -> Decision:
    if _is_expert(user, assignment):
        return allow("reviewer")
    return deny(_("Only the invited expert answers."))


def _decline(user: Any, assignment: Any) -> Decision:
    """The expert, or the clock for an invitation that nobody answered in time."""
    return allow("platform") if user is None else _respond(user, assignment)


def _recuse(user: Any, assignment: Any) -> Decision:
    if user is None:
        return allow("platform")
    if _is_expert(user, assignment):
        return allow("chair" if assignment.is_chair else "reviewer")
    return staff("operator", of=lambda item: item.panel.challenge)(user, assignment)


def _own_sheet(user: Any, sheet: Any) -> Decision:
    if not _is_expert(user, sheet.assignment):
        return deny(_("A sheet is filled in by its own reviewer alone."))
    if sheet.assignment.state != "accepted":
        return deny(_("You no longer hold this seat on the panel."), code="state")
    if sheet.state == "void":
        return deny(_("You no longer judge this bid: a conflict of interest was found."), code="state")
    return allow("chair" if sheet.assignment.is_chair else "reviewer")


def _view_sheet(user: Any, sheet: Any) -> Decision:
    """Peers' scores stay invisible to everyone but their author until the panel's consensus or its end."""
    own = _own_sheet(user, sheet)
    if own:
        return own
    if sheet.state != "locked":
        return deny(_("Scores are seen by their author alone until every sheet is locked."))
    role = holds(user, "operator", "supervisor", "decider")
    if role and sheet.assignment.panel.state == "closed":
        return allow(role)
    if (
        sheet.assignment.panel.state in ("consensus", "closed")
        and _view_panel(user, sheet.assignment.panel).role == "reviewer"
        and _reads(user, sheet)
    ):
        return allow("reviewer")
    return deny(_("Scores are seen by their author alone until every sheet is locked."))


def _reads(user: Any, sheet: Any) -> bool:
    """Whether the sheet's bid is one of this member's own: in a matched panel nobody reads about the others."""
    panel = sheet.assignment.panel
    if panel.way == "drawn":
        return True
    own = _model("ScoreSheet").filter(assignment__panel=panel, assignment__expert__user=user, bid=sheet.bid_id)
    return bool(own.filter(assignment__state="accepted").exclude(state="void").exists())


def _scope_sheets(user: Any) -> QuerySet[Any]:
    rows = _model("ScoreSheet")
    if not is_person(user):
        return rows.none()
    own = Q(assignment__expert__user=user, assignment__state="accepted") & ~Q(state="void")
    done = Q(state="locked", assignment__panel__state="closed")
    if holds(user, "operator", "supervisor"):
        return rows.filter(own | done)
    mine = _model("Assignment").filter(expert__user=user, state="accepted").values("panel")
    read = rows.filter(own, bid=OuterRef("bid"), assignment__panel=OuterRef("assignment__panel"))
    met = Q(state="locked", assignment__panel__in=mine, assignment__panel__state__in=("consensus", "closed"))
    peers = met & (Q(assignment__panel__way="drawn") | Q(Exists(read)))
    if holds(user, "decider"):
        return rows.filter(own | peers | done)
    return either(rows, rows.filter(own), rows.filter(peers))


POLICY = {
    "expert.view": Rule(_view_expert, _scope_experts),
    "expert.apply": Rule(_apply),
    "expert.edit": Rule(_edit_expert),
    "expert.approve": Rule(by_role("operator")),
    "expert.ask": Rule(platform_only),
    "expert.agree": Rule(_agree),
    "expert.pause": Rule(by_role("operator")),
    "expert.invite": Rule(by_role("operator"), _scope_invitations),
    "expert.answer_invitation": Rule(platform_only),
    "expert.export": Rule(by_role("operator")),
    "specialty.add": Rule(by_role("operator")),
    "conflict.view": Rule(_view_conflicts),
    "expert.quality": Rule(by_role("operator", "supervisor")),
    "panel.view": Rule(_view_panel, _scope_panels),
    "panel.replay": Rule(_replay, _scope_replays),
    "panel.view_ranking": Rule(_view_ranking),
    "panel.create": Rule(staff("operator")),
    "panel.give_seed": Rule(_give_seed),
    "panel.draw": Rule(staff("operator", of=_challenge_of_panel)),
    "panel.adopt": Rule(platform_only),
    "panel.match": Rule(staff("operator", of=_challenge_of_panel)),
    "matching.view": Rule(_view_matching, _scope_matchings),
    "matching.compute": Rule(platform_only),
    "matching.release": Rule(staff("operator", of=_challenge_of_matching)),
    "matching.discard": Rule(_discard_matching),
    "panel.release": Rule(staff("operator", of=_challenge_of_panel)),
    "panel.order_supplement": Rule(staff("operator", of=_challenge_of_panel)),
    "panel.give_supplement_seed": Rule(_give_supplement_seed),
    "panel.start_scoring": Rule(platform_only),
    "panel.open_consensus": Rule(_chair_or_operator),
    "panel.vote": Rule(_vote),
    "panel.give_lot_seed": Rule(_give_seed),
    "panel.close": Rule(platform_only),
    "panel.watch": Rule(_watch),
    "panel.remind": Rule(_chair_or_operator),
    "challenge.finish_review": Rule(_finish_review),
    "assignment.view": Rule(_view_assignment, _scope_assignments),
    "assignment.respond": Rule(_respond),
    "assignment.decline": Rule(_decline),
    "assignment.recuse": Rule(_recuse),
    "assignment.declare_tie": Rule(_declare_tie),
    "assignment.replace": Rule(platform_only),
    "assignment.take_back": Rule(platform_only),
    "assignment.invite_again": Rule(platform_only),
    "sheet.view": Rule(_view_sheet, _scope_sheets),
    "sheet.score": Rule(_own_sheet),
    "sheet.amend": Rule(_own_sheet),
    "sheet.void": Rule(platform_only),
}
