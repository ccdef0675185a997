"""The numbers of a rule set, typed; no other module holds such a number.

`standard` carries the platform's ordinary numbers, `demo` has periods of seconds so that a whole journey runs in
minutes. A challenge keeps a frozen copy of the set in force when it is published.
"""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, model_validator

from challenges.calendar import add_working_days, in_force
from challenges.verdicts import Margins

REVIEW_CLASSES = ("basic", "applied", "development", "transfer")
MOST_CRITERIA = 20
LONGEST_NAME = 60
LONGEST_GUIDE = 1000


class Period(BaseModel):
    """A length of time: working days of China's calendar, or seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    working_days: int | None = Field(default=None, ge=1, le=60)
    seconds: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def one_of_two(self) -> "Period":
        """Exactly one of the two is given."""
        if (self.working_days is None) == (self.seconds is None):
            raise ValueError(_("Give either working days or seconds."))
        return self

    def after(self, start: datetime) -> datetime:
        """When the period that begins at `start` ends. Raises CalendarUnknown where the working days are not known."""
        if self.working_days is not None:
            return add_working_days(start, self.working_days, in_force())
        return start + timedelta(seconds=self.seconds or 0)


class Criterion(BaseModel):
    """One line of a rubric: what is judged, out of how many points, in which envelope it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z_]{2,30}$")
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    name_en: str = Field(min_length=1, max_length=LONGEST_NAME)
    guide: str = Field(default="", max_length=LONGEST_GUIDE)
    guide_en: str = Field(default="", max_length=LONGEST_GUIDE)
    weight: int = Field(ge=0, le=100)
    part: Literal["technical", "commercial"] = "technical"
    core: bool = False
    threshold: Decimal | None = Field(default=None, ge=0, le=100, decimal_places=2)
    axis: Literal["quality", "sharing", "performance"] = "quality"

    @property
    def shown_name(self) -> str:
        """The name in the reader's language."""
        return self.name if _reads_chinese() else self.name_en

    @property
    def shown_guide(self) -> str:
        """The guide in the reader's language; one written in Chinese alone is shown as it is, the standard ones not."""
        return self.guide if _reads_chinese() else self.guide_en or _ENGLISH_GUIDES.get(self.guide, self.guide)


def _reads_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


class Rubric(BaseModel):
    """The criteria of one review class; their weights sum to 100, exactly one is the core criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: int = Field(default=100, ge=5, le=100)
    total_threshold: Decimal = Field(default=Decimal(60), ge=0, le=100)
    criteria: list[Criterion] = Field(max_length=MOST_CRITERIA)

    @property
    def fingerprint(self) -> str:
        """What tells this rubric from any other: the SHA-256 of its content."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @model_validator(mode="after")
    def adds_up(self) -> "Rubric":
        """Weights sum to 100, one criterion is core, and what is asked can be given."""
        if sum(item.weight for item in self.criteria) != 100:
            raise ValueError(_("The weights of a rubric must sum to 100."))
        if sum(item.core for item in self.criteria) != 1:
            raise ValueError(_("A rubric has exactly one core criterion."))
        if len({item.key for item in self.criteria}) != len(self.criteria):
            raise ValueError(_("Two criteria of a rubric have the same key."))
        if not any(item.part == "technical" and item.weight for item in self.criteria):
            raise ValueError(_("A rubric judges the technical part by at least one criterion."))
        if any(item.threshold is not None and item.threshold > self.scale for item in self.criteria):
            raise ValueError(_("No threshold of a criterion can be higher than the highest raw score."))
        return self


class Rules(BaseModel):
    """Every number of the process that a rule set may set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bidding_at_least: timedelta = timedelta(days=20)
    direct_bidding_at_least: timedelta = timedelta(days=7)
    amendment_extends_below: timedelta = timedelta(days=15)
    bids_at_least: int = Field(default=3, ge=1)
    live_leads_per_organization: int = Field(default=3, ge=1)
    opening_quorum: int = Field(default=2, ge=2)
    panel_size: int = Field(default=5, ge=5)
    panel_alternates: int = Field(default=3, ge=0)
    reviewers_per_organization: int = Field(default=2, ge=1)
    conflict_window_years: int = Field(default=3, ge=1)
    panels_at_once: int = Field(default=3, ge=1)
    panels_in_a_row: int = Field(default=2, ge=1)
    chairs_a_year: int = Field(default=2, ge=1)
    review_period: timedelta = timedelta(days=14)
    invitation_period: timedelta = timedelta(days=3)
    score_quorum: int = Field(default=3, ge=1)
    z_min_bids: int = Field(default=5, ge=2)
    trim_from: int = Field(default=5, ge=3)
    spread_limit: Decimal = Decimal(20)
    notice: Period = Period(working_days=5)
    objection_acknowledged_within: Period = Period(working_days=1)
    appeal_within: Period = Period(working_days=3)
    signing_period: timedelta = timedelta(days=30)
    rectifications_at_most: int = Field(default=2, ge=0)
    rectification_at_least: timedelta = timedelta(days=30)
    rectification_at_most: timedelta = timedelta(days=90)
    acceptance_period: timedelta = timedelta(days=30)
    extension_months_at_most: int = Field(default=12, ge=1)
    amendment_experts: int = Field(default=2, ge=2)
    other_targets_met: Decimal = Field(default=Decimal(60), ge=0, le=100, decimal_places=2)
    guard_band: Decimal = Field(default=Decimal(0), ge=0, le=100, decimal_places=2)
    equal_tolerance: Decimal = Field(default=Decimal(0), ge=0, le=100, decimal_places=2)
    dossier_period: timedelta = timedelta(days=15)
    overdue_tells_owner_after: timedelta = timedelta(days=7)
    overdue_tells_decider_after: timedelta = timedelta(days=30)
    midterm_from_months: int = Field(default=6, ge=1, le=120)
    midterm_opens_before: timedelta = timedelta(days=30)
    midterm_concluded_within: timedelta = timedelta(days=15)
    race_experts: int = Field(default=3, ge=3)
    race_test_reminder: timedelta = timedelta(days=7)
    risk_horizon: timedelta = timedelta(days=30)
    work_lag: Decimal = Field(default=Decimal(25), ge=0, le=100, decimal_places=2)
    reminder_before: timedelta = timedelta(days=3)
    reminders_apart: timedelta = timedelta(days=1)
    credit_answered_within: Period = Period(working_days=10)
    credit_years: int = Field(default=3, ge=1, le=10)
    price_publicity: timedelta = timedelta(days=15)
    first_follow_up_years: int = Field(default=1, ge=1, le=20)
    second_follow_up_years: int = Field(default=3, ge=1, le=20)
    follow_up_reminder: timedelta = timedelta(days=30)
    advance_share_at_most: int = Field(default=50, ge=0, le=100)
    fiscal_share_at_most: int = Field(default=50, ge=0, le=100)
    payment_presets: dict[str, list[int]] = {
        "30/40/30": [30, 40, 30],
        "50/30/20": [50, 30, 20],
        "20/30/30/20": [20, 30, 30, 20],
        "0/100": [0, 100],
    }
    rubrics: dict[Literal["basic", "applied", "development", "transfer"], Rubric]

    @property
    def margins(self) -> Margins:
        """How far a measured value may be from what was agreed on, and must be from the wrong side."""
        return Margins(guard_band=self.guard_band, tolerance=self.equal_tolerance)

    @model_validator(mode="after")
    def is_possible(self) -> "Rules":
        """Panels are odd, presets sum to 100 and each class has its rubric."""
        if self.panel_size % 2 == 0:
            raise ValueError(_("A panel has an odd number of seats."))
        if self.score_quorum > self.panel_size:
            raise ValueError(_("The quorum of score sheets cannot be larger than the panel."))
        if self.second_follow_up_years <= self.first_follow_up_years:
            raise ValueError(_("The second follow-up comes after the first."))
        if any(sum(shares) != 100 for shares in self.payment_presets.values()):
            raise ValueError(_("The shares of a payment preset must sum to 100."))
        if set(self.rubrics) != set(REVIEW_CLASSES):
            raise ValueError(_("Each of the four review classes needs its rubric."))
        return self

    @property
    def offered_presets(self) -> list[str]:
        """The presets whose first of several payments is within its cap; frozen sets may name others."""
        most = self.advance_share_at_most
        return [name for name, shares in self.payment_presets.items() if len(shares) == 1 or shares[0] <= most]


def _criterion(key: str, weight: int) -> Criterion:
    name, name_en, guide, guide_en, axis = _CRITERIA[key]
    return Criterion(
        key=key,
        name=name,
        name_en=name_en,
        guide=guide,
        guide_en=guide_en,
        weight=weight,
        axis=axis,  # type: ignore[arg-type]
        part="commercial" if key == "budget" else "technical",
    )


_CRITERIA = {
    "innovation": (
        "科学与创新质量",
        "Scientific and innovative quality",
        "看问题理解、原理与技术路线的新意和可信依据，不数论文、职称与学历。",
        "How well the problem is understood, how new and well founded the approach is; not papers, titles or degrees.",
        "quality",
    ),
    "feasibility": (
        "指标响应与可行性",
        "Meets the targets, feasible",
        "逐项对照技术指标：承诺值、验证方法、风险与备选路线。",
        "Target by target: the value committed to, how it is verified, the risks and the other ways open.",
        "quality",
    ),
    "team": (
        "团队能力",
        "Team",
        "看做过什么、分工与投入时间是否撑得起任务。",
        "What its people have done, and whether their parts and their time carry the work.",
        "quality",
    ),
    "sharing": (
        "共享与联合机制",
        "Sharing and joint mechanism",
        "看创新联合体分工、成果共享与风险共担是否清楚。",
        "Whether the consortium's division of work, its sharing of results and of risks are clear.",
        "sharing",
    ),
    "application": (
        "应用与市场",
        "Application and market",
        "看落地场景、示范与推广路径。",
        "Where it is put to use first, how it is shown to work, and how it spreads.",
        "performance",
    ),
    "budget": (
        "经费预算",
        "Budget",
        "看测算依据、合理性与支出节奏。",
        "What the figures rest on, whether they are reasonable, and the pace of spending.",
        "performance",
    ),
}
_ENGLISH_GUIDES = {guide: english for _name, _name_en, guide, english, _axis in _CRITERIA.values()}
_WEIGHTS = {
    "basic": (45, 15, 20, 15, 5, 0),
    "applied": (30, 25, 15, 10, 15, 5),
    "development": (20, 35, 15, 10, 15, 5),
    "transfer": (10, 20, 15, 10, 35, 10),
}
_CORE = {"basic": "innovation", "applied": "innovation", "development": "feasibility", "transfer": "application"}


def rubric_of(review_class: str) -> Rubric:
    """The standard rubric of a review class (分类评价), 100 points; a criterion of weight 0 is left out."""
    criteria = [
        _criterion(key, weight).model_copy(update={"core": key == _CORE[review_class]})
        for key, weight in zip(_CRITERIA, _WEIGHTS[review_class], strict=True)
        if weight
    ]
    return Rubric(criteria=criteria)


def standard() -> Rules:
    """The ordinary rules."""
    return Rules(rubrics={name: rubric_of(name) for name in REVIEW_CLASSES})  # type: ignore[misc]


def demo() -> Rules:
    """The same rules with periods of seconds and no quota of panels."""
    return standard().model_copy(
        update={
            "bidding_at_least": timedelta(seconds=20),
            "direct_bidding_at_least": timedelta(seconds=20),
            "amendment_extends_below": timedelta(seconds=15),
            "review_period": timedelta(minutes=30),
            "invitation_period": timedelta(minutes=10),
            "notice": Period(seconds=15),
            "objection_acknowledged_within": Period(seconds=60),
            "appeal_within": Period(seconds=20),
            "signing_period": timedelta(minutes=30),
            "rectification_at_least": timedelta(seconds=1),
            "rectification_at_most": timedelta(minutes=30),
            "acceptance_period": timedelta(minutes=10),
            "dossier_period": timedelta(minutes=10),
            "overdue_tells_owner_after": timedelta(minutes=5),
            "overdue_tells_decider_after": timedelta(minutes=10),
            "reminder_before": timedelta(minutes=5),
            "price_publicity": timedelta(seconds=15),
            "credit_answered_within": Period(seconds=60),
            # A handful of invented experts judges everything.
            "panels_at_once": 1000,
            "panels_in_a_row": 1000,
            "chairs_a_year": 1000,
        }
    )


PRESETS = {"standard": standard, "demo": demo}
