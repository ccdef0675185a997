"""Outcomes: the registry, one outcome with its holders and figures, and the team's form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages, tables
from accounts.models.words import holding
from accounts.policy import can, require, visible
from challenges.actions import amend_outcome, create_outcome, edit_outcome
from challenges.actions.outcomes import parties
from challenges.models import Contract, Outcome, OutcomeDocument
from challenges.outcome_forms import FigureFormSet, OutcomeFilters, OutcomeForm, figure_initial
from challenges.stages import around, stage

MOST_EXPORTED = 10_000


def _listed(request: HttpRequest, filters: OutcomeFilters) -> Any:
    rows = visible(request.user, "outcome.view").select_related("contract__challenge", "contract__bid__lead")
    for name in ("kind", "state"):
        if filters.value(name):
            rows = rows.filter(**{name: filters.value(name)})
    return holding(rows, filters.value("q")).order_by("-created_at", "id")


@require_GET
def outcomes(request: HttpRequest) -> HttpResponse:
    """The registry of results: what is confirmed for everyone, and what is not yet for those concerned."""
    filters = OutcomeFilters(request.GET)
    context = {"filters": filters, "page": pages.page_of(request, _listed(request, filters))}
    return render(request, "challenges/outcome_list.html", context)


@require_GET
def outcomes_export(request: HttpRequest, form: str) -> HttpResponse:
    """The same list to take away; a cell is never a formula."""
    head = [
        _("Outcome"), _("Kind"), _("Number"), _("Date"), _("State of the right"), _("Recognised as a first"),
        _("Challenge"), _("Team"), _("State"),
    ]  # fmt: skip
    rows = [
        [
            item.title, item.get_kind_display(), item.number, item.dated_on, item.get_standing_display(),
            item.get_first_set_display(), item.contract.challenge.title, item.contract.bid.lead.name,
            item.get_state_display(),
        ]
        for item in _listed(request, OutcomeFilters(request.GET))[:MOST_EXPORTED]
    ]  # fmt: skip
    return tables.table([head, *rows], name="outcomes", form=form)


@require_GET
def outcome(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One outcome: what it is, who holds it, its figures, its evidence, and what can be done."""
    found: Outcome = pages.found(request.user, "outcomes", pk)
    inside = can(request.user, "outcome.read_shares", found).allowed
    shown = inside or found.discloses
    challenge = found.contract.challenge
    files = visible(request.user, "outcome_document.read").filter(outcome=found).select_related("uploaded_by")
    versions = visible(request.user, "outcome.view")
    context = {
        "outcome": found,
        "contract": found.contract,
        "challenge": challenge,
        "stage": stage(challenge),
        "inside": inside,
        "shares": list(found.shares.select_related("holder")) if shown else None,
        "figures": list(found.figures.all()) if shown else None,
        "documents": list(files),
        "may_upload": can(request.user, "outcome.edit", found).allowed,
        "accept": documents.ACCEPT,
        "transfers": list(visible(request.user, "transfer.view").filter(outcome=found)),
        "referrals": list(visible(request.user, "referral.view").filter(outcome=found)),
        "follow_ups": list(visible(request.user, "follow_up.view").filter(contract=found.contract)),
        "next_version": versions.filter(previous=found).first(),
        "actions": [*_first_actions(request.user, found), *pages.steps(request.user, found)],
    }
    return render(request, "challenges/outcome_detail.html", context)


def _first_actions(user: Any, found: Outcome) -> list[dict[str, Any]]:
    lines = []
    if can(user, "outcome.edit", found):
        url = reverse("outcome_edit", args=[found.pk])
        lines.append({"name": "edit", "label": _("Edit the outcome"), "allowed": True, "url": url, "icon": "pencil"})
    if can(user, "transfer.create", found):
        url = reverse("transfer_create", args=[found.pk])
        lines.append({"name": "transfer", "label": _("Transfer it"), "allowed": True, "url": url, "icon": "coins"})
    if can(user, "outcome.refer", found):
        url = reverse("referral_create", args=[found.pk])
        label = _("Refer it to a fund, an insurer or a pilot base")
        lines.append({"name": "refer", "label": label, "allowed": True, "url": url, "icon": "send"})
    if can(user, "outcome.amend", found):
        url = reverse("outcome_amend", args=[found.pk])
        lines.append({"name": "amend", "label": _("Make a new version"), "allowed": True, "url": url, "icon": "copy"})
    return lines


@login_required
@require_http_methods(["GET", "POST"])
def outcome_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write an outcome of the contract."""
    contract: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "outcome.create", contract)
    return _form(request, contract, None)


@login_required
@require_http_methods(["GET", "POST"])
def outcome_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft, or what was returned."""
    found: Outcome = pages.found(request.user, "outcomes", pk)
    require(request.user, "outcome.edit", found)
    return _form(request, found.contract, found)


def _form(request: HttpRequest, contract: Contract, found: Outcome | None) -> HttpResponse:
    given = request.POST or None
    form = OutcomeForm(given, instance=found, parties=parties(contract))
    rows: Any = FigureFormSet(given, prefix="figures", initial=None if given else figure_initial(found))
    if given is not None and (form.is_valid() & rows.is_valid()):
        person = pages.person(request)
        inputs = {"data": form.data_given, "shares": form.shares_given, "figures": rows.rows()}
        if found is None:
            found = create_outcome(contract, actor=person, **inputs)
            messages.success(request, _("The draft is saved. Now upload the evidence, then register it."))
        else:
            edit_outcome(found, actor=person, **inputs)
            messages.success(request, _("The draft is saved."))
        return redirect("outcome", found.pk)
    context = {
        "outcome": found,
        "contract": contract,
        "challenge": contract.challenge,
        "stage": stage(contract.challenge),
        "form": form,
        "rows": rows,
        "title": _("Edit the outcome") if found else _("Register an outcome"),
        "back": reverse("outcome", args=[found.pk]) if found else reverse("contract", args=[contract.pk]),
    }
    return render(request, "challenges/outcome_edit.html", context, status=422 if given is not None else 200)


@login_required
@require_http_methods(["GET", "POST"])
def outcome_amend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new version of a confirmed outcome; the confirmed one holds until the new one is confirmed."""
    found: Outcome = pages.found(request.user, "outcomes", pk)
    require(request.user, "outcome.amend", found)
    if request.method == "POST":
        made = amend_outcome(found, actor=pages.person(request))
        messages.success(request, _("The new version is a draft; upload its evidence, then register it."))
        return redirect("outcome_edit", made.pk)
    url = reverse("outcome", args=[pk])
    context = {
        "title": _("Make a new version"),
        "label": _("Make the new version"),
        "subject": found.title,
        "subject_url": url,
        "back": url,
        "consequences": [
            _("The confirmed version holds until the owner confirms the new one; then it stays on record."),
            _("Content, shares and figures are copied; the evidence is uploaded anew."),
        ],
        **around(found),
    }
    return render(request, "confirm.html", context)


@login_required
@require_http_methods(["POST"])
def outcome_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Evidence of a draft."""
    found: Outcome = pages.found(request.user, "outcomes", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=OutcomeDocument, outcome=found),
        back=reverse("outcome", args=[pk]),
    )
