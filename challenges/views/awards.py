"""Awards: the ranking, and the notice as the public sees it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import pages, workflow
from accounts.policy import can, require, visible
from challenges.actions.awards import departs, ranking_of
from challenges.forms import ProposeAwardForm, ranked_bids
from challenges.models import Award, Bid, Challenge, Objection, Race
from challenges.queries import titled
from challenges.screens import remedies_not_due
from challenges.stages import around, stage

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
        "race": getattr(found, "race", None),
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


@login_required
@require_POST
def notice_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notice with the winners chosen, as the public would read it; nothing is proposed, nothing typed is lost."""
    found: Challenge = pages.found(request.user, "challenges", pk)
    require(request.user, "challenge.propose_award", found)
    step = workflow.find(found, "propose_award", pages.person(request))
    if step is None or not step.allowed:
        gone = _("This step is not open in the present state; somebody may have acted before you.")
        raise workflow.Refused(step.reason if step else gone, code="state")
    form = ProposeAwardForm(request.POST, obj=found, actor=request.user)
    context = {
        "title": step.label,
        "label": step.label,
        "subject": found.title,
        "subject_url": reverse("challenge", args=[pk]),
        "back": reverse("challenge", args=[pk]),
        "action": reverse("step", args=["challenges", pk, "propose_award"]),
        "consequences": step.consequences,
        "form": form,
        **around(found, "propose_award"),
    }
    if form.is_valid():
        given = form.cleaned_data
        context |= _as_noticed(found, list(given["bids"]), given["reason"], given.get("race"))
        context |= {"beside": "challenges/notice_preview.html", "redacted": redacted()}
    return render(request, "confirm.html", context, status=422 if form.errors else 200)


def _as_noticed(challenge: Challenge, chosen: list[Bid], reason: str, plan: dict[str, Any] | None) -> dict[str, Any]:
    """What award.html shows of an award, of one that would be proposed now."""
    award = Award(
        challenge=challenge,
        departs_from_ranking=departs(list(ranked_bids(challenge)), chosen),
        reason=reason,
        ranking_sha256=challenge.ranking_sha256,
        notice_opens_at=challenge.now,
        notice_ends_at=challenge.frozen_rules.notice.after(challenge.now),
    )
    ranking = ranking_of(award)
    for line in ranking:
        line["wins"] = line["id"] in {bid.pk for bid in chosen}
    reserve = next((line for line in ranking if not line["wins"] and not line["out"]), None)
    winners = [line for line in ranking if line["wins"]]
    return {"award": award, "ranking": ranking, "winners": winners, "reserve": reserve, "race": plan and Race(**plan)}


def redacted() -> list[tuple[str, str]]:
    """What a notice leaves out, and why."""
    return [
        (
            _("Names of the experts"),
            _("They judge without being pressed; who sat on the panel stays with those in charge."),
        ),
        (_("Content and price of the bids"), _("They are the bidders' business secrets.")),
        (_("Telephones, e-mails, contacts"), _("Personal data; the notice needs none.")),
        (_("Numbers of identity papers"), _("Personal data; the notice needs none.")),
        (_("Bids below the thresholds"), _("They are not ranked; each team reads its own result and feedback.")),
        (_("Who objects"), _("Only those who handle the objection read the name.")),
    ]
