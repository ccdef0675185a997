"""The expert pool: who is in it, their ties, and applying for it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, holds, require, visible
from accounts.workflow import Refused
from challenges.models import Industry
from reviews.actions import (
    add_absence,
    add_expert,
    apply_as_expert,
    correct_relation,
    declare_relation,
    edit_expert,
    strike_absence,
)
from reviews.expert_forms import (
    AbsenceForm,
    AddExpertForm,
    CorrectRelationForm,
    ExpertForm,
    OperatedProfileForm,
    OwnProfileForm,
    RelationForm,
)
from reviews.models import Absence, Expert, Language, Relation
from reviews.queries import experts_found, late_ties


class ExpertFilters(pages.FilterForm):
    """Search by name or employer, filter by field and state."""

    q = forms.CharField(label=gettext_lazy("Name or employer"), max_length=100)
    field = forms.ChoiceField(label=gettext_lazy("Field"), choices=[("", gettext_lazy("Any field")), *Industry.choices])
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Expert.State.choices]
    )


@login_required
@require_GET
def experts(request: HttpRequest) -> HttpResponse:
    """The expert pool, by name; everyone else sees their own entry."""
    filters = ExpertFilters(request.GET)
    rows = visible(request.user, "expert.view").select_related("user", "organization")
    if filters.value("field"):
        rows = rows.filter(fields__contains=[filters.value("field")])
    if filters.value("state"):
        rows = rows.filter(state=filters.value("state"))
    if filters.value("q"):
        rows = rows.filter(pk__in=experts_found(filters.value("q")))
    context = {
        "filters": filters,
        "page": pages.page_of(request, rows.order_by("user__name", "id")),
        "may_add": can(request.user, "expert.approve").allowed,
        "pool_actions": _pool_actions(request),
        "may_apply": can(request.user, "expert.apply").allowed,
    }
    return render(request, "reviews/expert_list.html", context)


@login_required
@require_GET
def expert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One expert: profile, ties, absences, and the panels they sat on."""
    return _show(request, pages.found(request.user, "experts", pk))


def _pool_actions(request: HttpRequest) -> list[dict[str, Any]]:
    """What is done with the pool as a whole."""
    ways = (
        ("expert.invite", "expert_invitations", _("Invitations"), "mail"),
        ("expert.approve", "expert_import", _("Import a workbook"), "file-import"),
        ("expert.export", "expert_export", _("Export"), "download"),
        ("specialty.add", "specialties", _("Specialties"), "tags"),
        ("expert.quality", "quality", _("How reviews are done"), "chart-histogram"),
    )
    return [
        {"name": url, "label": label, "allowed": True, "url": reverse(url), "icon": icon}
        for action, url, label, icon in ways
        if can(request.user, action)
    ]


def _show(
    request: HttpRequest,
    found: Expert,
    *,
    form: RelationForm | None = None,
    absence: AbsenceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    seats = visible(request.user, "assignment.view").filter(expert=found).select_related("panel__challenge")
    actions = pages.steps(request.user, found)
    may_edit = can(request.user, "expert.edit", found).allowed
    if may_edit:
        url = reverse("expert_edit", args=[found.pk])
        actions.append({"name": "edit", "label": _("Edit the profile"), "allowed": True, "url": url})
    context = {
        "expert": found,
        "expertise": list(found.expertise.select_related("specialty")),
        "languages": [str(dict(Language.choices).get(item, item)) for item in found.languages],
        "absences": list(found.absences.all()),
        "reads_quality": can(request.user, "expert.quality").allowed,
        "late_ties": late_ties(found) if holds(request.user, "operator", "supervisor") else None,
        "counts_ties": found.user_id == pages.person(request).pk and found.seated_since is not None,
        "relations": list(found.relations.select_related("organization", "person").order_by("kind", "id")),
        "seats": list(seats.order_by("-created_at", "id")[:20]),
        "actions": actions,
        "may_edit": may_edit,
        "form": form or RelationForm(auto_id="tie_%s"),
        "absence_form": absence or AbsenceForm(auto_id="absence_%s"),
    }
    return render(request, "reviews/expert_detail.html", context, status=status)


@login_required
@require_http_methods(["POST"])
def relation_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Declare a tie from which conflicts are computed."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    form = RelationForm(request.POST, auto_id="tie_%s")
    if form.is_valid():
        try:
            declare_relation(found, actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.reason))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The tie is declared."))
            return redirect("expert", pk)
    return _show(request, found, form=form, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def relation(request: HttpRequest, pk: UUID, relation_pk: UUID) -> HttpResponse:
    """Correct or end a tie."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    rows = Relation.objects.filter(expert=found).select_related("organization", "person", "expert")
    kept: Relation = get_object_or_404(rows, pk=relation_pk)
    form = CorrectRelationForm(request.POST or None, initial=CorrectRelationForm.initial_of(kept))
    if request.method == "POST" and form.is_valid():
        try:
            correct_relation(kept, actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.reason))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The tie is corrected; the ledger keeps what stood there before."))
            return redirect("expert", pk)
    text = _("A tie is not deleted: give the day it ended, or put right what is wrong.")
    url = reverse("expert", args=[pk])
    title = _("Correct or end a tie")
    return _form_page(request, form, title=title, label=_("Save the correction"), back=url, text=text)


@login_required
@require_http_methods(["POST"])
def absence_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note days on which the expert takes no review."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    form = AbsenceForm(request.POST, auto_id="absence_%s")
    if form.is_valid():
        try:
            add_absence(found, actor=pages.person(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Noted: you are not drawn for reviews in these days."))
            return redirect("expert", pk)
    return _show(request, found, absence=form, status=422)


@login_required
@require_http_methods(["POST"])
def absence_strike(request: HttpRequest, pk: UUID, absence_pk: UUID) -> HttpResponse:
    """The expert is available after all."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    rows = Absence.objects.filter(expert=found).select_related("expert")
    strike_absence(get_object_or_404(rows, pk=absence_pk), actor=pages.person(request))
    messages.success(request, _("Struck: available again in these days."))
    return redirect("expert", pk)


@login_required
@require_http_methods(["GET", "POST"])
def expert_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Edit a profile; whether somebody may chair is the operators' to say."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    operates = bool(holds(request.user, "operator"))
    form = (OperatedProfileForm if operates else OwnProfileForm)(
        request.POST or None, instance=found, initial={"may_chair": found.may_chair}
    )
    if request.method == "POST" and form.is_valid():
        try:
            edit_expert(found, actor=pages.person(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The profile is saved."))
            return redirect("expert", pk)
    url = reverse("expert", args=[pk])
    return _form_page(request, form, title=_("Edit the profile"), label=_("Save the profile"), back=url)


@login_required
@require_http_methods(["GET", "POST"])
def expert_apply(request: HttpRequest) -> HttpResponse:
    """Ask to be taken into the pool."""
    person = pages.person(request)
    require(person, "expert.apply")
    own = Expert.objects.filter(user=person).first()
    if own is not None:
        return redirect("expert", own.pk)
    form = ExpertForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            applied = apply_as_expert(person, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.reason))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Applied. An operator checks who you are and whom you work for."))
            return redirect("expert", applied.pk)
    text = _("Experts judge bids of their field, free of ties to anyone involved. Declare your ties after applying.")
    return _form_page(
        request,
        form,
        title=_("Apply as an expert"),
        label=_("Send the application"),
        back=reverse("experts"),
        text=text,
    )


@login_required
@require_http_methods(["GET", "POST"])
def expert_add(request: HttpRequest) -> HttpResponse:
    """Take somebody with an account straight into the pool."""
    require(request.user, "expert.approve")
    form = AddExpertForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            added = add_expert(given.pop("email"), actor=pages.person(request), **given)
        except Refused as refusal:
            form.add_error("email", str(refusal.reason))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(name)s is in the pool.") % {"name": added})
            return redirect("expert", added.pk)
    return _form_page(request, form, title=_("Add an expert"), label=_("Take into the pool"), back=reverse("experts"))


def _form_page(request: HttpRequest, form: Any, *, title: str, label: str, back: str, text: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "label": label, "back": back, "text": text}
    return render(request, "reviews/expert_form.html", context, status=422 if form.errors else 200)
