"""Panels: seats and answers, the replayable draw, progress without scores, and the ranking once it is closed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, holds, require, visible
from accounts.workflow import Refused
from challenges.models import Bid, Challenge
from challenges.queries import titled
from challenges.rubrics import by_axis
from challenges.stages import around, stage
from reviews import board, queries, ranking
from reviews.actions import create_panel, extend_review
from reviews.actions.matchings import MATCHED_IN
from reviews.conflicts import conflicts
from reviews.forms_matching import WayForm
from reviews.models import Expert, Panel, Ranking
from reviews.proofs import replayed, supplements_of

ARRANGING = (Panel.State.FORMING, Panel.State.DRAWN)
MEETING = {"discuss", "write_minutes", "confirm_minutes", "dissent"}  # taken on the page of the consensus
READING = (Panel.State.CONSENSUS, Panel.State.CLOSED)


class PanelFilters(pages.FilterForm):
    """Search by challenge, filter by state."""

    q = forms.CharField(label=gettext_lazy("Search panels"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Panel.State.choices]
    )


class ExtendForm(forms.Form):
    """Why the review is extended."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stays in the ledger."),
    )  # fmt: skip


@login_required
@require_GET
def panels(request: HttpRequest) -> HttpResponse:
    """The panels in sight, newest first; operators also see the challenges that wait for one."""
    filters = PanelFilters(request.GET)
    rows = visible(request.user, "panel.view").select_related("challenge__owner").order_by("-created_at", "id")
    if filters.value("state"):
        rows = rows.filter(state=filters.value("state"))
    if filters.value("q"):
        rows = rows.filter(challenge__in=titled(filters.value("q")))
    context = {"filters": filters, "page": pages.page_of(request, rows), "waiting": _waiting(request)}
    return render(request, "reviews/panel_list.html", context)


def _waiting(request: HttpRequest) -> list[Challenge]:
    """Opened challenges without a panel, for operators; the first twenty. Who may not form one is told on its page."""
    if not holds(request.user, "operator"):
        return []
    opened = Challenge.objects.filter(state=Challenge.State.OPENED, panels=None).select_related("owner")
    return list(opened.order_by("opened_at")[:20])


@login_required
@require_http_methods(["GET", "POST"])
def panel_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin the panel of a challenge: the platform commits to its seed."""
    challenge: Challenge = pages.found(request.user, "challenges", pk)
    require(request.user, "panel.create", challenge)
    form = WayForm(request.POST if request.method == "POST" else None)
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("panel", create_panel(challenge, actor=pages.person(request), **form.cleaned_data).pk)
        except Refused as refusal:
            refused = refusal.reason
    context = {
        "title": _("Form the panel"),
        "label": _("Form the panel"),
        "subject": challenge.title,
        "subject_url": reverse("challenge", args=[pk]),
        "back": reverse("panels"),
        "consequences": [
            _("The platform draws its secret seed and publishes the seed's hash, so that it cannot be changed later."),
            _("The supervisor is asked for the second seed; then the panel can be drawn, or matched to the bids."),
        ],
        "form": form,
        "facts": [(_("Seats"), challenge.frozen_rules.panel_size if challenge.rules else "—")],
        "refused": refused,
        **around(challenge),
    }
    return render(request, "confirm.html", context, status=409 if refused else 422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def review_extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give late reviewers one more review period."""
    found: Panel = pages.found(request.user, "panels", pk)
    require(request.user, "challenge.start_review", found.challenge)
    form = ExtendForm(request.POST or None)
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            extend_review(found.challenge, actor=pages.person(request), reason=form.cleaned_data["reason"])
            messages.success(request, _("The review runs for one more period."))
            return redirect("panel", pk)
        except Refused as refusal:
            refused = refusal.reason
    back = reverse("panel", args=[pk])
    context = {
        "title": _("Extend the review"),
        "label": _("Extend the review by one period"),
        "subject": found.challenge.title,
        "subject_url": back,
        "back": back,
        "consequences": [_("Scoring is open for one more full period from now; the reviewers are told the reason.")],
        "form": form,
        "refused": refused,
        **around(found),
    }
    return render(request, "confirm.html", context, status=409 if refused else 422 if form.errors else 200)


@login_required
@require_GET
def panel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One panel: who sits on it and how they were drawn, how far they are, and what came of it."""
    found: Panel = pages.found(request.user, "panels", pk)
    prefetch_related_objects([found], "supplements")
    challenge = found.challenge
    is_matched = found.way == Panel.Way.MATCHED
    reads_all = bool(can(request.user, "panel.view_ranking", found))
    arranges = bool(holds(request.user, "operator", "supervisor"))
    reads_scores = bool(can(request.user, "panel.read_scores", found))
    seats = queries.panel_progress(found, only_members=not arranges)
    may_replay = can(request.user, "panel.replay", found).allowed
    names = _names(found) if arranges else {}
    context = {
        "panel": found,
        "challenge": challenge,
        "stage": stage(challenge),
        "seats": seats,
        "open_seats": {seat.assignment.pk for seat in seats if can(request.user, "assignment.view", seat.assignment)},
        "draw": _draw(found, names),
        "supplements": [
            (proof, [names[pk] for pk in draw.order if pk in names])
            for proof, draw in zip(supplements_of(found, in_full=may_replay), found.supplements.all(), strict=True)
        ],
        "may_replay": may_replay,
        "is_draft": found.state == Panel.State.DRAWN and found.released_at is None,
        "board": _board(request.user, found) if found.state not in ARRANGING and not is_matched else None,
        "is_matched": is_matched,
        "matchings": list(visible(request.user, "matching.view").filter(panel=found)) if is_matched else [],
        "conflicts": _conflicts(challenge) if arranges and found.state in ARRANGING else None,
        "ranking": _ranking(found) if found.state == Panel.State.CLOSED and reads_all else None,
        "tie": _tie(found) if found.state in READING and reads_all else None,
        "reads_scores": reads_scores,
        "talk": _talk(request.user, found) if reads_scores and found.state == Panel.State.CLOSED else None,
        "actions": _actions(request.user, found),
    }
    return render(request, "reviews/panel_detail.html", context)


def _actions(user: Any, panel: Panel) -> list[dict[str, Any]]:
    """The panel's steps, and those of its challenge that begin and end the review."""
    of_challenge = {"start_review", "finish_review"}
    but = set(MEETING) if panel.tie_waits_for() else {*MEETING, "vote", "give_lot_seed"}
    if panel.supplement_ordered() is None:
        but.add("give_supplement_seed")
    if panel.way == Panel.Way.MATCHED:
        but.add("draw")
    actions = pages.steps(user, panel, but=but)
    if panel.way == Panel.Way.MATCHED and panel.state in MATCHED_IN and can(user, "panel.match", panel):
        seed = "" if panel.supervisor_seed else _("The supervisor gives the second seed first.")
        url = reverse("matching_start", args=[panel.pk])
        label = _("Match reviewers to bids")
        actions.append({"name": "match", "label": label, "allowed": not seed, "reason": seed, "url": url})
    if panel.state in (Panel.State.DRAWN, Panel.State.CONSENSUS):
        actions += [item for item in pages.steps(user, panel.challenge) if item["name"] in of_challenge]
    if panel.state == Panel.State.SCORING and can(user, "challenge.start_review", panel.challenge):
        url = reverse("review_extend", args=[panel.pk])
        actions.append({"name": "extend", "label": _("Extend the review"), "allowed": True, "url": url})
    if can(user, "conflict.view", panel.challenge):
        url = reverse("conflicts", args=[panel.challenge_id])
        actions.append({"name": "conflicts", "label": _("Conflicts of interest"), "allowed": True, "url": url})
    return actions


def _draw(panel: Panel, names: dict[str, str]) -> dict[str, Any] | None:
    """The draw as anyone can check it, and whom of those in `names` it drew in which place; None before it."""
    transcript = panel.transcript
    if not transcript:
        return None
    drawn = panel.drawn
    return {
        "problems": replayed(panel),
        "panel": [(names[pk], pk == drawn["chair"]) for pk in drawn["panel"] if pk in names],
        "alternates": [names[pk] for pk in drawn["alternates"] if pk in names],
        "skipped": [names[pk] for pk in drawn["skipped"] if pk in names],
        "pool": len(transcript["pool"]),
        "excluded": len(transcript["exclusions"]),
        "transcript": transcript,
    }


def _names(panel: Panel) -> dict[str, str]:
    """The names of all who stand in the orders of a panel, by their ids; for operators and supervisors alone."""
    found = Expert.objects.filter(pk__in=panel.order_drawn()).values_list("pk", "user__name")
    return {str(pk): name for pk, name in found}


def _conflicts(challenge: Challenge) -> list[dict[str, Any]]:
    """Who of the pool may not judge this challenge, and why: the first twenty, the others are in the matrix."""
    found = conflicts(challenge)
    people = Expert.objects.select_related("user", "organization").in_bulk(list(found))
    rows: list[dict[str, Any]] = [
        {"expert": people[pk], "reasons": reasons} for pk, reasons in found.items() if pk in people
    ]
    return sorted(rows, key=lambda row: row["expert"].user.name)[:20]


def _talk(user: Any, panel: Panel) -> board.Talk | None:
    """Minutes and minority reports, for those who read the result; None where the panel wrote neither."""
    found = board.talk(panel, user, [])
    return found if found.signed or found.reports else None


def _tie(panel: Panel) -> dict[str, Any] | None:
    """The bids that no score told apart: the votes once all are in, and the lots as anyone can draw them again."""
    tie = queries.tie_of(panel)
    if tie is None:
        return None
    lots = tie.draw["lots"] if tie.draw else {}
    votes = tie.votes or {}
    lines = [[(bid, votes.get(str(bid.pk)), lots.get(str(bid.pk))) for bid in group] for group in tie.groups]
    return {"tie": tie, "lines": lines}


def _board(user: Any, panel: Panel) -> dict[str, Any]:
    """Reviewers × bids: not opened, started or locked, nothing of the scores; mine where others are out of sight."""
    watch = can(user, "panel.watch", panel)
    found = board.progress(panel, only=None if watch else user)
    readable = set()
    if panel.state in READING:
        readable = set(visible(user, "sheet.view").filter(assignment__panel=panel).values_list("pk", flat=True))
    rows = [
        (seat, [[(item, item.sheet.pk in readable) for item in cell] for cell in cells]) for seat, cells in found.rows
    ]
    return {"progress": found, "rows": rows, "why_only_mine": "" if watch else watch.reason}


def _ranking(panel: Panel) -> dict[str, Any] | None:
    """The ranking of a closed panel, recomputed from its inputs."""
    found = Ranking.objects.filter(panel=panel).first()
    if found is None:
        return None
    lines = found.snapshot["result"]["bids"]
    bids = Bid.objects.select_related("lead").in_bulk([UUID(line["id"]) for line in lines])
    criteria = panel.challenge.frozen_rubric.criteria
    return {
        "ranking": found,
        "problems": ranking.verify(found.snapshot),
        "lines": [
            {
                **line,
                "bid": bids.get(UUID(line["id"])),
                "axes": by_axis(line["axes"]),
                "means": [(item.shown_name, line["criteria"].get(item.key, "—")) for item in criteria],
            }
            for line in lines
        ],
        "axes": [word for word, _mean in by_axis({})],
        "criteria": [item.shown_name for item in criteria],
        "needs": found.snapshot["result"]["needs"],
        "normalized": found.snapshot["result"]["normalization"]["applied"],
    }
