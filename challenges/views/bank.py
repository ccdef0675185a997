"""The pages of the bank: payee accounts, files for the bank, and its answers, looked at before they are taken over."""

import io
import secrets
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, require, visible
from accounts.tables import XLSX
from accounts.workflow import Refused
from challenges import actions, bank_file
from challenges.models import Contract, PayeeAccount, PaymentBatch
from challenges.money_forms import AnswerForm, PayeeForm
from challenges.stages import stage

KEPT_SECONDS = 30 * 60  # between the look at the bank's answer and its confirmation


@login_required
@require_http_methods(["GET", "POST"])
def payee_give(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The team's signatory names the account."""
    contract: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.give_payee", contract)
    form, refused = PayeeForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            payee = actions.give_payee(contract, actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            refused = str(refusal.reason)
        else:
            messages.success(request, _("The account waits for a second person's confirmation."))
            return redirect("payee", payee.pk)
    context = {
        "form": form, "refused": refused, "title": _("Name the account to pay to"), "subject": contract.challenge.title,
        "label": _("Name this account"), "back": reverse("contract_money", args=[pk]),
        "consequences": [_("A second person of the team, or finance, confirms it before the next payment.")],
    }  # fmt: skip
    return render(request, "confirm.html", context, status=409 if refused else 422 if form.errors else 200)


@login_required
@require_GET
def payee(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One account with who gave and who confirmed it."""
    found: PayeeAccount = pages.found(request.user, "payees", pk)
    context = {
        "payee": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/payee_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """The bank files, and the approved payments that finance may put into the next."""
    may_make = can(request.user, "payment_batch.create")
    if not may_make and not can(request.user, "payment_batch.view"):
        require(request.user, "payment_batch.view")
    refused, status = "", 200
    if request.method == "POST":
        require(request.user, "payment_batch.create")
        try:
            made = actions.make_batch(_chosen(request), actor=pages.person(request))
        except Refused as refusal:
            refused, status = str(refusal.reason), 409
        else:
            messages.success(request, _("The file for the bank is ready."))
            return redirect("payment_batch", made.pk)
    approved = visible(request.user, "payment.view").filter(state="approved").exclude(lines__result="pending")
    rows = visible(request.user, "payment_batch.view").annotate(
        size=Count("lines"), total=Sum("lines__amount"), waiting=Count("lines", filter=Q(lines__result="pending"))
    )
    context = {
        "page": pages.page_of(request, rows.order_by("-created_at", "id")),
        "payments": approved.select_related("milestone", "contract__challenge", "contract__bid__lead").order_by(
            "approved_at", "id"
        )[:100]
        if may_make
        else [],
        "refused": refused,
    }
    return render(request, "challenges/batch_list.html", context, status=status)


def _chosen(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist("payments")]
    except ValueError as error:
        raise Refused(_("One of these payments is not there any more."), code="lines") from error


def _found(request: HttpRequest, pk: UUID) -> PaymentBatch:
    batch: PaymentBatch = pages.found(request.user, "payment-batches", pk)
    return batch


def _page(request: HttpRequest, batch: PaymentBatch, *, status: int = 200, **more: Any) -> HttpResponse:
    lines = batch.lines.select_related("payee", "payment__contract__challenge", "payment__milestone")
    context = {
        "batch": batch,
        "lines": list(lines.order_by("position")),
        "may_take": can(request.user, "payment_batch.create").allowed and batch.state == batch.State.EXPORTED,
        "actions": pages.steps(request.user, batch),
        "form": AnswerForm(),
        "columns": "、".join(bank_file.ANSWER),
        "results": "、".join(bank_file.RESULTS),
        **more,
    }
    return render(request, "challenges/batch_detail.html", context, status=status)


@login_required
@require_GET
def batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One bank file: its lines, and what the bank answered."""
    return _page(request, _found(request, pk))


@login_required
@require_GET
def batch_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The workbook for the bank, with whole account numbers: for finance alone."""
    found = _found(request, pk)
    require(request.user, "payment_batch.create")
    response = HttpResponse(bank_file.write(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{found.number}.xlsx"'
    return response


@login_required
@require_http_methods(["POST"])
def batch_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The bank's answer: looked at first, taken over only once that was confirmed."""
    found = _found(request, pk)
    require(request.user, "payment_batch.create")
    try:
        actions.expect_answer(found)
    except Refused as refusal:
        return _page(request, found, refused=refusal.reason, status=409)
    token = request.POST.get("token", "")
    if token:
        return _confirmed(request, found, token)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    content = form.cleaned_data["file"].read(bank_file.MAX_BYTES + 1)
    try:
        reading = bank_file.read(io.BytesIO(content), found)
    except bank_file.Unreadable as fault:
        form.add_error("file", ValidationError(fault.message))
        return _page(request, found, form=form, status=422)
    if not reading.ok:
        return _page(request, found, reading=reading, status=422)
    token = secrets.token_urlsafe(24)
    cache.set(_key(request, token), content, KEPT_SECONDS)
    return _page(request, found, reading=reading, token=token)


def _confirmed(request: HttpRequest, found: PaymentBatch, token: str) -> HttpResponse:
    content = cache.get(_key(request, token))
    if content is None:
        refused = _("The file is no longer kept. Upload it again; nothing was taken over.")
        return _page(request, found, refused=refused, status=409)
    reading = bank_file.read(io.BytesIO(content), found)
    if not reading.ok:
        return _page(request, found, reading=reading, status=409)
    try:
        settled = actions.take_answers(found, reading.rows, actor=pages.person(request))
    except Refused as refusal:
        return _page(request, found, refused=refusal.reason, status=409)
    cache.delete(_key(request, token))
    said = ngettext("The bank's answer settled %(n)d line.", "The bank's answer settled %(n)d lines.", settled)
    messages.success(request, said % {"n": settled})
    return redirect("payment_batch", found.pk)


def _key(request: HttpRequest, token: str) -> str:
    return f"bank-answer:{pages.person(request).pk}:{token}"
