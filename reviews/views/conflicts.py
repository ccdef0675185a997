"""Conflicts of interest: the whole matrix for those who arrange a panel, and late declarations by who holds a seat."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import require
from accounts.workflow import Refused
from challenges.models import Challenge
from challenges.stages import around, stage
from reviews.actions import declare_on_seat
from reviews.conflicts import matrix
from reviews.conflicts.rules import RULES
from reviews.expert_forms import RelationForm
from reviews.models import Assignment, Panel


class MatrixFilters(pages.FilterForm):
    """Narrow the matrix by name, rule, bid and what is found."""

    q = forms.CharField(label=gettext_lazy("Name or employer"), max_length=100)
    rule = forms.ChoiceField(
        label=gettext_lazy("Rule"),
        choices=[("", gettext_lazy("Any rule")), *((rule.code, rule.title) for rule in RULES)],
    )
    show = forms.ChoiceField(
        label=gettext_lazy("Found"),
        choices=[
            ("", gettext_lazy("Everybody")),
            (matrix.HARD, gettext_lazy("May not judge")),
            (matrix.SOFT, gettext_lazy("Better not drawn")),
            (matrix.FREE, gettext_lazy("Free")),
        ],
    )
    bid = forms.CharField(label=gettext_lazy("Code of a bid"), max_length=20)


@login_required
@require_GET
def challenge_conflicts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Experts × bids with what every rule finds, in words, and the rules themselves."""
    challenge: Challenge = pages.found(request.user, "challenges", pk)
    require(request.user, "conflict.view", challenge)
    filters = MatrixFilters(request.GET)
    asked = matrix.Asked(*(filters.value(name) for name in ("rule", "bid", "q", "show")))
    number = request.GET.get("page", "1")
    page = matrix.page(challenge, asked, number=max(1, int(number)) if number.isascii() and number.isdigit() else 1)
    context = {
        "challenge": challenge,
        "stage": stage(challenge),
        "filters": filters,
        "page": page,
        "lines": [_line(page, row) for row in page.rows],
        "hindered": any(row.findings for row in page.rows),
        "rules": matrix.explained(challenge),
        "panel": challenge.panels.order_by("-created_at").first(),
    }
    return render(request, "reviews/conflicts.html", context)


def _line(page: matrix.Page, row: matrix.Row) -> dict[str, Any]:
    return {
        "expert": row.expert,
        "everywhere": row.everywhere,
        "marks": [(bid, row.on(bid.pk)) for bid in page.columns],
        "findings": [(page.bids.get(item.bid) if item.bid else None, item) for item in row.findings],
        "verdict": matrix.HARD if any(item.hard for item in row.findings) else matrix.SOFT if row.findings else "",
    }


@login_required
@require_http_methods(["GET", "POST"])
def declare_tie(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A late declaration: the tie is noted in the profile; what it is a hard conflict with, seat or bids, is left."""
    seat: Assignment = pages.found(request.user, "assignments", pk)
    require(request.user, "assignment.declare_tie", seat)
    form = RelationForm(request.POST or None)
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            declare_on_seat(seat, actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            refused = refusal.reason
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The tie is declared."))
            return redirect("assignment", pk)
    context = {
        "title": _("Declare a tie"),
        "label": _("Declare this tie"),
        "subject": seat.panel.challenge.title,
        "subject_url": reverse("assignment", args=[pk]),
        "back": reverse("assignment", args=[pk]),
        "danger": True,
        "consequences": [
            _("The tie stands in your profile from now on; it can be corrected or ended, and not be deleted."),
            _("Where it excludes you from a bid matched to you, another reads it, and your sheets on it become void.")
            if seat.panel.way == Panel.Way.MATCHED
            else _("Where it excludes you from judging here you are recused at once, and your sheets become void."),
            _("You may enter or correct three ties a day while you have a seat, and the operators are told of each."),
        ],
        "form": form,
        "refused": refused,
        **around(seat),
    }
    return render(request, "confirm.html", context, status=409 if refused else 422 if form.errors else 200)
