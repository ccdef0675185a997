"""The plan's targets beside what is known of them: what the system counts, and what operators entered from documents.

The two are never added or put in each other's place; each says how it was obtained.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, OrganizationKind
from accounts.policy import can, visible
from challenges.funnel import per_cent
from challenges.models import Contract, Outcome, OutcomeFigure, RegionFigure, RegionTarget
from challenges.models.region import parted

Measure = RegionTarget.Measure
YUAN_PER_HUNDRED_MILLION: Final = Decimal(10**8)
HOW: Final[dict[str, str | Promise]] = {
    Measure.PLATFORMS: _("Innovation platforms registered and verified here, whenever they were founded."),
    Measure.ALLIANCES: _("Contracts in force or completed that a consortium of several organisations carries."),
    Measure.FIRMS: _("Enterprises registered and verified here, of the whole region."),
    Measure.RD_BODIES: _("Universities and research institutes registered and verified here, of the whole region."),
    Measure.OUTCOMES: _("Outcomes confirmed by the challenge owners, of the whole region."),
    Measure.OUTPUT: _("New sales that teams reported of confirmed outcomes, over all years, of the whole region."),
    Measure.JOBS: _("New jobs that teams reported of confirmed outcomes, over all years, of the whole region."),
}
HOW_FOR_EVERYONE: Final = HOW | {
    Measure.OUTPUT: _(
        "New sales that teams reported of confirmed outcomes whose figures both sides agreed to publish, over all "
        "years, of the whole region."
    ),
    Measure.JOBS: _(
        "New jobs that teams reported of confirmed outcomes whose figures both sides agreed to publish, over all "
        "years, of the whole region."
    ),
}
COMPARABLE: Final = (Measure.ALLIANCES,)  # the other counts are of more than the plan means, so no share is told
NOT_COUNTED: Final = _("The system cannot count this; figures are entered from documents.")


@dataclass(frozen=True, slots=True)
class Line:
    """One target with what the system counts of it, and the latest confirmed figure."""

    target: RegionTarget
    counted: Decimal | None
    how: str
    reported: RegionFigure | None

    @property
    def shown_count(self) -> str:
        """The count as people write it."""
        return parted(self.counted)

    @property
    def counted_share(self) -> Decimal | None:
        """The count in per cent of the least that is wanted, where both are of the same things."""
        if self.counted is None or self.target.measure not in COMPARABLE:
            return None
        return per_cent(self.counted, self.target.least)

    @property
    def reported_share(self) -> Decimal | None:
        """The reported figure in per cent of the least that is wanted."""
        return None if self.reported is None else per_cent(self.reported.value, self.target.least)


def lines(user: Any) -> list[Line]:
    """Every target in the plan's order, in as many queries whatever was recorded."""
    counts, all_figures = _counts(user)
    reported = _latest(visible(user, "region_figure.view").filter(state=RegionFigure.State.CONFIRMED))
    found = []
    for target in visible(user, "region_target.view"):
        counted = counts.get(target.measure)
        how = str((HOW if all_figures else HOW_FOR_EVERYONE).get(target.measure, NOT_COUNTED))
        found.append(Line(target, counted, how, reported.get(target.pk)))
    return found


def _latest(figures: Any) -> dict[Any, RegionFigure]:
    rows: Iterable[RegionFigure] = (
        figures.select_related("target").order_by("target_id", "-as_of", "-created_at").distinct("target_id")
    )
    return {figure.target_id: figure for figure in rows}


def _counts(user: Any) -> tuple[dict[str, Decimal], bool]:
    """What the system counts, and whether figures are among it that are not for everyone."""
    inside = can(user, "region.count_all").allowed
    open_to_all = Q() if inside else Q(contract__challenge__secrecy="public")
    kinds = Organization.objects.filter(state=Organization.State.VERIFIED).values("kind").annotate(n=Count("pk"))
    firms = {row["kind"]: row["n"] for row in kinds.order_by()}
    consortia = (
        Contract.objects.filter(state__in=(Contract.State.EFFECTIVE, Contract.State.COMPLETED))
        .filter(Q() if inside else Q(challenge__secrecy="public"))
        .alias(members=Count("shares"))
        .filter(members__gt=1)
    )
    outcomes = Outcome.objects.filter(open_to_all, state=Outcome.State.CONFIRMED)
    told = outcomes if inside else outcomes.filter(team_discloses=True, owner_discloses=True)
    kind = OutcomeFigure.Kind
    sums = OutcomeFigure.objects.filter(outcome__in=told.order_by().values("pk")).aggregate(
        sales=Sum("value", filter=Q(kind=kind.SALES)), jobs=Sum("value", filter=Q(kind=kind.JOBS))
    )
    sales = (sums["sales"] or Decimal(0)) / YUAN_PER_HUNDRED_MILLION
    return {
        Measure.PLATFORMS: Decimal(firms.get(OrganizationKind.PLATFORM, 0)),
        Measure.ALLIANCES: Decimal(consortia.count()),
        Measure.FIRMS: Decimal(firms.get(OrganizationKind.ENTERPRISE, 0)),
        Measure.RD_BODIES: Decimal(
            firms.get(OrganizationKind.UNIVERSITY, 0) + firms.get(OrganizationKind.INSTITUTE, 0)
        ),
        Measure.OUTCOMES: Decimal(outcomes.count()),
        Measure.OUTPUT: sales.quantize(Decimal("0.01")),
        Measure.JOBS: (sums["jobs"] or Decimal(0)),
    }, inside
