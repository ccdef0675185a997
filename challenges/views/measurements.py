"""The page where the team enters what it measured, target by target."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import require
from challenges.actions import measure
from challenges.measurement_forms import forms_of
from challenges.models import Milestone
from challenges.models.milestone_guards import findings, is_last, outcome_of
from challenges.stages import stage


@login_required
@require_http_methods(["GET", "POST"])
def milestone_measure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Enter the measured values of a milestone that is to be delivered; the verdicts stand on its page."""
    found: Milestone = pages.found(request.user, "milestones", pk)
    require(request.user, "milestone.add_evidence", found)
    rows = forms_of(found, request.POST or None)
    if request.method == "POST" and all(row.is_valid() for row in rows):
        measure(found, actor=pages.person(request), rows=[row.row for row in rows if row.row])
        messages.success(request, _("The measured values are saved."))
        return redirect("milestone", pk)
    context = {
        "milestone": found,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "rows": rows,
        "has_documents": found.documents.exists(),
    }
    wrong = any(row.errors for row in rows)
    return render(request, "challenges/milestone_measure.html", context, status=422 if wrong else 200)


@login_required
@require_GET
def certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The acceptance certificate of a milestone that was accepted or closed, to be printed."""
    found: Milestone = pages.found(request.user, "milestones", pk)
    record = found.acceptances.select_related("by").last()
    if record is None or found.state not in (Milestone.State.ACCEPTED, Milestone.State.CLOSED):
        raise Http404
    context = {
        "milestone": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "record": record,
        "findings": outcome_of(found.contract) if is_last(found) else findings(found),
    }
    return render(request, "challenges/certificate.html", context)
