"""From needs to acceptance: how many challenges ever reached each stage, by industry and by the year they were filed.

A challenge that went back (a revoked award, a winner who did not sign) still counts where it once was. Before the
opening nothing of a bid is counted, not even whether there is one: the stage of bids is the opening of bids.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce, ExtractYear
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from accounts.policy import can, visible
from challenges.calendar import SHANGHAI
from challenges.models import Award, Challenge, Industry

SUBMITTED: Final = Q(submitted_at__isnull=False) | Q(published_at__isnull=False)
VETTED: Final = Q(vetted_by__isnull=False) | Q(published_at__isnull=False)
PUBLISHED: Final = Q(published_at__isnull=False)
OPENED: Final = Q(opened_at__isnull=False)
ACCEPTED: Final = Q(state=Challenge.State.COMPLETED)
CONTRACTED: Final = Q(signed_at__isnull=False) | ACCEPTED
AWARDED: Final = Q(awarded_at__isnull=False) | Q(was_awarded=True) | CONTRACTED
REVIEWED: Final = Q(ranked_at__isnull=False) | Q(was_proposed=True) | AWARDED


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name in addresses and the API, its word, and what shows that it was reached."""

    key: str
    word: str | Promise
    reached: Q
    public: bool = True


STAGES: Final = (
    Stage("submitted", pgettext_lazy("funnel", "Submitted"), SUBMITTED, public=False),
    Stage("vetted", pgettext_lazy("funnel", "Vetted"), VETTED, public=False),
    Stage("published", pgettext_lazy("funnel", "Published"), PUBLISHED),
    Stage("opened", pgettext_lazy("funnel", "With bids, opened"), OPENED),
    Stage("reviewed", pgettext_lazy("funnel", "Reviewed"), REVIEWED),
    Stage("awarded", pgettext_lazy("funnel", "Awarded"), AWARDED),
    Stage("contracted", pgettext_lazy("funnel", "Contracted"), CONTRACTED),
    Stage("accepted", pgettext_lazy("funnel", "Accepted"), ACCEPTED),
)
Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """How many challenges of one industry, filed in one year, reached each stage."""

    industry: str
    year: int
    counts: Counts

    @property
    def industry_word(self) -> str:
        """The industry in words."""
        return str(Industry(self.industry).label)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages one may know of, and the counts in each industry and year."""

    stages: tuple[Stage, ...]
    cells: tuple[Cell, ...]

    @property
    def years(self) -> list[int]:
        """The years in which anything was filed, the latest first."""
        return sorted({cell.year for cell in self.cells}, reverse=True)

    @property
    def total(self) -> Counts:
        """All industries and years together."""
        return self._sum(self.cells)

    @property
    def steps(self) -> list[tuple[Stage, int, Decimal | None, Decimal | None]]:
        """Each stage, how many reached it, and what per cent that is of the first stage and of the one before."""
        total = self.total
        return [
            (stage, n, per_cent(n, total[0]), per_cent(n, total[place - 1]) if place else None)
            for place, (stage, n) in enumerate(zip(self.stages, total, strict=True))
        ]

    def of(self, *, industry: str = "", year: int | None = None) -> "Funnel":
        """Only one industry, one year, or both."""
        kept = [cell for cell in self.cells if industry in ("", cell.industry) and year in (None, cell.year)]
        return Funnel(self.stages, tuple(kept))

    def by_industry(self) -> list[tuple[str, str, Counts]]:
        """Every industry with its word, those in which nothing was filed too."""
        return [
            (item.value, str(item.label), self._sum(cell for cell in self.cells if cell.industry == item.value))
            for item in Industry
        ]

    def by_year(self) -> list[tuple[int, Counts]]:
        """Each year, the earliest first."""
        return [(year, self._sum(cell for cell in self.cells if cell.year == year)) for year in reversed(self.years)]

    def _sum(self, cells: Iterable[Cell]) -> Counts:
        columns = [cell.counts for cell in cells]
        return tuple(map(sum, zip(*columns, strict=True))) if columns else (0,) * len(self.stages)


def funnel(user: Any) -> Funnel:
    """The funnel as `user` may know it, in one query: staff from the filing on, everybody else what is published."""
    inside = can(user, "region.count_all").allowed
    stages = tuple(stage for stage in STAGES if inside or stage.public)
    awards = Award.objects.filter(challenge=OuterRef("pk"))
    rows = (
        visible(user, "challenge.count")
        .annotate(was_proposed=Exists(awards), was_awarded=Exists(awards.filter(confirmed_at__isnull=False)))
        .annotate(year=ExtractYear(Coalesce("submitted_at", "published_at"), tzinfo=SHANGHAI))
        .order_by()
        .values("industry", "year")
        .annotate(**{f"n_{stage.key}": Count("pk", filter=stage.reached) for stage in stages})
    )
    found = [
        Cell(row["industry"], row["year"], tuple(row[f"n_{stage.key}"] for stage in stages))
        for row in rows.order_by("year", "industry")
    ]
    return Funnel(stages, tuple(found))


def per_cent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Whole per cent, halves up; nothing of nothing."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP) if whole else None
