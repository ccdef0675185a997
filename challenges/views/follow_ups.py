"""Follow-ups and referrals: what became of the results later, and whom they were referred to."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import require
from challenges.actions import refer_outcome
from challenges.follow_up_forms import ReferralForm
from challenges.models import FollowUp, Outcome, Referral
from challenges.stages import around, stage


@login_required
@require_GET
def follow_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One follow-up: when it is due, and what was reported."""
    found: FollowUp = pages.found(request.user, "follow-ups", pk)
    context = {
        "follow_up": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "due": found.due_at,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/follow_up_detail.html", context)


@login_required
@require_GET
def referral(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One referral: to whom, why, and what they answered."""
    found: Referral = pages.found(request.user, "referrals", pk)
    challenge = found.outcome.contract.challenge
    context = {
        "referral": found,
        "outcome": found.outcome,
        "challenge": challenge,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/referral_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def referral_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Refer a confirmed outcome."""
    outcome: Outcome = pages.found(request.user, "outcomes", pk)
    require(request.user, "outcome.refer", outcome)
    form = ReferralForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refer_outcome(outcome, actor=pages.person(request), **form.cleaned_data)
        messages.success(request, _("The referral is recorded, and the team is told."))
        return redirect("outcome", pk)
    url = reverse("outcome", args=[pk])
    context = {
        "title": _("Refer this outcome"),
        "label": _("Record the referral"),
        "subject": outcome.title,
        "subject_url": url,
        "back": url,
        "form": form,
        **around(outcome),
    }
    return render(request, "confirm.html", context, status=422 if form.errors else 200)
