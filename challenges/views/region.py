"""The region: the plan's targets with what is known of them, one target with its figures, and the form of a figure."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages, tables
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges.actions import enter_region_figure
from challenges.models import RegionDocument, RegionFigure, RegionTarget
from challenges.region import Line, lines
from challenges.region_forms import RegionFigureForm
from config.storage import StoreDown


@require_GET
def region(request: HttpRequest) -> HttpResponse:
    """Every target of the plan, for each place, with what the system counts and what documents say."""
    found = lines(request.user)
    places = [
        {
            "key": place.value,
            "title": place.label,
            "lines": [line for line in found if line.target.place == place],
            "drawn": any(
                share is not None
                for line in found
                if line.target.place == place
                for share in (line.counted_share, line.reported_share)
            ),
        }
        for place in RegionTarget.Place
    ]
    context = {"places": places, "charts": {str(place["key"]): _chart(place["lines"]) for place in places}}
    return render(request, "challenges/region.html", context)


def _chart(found: Any) -> dict[str, Any]:
    return {
        "kind": "groups",
        "across": True,
        "names": [line.target.get_measure_display() for line in found],
        "series": [
            {"name": _("Counted here"), "values": [_number(line.counted_share) for line in found]},
            {"name": _("From documents"), "values": [_number(line.reported_share) for line in found]},
        ],
        "axis": _("% of the target"),
        "goal": 100,
        "goalName": "100 %",
    }


def _number(share: Any) -> int | None:
    return None if share is None else int(share)


@require_GET
def region_export(request: HttpRequest, form: str) -> HttpResponse:
    """The same as CSV or XLSX."""
    head = [
        _("Place"), _("What is wanted"), _("At least"), _("At most"), _("Unit"), _("Term"), _("Source"),
        _("Counted here"), _("How it was counted"), _("From documents"), _("As of"), _("Source document"),
    ]  # fmt: skip
    rows = [_row(line) for line in lines(request.user)]
    return tables.table([head, *rows], name="region", form=form)


def _row(line: Line) -> list[Any]:
    target, figure = line.target, line.reported
    reported = [figure.value, figure.as_of, figure.source] if figure else [None, None, None]
    return [
        target.get_place_display(), target.get_measure_display(), target.least, target.most, target.get_unit_display(),
        target.term, target.get_source_display(), line.counted, line.how, *reported,
    ]  # fmt: skip


def _target(request: HttpRequest, pk: UUID) -> RegionTarget:
    found: RegionTarget | None = visible(request.user, "region_target.view").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_GET
def region_target(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One target with every figure in sight, the latest day first."""
    target = _target(request, pk)
    figures = visible(request.user, "region_figure.view").filter(target=target).select_related("target", "entered_by")
    context = {
        "target": target,
        "line": next(line for line in lines(request.user) if line.target.pk == target.pk),
        "page": pages.page_of(request, figures.order_by("-as_of", "-created_at")),
        "may_enter": can(request.user, "region_figure.create").allowed,
    }
    return render(request, "challenges/region_target.html", context)


@require_GET
def region_figure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One figure: value, day, source, who entered and who confirmed it, and what can be done."""
    found: RegionFigure = pages.found(request.user, "region-figures", pk)
    files = visible(request.user, "region_document.read").filter(figure=found).select_related("uploaded_by")
    context = {
        "figure": found,
        "documents": list(files),
        "may_read": can(request.user, "region_document.read").allowed,
        "may_add": can(request.user, "region_figure.add_document", found).allowed,
        "accept": documents.ACCEPT,
        "actions": pages.steps(request.user, found),
    }
    return render(request, "challenges/region_figure.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def region_figure_enter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Enter a figure of a target with its document."""
    target = _target(request, pk)
    require(request.user, "region_figure.create")
    form = RegionFigureForm(request.POST or None, request.FILES or None, target=target)
    if request.method == "POST" and form.is_valid():
        try:
            made = enter_region_figure(target, actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.code if refusal.code in form.fields else None, str(refusal.reason))
        except (ValidationError, StoreDown) as fault:
            form.add_error("document", fault.messages if isinstance(fault, ValidationError) else str(fault))
        else:
            messages.success(request, _("The figure is entered; a decider compares and confirms it."))
            return redirect("region_figure", made.pk)
    url = reverse("region_target", args=[pk])
    context = {
        "title": _("Enter a figure"),
        "label": _("Enter, for a decider to confirm"),
        "subject": str(target),
        "subject_url": url,
        "back": url,
        "consequences": [
            _("A decider compares it with the document; once confirmed it is public with its source."),
            _("What was entered cannot be changed; a correction is another figure."),
        ],
        "form": form,
    }
    return render(request, "confirm.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["POST"])
def region_figure_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another file of the source."""
    found: RegionFigure = pages.found(request.user, "region-figures", pk)
    person = pages.person(request)
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=RegionDocument, figure=found),
        back=reverse("region_figure", args=[pk]),
    )
