"""The page on which an operator adapts the rubric of one vetted challenge."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import pages
from accounts.policy import require
from challenges import rubrics
from challenges.actions import adapt_rubric
from challenges.models import Challenge
from challenges.rubric_forms import ChallengeRubricForm, with_changed_rows
from challenges.stages import stage


@login_required
@require_http_methods(["GET", "POST"])
def challenge_rubric(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Edit it, or take the template again; what differs from the template stands beside the editor."""
    found: Challenge = pages.found(request.user, "challenges", pk)
    require(request.user, "challenge.adapt_rubric", found)
    if request.method == "POST" and "template" in request.POST:
        adapt_rubric(found, actor=pages.person(request), rubric=None)
        messages.success(request, _("The challenge is judged by its template again."))
        return redirect("challenge", pk)
    if request.method == "POST" and (changed := with_changed_rows(request.POST)) is not None:
        form = ChallengeRubricForm(changed, challenge=found)
        form.leave_unchecked()
        return _show(request, found, form)
    form = ChallengeRubricForm(request.POST or None, challenge=found)
    if request.method == "POST" and form.is_valid():
        adapt_rubric(found, actor=pages.person(request), rubric=form.part.cleaned)
        messages.success(request, _("The rubric is saved; the deciders see what differs from the template."))
        return redirect("challenge", pk)
    return _show(request, found, form, status=422 if form.errors else 200)


def _show(request: HttpRequest, found: Challenge, form: ChallengeRubricForm, *, status: int = 200) -> HttpResponse:
    adapted = found.adapted_rubric
    context: dict[str, Any] = {
        "challenge": found,
        "stage": stage(found),
        "form": form,
        "rubric": rubrics.read(adapted, found.rubric_template) if adapted else None,
    }
    return render(request, "challenges/challenge_rubric.html", context, status=status)
