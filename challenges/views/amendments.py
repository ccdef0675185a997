"""Changes of a contract: asked for, agreed, advised on, approved; each with what it was before and after."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, holds, require
from accounts.workflow import Refused
from challenges.actions import give_opinion, request_amendment
from challenges.amendment_forms import FORMS, OpinionForm
from challenges.amendment_words import lines_in_words
from challenges.models import Contract, ContractAmendment
from challenges.permissions import STAFF
from challenges.stages import stage


@login_required
@require_http_methods(["GET", "POST"])
def contract_amend(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """Ask for a change of this kind; nothing changes before the other side and the platform agree."""
    found: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.amend", found)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None, contract=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = request_amendment(
                    found, actor=pages.person(request), kind=kind, reason=form.cleaned_data["reason"],
                    changes=form.changes,
                )  # fmt: skip
            except ValidationError as error:
                form.add_error(None, error.messages)
            except Refused as refusal:
                form.add_error(None, str(refusal.reason))
                status = 409
            else:
                messages.success(request, _("The change is asked for; the other side was told."))
                return redirect("amendment", made.pk)
    chosen = ContractAmendment.Kind(kind)
    context = {
        "contract": found, "form": form, "kind": chosen, "stage": stage(found.challenge),
        "others": [item for item in ContractAmendment.Kind if item != chosen],
    }  # fmt: skip
    return render(request, "challenges/amendment_request.html", context, status=status)


@login_required
@require_GET
def amendment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One change: what differs, who asked and agreed, what experts say, and the steps."""
    return _shown(request, pages.found(request.user, "amendments", pk), OpinionForm())


@login_required
@require_http_methods(["POST"])
def amendment_opinion(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An expert of the panel gives their opinion."""
    found: ContractAmendment = pages.found(request.user, "amendments", pk)
    require(request.user, "amendment.opine", found)
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    give_opinion(found, actor=pages.person(request), **form.cleaned_data)
    messages.success(request, _("Your opinion is recorded."))
    return redirect("amendment", pk)


def _shown(request: HttpRequest, found: ContractAmendment, form: Any, status: int = 200) -> HttpResponse:
    contract = found.contract
    context = {
        "amendment": found,
        "contract": contract,
        "challenge": contract.challenge,
        "stage": stage(contract.challenge),
        "lines": lines_in_words(found.lines, [target["name"] for target in contract.targets]),
        "opinions": list(found.opinions.select_related("expert")),
        "names_experts": bool(holds(request.user, *STAFF)),
        "sees_contract": can(request.user, "contract.view", contract).allowed,
        "may_opine": can(request.user, "amendment.opine", found).allowed,
        "needed": contract.challenge.frozen_rules.amendment_experts,
        "actions": pages.steps(request.user, found),
        "form": form,
    }
    return render(request, "challenges/amendment_detail.html", context, status=status)
