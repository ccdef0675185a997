"""The funnel from needs to acceptance: its page with charts and the tables behind them, and the tables to take away."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from accounts import pages, tables
from challenges.funnel import Funnel, funnel
from challenges.models import Industry


class FunnelFilters(pages.FilterForm):
    """One industry, one year."""

    industry = forms.ChoiceField(
        label=gettext_lazy("Industry"), choices=[("", gettext_lazy("Any industry")), *Industry.choices]
    )
    year = forms.TypedChoiceField(label=gettext_lazy("Year of filing"), coerce=int, empty_value=None)

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        self.years = years
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """The years in which something was filed."""
        year: Any = self.fields["year"]
        year.choices = [("", _("Any year")), *((str(year), str(year)) for year in self.years)]


@require_GET
def funnel_page(request: HttpRequest) -> HttpResponse:
    """How many challenges reached each stage; by industry in the year chosen, by year in the industry chosen."""
    everything = funnel(request.user)
    filters = FunnelFilters(request.GET, years=everything.years)
    industry, year = filters.value("industry"), filters.value("year") or None
    shown, across, along = (
        everything.of(industry=industry, year=year),
        everything.of(year=year),
        everything.of(industry=industry),
    )
    context = {
        "filters": filters,
        "funnel": shown,
        "finding": _finding(shown),
        "inside": not shown.stages[0].public,
        "by_industry": across.by_industry(),
        "by_year": along.by_year(),
        "charts": _charts(shown, across, along),
    }
    return render(request, "challenges/funnel.html", context)


@require_GET
def funnel_export(request: HttpRequest, form: str) -> HttpResponse:
    """Every industry and year with its counts, as CSV or XLSX."""
    found = funnel(request.user)
    head = [_("Year of filing"), _("Industry"), *(str(stage.word) for stage in found.stages)]
    rows = [[cell.year, cell.industry_word, *cell.counts] for cell in found.cells]
    return tables.table([head, *rows, [_("Together"), "", *found.total]], name="funnel", form=form)


def _finding(shown: Funnel) -> str:
    first, last = shown.total[0], shown.total[-1]
    if not first:
        return _("Nothing was filed here yet")
    return ngettext(
        "Of %(first)s challenge, %(last)s came to its acceptance",
        "Of %(first)s challenges, %(last)s came to their acceptance",
        first,
    ) % {"first": f"{first:,}", "last": f"{last:,}"}


def _charts(shown: Funnel, across: Funnel, along: Funnel) -> dict[str, Any]:
    kept = [0, [stage.key for stage in shown.stages].index("awarded"), len(shown.stages) - 1]

    def series(rows: list[Any]) -> list[dict[str, Any]]:
        return [{"name": str(shown.stages[i].word), "values": [row[-1][i] for row in rows]} for i in kept]

    industries, years = across.by_industry(), along.by_year()
    return {
        "steps": {
            "kind": "steps",
            "names": [str(stage.word) for stage in shown.stages],
            "values": list(shown.total),
            "labels": [
                f"{n:,} · {share} %" if share is not None else f"{n:,}" for _stage, n, share, _step in shown.steps
            ],
        },
        "industries": {
            "kind": "groups",
            "across": True,
            "names": [word for _key, word, _counts in industries],
            "series": series(industries),
            "axis": _("Challenges"),
        },
        "years": {
            "kind": "groups",
            "names": [str(year) for year, _counts in years],
            "series": series(years),
            "axis": _("Challenges"),
        },
    }
