"""Races: the plan, the shared test, and who stays."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.policy import can, holds, visible
from challenges.models import Contract, Race, RaceDocument, RaceResult
from challenges.permissions import STAFF
from challenges.stages import stage


@require_GET
def race(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One race: the public plan and choice; the findings of a runner for whoever reads its contract."""
    found: Race = pages.found(request.user, "races", pk)
    challenge = found.award.challenge
    papers = visible(request.user, "race_document.read").filter(race=found).select_related("uploaded_by")
    context = {
        "race": found,
        "challenge": challenge,
        "stage": stage(challenge),
        "runners": _runners(request.user, found),
        "documents": list(papers),
        "experts": list(found.experts.order_by("name", "pk")) if holds(request.user, *STAFF) else [],
        "may_add": can(request.user, "race.add_minutes", found).allowed,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "accept": documents.ACCEPT,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/race_detail.html", context)


def _runners(user: Any, race: Race) -> list[dict[str, Any]]:
    """Every winner with its state; contract, findings and amounts only where this person reads the contract."""
    rows = list(race.award.contracts.select_related("bid__lead").order_by("bid__rank", "pk"))
    seen = set(visible(user, "contract.view").filter(award=race.award).values_list("pk", flat=True))
    results = {item.contract_id: item for item in RaceResult.objects.filter(race=race)}
    return [_runner(row, results.get(row.pk), seen=row.pk in seen) for row in rows]


def _runner(contract: Contract, result: RaceResult | None, *, seen: bool) -> dict[str, Any]:
    public = {"lead": contract.bid.lead.name, "state": contract.state, "stays": result.stays if result else None}
    if not seen:
        return public
    return public | {"contract": contract, "result": result, "findings": _findings(contract, result)}


def _findings(contract: Contract, result: RaceResult | None) -> list[dict[str, Any]]:
    """What the test found of each target; a bare number with the unit of its target."""
    units = {target["name"]: target.get("unit", "") for target in contract.targets}
    lines = result.findings if result else []
    return [line | {"unit": units.get(line["name"], "") if line["value"][-1:].isdigit() else ""} for line in lines]


@login_required
@require_http_methods(["POST"])
def race_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The signed minutes of the test."""
    found: Race = pages.found(request.user, "races", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=RaceDocument, race=found),
        back=reverse("race", args=[pk]),
    )
