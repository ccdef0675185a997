"""How reviewers reviewed, over panels that are closed: told as distributions with their n, never as a rank of persons.

A person's values are told from five scored bids on, a distribution from five persons on; below that a value says more
of chance, or of one person, than of how reviews are done.

* severity: mean of (own total less the mean of all totals of the bid), in points of 100
* distance: mean of |own total less the mean of the others' totals of the bid|; the agreement with the panel in points
* order: mean over rounds of Kendall's tau-b between own and others' order of the bids (`reviews.agreement`)
* time used: mean of (lock less hand-out) / (end of the review less hand-out); 100 % is the last moment
* short comments: comments of fewer than twenty characters, empty ones among them, of all that were asked for
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import quantiles
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviews.agreement import TOLD, Round, mean_tau, rounds

LEAST_BIDS = 5
LEAST_PEOPLE = 5
SHORT = 20
_STATEMENT = f"""
    WITH {TOLD}, scored AS (
        SELECT seat.expert_id, count(*) AS bids,
            avg(total - everyone / n) AS severity,
            avg(abs(total - (everyone - total) / (n - 1))) FILTER (WHERE n > 1) AS distance
        FROM told JOIN reviews_assignment seat ON seat.id = told.seat GROUP BY seat.expert_id
    ), written AS (
        SELECT seat.expert_id,
            avg(least(1, greatest(0,
                extract(epoch FROM sheet.locked_at - sheet.created_at)
                / nullif(extract(epoch FROM challenge.review_ends_at - sheet.created_at), 0)
            ))) AS used,
            sum(words.short)::numeric / nullif(sum(words.n), 0) AS short
        FROM reviews_scoresheet sheet
        JOIN reviews_assignment seat ON seat.id = sheet.assignment_id
        JOIN reviews_panel panel ON panel.id = seat.panel_id AND panel.state = 'closed'
        JOIN challenges_challenge challenge ON challenge.id = panel.challenge_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS n,
                count(*) FILTER (WHERE length(trim(entry.value ->> 'comment')) < %(short)s
                    OR entry.value ->> 'comment' IS NULL) AS short
            FROM jsonb_each(sheet.scores) AS entry
        ) AS words
        WHERE sheet.state = 'locked' AND panel.closed_at > clock_timestamp() - make_interval(days => %(days)s)
        GROUP BY seat.expert_id
    )
    SELECT expert_id, bids, severity, distance, used * 100, short * 100
    FROM scored JOIN written USING (expert_id) WHERE bids >= %(least)s
"""  # noqa: S608  (put together from constants alone)


@dataclass(frozen=True)
class Quality:
    """One person's values over `bids` scored bids."""

    expert: UUID
    bids: int
    severity: Decimal
    distance: Decimal | None
    used: Decimal | None
    short: Decimal | None
    rounds: list[Round]

    @property
    def order(self) -> Decimal | None:
        """The mean of tau-b over the rounds that say something."""
        return mean_tau(self.rounds)


@dataclass(frozen=True)
class Measure:
    """One thing measured: its words, unit and the edges of its bins."""

    key: str
    name: str | Promise
    says: str | Promise
    unit: str | Promise
    edges: Sequence[int | Decimal]
    of: Callable[[Quality], Decimal | None]
    places: int = 1

    @property
    def title(self) -> str:
        """Its name with its unit, for an axis or the head of a table."""
        return str(_("%(name)s (%(unit)s)")) % {"name": self.name, "unit": self.unit}


@dataclass(frozen=True)
class Distribution:
    """How many people lie in each bin; None stands for the bins of too few people."""

    measure: Measure
    n: int
    bids: int
    middle: Decimal | None
    bins: list[tuple[str, int]] | None


MEASURES = (
    Measure(
        "severity", _("Severity"),
        _("Mean of a reviewer's total less the panel's mean of the bid; below zero is stricter than the panel."),
        _("points"), (-15, -10, -5, 0, 5, 10, 15), lambda item: item.severity,
    ),
    Measure(
        "distance", _("Agreement with the panel in points"),
        _(
            "Mean distance between a reviewer's total and the mean of the others' totals of the bid;"
            " 0 is full agreement."
        ),
        _("points"), (3, 6, 9, 12, 15, 20), lambda item: item.distance,
    ),
    Measure(
        "order", _("Agreement with the panel in the order of the bids"),
        _(
            "Kendall's tau-b between a reviewer's order of the bids by own totals and their order by the mean of the"
            " others' totals; 1 is the same order, 0 none in common, -1 the opposite. It is taken panel by panel, where"
            " three bids or more were scored, and averaged over panels."
        ),
        "τ", [Decimal(edge) / 4 for edge in range(-2, 4)], lambda item: item.order, 2,
    ),
    Measure(
        "used", _("Time used"),
        _("Mean share of the review period that had passed when a sheet was locked; 100 % is the last moment."),
        "%", (20, 40, 60, 80, 90), lambda item: item.used,
    ),
    Measure(
        "short", _("Missing or very short comments"),
        _("Share of a reviewer's comments that have fewer than 20 characters."),
        "%", (1, 10, 20, 40, 60, 80), lambda item: item.short,
    ),
)  # fmt: skip


def qualities(*, days: int) -> list[Quality]:
    """Everyone with enough scored bids on panels closed in the last `days`. Two queries."""
    known = rounds(days=days)
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"days": days, "short": SHORT, "least": LEAST_BIDS})
        return [
            Quality(expert, bids, severity, distance, used, short, known.get(expert, []))
            for expert, bids, severity, distance, used, short in cursor.fetchall()
        ]


def distribution(measure: Measure, people: Sequence[Quality]) -> Distribution:
    """The people in bins by one measure; nothing where they are too few."""
    values = [value for value in map(measure.of, people) if value is not None]
    bids = sum(item.bids for item in people)
    if len(values) < LEAST_PEOPLE:
        return Distribution(measure, len(values), bids, None, None)
    counts = [0] * (len(measure.edges) + 1)
    for value in values:
        counts[bisect_right(measure.edges, value)] += 1
    return Distribution(
        measure,
        len(values),
        bids,
        median(values, measure.places),
        list(zip(_labels(measure.edges), counts, strict=True)),
    )


def median(values: Sequence[Decimal], places: int) -> Decimal:
    """The middle value, to so many places."""
    return quantiles(values, n=2, method="inclusive")[0].quantize(Decimal(1).scaleb(-places))


def _labels(edges: Sequence[int | Decimal]) -> list[str]:
    inner = [f"{low} – {high}" for low, high in pairwise(edges)]
    return [f"< {edges[0]}", *inner, f"≥ {edges[-1]}"]


def rows_of(found: Sequence[Distribution]) -> list[list[Any]]:
    """The distributions as rows: measure, bin, people, n."""
    return [
        [item.measure.key, label, count, item.n]
        for item in found
        for label, count in (item.bins if item.bins is not None else [("—", None)])
    ]
