"""Awards: the ranking, and the notice as the public sees it."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import pages
from accounts.policy import can, visible
from challenges.actions.awards import ranking_of
from challenges.models import Award, Bid, Objection
from challenges.queries import titled
from challenges.screens import remedies_not_due
from challenges.stages import stage

IN_NOTICE = (Award.State.NOTICE, Award.State.SUSPENDED)
OPEN_OBJECTION = (Objection.State.FILED, Objection.State.ACKNOWLEDGED)


class AwardFilters(pages.FilterForm):
    """Search by the challenge, filter by state."""

    q = forms.CharField(label=gettext_lazy("Search awards"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Award.State.choices]
    )


@require_GET
def awards(request: HttpRequest) -> HttpResponse:
    """Every award of a challenge that this person may see, newest first."""
    filters = AwardFilters(request.GET)
    rows = visible(request.user, "award.view").select_related("challenge__owner").order_by("-created_at", "id")
    if filters.value("state"):
        rows = rows.filter(state=filters.value("state"))
    if filters.value("q"):
        rows = rows.filter(challenge__in=titled(filters.value("q")))
    rows = rows.prefetch_related(Prefetch("bids", Bid.objects.select_related("lead").order_by("rank")))
    context = {"filters": filters, "page": pages.page_of(request, rows)}
    return render(request, "challenges/award_list.html", context)


@require_GET
def award(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One award: notice, ranking, objections in sight, and the steps of its challenge."""
    found: Award = pages.found(request.user, "awards", pk)
    winners = {bid.pk for bid in found.bids.all()}
    ranking = ranking_of(found)
    for line in ranking:
        line["wins"] = line["id"] in winners
    reserve = next((line for line in ranking if not line["wins"] and not line["out"]), None)
    seen = visible(request.user, "objection.view").filter(award=found).select_related("filed_by", "handler", "appeal")
    objections = list(seen.order_by("created_at", "id"))
    still_open = sum(item.state in OPEN_OBJECTION for item in objections)
    context = {
        "award": found,
        "challenge": found.challenge,
        "stage": stage(found.challenge, found, open_objections=still_open),
        "ranking": ranking,
        "winners": [line for line in ranking if line["wins"]],
        "reserve": reserve if found.state in Award.ALIVE else None,
        "objections": objections,
        "in_notice": found.state in IN_NOTICE,
        "contracts": list(visible(request.user, "contract.view").filter(award=found).select_related("bid__lead")),
        "panel": _panel(request.user, found),
        "actions": _actions(request, found),
    }
    return render(request, "challenges/award_detail.html", context)


def _panel(user: Any, award: Award) -> Any:
    """The panel whose ranking this award rests on, for those who may look into it."""
    panel = award.challenge.panels.filter(ranking__sha256=award.ranking_sha256).first()
    return panel if panel is not None and can(user, "panel.view", panel) else None


def _actions(request: HttpRequest, award: Award) -> list[dict[str, Any]]:
    """The award's own steps are its challenge's; the objection stands first while the notice is open."""
    challenge = award.challenge
    alive = award.state in Award.ALIVE
    actions = pages.steps(request.user, challenge, but=remedies_not_due(challenge)) if alive else []
    if award.state in IN_NOTICE:
        decision = can(request.user, "award.object", award)
        url = reverse("award_object", args=[award.pk])
        if decision.code == "sign_in":
            url = f"{reverse('account_login')}?next={url}"
        signed_out = {"label": _("Sign in to object"), "allowed": True} if decision.code == "sign_in" else {}
        objecting = {"name": "object", "label": _("Object to this award"), "allowed": decision.allowed}
        actions.append({**objecting, "reason": decision.reason, "url": url, "icon": "flag", **signed_out})
    return actions
