"""The consensus of a panel: the scores side by side, the discussions, the minutes and the minority reports."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts import pages, tables
from accounts.lists import listed
from accounts.policy import require
from challenges.rubrics import by_axis
from challenges.stages import around
from reviews import board
from reviews.models import Panel, ScoreSheet
from reviews.views.panels import MEETING

THREADS = 20  # discussions of a matched panel on one page


@login_required
@require_GET
def consensus(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the panel's scores say side by side, and what it wrote on them."""
    found: Panel = pages.found(request.user, "panels", pk)
    require(request.user, "panel.read_scores", found)
    heard = board.heard(found, request.user)
    page = pages.page_of(request, heard, size=THREADS) if found.way == Panel.Way.MATCHED else None
    threads = list(heard if page is None else page.rows)
    scores = board.scores(found, threads)
    names = {item.key: item.shown_name for item in found.challenge.frozen_rubric.criteria}
    talk = board.talk(found, request.user, threads)
    mine = ScoreSheet.objects.filter(
        assignment__panel=found, assignment__expert__user=pages.person(request), assignment__state="accepted",
        state=ScoreSheet.State.LOCKED, **({"bid__in": [item.bid_id for item in threads]} if page is not None else {}),
    ).select_related("bid").order_by("bid__code", "-part")  # fmt: skip
    context = {
        "panel": found,
        "is_matched": page is not None,
        "page": page,
        "scores": scores,
        "lines": [(bid, line, by_axis(line.axes)) for bid, line in scores.bids],
        "titles": _titles(scores),
        "charts": _charts(scores),
        "talk": talk,
        "amendments": [(item, names.get(item.criterion, item.criterion)) for item in talk.amendments],
        "my_sheets": list(mine) if found.state == Panel.State.CONSENSUS else [],
        "actions": [item for item in pages.steps(request.user, found) if item["name"] in MEETING],
        **around(found),
    }
    return render(request, "reviews/consensus.html", context)


@login_required
@require_GET
def scores_table(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The heat map with spreads and severities, as CSV or XLSX."""
    found: Panel = pages.found(request.user, "panels", pk)
    require(request.user, "panel.read_scores", found)
    head = (_("Reviewer"), _("Mean deviation from the panel"), _("Bids scored"))
    rows = board.score_rows(board.scores(found, board.heard(found, request.user)), head)
    return tables.table(rows, name=f"scores-{found.challenge.number}", form=form)


def _titles(scores: board.Scores) -> dict[str, str]:
    """What each chart finds, in a sentence."""
    limit = scores.analysis.limit
    far = scores.diverging
    if far:
        said = ngettext(
            "The scores of %(codes)s lie more than %(limit)s points apart",
            "The scores of %(codes)s lie more than %(limit)s points apart each",
            len(far),
        )
        spread = said % {"codes": listed(far), "limit": limit}
    else:
        spread = _("No bid's scores lie more than %(limit)s points apart") % {"limit": limit}
    totals = [total for _seat, _item, line in scores.reviewers for total in line if total is not None]
    deviations = [item.deviation for _seat, item, _line in scores.reviewers]
    if not totals:
        return {"heat": _("No sheet counts"), "spread": spread, "severity": _("No sheet counts")}
    low, high = min(totals), max(totals)
    if low == high:
        heat = _("Every total is %(total)s points") % {"total": low}
    else:
        heat = _("Totals lie between %(low)s and %(high)s points") % {"low": low, "high": high}
    low, high = min(deviations), max(deviations)
    if low == high:
        severity = _("No reviewer is stricter than another")
    else:
        severity = _("Reviewers lie between %(low)s and %(high)s points from the panel's mean")
        severity %= {"low": f"{low:+}", "high": f"{high:+}"}
    return {"heat": heat, "spread": spread, "severity": severity}


def _charts(scores: board.Scores) -> dict[str, Any]:
    """What js/charts.js draws; the same numbers stand in the tables."""
    codes = [bid.code for bid, _line in scores.bids]
    names = [seat.expert.user.name for seat, _item, _line in scores.reviewers]
    return {
        "heat": {
            "kind": "heat",
            "columns": codes,
            "rows": names,
            "unit": _("points"),
            "cells": [
                [column, row, float(total)]
                for row, (_seat, _item, line) in enumerate(scores.reviewers)
                for column, total in enumerate(line)
                if total is not None
            ],
        },
        "spread": {
            "kind": "bars",
            "names": codes,
            "axis": _("Spread, points"),
            "limit": float(scores.analysis.limit),
            "limitName": _("limit"),
            "values": [float(line.spread or 0) for _bid, line in scores.bids],
            "marked": [line.diverges for _bid, line in scores.bids],
        },
        "severity": {
            "kind": "deviation",
            "names": names,
            "axis": _("Deviation, points"),
            "values": [float(item.deviation) for _seat, item, _line in scores.reviewers],
        },
    }
