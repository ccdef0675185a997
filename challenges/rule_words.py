"""A rule set in words: each number with its label, its unit, and whether it differs from the version in force."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from challenges.models import ReviewClass
from challenges.rules import REVIEW_CLASSES, Criterion, Period, Rubric, Rules

Word = str | Promise

LABELS: Final[dict[str, Word]] = {
    "bidding_at_least": _("Bidding is open at least"),
    "direct_bidding_at_least": _("Bidding of a team invited directly is open at least"),
    "amendment_extends_below": _("An amendment extends the deadline when less is left than"),
    "bids_at_least": _("Valid bids needed to open"),
    "live_leads_per_organization": _("Live bids an organisation may lead"),
    "opening_quorum": _("Custodians who must consent to the opening"),
    "panel_size": _("Seats on a panel"),
    "panel_alternates": _("Alternates drawn"),
    "reviewers_per_organization": _("Reviewers of one organisation on a panel, at most"),
    "conflict_window_years": _("Years that conflicts of interest look back"),
    "panels_at_once": _("Panels an expert sits on at once, at most"),
    "panels_in_a_row": _("Panels of one industry in a row for an expert, at most"),
    "chairs_a_year": _("Panels an expert chairs in a year, at most"),
    "review_period": _("Review period"),
    "invitation_period": _("Experts answer an invitation within"),
    "score_quorum": _("Locked sheets a bid needs to be ranked"),
    "z_min_bids": _("Bids a reviewer must score before scores are normalized"),
    "trim_from": _("Sheets from which highest and lowest are dropped"),
    "spread_limit": _("Spread of scores that needs a discussion, above"),
    "notice": _("Public notice of an award"),
    "objection_acknowledged_within": _("An objection is acknowledged within"),
    "appeal_within": _("A dismissed objection may be appealed within"),
    "signing_period": _("The contract is signed within"),
    "rectifications_at_most": _("Rectifications of a milestone, at most"),
    "rectification_at_least": _("A rectification takes at least"),
    "rectification_at_most": _("A rectification takes at most"),
    "acceptance_period": _("The owner accepts within"),
    "extension_months_at_most": _("Months a contract may be extended, once, at most"),
    "amendment_experts": _("Experts who must support the weakening of a core target"),
    "other_targets_met": _("Targets that are not core and must be met, in per cent"),
    "guard_band": _("Guard band of a measured value, in per cent of its uncertainty"),
    "equal_tolerance": _("Tolerance of a target with “=”, in per cent of the goal"),
    "dossier_period": _("The team answers a proposed termination within"),
    "overdue_tells_owner_after": _("An overdue delivery is told to owner and operator after"),
    "overdue_tells_decider_after": _("An overdue delivery is told to the deciders after"),
    "midterm_from_months": _("A contract has a mid-term check when it is longer, in months, than"),
    "midterm_opens_before": _("The team is asked for its mid-term report, before it is due, by"),
    "midterm_concluded_within": _("An operator concludes a mid-term check within"),
    "race_experts": _("Experts of the shared test of a race, at least"),
    "race_test_reminder": _("Reminder before the shared test of a race"),
    "risk_horizon": _("What is due is shown as a risk ahead by"),
    "work_lag": _("Work lags behind time, shown as a risk, by more per cent of the whole than"),
    "advance_share_at_most": _("First of several payments, per cent of the amount at most"),
    "fiscal_share_at_most": _("Public funds in a contract, per cent of the amount at most"),
    "reminder_before": _("Reminder before a deadline"),
    "credit_answered_within": _("An organisation answers a credit record within"),
    "credit_years": _("Years a credit record is in force"),
    "price_publicity": _("Publicity of an agreed price"),
    "first_follow_up_years": _("Years from the completion to the first follow-up"),
    "second_follow_up_years": _("Years from the completion to the second follow-up"),
    "follow_up_reminder": _("Reminder before a follow-up is due"),
    "reminders_apart": _("Reminders by hand lie apart at least"),
}
GROUPS: Final[tuple[tuple[Word, tuple[str, ...]], ...]] = (
    (
        _("Bidding and opening"),
        (
            "bidding_at_least", "direct_bidding_at_least", "amendment_extends_below", "bids_at_least",
            "live_leads_per_organization", "opening_quorum",
        ),
    ),
    (
        _("Review"),
        (
            "panel_size", "panel_alternates", "reviewers_per_organization", "conflict_window_years",
            "panels_at_once", "panels_in_a_row", "chairs_a_year", "invitation_period", "review_period", "score_quorum",
            "z_min_bids", "trim_from", "spread_limit", "reminders_apart",
        ),
    ),
    (_("Award"), ("notice", "objection_acknowledged_within", "appeal_within", "signing_period")),
    (
        _("Delivery"),
        (
            "acceptance_period", "other_targets_met", "guard_band", "equal_tolerance",
            "rectifications_at_most", "rectification_at_least", "rectification_at_most", "overdue_tells_owner_after",
            "overdue_tells_decider_after", "dossier_period", "extension_months_at_most", "amendment_experts",
            "midterm_from_months", "midterm_opens_before", "midterm_concluded_within",
            "race_experts", "race_test_reminder", "advance_share_at_most", "fiscal_share_at_most", "reminder_before",
            "risk_horizon", "work_lag",
        ),
    ),
    (
        _("After the completion"),
        (
            "price_publicity", "first_follow_up_years", "second_follow_up_years", "follow_up_reminder",
            "credit_answered_within", "credit_years",
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One number: its label, its value in words, and the value in force where that differs."""

    label: Word
    value: str
    before: str = ""


@dataclass(frozen=True)
class Weight:
    """One criterion of one rubric: weight and threshold, and the weight in force where that differs."""

    weight: int
    threshold: str
    core: bool
    before: str = ""


def parsed(rules: dict[str, Any]) -> Rules | None:
    """The numbers, typed; None while they contradict each other."""
    try:
        return Rules.model_validate(rules)
    except ValidationError:
        return None


def span(value: timedelta) -> str:
    """A length of time in the largest unit that states it exactly."""
    seconds = int(value.total_seconds())
    if seconds and seconds % 86400 == 0:
        n = seconds // 86400
        return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
    if seconds and seconds % 3600 == 0:
        n = seconds // 3600
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    if seconds and seconds % 60 == 0:
        n = seconds // 60
        return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}


def say(value: Any) -> str:
    """One value of a rule set in words."""
    match value:
        case timedelta():
            return span(value)
        case Period(working_days=int() as n):
            return ngettext("%(n)d working day", "%(n)d working days", n) % {"n": n}
        case Period():
            return span(timedelta(seconds=value.seconds or 0))
        case _:
            return str(value)


def groups(rules: Rules, before: Rules | None) -> list[tuple[Word, list[Line]]]:
    """Every number by the stage it governs."""
    return [(title, [_line(name, rules, before) for name in names]) for title, names in GROUPS]


def _line(name: str, rules: Rules, before: Rules | None) -> Line:
    value, old = getattr(rules, name), getattr(before, name) if before else None
    return Line(LABELS[name], say(value), say(old) if before and old != value else "")


def presets(rules: Rules, before: Rules | None) -> list[Line]:
    """How the amount may be shared among milestones; what was taken away stands at the end."""
    old = before.payment_presets if before else {}
    lines = [
        Line(name, " / ".join(f"{share} %" for share in shares), _preset_before(old, name, shares, before))
        for name, shares in rules.payment_presets.items()
    ]
    gone = [name for name in old if name not in rules.payment_presets]
    return [*lines, *[Line(name, "—", " / ".join(f"{share} %" for share in old[name])) for name in gone]]


def _preset_before(old: dict[str, list[int]], name: str, shares: list[int], before: Rules | None) -> str:
    if before is None or old.get(name) == shares:
        return ""
    return " / ".join(f"{share} %" for share in old[name]) if name in old else gettext("not there")


def class_words() -> list[Word]:
    """The review classes, in the order of the table's columns."""
    return [ReviewClass(name).label for name in REVIEW_CLASSES]


def rubric_table(rules: Rules, before: Rules | None) -> list[tuple[str, list[Weight | None]]]:
    """Criterion by criterion, the weight in each review class; None where a class does not judge it."""
    names: dict[str, str] = {}
    for name in REVIEW_CLASSES:
        for criterion in rules.rubrics[name].criteria:  # type: ignore[index]
            names.setdefault(criterion.key, criterion.shown_name)
    return [(word, [_weight(key, name, rules, before) for name in REVIEW_CLASSES]) for key, word in names.items()]


def _weight(key: str, review_class: str, rules: Rules, before: Rules | None) -> Weight | None:
    found = _find(rules.rubrics[review_class], key)  # type: ignore[index]
    old = _find(before.rubrics[review_class], key) if before else None  # type: ignore[index]
    if found is None:
        return Weight(0, "", core=False, before=str(old.weight)) if old else None
    changed = before is not None and (old is None or old.weight != found.weight)
    return Weight(
        found.weight, "" if found.threshold is None else str(found.threshold), core=found.core,
        before=(str(old.weight) if old else "0") if changed else "",
    )  # fmt: skip


def _find(rubric: Rubric, key: str) -> Criterion | None:
    return next((item for item in rubric.criteria if item.key == key), None)


def totals(rules: Rules, before: Rules | None) -> list[Line]:
    """For each class the total a bid must reach, and the highest raw score of a criterion."""
    lines = []
    for name in REVIEW_CLASSES:
        rubric, old = rules.rubrics[name], before.rubrics[name] if before else None  # type: ignore[index]
        value = _total(rubric)
        lines.append(Line(ReviewClass(name).label, value, _total(old) if old and _total(old) != value else ""))
    return lines


def _total(rubric: Rubric) -> str:
    return gettext("%(threshold)s of 100 points, criteria scored from 0 to %(scale)s") % {
        "threshold": rubric.total_threshold,
        "scale": rubric.scale,
    }
