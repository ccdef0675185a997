"""Objections and appeals: filing one, its page, and more evidence for it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.models import User
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges.actions import file_appeal, file_objection
from challenges.models import Award, Objection, ObjectionDocument
from challenges.objection_forms import AppealForm, ObjectionForm
from challenges.stages import around, stage
from config.storage import StoreDown


@login_required
@require_http_methods(["GET", "POST"])
def award_object(request: HttpRequest, pk: UUID) -> HttpResponse:
    """File an objection; what was typed stays when something is missing."""
    found: Award = pages.found(request.user, "awards", pk)
    person = pages.person(request)
    require(person, "award.object", found)
    known = {"name": person.name, "contact": person.email}
    form = ObjectionForm(request.POST or None, request.FILES or None, initial=known)
    context = {
        "award": found,
        "title": _("Object to this award"),
        "label": _("File the objection"),
        "subject": found.challenge.title,
        "subject_url": reverse("award", args=[found.pk]),
        "back": reverse("award", args=[found.pk]),
        "consequences": [
            _("The award is suspended until your objection has been decided."),
            _("Somebody who acted in nothing here before handles it and tells you the decision with its reasons."),
            _("Whoever handles it reads your name and how to reach you."),
        ],
        **around(found),
    }
    return _filed(request, form, context, lambda data: file_objection(found, actor=person, **data))


@login_required
@require_http_methods(["GET", "POST"])
def objection_appeal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Appeal the dismissal of one's objection, once."""
    found: Objection = pages.found(request.user, "objections", pk)
    person = pages.person(request)
    require(person, "objection.appeal", found)
    form = AppealForm(request.POST or None, request.FILES or None)
    url = reverse("objection", args=[found.pk])
    context = {
        "title": _("Appeal the decision"),
        "label": _("File the appeal"),
        "subject": found.award.challenge.title,
        "subject_url": url,
        "back": url,
        "consequences": [
            _("The award stays suspended until your appeal has been decided."),
            _("Somebody else hears it, who acted in nothing here and did not decide on your objection."),
            _("There is one appeal: its decision is final."),
        ],
        **around(found),
    }
    return _filed(request, form, context, lambda data: file_appeal(found, actor=person, **data))


def _filed(
    request: HttpRequest,
    form: "ModelForm[Objection]",
    context: dict[str, Any],
    file: Callable[[dict[str, Any]], Objection],
) -> HttpResponse:
    """To the page of what was filed; the form again with what was typed when something is missing."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("objection", file(_with_file(form.cleaned_data, pages.person(request))).pk)
        except StoreDown as fault:
            form.add_error(None, str(fault))
        except Refused as refusal:
            context["refused"], status = refusal.reason, 409
    status = 422 if form.errors else status
    return render(request, "confirm.html", context | {"form": form}, status=status)


def _with_file(given: dict[str, Any], person: User) -> dict[str, Any]:
    """The file goes to the store before anything is locked; without its row it is unreadable."""
    upload = given["evidence"]
    document = ObjectionDocument(uploaded_by=person) if upload else None
    if document is not None:
        documents.put(document, upload)
    return {**given, "evidence": document}


@login_required
@require_GET
def objection(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One objection: its facts and evidence, who handles it, the decision, the appeal."""
    found: Objection = pages.found(request.user, "objections", pk)
    actions = pages.steps(request.user, found)
    decision = can(request.user, "objection.appeal", found)
    if found.appeal_until and (decision or decision.code == "state"):
        line = {"name": "appeal", "label": _("Appeal the decision"), "icon": "scale", "reason": decision.reason}
        actions.append({**line, "allowed": decision.allowed, "url": reverse("objection_appeal", args=[found.pk])})
    context = {
        "objection": found,
        "award": found.award,
        "challenge": found.award.challenge,
        "stage": stage(found.award.challenge, found.award),
        "appeal": visible(request.user, "objection.view").filter(against=found).first(),
        "documents": found.documents.all(),
        "may_add": can(request.user, "objection.add_evidence", found).allowed,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "accept": documents.ACCEPT,
        "actions": actions,
    }
    return render(request, "challenges/objection_detail.html", context)


@login_required
@require_http_methods(["POST"])
def objection_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another file of evidence, while the objection waits for its decision."""
    found: Objection = pages.found(request.user, "objections", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=ObjectionDocument, objection=found),
        back=reverse("objection", args=[pk]),
    )
