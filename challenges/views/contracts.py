"""Contracts and milestones: both sides, task book and pledge, what is delivered by when and proved by what."""

from datetime import datetime, time
from decimal import Decimal
from itertools import accumulate
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages, tables
from accounts.policy import NOT_YOURS, can, require, visible
from accounts.workflow import Refused
from challenges import outlook
from challenges.actions import edit_contract, fetch_paper
from challenges.actions.signing import FORMS
from challenges.calendar import SHANGHAI
from challenges.contract_forms import ContractEditor
from challenges.contract_text import content_of, contract_number, fingerprint
from challenges.models import Contract, ContractAmendment, IpPreset, Milestone, MilestoneDocument
from challenges.models.bid_guards import SHARES
from challenges.models.contract_guards import SHARE_WORDS, comparisons, plain, share_totals, shown
from challenges.models.milestone_guards import findings, last_record
from challenges.queries import bids_found
from challenges.stages import stage

ENDED = (Contract.State.COMPLETED, Contract.State.TERMINATED, Contract.State.ENDED)
DELIVERING = (Milestone.State.PLANNED, Milestone.State.RECTIFICATION)
MARKS = {
    "planned": ("quiet", "calendar"),
    "submitted": ("wait", "send"),
    "under_acceptance": ("wait", "list-check"),
    "accepted": ("done", "check"),
    "rectification": ("care", "tool"),
    "failed": ("bad", "x"),
    "closed": ("quiet", "archive"),
}


class ContractFilters(pages.FilterForm):
    """Search by challenge or team, filter by state and by what is a risk, and the order."""

    q = forms.CharField(label=gettext_lazy("Search contracts"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Contract.State.choices]
    )
    risk = forms.ChoiceField(
        label=gettext_lazy("Risk"), choices=[("", gettext_lazy("With or without risks")), *outlook.RISKY.items()]
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("Order"),
        choices=[
            ("", gettext_lazy("Newest contract first")),
            ("due", gettext_lazy("What is due first")),
            ("amount", gettext_lazy("Largest amount first")),
        ],
    )


@login_required
@require_GET
def contracts(request: HttpRequest) -> HttpResponse:
    """The contracts this person is a side of, or all for the platform's staff."""
    filters = ContractFilters(request.GET)
    rows = visible(request.user, "contract.view")
    if filters.value("state"):
        rows = rows.filter(state=filters.value("state"))
    if filters.value("q"):
        rows = rows.filter(bid__in=bids_found(filters.value("q")))
    if filters.value("risk"):
        rows = outlook.risky(rows, filters.value("risk"))
    page = pages.page_of(request, outlook.in_order(rows, filters.value("sort")))
    context = {"filters": filters, "page": page, "outlooks": outlook.outlooks(page.rows)}
    return render(request, "challenges/contract_list.html", context)


@login_required
@require_GET
def contract_export(request: HttpRequest, pk: UUID, name: str, form: str) -> HttpResponse:
    """The timeline or the burn of a contract as CSV or XLSX."""
    glance = outlook.at_a_glance(pages.found(request.user, "contracts", pk))
    rows = {"timeline": outlook.timeline_rows, "burn": outlook.burn_rows}.get(name)
    if rows is None:
        raise Http404
    return tables.table(rows(glance), name=name, form=form)


@login_required
@require_GET
def contract(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One contract: sides, task book, pledge, targets, milestones with their money, confirmations and steps."""
    found: Contract = pages.found(request.user, "contracts", pk)
    glance = outlook.at_a_glance(found)
    whole = glance["outlook"].contract
    actions = pages.steps(request.user, found)
    if found.state == Contract.State.DRAFT and can(request.user, "contract.edit", found):
        url = reverse("contract_edit", args=[pk])
        actions.insert(0, {"name": "edit", "label": _("Edit task book and milestones"), "allowed": True, "url": url})
    may_register = can(request.user, "outcome.create", found)
    if may_register.code != NOT_YOURS:
        line = {"name": "outcome", "label": _("Register an outcome"), "url": reverse("outcome_create", args=[pk])}
        actions.append({**line, "allowed": may_register.allowed, "reason": may_register.reason, "icon": "bulb"})
    if found.state == Contract.State.EFFECTIVE and can(request.user, "contract.amend", found):
        url = reverse("contract_amend", args=[pk, ContractAmendment.Kind.DATE])
        actions.append(
            {"name": "amend", "label": _("Ask for a change"), "allowed": True, "url": url, "style": "secondary"}
        )
    context = glance | {
        "contract": found,
        "outcomes": list(visible(request.user, "outcome.view").filter(contract=found)),
        "follow_ups": list(found.follow_ups.all()) if found.state == Contract.State.COMPLETED else [],
        "challenge": found.challenge,
        "stage": stage(found.challenge),
        "amendments": sorted(whole.amendments.all(), key=lambda item: item.number),
        "milestones": [_entry(item) for item in whole.milestones.all()],
        "comparisons": [
            {
                "is": item,
                "contract": shown(item.contract),
                "bid": item.bid and shown(item.bid),
                "notice": item.notice and shown(item.notice),
            }
            for item in comparisons(found)
        ],
        "shares": _shares(found),
        "number": contract_number(found),
        "versions": list(found.versions.all()),
        "ip": IpPreset(found.ip_preset),
        "actions": actions,
        "sides": _sides(found),
        "terminations": list(whole.terminations.all()),
        "race": getattr(found.award, "race", None),
    }
    return render(request, "challenges/contract_detail.html", context)


def _entry(milestone: Milestone) -> dict[str, Any]:
    tone, icon = MARKS[milestone.state]
    due = None
    if milestone.state in DELIVERING and milestone.contract.state not in ENDED:
        due = milestone.rectify_by or (milestone.due_on and datetime.combine(milestone.due_on, time.max, SHANGHAI))
    return {
        "milestone": milestone,
        "title": milestone.title,
        "tone": tone,
        "icon": icon,
        "due": due,
        "at": milestone.accepted_at or milestone.submitted_at,
        "payment": getattr(milestone, "payment", None),
    }


def _shares(contract: Contract) -> dict[str, Any]:
    """The consortium's rows, and for each kind of share its total and where its parts lie on a bar from 0 to 100."""
    rows = list(contract.shares.select_related("organization"))
    totals = share_totals(rows)
    bars = []
    for name in SHARES:
        ends = list(accumulate((getattr(row, name) for row in rows), initial=Decimal(0)))
        parts = [
            {"name": row.organization.name, "from": plain(start), "width": plain(getattr(row, name))}
            for row, start in zip(rows, ends, strict=False)
        ]
        bars.append({"word": SHARE_WORDS[name], "total": totals[name], "parts": parts})
    return {
        "rows": [
            {
                "organization": row.organization,
                "cells": [{"word": SHARE_WORDS[name], "part": getattr(row, name)} for name in SHARES],
            }
            for row in rows
        ],
        "words": [SHARE_WORDS[name] for name in SHARES],
        "complete": all(total == 100 for total in totals.values()),
        "bars": bars,
    }


def _sides(contract: Contract) -> list[dict[str, Any]]:
    """Both sides with who confirmed for them and when."""
    return [
        {
            "word": _("Challenge owner"),
            "organization": contract.challenge.owner,
            "by": contract.owner_signed_by,
            "at": contract.owner_signed_at,
            "given": contract.owner_confirmation,
        },
        {
            "word": _("Bidder"),
            "organization": contract.bid.lead,
            "by": contract.bidder_signed_by,
            "at": contract.bidder_signed_at,
            "given": contract.bidder_confirmation,
        },
    ]


@login_required
@require_GET
def contract_paper(request: HttpRequest, pk: UUID, number: int, form: str) -> HttpResponse:
    """Task book and pledge of one version as a file."""
    found: Contract = pages.found(request.user, "contracts", pk)
    try:
        name, data = fetch_paper(found, actor=pages.person(request), number=number, form=form)
    except LookupError as error:
        raise Http404 from error
    return HttpResponse(
        data, content_type=FORMS[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@login_required
@require_http_methods(["GET", "POST"])
def contract_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write task book, pledge and milestones of a draft."""
    found: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.edit", found)
    saved = fingerprint(content_of(found))
    form = ContractEditor(request.POST or None, found)
    status = 422 if form.is_wrong else 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_contract(
                found, actor=pages.person(request), data=form.data, milestones=form.milestone_data,
                seen=request.POST.get("seen", ""),
            )  # fmt: skip
        except Refused as refusal:
            form.terms.add_error(None, str(refusal.reason))
            status = 409
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("contract", pk)
    context = {"contract": found, "stage": stage(found.challenge), "editor": form, "saved": saved}
    return render(request, "challenges/contract_edit.html", context, status=status)


@login_required
@require_GET
def milestone(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One milestone: goal, evidence, report, opinion, and the clock of a rectification."""
    found: Milestone = pages.found(request.user, "milestones", pk)
    payment = visible(request.user, "payment.view").filter(milestone=found).first()
    if payment is not None:
        payment.milestone, payment.contract = found, found.contract
    actions = pages.steps(request.user, found)
    record = last_record(found)
    context = {
        "milestone": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "findings": findings(found),
        "measured_against": record.version if record and record.targets != found.contract.targets else None,
        "acceptances": list(found.acceptances.select_related("by")),
        "entry": _entry(found),
        "payment": payment,
        "documents": list(found.documents.select_related("uploaded_by")),
        "may_upload": can(request.user, "milestone.add_evidence", found).allowed,
        "accept": documents.ACCEPT,
        "most_rectifications": found.contract.challenge.frozen_rules.rectifications_at_most,
        "actions": actions,
    }
    return render(request, "challenges/milestone_detail.html", context)


@login_required
@require_http_methods(["POST"])
def milestone_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Evidence of the delivery, from the team, while it is to be delivered."""
    found: Milestone = pages.found(request.user, "milestones", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=MilestoneDocument, milestone=found),
        back=reverse("milestone", args=[pk]),
    )
