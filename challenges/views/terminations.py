"""The page of a termination: the facts, the team's dossier, the finding."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.policy import can
from challenges.models import Termination, TerminationDocument
from challenges.stages import stage


@login_required
@require_GET
def termination(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One termination, and what this person may do about it."""
    found: Termination = pages.found(request.user, "terminations", pk)
    context = {
        "termination": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "documents": list(found.documents.all()),
        "may_add": can(request.user, "termination.add_document", found).allowed,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "accept": documents.ACCEPT,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/termination_detail.html", context)


@login_required
@require_http_methods(["POST"])
def termination_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Evidence from whoever proposed it and from the team, until the team has answered."""
    found: Termination = pages.found(request.user, "terminations", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=TerminationDocument, termination=found),
        back=reverse("termination", args=[pk]),
    )
