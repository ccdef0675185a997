"""Transfers: the public price publicity, the objections against it, and the parties' form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges.actions import answer_objection, create_transfer, edit_transfer, object_to_transfer
from challenges.models import Outcome, Transfer
from challenges.stages import around
from challenges.transfer_forms import TransferAnswerForm, TransferForm, TransferObjectionForm


@require_GET
def transfers(request: HttpRequest) -> HttpResponse:
    """Price publicities, past and present, and for those concerned what is not published yet."""
    rows = visible(request.user, "transfer.view").select_related("outcome__contract__challenge")
    page = pages.page_of(request, rows.order_by("-created_at", "id"))
    return render(request, "challenges/transfer_list.html", {"page": page})


@require_GET
def transfer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One transfer: name, price, buyer, the window, and the objections in sight."""
    found: Transfer = pages.found(request.user, "transfers", pk)
    outcome = found.outcome
    seen = visible(request.user, "transfer_objection.view").filter(transfer=found)
    objections = list(seen.select_related("filed_by", "answered_by").order_by("filed_at", "id"))
    for item in objections:
        item.transfer = found
        item.shown_name = item.name if can(request.user, "transfer_objection.read_name", item) else ""
        item.may_answer = can(request.user, "transfer_objection.answer", item).allowed
    context = {
        "transfer": found,
        "outcome": outcome,
        "challenge": outcome.contract.challenge,
        "inside": can(request.user, "outcome.read_shares", outcome).allowed,
        "objections": objections,
        "days": found.publicity_days,
        "actions": [*_first_actions(request.user, found), *pages.steps(request.user, found)],
    }
    return render(request, "challenges/transfer_detail.html", context)


def _first_actions(user: Any, found: Transfer) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    if can(user, "transfer.edit", found):
        url = reverse("transfer_edit", args=[found.pk])
        lines.append({"name": "edit", "label": _("Edit the draft"), "allowed": True, "url": url, "icon": "pencil"})
    if found.state == Transfer.State.PUBLICITY:
        decision = can(user, "transfer.object", found)
        url = reverse("transfer_object", args=[found.pk])
        line = {"name": "object", "icon": "flag", "label": _("Object to this price"), "url": url}
        if decision.code == "sign_in":
            line |= {"label": _("Sign in to object"), "url": f"{reverse('account_login')}?next={url}"}
        allowed = decision.allowed or decision.code == "sign_in"
        lines.append({**line, "allowed": allowed, "reason": decision.reason})
    return lines


@login_required
@require_http_methods(["GET", "POST"])
def transfer_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the transfer of a confirmed outcome."""
    outcome: Outcome = pages.found(request.user, "outcomes", pk)
    require(request.user, "transfer.create", outcome)
    form = TransferForm(request.POST or None, initial={"name": outcome.title})
    if request.method == "POST" and form.is_valid():
        try:
            made = create_transfer(outcome, actor=pages.person(request), data=form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.reason))
        else:
            messages.success(request, _("The draft is saved; an operator publishes name and price."))
            return redirect("transfer", made.pk)
    url = reverse("outcome", args=[pk])
    return _confirm(request, form, outcome, title=_("Transfer this outcome"), label=_("Save the draft"), back=url)


@login_required
@require_http_methods(["GET", "POST"])
def transfer_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft."""
    found: Transfer = pages.found(request.user, "transfers", pk)
    require(request.user, "transfer.edit", found)
    form = TransferForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        edit_transfer(found, actor=pages.person(request), data=form.cleaned_data)
        messages.success(request, _("The draft is saved."))
        return redirect("transfer", pk)
    url = reverse("transfer", args=[pk])
    return _confirm(request, form, found, title=_("Edit the transfer"), label=_("Save the draft"), back=url)


@login_required
@require_http_methods(["GET", "POST"])
def transfer_object(request: HttpRequest, pk: UUID) -> HttpResponse:
    """File an objection while the publicity runs; what was typed stays when something is missing."""
    found: Transfer = pages.found(request.user, "transfers", pk)
    person = pages.person(request)
    require(person, "transfer.object", found)
    form = TransferObjectionForm(request.POST or None, initial={"name": person.name})
    if request.method == "POST" and form.is_valid():
        object_to_transfer(found, actor=person, **form.cleaned_data)
        messages.success(request, _("The objection is filed; an operator answers it with reasons."))
        return redirect("transfer", pk)
    consequences = [
        _("The transfer is not concluded before an operator has answered you with reasons."),
        _("The platform's staff read your name; the parties read your objection without it, the public reads neither."),
    ]
    url = reverse("transfer", args=[pk])
    return _confirm(
        request, form, found, title=_("Object to this price"), label=_("File the objection"), back=url,
        consequences=consequences,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def transfer_answer(request: HttpRequest, pk: UUID, objection_pk: UUID) -> HttpResponse:
    """Answer an objection with reasons; one that is upheld withdraws the transfer."""
    found: Transfer = pages.found(request.user, "transfers", pk)
    seen = visible(request.user, "transfer_objection.view").filter(transfer=found)
    objection = get_object_or_404(seen, pk=objection_pk)
    objection.transfer = found
    require(request.user, "transfer_objection.answer", objection)
    form = TransferAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer_objection(objection, actor=pages.person(request), **form.cleaned_data)
        messages.success(request, _("The answer is recorded, and whoever filed the objection is told."))
        return redirect("transfer", pk)
    consequences = [objection.text, _("An objection that is upheld withdraws the transfer at once.")]
    url = reverse("transfer", args=[pk])
    return _confirm(
        request, form, found, title=_("Answer the objection"), label=_("Record the answer"), back=url,
        consequences=consequences,
    )  # fmt: skip


def _confirm(request: HttpRequest, form: Any, obj: Any, **more: Any) -> HttpResponse:
    context = {"subject": str(obj), "subject_url": more["back"], "form": form, **more, **around(obj)}
    return render(request, "confirm.html", context, status=422 if form.errors else 200)
