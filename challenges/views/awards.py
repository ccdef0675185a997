"""Awards and objections: the ranking, the notice as the public sees it, and what is objected to."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.models import User
from accounts.policy import can, require, visible
from challenges.actions import file_objection
from challenges.actions.awards import public_ranking
from challenges.models import Award, Bid, Challenge, Objection, ObjectionDocument
from challenges.queries import titled
from challenges.stages import around, stage
from config.storage import StoreDown

IN_NOTICE = (Award.State.NOTICE, Award.State.SUSPENDED)
OPEN_OBJECTION = (Objection.State.FILED, Objection.State.ACKNOWLEDGED)


class AwardFilters(pages.FilterForm):
    """Search by the challenge, filter by state."""

    q = forms.CharField(label=gettext_lazy("Search awards"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Award.State.choices]
    )


class ObjectionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """A named objection with its facts, and one file as evidence."""

    evidence = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy("One file. More can be added on the objection's page until it is acknowledged."),
    )

    def clean_evidence(self) -> Any:
        """A file that could not be stored is refused before the objection is filed."""
        given = self.cleaned_data["evidence"]
        if given:
            documents.examine(given)
        return given

    class Meta:
        model = Objection
        fields = ("name", "contact", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 10})}
        help_texts = {
            "name": gettext_lazy("Objections are named; the public does not see who filed them."),
            "contact": gettext_lazy("Telephone or e-mail, read only by those who handle the objection."),
            "text": gettext_lazy("Procedure and fact are reviewable; academic judgement is not."),
        }


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
    ranking = public_ranking(found.challenge)
    for line in ranking:
        line["wins"] = line["id"] in winners
    reserve = next((line for line in ranking if not line["wins"]), None)
    seen = visible(request.user, "objection.view").filter(award=found).select_related("filed_by", "handler")
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
        "panel": _panel(request.user, found.challenge),
        "actions": _actions(request, found),
    }
    return render(request, "challenges/award_detail.html", context)


def _panel(user: Any, challenge: Challenge) -> Any:
    """The closed panel whose ranking can be looked into, for those who may."""
    panel = challenge.panels.filter(state="closed").first()
    return panel if panel is not None and can(user, "panel.view", panel) else None


def _actions(request: HttpRequest, award: Award) -> list[dict[str, Any]]:
    """The award's own steps are its challenge's; the objection stands first while the notice is open."""
    actions = pages.steps(request.user, award.challenge) if award.state in Award.ALIVE else []
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
@require_http_methods(["GET", "POST"])
def award_object(request: HttpRequest, pk: UUID) -> HttpResponse:
    """File an objection; what was typed stays when something is missing."""
    found: Award = pages.found(request.user, "awards", pk)
    person = pages.person(request)
    require(person, "award.object", found)
    form = ObjectionForm(
        request.POST or None, request.FILES or None, initial={"name": person.name, "contact": person.email}
    )
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("objection", _file(found, person, form.cleaned_data).pk)
        except StoreDown as fault:
            form.add_error(None, str(fault))
    context = {
        "award": found,
        "title": _("Object to this award"),
        "label": _("File the objection"),
        "subject": found.challenge.title,
        "subject_url": reverse("award", args=[found.pk]),
        "back": reverse("award", args=[found.pk]),
        "consequences": [
            _("The award is suspended until your objection has been decided."),
            _("Somebody who acted in nothing here before handles it and tells you the decision with its reasons."),
            _("Whoever handles it reads your name and how to reach you."),
        ],
        "form": form,
        **around(found),
    }
    return render(request, "confirm.html", context, status=422 if form.errors else 200)


def _file(award: Award, person: User, given: dict[str, Any]) -> Objection:
    """The objection with its evidence, or neither."""
    evidence = given.pop("evidence")
    with transaction.atomic():
        filed = file_objection(award, actor=person, **given)
        if evidence:
            documents.store(evidence, actor=person, model=ObjectionDocument, objection=filed)
    return filed


@login_required
@require_GET
def objection(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One objection: its facts and evidence, who handles it, the decision."""
    found: Objection = pages.found(request.user, "objections", pk)
    context = {
        "objection": found,
        "award": found.award,
        "challenge": found.award.challenge,
        "stage": stage(found.award.challenge, found.award),
        "documents": found.documents.all(),
        "may_add": can(request.user, "objection.add_evidence", found).allowed,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "accept": documents.ACCEPT,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/objection_detail.html", context)


@login_required
@require_http_methods(["POST"])
def objection_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another file of evidence, while the objection waits to be acknowledged."""
    found: Objection = pages.found(request.user, "objections", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=ObjectionDocument, objection=found),
        back=reverse("objection", args=[pk]),
    )
