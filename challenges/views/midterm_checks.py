"""The page of a mid-term check: the report when it is due, and the conclusion."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.policy import can
from challenges.models import MidtermCheck, MidtermDocument
from challenges.stages import stage


@login_required
@require_GET
def midterm_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One mid-term check, and what this person may do about it."""
    found: MidtermCheck = pages.found(request.user, "midterm-checks", pk)
    context = {
        "check": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "documents": list(found.documents.all()),
        "may_add": can(request.user, "midterm_check.add_document", found).allowed,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "accept": documents.ACCEPT,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/midterm_detail.html", context)


@login_required
@require_http_methods(["POST"])
def midterm_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A file of the team's, until the report is handed in."""
    found: MidtermCheck = pages.found(request.user, "midterm-checks", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=MidtermDocument, midterm_check=found),
        back=reverse("midterm_check", args=[pk]),
    )
