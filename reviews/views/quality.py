"""How reviews are done, for operators and supervisors: distributions over closed panels, never a rank of persons."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import pages, tables
from accounts.policy import require, visible
from reviews import quality as measured
from reviews.agreement import LEAST_BIDS_OF_A_ROUND
from reviews.models import Expert

YEAR = 365


class QualityFilters(pages.FilterForm):
    """Over how long, and whose values to tell beside the others'."""

    years = forms.ChoiceField(
        label=gettext_lazy("Panels closed in the last"),
        choices=[("", gettext_lazy("12 months")), ("3", gettext_lazy("3 years"))],
    )
    expert = forms.UUIDField(widget=forms.HiddenInput)

    @property
    def days(self) -> int:
        """How far to look back."""
        return YEAR * int(self.value("years") or 1)


@login_required
@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Severity, agreement, time used and short comments as distributions; one expert's own values when asked for."""
    require(request.user, "expert.quality")
    filters = QualityFilters(request.GET)
    people = measured.qualities(days=filters.days)
    found = [measured.distribution(item, people) for item in measured.MEASURES]
    context = {
        "filters": filters,
        "distributions": [(item, _finding(item)) for item in found],
        "charts": {
            item.measure.key: {
                "kind": "bars",
                "names": [label for label, _count in item.bins],
                "values": [count for _label, count in item.bins],
                "axis": _("Reviewers"),
                "below": item.measure.title,
            }
            for item in found
            if item.bins is not None
        },
        "least_bids": measured.LEAST_BIDS,
        "least_people": measured.LEAST_PEOPLE,
        **_own(request, people, filters.value("expert")),
    }
    return render(request, "reviews/quality.html", context)


@login_required
@require_GET
def quality_table(request: HttpRequest, form: str) -> HttpResponse:
    """The distributions as CSV or XLSX; nobody is named in them."""
    require(request.user, "expert.quality")
    people = measured.qualities(days=QualityFilters(request.GET).days)
    found = [measured.distribution(item, people) for item in measured.MEASURES]
    head = [_("Measure"), _("From – to"), _("Reviewers"), "n"]
    return tables.table([head, *measured.rows_of(found)], name="review-quality", form=form)


def _finding(found: measured.Distribution) -> str:
    if found.middle is None:
        return str(found.measure.name)
    return _("%(name)s: the median is %(middle)s %(unit)s") % {
        "name": found.measure.name, "middle": found.middle, "unit": found.measure.unit,
    }  # fmt: skip


def _own(request: HttpRequest, people: list[measured.Quality], pk: UUID | str) -> dict[str, Any]:
    """One expert's values beside the middle of all, if they have scored enough."""
    if not pk:
        return {"expert": None}
    expert: Expert | None = visible(request.user, "expert.view").select_related("user").filter(pk=pk).first()
    if expert is None:
        raise Http404
    own = next((item for item in people if item.expert == expert.pk), None)
    return {
        "expert": expert,
        "own": [(item, item.of(own)) for item in measured.MEASURES] if own else [],
        "own_bids": own.bids if own else 0,
        "own_rounds": own.rounds if own else [],
        "least_of_round": LEAST_BIDS_OF_A_ROUND,
    }
