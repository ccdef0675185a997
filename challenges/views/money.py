"""The pages of money: a contract's sources and where they stand, the books, receipts and recoveries."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import NOT_YOURS, can, require, visible
from accounts.tables import table
from accounts.workflow import Refused
from challenges import actions, books
from challenges.models import Booking, Contract, Recovery
from challenges.money_forms import BookingFilters, ReceiptForm, RecoveryForm, ReversalForm, SourcesForm
from challenges.stages import stage


@login_required
@require_GET
def contract_money(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The money of one contract: by source, its bookings and recoveries, and what may be done."""
    contract: Contract = pages.found(request.user, "contracts", pk)
    found = books.lines(contract)
    context = {
        "contract": contract,
        "challenge": contract.challenge,
        "stage": stage(contract.challenge),
        "lines": found,
        "whole": books.total(found),
        "columns": [column.label for column in books.COLUMNS],
        "page": pages.page_of(request, books.bookings(request.user, {"contract": pk})),
        "payees": list(contract.payees.all()),
        "recoveries": list(contract.recoveries.all()),
        "may_reverse": can(request.user, "contract.receive_money", contract).allowed,
        "actions": _acts(request, contract),
    }
    return render(request, "challenges/contract_money.html", context)


def _acts(request: HttpRequest, contract: Contract) -> list[dict[str, Any]]:
    offered = (
        ("contract.edit", "money_sources", _("Say where the money comes from")),
        ("contract.receive_money", "money_receive", _("Record money that has arrived")),
        ("contract.give_payee", "payee_give", _("Name the account to pay to")),
        ("contract.request_recovery", "money_recover", _("Ask for unused money back")),
    )
    acts = []
    for action, name, label in offered:
        decision = can(request.user, action, contract)
        if decision or decision.code != NOT_YOURS:
            acts.append(
                {"name": name, "label": label, "allowed": decision.allowed, "reason": decision.reason,
                 "url": reverse(name, args=[contract.pk])}
            )  # fmt: skip
    return acts


def _act(
    request: HttpRequest, form: forms.Form, act: Callable[[dict[str, Any]], Any], *, said: str, back: str, **shown: Any
) -> HttpResponse:
    """The page of one act: its form, the refusal if any, and back to where one came from."""
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refusal:
            refused = refusal.reason
        else:
            messages.success(request, said)
            return redirect(back)
    status = 409 if refused else 422 if form.errors else 200
    context = {"form": form, "refused": refused, "back": back, "subject_url": back, **shown}
    return render(request, "confirm.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def money_sources(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where a draft contract's amount comes from."""
    contract: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.edit", contract)
    initial = {name: getattr(contract, name) for name in SourcesForm.base_fields}
    return _act(
        request, SourcesForm(request.POST or None, initial=initial),
        lambda data: actions.set_sources(contract, actor=pages.person(request), **data),
        said=_("The sources are saved."), back=reverse("contract_money", args=[pk]), subject=contract.challenge.title,
        title=_("Where the money comes from"), label=_("Save the sources"),
        facts=[(_("Amount, yuan"), contract.amount)],
        consequences=[_("Of the amount, what no other source gives is the enterprise's.")],
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def money_receive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Finance records what has arrived."""
    contract: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.receive_money", contract)
    facts = [(line.word, _("%(amount)s yuan are still to come") % {"amount": f"{line.promised:,.2f}"})
             for line in books.lines(contract)]  # fmt: skip
    return _act(
        request, ReceiptForm(request.POST or None),
        lambda data: actions.receive(contract, actor=pages.person(request), **data),
        said=_("The money is booked as received."), back=reverse("contract_money", args=[pk]),
        subject=contract.challenge.title, title=_("Record money that has arrived"), label=_("Book it as received"),
        facts=facts,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def money_recover(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An operator asks for unused money back."""
    contract: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.request_recovery", contract)
    return _act(
        request, RecoveryForm(request.POST or None),
        lambda data: actions.request_recovery(contract, actor=pages.person(request), **data),
        said=_("The recovery waits for approval."), back=reverse("contract_money", args=[pk]),
        subject=contract.challenge.title, title=_("Ask for unused money back"), label=_("Ask for the recovery"),
        facts=[(_("Paid out, yuan"), f"{books.total(books.lines(contract)).paid:,.2f}")],
        consequences=[_("A decider approves it, the team pays back, and finance records what arrives.")],
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def money_reverse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Finance takes back a receipt that was recorded by mistake."""
    booking = visible(request.user, "booking.view").select_related("contract__challenge").filter(pk=pk).first()
    if booking is None or booking.kind != Booking.Kind.RECEIVE:
        raise Http404
    require(request.user, "contract.receive_money", booking.contract)
    return _act(
        request, ReversalForm(request.POST or None),
        lambda data: actions.reverse(booking, actor=pages.person(request), **data),
        said=_("The receipt is taken back."), back=reverse("contract_money", args=[booking.contract_id]),
        subject=booking.contract.challenge.title, title=_("Take back a receipt"), label=_("Take the receipt back"),
        danger=True, facts=[(_("Bank reference"), booking.reference)],
        consequences=[_("A booking the other way round is added; the first one stays to be seen.")],
    )  # fmt: skip


@login_required
@require_GET
def bookings(request: HttpRequest) -> HttpResponse:
    """The books: every movement of money in this person's sight, newest first."""
    filters = BookingFilters(request.GET)
    rows = books.bookings(request.user, filters.cleaned_data)
    context = {"filters": filters, "page": pages.page_of(request, rows), "query": request.GET.urlencode()}
    return render(request, "challenges/booking_list.html", context)


@login_required
@require_GET
def bookings_export(request: HttpRequest, form: str) -> HttpResponse:
    """The postings that the filters leave, as a table to take away."""
    rows = books.bookings(request.user, BookingFilters(request.GET).cleaned_data)
    return table(books.exported(rows), name="postings", form=form)


@login_required
@require_GET
def recovery(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One recovery: its way through three hands, and the steps."""
    found: Recovery = pages.found(request.user, "recoveries", pk)
    hands = (
        (_("Asked for by an operator"), found.requested_by, found.created_at, "send"),
        (_("Approved by a decider"), found.approved_by, found.approved_at, "clipboard-check"),
        (_("Recorded by finance"), found.recovered_by, found.recovered_at, "cash"),
    )
    context = {
        "recovery": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "hands": [
            {"title": title, "who": by.name if by else "", "at": at if by else None, "icon": icon,
             "tone": "done" if by else "quiet"}
            for title, by, at, icon in hands
        ],
        "actions": pages.steps(request.user, found),
    }  # fmt: skip
    return render(request, "challenges/recovery_detail.html", context)
