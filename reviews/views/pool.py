"""Ways into the expert pool and out of it: invitations, a workbook, an export; and the taxonomy of specialties."""

import io
import logging
import secrets
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import require, visible
from accounts.workflow import Refused
from challenges.models import Industry
from challenges.page_forms import WorkbookForm
from challenges.spreadsheet import MAX_BYTES, Unreadable
from reviews import pool_workbook
from reviews.actions import add_specialty, import_experts, invite_expert
from reviews.expert_forms import InvitationForm, SpecialtyForm
from reviews.models import Expert, ExpertInvitation, Specialty

logger = logging.getLogger(__name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT_SECONDS = 30 * 60
EXPORTED_AT_MOST = 20_000


@login_required
@require_http_methods(["GET", "POST"])
def invitations(request: HttpRequest) -> HttpResponse:
    """Who was asked into the pool and has not applied; and asking somebody."""
    require(request.user, "expert.invite")
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = invite_expert(actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", str(refusal.reason))
        else:
            messages.success(request, _("The e-mail to %(name)s goes out within a minute.") % {"name": made.name})
            return redirect("expert_invitations")
    rows = visible(request.user, "expert.invite").select_related("invited_by").order_by("-created_at", "id")
    everything = "all" in request.GET
    if not everything:
        rows = rows.filter(state=ExpertInvitation.State.OPEN)
    context = {"form": form, "page": pages.page_of(request, rows), "everything": everything}
    return render(request, "reviews/invitation_list.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def invitation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One invitation: when it was sent, and what can be done."""
    found: ExpertInvitation = pages.found(request.user, "expert-invitations", pk)
    context = {"invitation": found, "actions": pages.steps(request.user, found)}
    return render(request, "reviews/invitation_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def specialties(request: HttpRequest) -> HttpResponse:
    """The taxonomy by industry, with how many experts know each; operators add to it."""
    require(request.user, "specialty.add")
    form = SpecialtyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_specialty(actor=pages.person(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("“%(name)s” is in the list now.") % {"name": made})
            return redirect("specialties")
    rows = Specialty.objects.annotate(experts=Count("expertise")).order_by("industry", "name")
    labels = dict(Industry.choices)
    groups = [(labels[key], list(items)) for key, items in groupby(rows, key=lambda item: item.industry)]
    context = {"form": form, "groups": groups}
    return render(request, "reviews/specialty_list.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def import_experts_page(request: HttpRequest) -> HttpResponse:
    """Upload, look, confirm: all people are asked into the pool, or nobody. The file waits in its uploader's cache."""
    person = pages.person(request)
    require(person, "expert.approve")
    form = _workbook_form()
    if request.method == "GET":
        return _import_page(request, form=form)
    token = request.POST.get("token", "")
    if token:
        return _confirmed(request, token)
    form = _workbook_form(request.POST, request.FILES)
    if not form.is_valid():
        return _import_page(request, form=form, status=422)
    upload = form.cleaned_data["file"]
    content = upload.read(MAX_BYTES + 1)
    try:
        reading = pool_workbook.read(io.BytesIO(content))
    except Unreadable as fault:
        form.add_error("file", fault.message)
        return _import_page(request, form=form, status=422)
    if not reading.ok:
        return _import_page(request, form=_workbook_form(), reading=reading, name=upload.name, status=422)
    token = secrets.token_urlsafe(24)
    cache.set(_key(person.pk, token), content, KEPT_SECONDS)
    return _import_page(request, form=_workbook_form(), reading=reading, name=upload.name, token=token)


def _confirmed(request: HttpRequest, token: str) -> HttpResponse:
    person = pages.person(request)
    content = cache.get(_key(person.pk, token))
    if content is None:
        refused: Any = _("The file is no longer kept. Upload it again; nothing was imported.")
        return _import_page(request, form=_workbook_form(), refused=refused, status=409)
    try:
        made = import_experts(pool_workbook.read(io.BytesIO(content)), actor=person)
    except (Refused, Unreadable) as refusal:
        refused = refusal.reason if isinstance(refusal, Refused) else refusal.message
        return _import_page(request, form=_workbook_form(), refused=refused, status=409)
    cache.delete(_key(person.pk, token))
    said = ngettext("%(n)d person is asked to join the pool.", "%(n)d people are asked to join the pool.", len(made))
    messages.success(request, said % {"n": len(made)})
    return redirect(f"{reverse('experts')}?state={Expert.State.INVITED}")


def _import_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "reviews/expert_import.html", context, status=status)


def _workbook_form(*given: Any) -> WorkbookForm:
    form = WorkbookForm(*given)
    form.fields["file"].help_text = _("Headings as in the template. Nothing is imported before you confirm.")
    return form


def _key(person: Any, token: str) -> str:
    return f"experts:{person}:{token}"


@login_required
@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    require(request.user, "expert.approve")
    return _file(pool_workbook.template(), "experts-template.xlsx")


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The pool as a workbook, addresses masked; that somebody took it is in the log."""
    require(request.user, "expert.export")
    rows = visible(request.user, "expert.view").select_related("user", "organization")
    found = list(rows.prefetch_related("expertise__specialty").order_by("user__name", "id")[:EXPORTED_AT_MOST])
    logger.info("The expert pool (%d rows) was exported by %s", len(found), pages.person(request).pk)
    return _file(pool_workbook.export(found), f"experts-{timezone.localdate()}.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
