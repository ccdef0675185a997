"""Organisations: the list, one with its members and steps, registering one, adding and ending members."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions, ledger, pages, queries
from accounts.forms import MemberForm, MemberRoleForm, OrganizationFilters, OrganizationForm, ParentForm
from accounts.models import Membership, MembershipOffer, Organization
from accounts.permissions import STAFF
from accounts.policy import NOT_YOURS, can, holds, require, visible
from accounts.workflow import Refused


@login_required
@require_GET
def organizations(request: HttpRequest) -> HttpResponse:
    """The organisations this person may see: their own, or all for the platform's staff."""
    filters = OrganizationFilters(request.GET)
    rows = queries.organizations(request.user, text=filters.value("q"), state=filters.value("state"))
    offers = visible(request.user, "organization.join").select_related("organization", "offered_by")
    context = {
        "filters": filters,
        "page": pages.page_of(request, rows),
        "offers": list(offers.order_by("created_at", "id")),
    }
    return render(request, "accounts/organizations.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def organization_create(request: HttpRequest) -> HttpResponse:
    """Register an organisation; who registers it becomes its administrator."""
    require(request.user, "organization.register")
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organization = actions.register_organization(actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("uscc", str(refusal.reason))
        else:
            messages.success(request, _("Registered. An operator compares name and code with the licence next."))
            return redirect("organization", organization.pk)
    return render(request, "accounts/organization_create.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@require_GET
def organization(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One organisation."""
    return _show(request, pages.found(request.user, "organizations", pk), MemberForm())


@login_required
@require_http_methods(["POST"])
def member_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask a person to join, by the e-mail of their account."""
    found = pages.found(request.user, "organizations", pk)
    require(request.user, "organization.manage_members", found)
    form = MemberForm(request.POST)
    if form.is_valid() and form.user is not None:
        try:
            actions.offer_membership(found, actor=pages.person(request), user=form.user, role=form.cleaned_data["role"])
        except Refused as refusal:
            form.add_error("email", str(refusal.reason))
        else:
            messages.success(request, _("%(name)s has been asked to join.") % {"name": form.user})
            return redirect("organization", pk)
    return _show(request, found, form, status=422)


@login_required
@require_POST
def offer_accept(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the place that was offered to this person."""
    offer = get_object_or_404(visible(request.user, "organization.join").select_related("organization"), pk=pk)
    actions.accept_membership(offer, actor=pages.person(request))
    messages.success(request, _("You belong to %(name)s now.") % {"name": offer.organization})
    return redirect("organization", offer.organization_id)


@login_required
@require_POST
def offer_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decline an offer, or take it back as an administrator."""
    offer = get_object_or_404(MembershipOffer.objects.select_related("organization"), pk=pk)
    mine = can(request.user, "organization.join", offer)
    if not mine:
        pages.found(request.user, "organizations", offer.organization_id)
    actions.end_offer(offer, actor=pages.person(request))
    messages.success(request, _("The offer has ended."))
    return redirect("organizations") if mine else redirect("organization", offer.organization_id)


@login_required
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: UUID, member_pk: UUID) -> HttpResponse:
    """Change a member's role."""
    found, membership = _membership(request, pk, member_pk)
    form = MemberRoleForm(request.POST or None, initial={"role": membership.role})
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_member(membership, actor=pages.person(request), role=form.cleaned_data["role"])
            messages.success(request, _("Saved."))
            return redirect("organization", pk)
        except Refused as refusal:
            refused = refusal.reason
    context = {
        "title": _("Role of %(name)s") % {"name": membership.user},
        "label": _("Save the role"),
        "form": form,
        "refused": refused,
        **_confirm_frame(found),
    }
    return render(request, "confirm.html", context, status=409 if refused else 200)


@login_required
@require_http_methods(["GET", "POST"])
def member_end(request: HttpRequest, pk: UUID, member_pk: UUID) -> HttpResponse:
    """End a membership, after a look at what that means."""
    found, membership = _membership(request, pk, member_pk)
    refused: Any = ""
    if request.method == "POST":
        try:
            actions.end_membership(membership, actor=pages.person(request))
            messages.success(request, _("The membership has ended."))
            return redirect("organizations") if membership.user_id == request.user.pk else redirect("organization", pk)
        except Refused as refusal:
            refused = refusal.reason
    context = {
        "title": _("End the membership of %(name)s") % {"name": membership.user},
        "label": _("End the membership"),
        "danger": True,
        "refused": refused,
        "consequences": [
            _("The person no longer acts for the organisation, and reads and changes its bids no more."),
            _("The past membership stays on record, since conflicts of interest look back."),
        ],
        **_confirm_frame(found),
    }
    return render(request, "confirm.html", context, status=409 if refused else 200)


@login_required
@require_http_methods(["GET", "POST"])
def organization_parent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which organisation this one belongs to."""
    found: Organization = pages.found(request.user, "organizations", pk)
    require(request.user, "organization.verify", found)
    form = ParentForm(request.POST or None, initial={"parent": found.parent})
    if request.method == "POST" and form.is_valid():
        try:
            actions.place_under(found, actor=pages.person(request), parent=form.cleaned_data["parent"])
        except Refused as refusal:
            form.add_error("parent", str(refusal.reason))
        else:
            messages.success(request, _("Saved."))
            return redirect("organization", pk)
    context = {
        "title": _("Parent organisation"),
        "label": _("Save the parent organisation"),
        "form": form,
        "consequences": [
            _("Who works for one of the two may not judge what the other takes part in."),
            _("Panels at work are looked at again: who has a conflict now is recused, an alternate called."),
        ],
        **_confirm_frame(found),
    }
    return render(request, "confirm.html", context, status=422 if form.errors else 200)


def _confirm_frame(found: Organization) -> dict[str, str]:
    url = reverse("organization", args=[found.pk])
    return {"subject": found.name, "subject_url": url, "back": url}


def _membership(request: HttpRequest, pk: UUID, member_pk: UUID) -> tuple[Organization, Membership]:
    found = pages.found(request.user, "organizations", pk)
    require(request.user, "organization.manage_members", found)
    rows = found.memberships.filter(ended_at=None).select_related("user", "organization")
    return found, get_object_or_404(rows, pk=member_pk)


def _show(request: HttpRequest, found: Organization, form: MemberForm, *, status: int = 200) -> HttpResponse:
    manage = can(request.user, "organization.manage_members", found)
    rows = found.memberships.select_related("user").order_by("ended_at", "user__name", "id")
    steps = pages.steps(request.user, found)
    places = can(request.user, "organization.verify", found)
    if places or places.code != NOT_YOURS:
        url = reverse("organization_parent", args=[found.pk])
        label = _("Say which organisation it belongs to")
        steps.append({"name": "parent", "label": label, "allowed": bool(places), "reason": places.reason, "url": url})
    context = {
        "organization": found,
        "subsidiaries": list(found.subsidiaries.order_by("name", "id")[:20]),
        "sees_all": bool(holds(request.user, *STAFF)),
        "members": [row for row in rows if row.ended_at is None],
        "offers": list(found.offers.select_related("user").order_by("created_at", "id")) if manage else [],
        "former": [row for row in rows if row.ended_at is not None],
        "manage": manage,
        "form": form,
        "actions": steps,
        "verdict": ledger.verify(found.ledger_chain),
    }
    return render(request, "accounts/organization.html", context, status=status)
