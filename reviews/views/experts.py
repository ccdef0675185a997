"""The expert pool: who is in it, their ties, and applying for it."""

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
from accounts.policy import can, holds, require, visible
from accounts.workflow import Refused
from challenges.models import Industry
from reviews.actions import add_expert, apply_as_expert, declare_relation, edit_expert
from reviews.forms import AddExpertForm, ExpertForm, RelationForm
from reviews.models import Expert
from reviews.queries import experts_found


class ExpertFilters(pages.FilterForm):
    """Search by name or employer, filter by field and state."""

    q = forms.CharField(label=gettext_lazy("Name or employer"), max_length=100)
    field = forms.ChoiceField(label=gettext_lazy("Field"), choices=[("", gettext_lazy("Any field")), *Industry.choices])
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Expert.State.choices]
    )


class EditExpertForm(ExpertForm):
    """The profile as an operator edits it."""

    may_chair = forms.BooleanField(label=gettext_lazy("May chair a panel"), required=False)


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
        "may_apply": can(request.user, "expert.apply").allowed,
    }
    return render(request, "reviews/expert_list.html", context)


@login_required
@require_GET
def expert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One expert: profile, ties, and the panels they sat on."""
    return _show(request, pages.found(request.user, "experts", pk), RelationForm())


def _show(request: HttpRequest, found: Expert, form: RelationForm, *, status: int = 200) -> HttpResponse:
    seats = visible(request.user, "assignment.view").filter(expert=found).select_related("panel__challenge")
    actions = pages.steps(request.user, found)
    may_edit = can(request.user, "expert.edit", found).allowed
    if may_edit:
        url = reverse("expert_edit", args=[found.pk])
        actions.append({"name": "edit", "label": _("Edit the profile"), "allowed": True, "url": url})
    context = {
        "expert": found,
        "relations": list(found.relations.select_related("organization", "person").order_by("kind", "id")),
        "seats": list(seats.order_by("-created_at", "id")[:20]),
        "actions": actions,
        "may_edit": may_edit,
        "form": form,
    }
    return render(request, "reviews/expert_detail.html", context, status=status)


@login_required
@require_http_methods(["POST"])
def relation_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Declare a tie from which conflicts are computed."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    form = RelationForm(request.POST)
    if form.is_valid():
        try:
            declare_relation(found, actor=pages.person(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The tie is declared."))
            return redirect("expert", pk)
    return _show(request, found, form, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def expert_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Edit a profile; whether somebody may chair is the operators' to say."""
    found: Expert = pages.found(request.user, "experts", pk)
    require(request.user, "expert.edit", found)
    operates = bool(holds(request.user, "operator"))
    form = (EditExpertForm if operates else ExpertForm)(
        request.POST or None, instance=found, initial={"may_chair": found.may_chair}
    )
    if request.method == "POST" and form.is_valid():
        edit_expert(found, actor=pages.person(request), **form.cleaned_data)
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
        else:
            messages.success(request, _("%(name)s is in the pool.") % {"name": added})
            return redirect("expert", added.pk)
    return _form_page(request, form, title=_("Add an expert"), label=_("Take into the pool"), back=reverse("experts"))


def _form_page(request: HttpRequest, form: Any, *, title: str, label: str, back: str, text: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "label": label, "back": back, "text": text}
    return render(request, "reviews/expert_form.html", context, status=422 if form.errors else 200)
