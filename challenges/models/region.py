"""What the city's plan wants of the region, and the figures that operators enter on it from documents.

Figures are never changed: a correction is another figure. What the system counts by itself is not kept here.
"""

import uuid
from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, StateField, Stateful, User, state_guards
from accounts.policy import may

ENTERED = ("target", "value", "as_of", "source", "entered_by")
FIGURE_EDGES = [("proposed", "confirmed"), ("proposed", "rejected")]


def parted(value: Decimal | None) -> str:
    """A number as people write it: thousands parted, no trailing zeros."""
    return "" if value is None else f"{value.normalize():,f}"


class RegionTarget(models.Model):
    """One target of the plan: at least `least`, or between `least` and `most`, of its unit."""

    class Place(models.TextChoices):
        REGION = "region", _("The whole region")
        NO5 = "no5", _("Zhichuangcheng NO.5")

    class Measure(models.TextChoices):
        PLATFORMS = "platforms", _("Innovation platforms added")
        ALLIANCES = "alliances", _("Demonstration alliances")
        HIGH_TECH = "high_tech", _("New high-tech firms")
        FIRMS = "firms", pgettext_lazy("region", "Firms")
        RD_BODIES = "rd_bodies", _("R&D bodies")
        OUTCOMES = "outcomes", pgettext_lazy("region", "Outcomes")
        OUTPUT = "output", pgettext_lazy("region", "Output value")
        JOBS = "jobs", pgettext_lazy("region", "Jobs")

    class Unit(models.TextChoices):
        ITEMS = "items", pgettext_lazy("unit", "items")
        BODIES = "bodies", pgettext_lazy("unit", "organisations")
        RESULTS = "results", pgettext_lazy("unit", "results")
        HUNDRED_MILLION = "hundred_million", pgettext_lazy("unit", "hundred million yuan")
        PEOPLE = "people", pgettext_lazy("unit", "people")

    class Source(models.TextChoices):
        PLAN = "plan", _("The city's plan")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField(unique=True)
    place = models.CharField(_("place"), max_length=10, choices=Place)
    measure = models.CharField(_("what is wanted"), max_length=20, choices=Measure)
    least = models.DecimalField(_("at least"), max_digits=14, decimal_places=2)
    most = models.DecimalField(_("at most"), max_digits=14, decimal_places=2, null=True)
    unit = models.CharField(_("unit"), max_length=20, choices=Unit)
    each_year = models.BooleanField(_("anew each year"), default=False)
    by_year = models.PositiveSmallIntegerField(_("by the year"), null=True)
    source = models.CharField(_("source"), max_length=20, choices=Source, default=Source.PLAN)

    class Meta:
        verbose_name = _("target of the region")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["place", "measure"], name="one_region_target_a_measure"),
            models.CheckConstraint(
                condition=models.Q(most=None) | models.Q(most__gte=models.F("least")), name="region_range_is_a_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_place_display()} · {self.get_measure_display()}"

    @property
    def wanted(self) -> str:
        """The value or the range, without its unit."""
        return f"{parted(self.least)}–{parted(self.most)}" if self.most is not None else f"≥ {parted(self.least)}"

    @property
    def term(self) -> str:
        """By when, or how often."""
        if self.by_year:
            return now_in_words("by the end of %(year)s") % {"year": self.by_year}
        return now_in_words("each year") if self.each_year else now_in_words("in all")

    @property
    def whole(self) -> bool:
        """Whether things are counted, so that a fraction of one is a mistake."""
        return self.unit != self.Unit.HUNDRED_MILLION


@condition(_("Upload the source document first."))
def has_source_document(figure: Any) -> bool:
    """What the figure was taken from lies with it."""
    return bool(figure.documents.exists())


class RegionFigure(Stateful):
    """One value of a target on one day, as a document has it; entered by one person and confirmed by another."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("figure", "Waiting for confirmation")
        CONFIRMED = "confirmed", pgettext_lazy("figure", "Confirmed")
        REJECTED = "rejected", pgettext_lazy("figure", "Rejected")

    state = StateField(default=State.PROPOSED, choices=State.choices)
    target = models.ForeignKey(RegionTarget, on_delete=models.PROTECT, related_name="figures")
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("title and number of the source document"), max_length=200)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    rejected_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("figure of the region")
        ordering = ["-as_of", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("entered_by")),
                name="region_figure_maker_is_not_checker",
            ),
        ]
        indexes = [
            models.Index(fields=["target", "-as_of", "-created_at"], name="region_figure_latest"),
            models.Index(fields=["-created_at", "id"], name="region_figure_newest"),
        ]
        triggers = state_guards(
            "proposed",
            FIGURE_EDGES,
            also=[
                pgtrigger.ReadOnly(name="entered_once", fields=list(ENTERED)),
                pgtrigger.Protect(name="stays_on_record", operation=pgtrigger.Delete),
            ],
        )

    def __str__(self) -> str:
        return f"{self.target} · {self.shown_value} · {self.as_of}"

    @property
    def ledger_chain(self) -> uuid.UUID:
        return self.target_id

    @property
    def shown_value(self) -> str:
        """The value with its unit."""
        return f"{parted(self.value)} {self.target.get_unit_display()}"

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.CONFIRMED,
        permission=may("region_figure.decide"),
        conditions=[has_source_document],
        custom={
            "label": _("Confirm the figure"),
            "consequences": [
                _("You have compared value and date with the source document."),
                _("The figure is public beside its target; a later one takes its place, and it stays on record."),
            ],
        },
    )
    def confirm(self, *, actor: User) -> None:
        """Compared with its document by somebody else than who entered it."""
        self.decided_by, self.decided_at = actor, self.now

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.REJECTED,
        permission=may("region_figure.decide"),
        custom={"label": _("Reject the figure"), "style": "secondary", "tells": ["region_figure_rejected"]},
    )
    def reject(self, *, actor: User, reason: str) -> None:
        """It is not what the document says; an operator enters another."""
        self.decided_by, self.decided_at, self.rejected_reason = actor, self.now, reason


class RegionDocument(Document):
    """What a figure was taken from."""

    figure = models.ForeignKey(RegionFigure, on_delete=models.PROTECT, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
