"""The calendar: the years entered, one version with what it moves, and the form that enters one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges.actions import enter_calendar_year
from challenges.calendar_forms import CalendarYearForm
from challenges.models import CalendarYear


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Every version in sight, newest year first."""
    rows = visible(request.user, "calendar_year.view").select_related("entered_by", "decided_by")
    context = {
        "page": pages.page_of(request, rows.order_by("-year", "-version")),
        "may_enter": can(request.user, "calendar_year.create").allowed,
    }
    return render(request, "challenges/calendar_list.html", context)


@require_GET
def calendar_year(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version: its source, its days, and where it differs from the calendar installed."""
    found: CalendarYear = pages.found(request.user, "calendar-years", pk)
    actions = pages.steps(request.user, found)
    if can(request.user, "calendar_year.create"):
        url = f"{reverse('calendar_enter')}?from={found.pk}"
        actions.append({"name": "correct", "label": _("Enter a corrected version"), "allowed": True, "url": url})
    return render(request, "challenges/calendar_detail.html", {"calendar": found, "actions": actions})


@login_required
@require_http_methods(["GET", "POST"])
def calendar_enter(request: HttpRequest) -> HttpResponse:
    """Enter a version; `from` names the one it corrects."""
    require(request.user, "calendar_year.create")
    before = visible(request.user, "calendar_year.view").filter(pk__in=_asked(request)).first()
    form = CalendarYearForm(request.POST or None, initial=_initial(before))
    refused, status = "", 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            made = enter_calendar_year(actor=pages.person(request), **form.cleaned_data)
        except Refused as refusal:
            refused, status = str(refusal.reason), 409
        else:
            messages.success(
                request, _("%(calendar)s is entered; a decider compares and approves it.") % {"calendar": made}
            )
            return redirect("calendar_year", made.pk)
    context = {
        "title": _("Enter the calendar of a year"),
        "label": _("Enter, for a decider to approve"),
        "subject": _("Calendar"),
        "subject_url": reverse("calendar"),
        "back": reverse("calendar"),
        "consequences": [
            _("Copy the days from the State Council's announcement; a decider compares them with it."),
            _("What was entered cannot be changed, only corrected by another version."),
        ],
        "form": form,
        "refused": refused,
    }
    return render(request, "confirm.html", context, status=status)


def _asked(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(request.GET.get("from", ""))]
    except ValueError:
        return []


def _initial(before: CalendarYear | None) -> dict[str, object]:
    names = ("year", "title", "number", "off", "worked")
    return {name: getattr(before, name) for name in names} if before else {}
