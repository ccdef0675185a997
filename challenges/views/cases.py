"""The public cases: completed challenges, and the page of one."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts import pages
from challenges import cases as screen
from challenges.models import Challenge, Industry


class CaseFilters(pages.FilterForm):
    """Search the cases, by industry."""

    q = forms.CharField(label=_("Search cases"), max_length=100)
    industry = forms.ChoiceField(label=_("Industry"), choices=[("", _("Any industry")), *Industry.choices])


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """Completed challenges, the last to end first."""
    filters = CaseFilters(request.GET)
    rows = screen.cases(request.user, text=filters.value("q"), industry=filters.value("industry"))
    return render(request, "challenges/case_list.html", {"filters": filters, "page": pages.page_of(request, rows)})


@require_GET
def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One case; 404 before the challenge is completed."""
    found: Challenge = pages.found(request.user, "challenges", pk)
    if found.state != Challenge.State.COMPLETED:
        raise Http404
    context = {
        "challenge": found,
        "solutions": screen.solutions(found),
        "outcomes": screen.outcomes(request.user, found),
        "trail": screen.trail(found),
    }
    return render(request, "challenges/case_detail.html", context)
