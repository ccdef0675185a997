"""Matchings of a large round: asked for, watched while computed, looked at as drafts, with wishes for single pairs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import require
from accounts.workflow import Refused
from challenges.stages import around, stage
from reviews import matched, queries
from reviews.actions import last_asked, start_matching, wish_pair
from reviews.forms_matching import MatchingForm, PairWishForm
from reviews.models import Matching, Panel


@login_required
@require_GET
def matching(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One matching: how far it is, what it would do to each bid and reviewer, or what is impossible and why."""
    found: Matching = pages.found(request.user, "matchings", pk)
    challenge = found.panel.challenge
    drafted = found.state in (Matching.State.DRAFT, Matching.State.RELEASED)
    context = {
        "matching": found,
        "challenge": challenge,
        "stage": stage(challenge),
        "facts": matched.facts(found) if drafted else [],
        "problems": matched.problems(found),
        "left_out": matched.left_out(found),
        "bids": pages.page_of(request, matched.coverage(found)) if drafted else None,
        "weakest": matched.weakest_pairs(found) if drafted else [],
        "loads": matched.loads(found) if drafted else [],
        "wishes": queries.pair_wishes(found.panel),
        "actions": pages.steps(request.user, found),
        "may_wish": found.state in Matching.OPEN,
    }
    return render(request, "reviews/matching_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def matching_start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for a matching of the panel's bids; the page that follows shows its progress."""
    panel = _arranged(request, pk)
    form = MatchingForm(request.POST or None, initial=last_asked(panel))
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("matching", start_matching(panel, actor=pages.person(request), **form.cleaned_data).pk)
        except Refused as refusal:
            refused = refusal.reason
    consequences = [
        _("Conflicts of interest are asked for every pair, and no bid gets more reviewers of one organisation than the"
          " rules allow."),
        _("The result is a draft that operators alone see; nobody is invited before it is released."),
        _("Reviewers who hold a seat keep the bids they have."),
    ]  # fmt: skip
    return _confirm(request, panel, form, _("Match reviewers to bids"), consequences, refused)


@login_required
@require_http_methods(["GET", "POST"])
def pair_wish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forbid or require a single pair, with the reason."""
    panel = _arranged(request, pk)
    form = PairWishForm(request.POST or None, initial=request.GET.dict(), panel=panel)
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            wish_pair(panel, actor=pages.person(request), **form.cleaned_data)
            messages.success(request, _("It is kept; compute the matching again."))
            return redirect("matching_start", pk)
        except Refused as refusal:
            refused = refusal.reason
    consequences = [_("It holds for every matching computed from now on; the reason stays in the ledger.")]
    return _confirm(request, panel, form, _("Forbid or require a pair"), consequences, refused)


def _arranged(request: HttpRequest, pk: UUID) -> Panel:
    panel: Panel = pages.found(request.user, "panels", pk)
    require(request.user, "panel.match", panel)
    return panel


def _confirm(
    request: HttpRequest, panel: Panel, form: Any, title: str, consequences: list[str], refused: Any
) -> HttpResponse:
    back = reverse("panel", args=[panel.pk])
    context = {
        "title": title,
        "label": title,
        "subject": panel.challenge.title,
        "subject_url": back,
        "back": back,
        "consequences": consequences,
        "form": form,
        "refused": refused,
        **around(panel),
    }
    return render(request, "confirm.html", context, status=409 if refused else 422 if form.errors else 200)
