"""Payments: requested by the team, approved by a decider, paid by finance, three different people."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import pages
from accounts.policy import visible
from challenges.models import Payment
from challenges.queries import bids_found
from challenges.stages import stage


class PaymentFilters(pages.FilterForm):
    """Search by challenge or team, filter by state."""

    q = forms.CharField(label=gettext_lazy("Search payments"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Payment.State.choices]
    )


@login_required
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """The payments this person may see, newest first."""
    filters = PaymentFilters(request.GET)
    rows = visible(request.user, "payment.view").select_related(
        "milestone", "contract__challenge", "contract__bid__lead"
    )
    if filters.value("state"):
        rows = rows.filter(state=filters.value("state"))
    if filters.value("q"):
        rows = rows.filter(contract__bid__in=bids_found(filters.value("q")))
    rows = rows.order_by("-created_at", "contract", "milestone__position", "id")
    context = {"filters": filters, "page": pages.page_of(request, rows)}
    return render(request, "challenges/payment_list.html", context)


@login_required
@require_GET
def payment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One payment: its way through three hands, and the steps."""
    found: Payment = pages.found(request.user, "payments", pk)
    found.milestone.contract = found.contract
    context = {
        "payment": found,
        "milestone": found.milestone,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "hands": _hands(found),
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/payment_detail.html", context)


def _hands(payment: Payment) -> list[dict[str, Any]]:
    """Requested, approved, paid: by whom and when, as far as it got."""
    way = (
        (_("Requested by the team"), payment.requested_by, payment.requested_at, "send"),
        (_("Approved by a decider"), payment.approved_by, payment.approved_at, "clipboard-check"),
        (_("Paid by finance"), payment.paid_by, payment.paid_at, "cash"),
    )
    return [
        {"title": title, "who": by.name if by else "", "at": at, "icon": icon, "tone": "done" if at else "quiet"}
        for title, by, at, icon in way
    ]
