"""Public pages on which draw and ranking can be recomputed, and the files for it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import pages
from accounts.policy import visible
from challenges.models import Challenge
from challenges.stages import stage
from reviews import draw, ranking
from reviews.canonical import canonical
from reviews.models import Panel, Ranking, SupplementaryDraw
from reviews.proofs import program, proofs_of


@require_GET
def proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How a panel was drawn and the bids were ranked: commitments at once, the rest with the results."""
    challenge: Challenge = pages.found(request.user, "challenges", pk)
    context = {"challenge": challenge, "stage": stage(challenge), "proofs": proofs_of(request.user, challenge)}
    return render(request, "reviews/proof.html", context)


@require_GET
def method(request: HttpRequest) -> HttpResponse:
    """The algorithms in words precise enough to write them again."""
    names = {"draw": draw.ALGORITHM, "supplement": draw.SUPPLEMENT, "ranking": ranking.ALGORITHM}
    return render(request, "reviews/method.html", names)


@require_GET
def method_program(_request: HttpRequest) -> HttpResponse:
    """The program that recomputes, as a ZIP file."""
    return _file(program(), "bangdan-verify.zip", "application/zip")


@require_GET
def panel_draw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The draw's transcript as canonical JSON, from which anyone replays it."""
    panel: Panel | None = visible(request.user, "panel.replay").select_related("challenge").filter(pk=pk).first()
    if panel is None or not panel.transcript:
        raise Http404
    return _json(panel.transcript, f"draw-{panel.challenge.number}.json")


@require_GET
def panel_supplement(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """The transcript of a supplementary draw, to whoever may replay the first."""
    panels = visible(request.user, "panel.replay").filter(pk=pk)
    draws = SupplementaryDraw.objects.filter(panel__in=panels, number=number).select_related("panel__challenge")
    found = draws.first()
    if found is None or not found.transcript:
        raise Http404
    return _json(found.transcript, f"draw-{found.panel.challenge.number}-{number}.json")


@require_GET
def panel_ranking(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The ranking's snapshot as canonical JSON; also for members of the closed panel, who know every score in it."""
    found = Ranking.objects.filter(panel=pk).select_related("panel__challenge").first()
    public, members = visible(request.user, "panel.replay"), visible(request.user, "panel.view").filter(state="closed")
    if found is None or not (public.filter(pk=pk).exists() or members.filter(pk=pk).exists()):
        raise Http404
    return _json(found.snapshot, f"ranking-{found.panel.challenge.number}.json")


def _json(content: dict[str, Any], name: str) -> HttpResponse:
    return _file(canonical(content), name, "application/json")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
