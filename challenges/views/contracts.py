"""Contracts and milestones: both sides, task book and pledge, what is delivered by when and proved by what."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.policy import can, require, visible
from challenges.actions import edit_contract
from challenges.calendar import SHANGHAI
from challenges.models import Contract, Milestone, MilestoneDocument, Target
from challenges.models.milestone_guards import findings
from challenges.queries import bids_found
from challenges.stages import stage

DELIVERING = (Milestone.State.PLANNED, Milestone.State.RECTIFICATION)
MARKS = {
    "planned": ("quiet", "calendar"),
    "submitted": ("wait", "send"),
    "under_acceptance": ("wait", "list-check"),
    "accepted": ("done", "check"),
    "rectification": ("care", "tool"),
    "failed": ("bad", "x"),
    "closed": ("quiet", "archive"),
}


class ContractFilters(pages.FilterForm):
    """Search by challenge or team, filter by state."""

    q = forms.CharField(label=gettext_lazy("Search contracts"), max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any state")), *Contract.State.choices]
    )


class ContractForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """Task book and pledge."""

    needed_later = frozenset({"task_book"})

    class Meta:
        model = Contract
        fields = ("task_book", "pledge")
        widgets = {"task_book": forms.Textarea(attrs={"rows": 14}), "pledge": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "task_book": gettext_lazy("Goals, work, who does what, and how each target is measured."),
            "pledge": gettext_lazy("The team reads and confirms it when it signs (军令状)."),
        }


class MilestoneForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """What is delivered and by when; the share of the money is the challenge's."""

    needed_later = frozenset({"due_on"})

    class Meta:
        model = Milestone
        fields = ("title", "due_on", "deliverable", "proves")
        widgets = {
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "deliverable": forms.Textarea(attrs={"rows": 3}),
        }

    proves = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Targets proved here"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Those assigned to no milestone are proved by the last one."),
    )

    def __init__(self, *args: Any, last: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = self.instance.contract.targets
        choices: Any = self.fields["proves"]
        choices.choices = [(place, Target.as_agreed(given)) for place, given in enumerate(targets)]
        if last or not targets:
            del self.fields["proves"]


@login_required
@require_GET
def contracts(request: HttpRequest) -> HttpResponse:
    """The contracts this person is a side of, or all for the platform's staff."""
    filters = ContractFilters(request.GET)
    rows = visible(request.user, "contract.view").select_related("challenge__owner", "bid__lead")
    if filters.value("state"):
        rows = rows.filter(state=filters.value("state"))
    if filters.value("q"):
        rows = rows.filter(bid__in=bids_found(filters.value("q")))
    # Counted for the rows of the page alone: joined, every contract's milestones would be counted first.
    milestones = Milestone.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
    count = {"milestone_count": milestones, "accepted_count": milestones.filter(state="accepted")}
    rows = rows.annotate(
        **{name: Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0) for name, rows in count.items()}
    ).order_by("-created_at", "id")
    context = {"filters": filters, "page": pages.page_of(request, rows)}
    return render(request, "challenges/contract_list.html", context)


@login_required
@require_GET
def contract(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One contract: sides, task book, pledge, targets, milestones with their money, confirmations and steps."""
    found: Contract = pages.found(request.user, "contracts", pk)
    milestones = list(found.milestones.select_related("payment").order_by("position"))
    actions = pages.steps(request.user, found)
    if found.state == Contract.State.DRAFT and can(request.user, "contract.edit", found):
        url = reverse("contract_edit", args=[pk])
        actions.insert(0, {"name": "edit", "label": _("Edit task book and milestones"), "allowed": True, "url": url})
    context = {
        "contract": found,
        "challenge": found.challenge,
        "stage": stage(found.challenge),
        "milestones": [_entry(item) for item in milestones],
        "targets": _targets(found),
        "actions": actions,
        "sides": _sides(found),
        "terminations": list(found.terminations.all()),
    }
    return render(request, "challenges/contract_detail.html", context)


def _entry(milestone: Milestone) -> dict[str, Any]:
    tone, icon = MARKS[milestone.state]
    due = None
    if milestone.state in DELIVERING:
        due = milestone.rectify_by or (milestone.due_on and datetime.combine(milestone.due_on, time.max, SHANGHAI))
    return {
        "milestone": milestone,
        "title": milestone.title,
        "tone": tone,
        "icon": icon,
        "due": due,
        "at": milestone.accepted_at or milestone.submitted_at,
        "payment": getattr(milestone, "payment", None),
    }


def _targets(contract: Contract) -> list[dict[str, Any]]:
    """The targets agreed on, written as everywhere on the site."""
    return [_shown(Target.as_agreed(given)) for given in contract.targets]


def _shown(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "comparator": target.get_comparator_display(),
        "value": target.shown_value,
        "unit": target.unit,
        "method": target.method,
        "core": target.core,
    }


def _sides(contract: Contract) -> list[dict[str, Any]]:
    """Both sides with who confirmed for them and when."""
    return [
        {
            "word": _("Challenge owner"),
            "organization": contract.challenge.owner,
            "by": contract.owner_signed_by,
            "at": contract.owner_signed_at,
        },
        {
            "word": _("Bidder"),
            "organization": contract.bid.lead,
            "by": contract.bidder_signed_by,
            "at": contract.bidder_signed_at,
        },
    ]


@login_required
@require_http_methods(["GET", "POST"])
def contract_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write task book, pledge and milestones of a draft."""
    found: Contract = pages.found(request.user, "contracts", pk)
    require(request.user, "contract.edit", found)
    given = request.POST or None
    form = ContractForm(given, instance=found)
    milestones = list(found.milestones.order_by("position"))
    rows = [
        MilestoneForm(given, instance=item, prefix=f"m{item.position}", last=item is milestones[-1])
        for item in milestones
    ]
    if given is not None and all([form.is_valid(), *[row.is_valid() for row in rows]]):
        data = {str(row.instance.pk): row.cleaned_data for row in rows}
        edit_contract(found, actor=pages.person(request), data=form.cleaned_data, milestones=data)
        messages.success(request, _("The draft is saved."))
        return redirect("contract", pk)
    wrong = form.errors or any(row.errors for row in rows)
    context = {
        "contract": found,
        "stage": stage(found.challenge),
        "form": form,
        "rows": list(zip(milestones, rows, strict=True)),
    }
    return render(request, "challenges/contract_edit.html", context, status=422 if wrong else 200)


@login_required
@require_GET
def milestone(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One milestone: goal, evidence, report, opinion, and the clock of a rectification."""
    found: Milestone = pages.found(request.user, "milestones", pk)
    payment = visible(request.user, "payment.view").filter(milestone=found).first()
    if payment is not None:
        payment.milestone, payment.contract = found, found.contract
    actions = pages.steps(request.user, found)
    context = {
        "milestone": found,
        "contract": found.contract,
        "challenge": found.contract.challenge,
        "stage": stage(found.contract.challenge),
        "findings": findings(found),
        "acceptances": list(found.acceptances.select_related("by")),
        "entry": _entry(found),
        "payment": payment,
        "documents": list(found.documents.select_related("uploaded_by")),
        "may_upload": can(request.user, "milestone.add_evidence", found).allowed,
        "accept": documents.ACCEPT,
        "most_rectifications": found.contract.challenge.frozen_rules.rectifications_at_most,
        "actions": actions,
    }
    return render(request, "challenges/milestone_detail.html", context)


@login_required
@require_http_methods(["POST"])
def milestone_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Evidence of the delivery, from the team, while it is to be delivered."""
    found: Milestone = pages.found(request.user, "milestones", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=MilestoneDocument, milestone=found),
        back=reverse("milestone", args=[pk]),
    )
