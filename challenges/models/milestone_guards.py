"""The conditions of a milestone's steps, and what its evidence says about each target."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.conditions import condition
from accounts.policy import Text
from challenges import verdicts
from challenges.models.notice import Target

CONCLUDED = ("accepted", "failed", "closed")


@dataclass(frozen=True)
class Finding:
    """One target with what was measured, and whether that meets it; nothing measured meets nothing."""

    position: int
    target: Target
    measurement: Any
    met: bool

    @property
    def in_words(self) -> str:
        """The target, what was agreed and what was measured."""
        measured = self.measurement.shown_value if self.measurement else _now("nothing")
        return _now("“%(target)s”: %(measured)s %(unit)s measured, %(comparator)s %(agreed)s %(unit)s agreed") % {
            "target": self.target.name,
            "measured": measured,
            "comparator": self.target.get_comparator_display(),
            "agreed": self.target.shown_value,
            "unit": self.target.unit,
        }


def is_last(milestone: Any) -> bool:
    """Whether the contract has no milestone after this one."""
    return not milestone.contract.milestones.filter(position__gt=milestone.position).exists()


def proof_plan(contract: Any) -> dict[Any, list[int]]:
    """For each milestone by key the places of the targets it proves: those assigned; for the last, all the others."""
    count = len(contract.targets)
    *before, last = contract.milestones.all()
    plan = {item.pk: sorted({place for place in item.proves if place < count}) for item in before}
    elsewhere = {place for item in before for place in item.proves}
    return plan | {last.pk: [place for place in range(count) if place not in elsewhere]}


def proved_by(milestone: Any) -> list[int]:
    """The places of the targets that this milestone proves."""
    return proof_plan(milestone.contract)[milestone.pk]


def last_record(milestone: Any) -> Any:
    """The record of the conclusion that a milestone stands at; None while it is open, or where none was written."""
    records = list(milestone.acceptances.all()) if milestone.state in CONCLUDED else []
    return records[-1] if records else None


def agreed_targets(milestone: Any) -> list[dict[str, Any]]:
    """The targets a milestone is measured against: the contract's until it is concluded, those of its record then.

    A change of the contract moves what is still open, never what was accepted, failed or closed before it.
    """
    record = last_record(milestone)
    found: list[dict[str, Any]] = record.targets if record else milestone.contract.targets
    return found


def findings(milestone: Any, *, whole: bool = False) -> list[Finding]:
    """What the evidence says about each target this milestone proves, or about each of the contract when `whole`."""
    contract = milestone.contract
    plan = proof_plan(contract)
    rows = milestone.measurements.all()
    if whole:
        rows = rows.model.objects.filter(milestone__contract=contract)
        steps = contract.milestones.prefetch_related("acceptances")
        agreed = dict(sorted((place, agreed_targets(step)[place]) for step in steps for place in plan[step.pk]))
    else:
        agreed = {place: agreed_targets(milestone)[place] for place in plan[milestone.pk]}
    by_place = {row.position: row for row in rows.order_by("milestone__position")}
    margins = contract.challenge.frozen_rules.margins
    return [_finding(place, target, by_place.get(place), margins) for place, target in agreed.items()]


def outcome_of(contract: Any) -> list[Finding]:
    """What was reached of each target of the contract, by the evidence of all its milestones."""
    last = contract.milestones.order_by("-position").first()
    return findings(last, whole=True) if last is not None else []


def _finding(place: int, agreed: dict[str, Any], measured: Any, margins: verdicts.Margins) -> Finding:
    met = measured is not None and measured.meets(verdicts.goal_of(agreed), margins)
    return Finding(place, Target.as_agreed(agreed), measured, met)


def decisive(milestone: Any) -> list[Finding]:
    """What a conclusion on this milestone rests on: its own targets, and at the last one all of the contract's."""
    return findings(milestone, whole=is_last(milestone))


def _unmeasured(milestone: Any) -> list[Finding]:
    return [item for item in findings(milestone) if item.measurement is None or item.measurement.report_id is None]


@condition(
    lambda milestone: (
        _("Enter what was measured, and which report proves it, for each target first: %(targets)s.")
        % {"targets": _listed(item.target.name for item in _unmeasured(milestone))}
    )
)
def targets_are_measured(milestone: Any) -> bool:
    """Each target that the milestone proves has its measured value and a report."""
    return not _unmeasured(milestone)


def _core_unmet(milestone: Any) -> list[Finding]:
    return [item for item in decisive(milestone) if item.target.core and not item.met]


@condition(
    lambda milestone: (
        _("A core target is not met, and core targets are all or nothing: %(targets)s.")
        % {"targets": _listed(item.in_words for item in _core_unmet(milestone))}
    )
)
def core_targets_are_met(milestone: Any) -> bool:
    """Every core target that the milestone proves is met; at the last one, every core target of the contract."""
    return not _core_unmet(milestone)


def other_targets(milestone: Any) -> list[Finding]:
    """The targets judged by score when the last milestone is accepted: all that are not core; none before it."""
    return [item for item in decisive(milestone) if not item.target.core] if is_last(milestone) else []


def _too_few_reason(milestone: Any) -> Text:
    others = other_targets(milestone)
    return _("%(met)d of %(all)d other targets are met, and %(least)s %% must be: %(targets)s.") % {
        "met": sum(item.met for item in others),
        "all": len(others),
        "least": f"{milestone.contract.challenge.frozen_rules.other_targets_met.normalize():f}",
        "targets": _listed(item.in_words for item in others if not item.met),
    }


@condition(_too_few_reason)
def enough_other_targets_are_met(milestone: Any) -> bool:
    """At the last milestone, the share of other targets that are met reaches (rule) per cent."""
    share = verdicts.share_met(item.met for item in other_targets(milestone))
    return bool(share >= milestone.contract.challenge.frozen_rules.other_targets_met)


def _listed(words: Any) -> str:
    return _now("; ").join(words)
