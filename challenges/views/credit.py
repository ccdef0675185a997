"""Credit records: the list, one record with its answer and decision, and recording one."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges.actions import open_credit_record
from challenges.actions.credit import organizations_of
from challenges.credit_forms import CreditFilters, CreditRecordForm
from challenges.models import Challenge, CreditDocument, CreditRecord
from challenges.stages import around
from config.storage import StoreDown


@login_required
@require_GET
def credit_records(request: HttpRequest) -> HttpResponse:
    """The records in sight: all for the staff, their own for an organisation's members."""
    filters = CreditFilters(request.GET)
    rows = visible(request.user, "credit_record.view").select_related("organization", "challenge")
    for name in ("kind", "state"):
        if filters.value(name):
            rows = rows.filter(**{name: filters.value(name)})
    page = pages.page_of(request, rows.order_by("-created_at", "id"))
    return render(request, "challenges/credit_list.html", {"filters": filters, "page": page})


@login_required
@require_GET
def credit_record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One record: the facts, the answer, the decision, the evidence of both sides."""
    found: CreditRecord = pages.found(request.user, "credit-records", pk)
    context = {
        "record": found,
        "documents": list(found.documents.select_related("uploaded_by")),
        "may_add": can(request.user, "credit_record.add_evidence", found).allowed,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "accept": documents.ACCEPT,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/credit_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def credit_record_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record a failing of the owner or a bidder; what was typed stays when something is missing."""
    challenge: Challenge = pages.found(request.user, "challenges", pk)
    require(request.user, "credit_record.create", challenge)
    form = CreditRecordForm(request.POST or None, request.FILES or None, among=organizations_of(challenge))
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = dict(form.cleaned_data)
        evidence = given.pop("evidence")
        try:
            made = open_credit_record(
                challenge, actor=pages.person(request), evidence=[evidence] if evidence else [], **given
            )
        except Refused as refusal:
            form.add_error(refusal.code if refusal.code in form.fields else None, str(refusal.reason))
        except StoreDown as fault:
            form.add_error("evidence", str(fault))
        else:
            messages.success(request, _("The record is open, and the organisation is told."))
            return redirect("credit_record", made.pk)
    context = {
        "title": _("Open a credit record"),
        "label": _("Open the record"),
        "subject": challenge.title,
        "subject_url": reverse("challenge", args=[pk]),
        "back": reverse("challenge", args=[pk]),
        "danger": True,
        "consequences": [
            _("The organisation is told and may answer; then a decider who did not record it decides."),
            _("A team that failed though it was diligent gets no record."),
        ],
        "form": form,
        **around(challenge),
    }
    return render(request, "confirm.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["POST"])
def credit_record_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another file of evidence, from whoever recorded it or from the organisation that answers."""
    found: CreditRecord = pages.found(request.user, "credit-records", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=CreditDocument, record=found),
        back=reverse("credit_record", args=[pk]),
    )
