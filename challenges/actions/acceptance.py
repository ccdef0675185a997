"""The conclusions on a milestone, each with the record of how it was reached."""

from typing import Any

from accounts import workflow
from accounts.models import User
from accounts.workflow import perform, step
from challenges.models import Acceptance, Milestone, MilestoneDocument
from challenges.models.acceptance import measured_row
from challenges.models.milestone_guards import agreed_targets, decisive, last_record


@step(Milestone, "accept")
def accept(milestone: Milestone, *, actor: User, opinion: str = "", **how: Any) -> Milestone:
    """The owner accepts what was delivered."""
    return _conclude(milestone, "accept", actor=actor, opinion=opinion, **how)


@step(Milestone, "require_rectification")
def require_rectification(milestone: Milestone, *, actor: User, opinion: str, **how: Any) -> Milestone:
    """The owner sends it back (整改): what is missing, and by when."""
    return _conclude(milestone, "require_rectification", actor=actor, opinion=opinion, **how)


@step(Milestone, "fail")
def fail(milestone: Milestone, *, actor: User, opinion: str, **how: Any) -> Milestone:
    """An operator declares that it will not be delivered."""
    return _conclude(milestone, "fail", actor=actor, opinion=opinion, **how)


@step(Milestone, "close")
def close(milestone: Milestone, *, actor: User, opinion: str, **how: Any) -> Milestone:
    """A decider finds that it failed for reasons outside the team's will (结题)."""
    return _conclude(milestone, "close", actor=actor, opinion=opinion, **how)


def _conclude(milestone: Milestone, name: str, *, actor: User, opinion: str, **how: Any) -> Milestone:
    """Take the step, and record it with the targets and values as they stand under the lock of the contract."""
    contract = workflow.lock(milestone.contract)
    milestone = workflow.lock(milestone)
    before = last_record(milestone)
    known: dict[str, Any] = {
        "version": contract.version if before is None else before.version,
        "targets": agreed_targets(milestone),
        "measured": [measured_row(found) for found in decisive(milestone)],
    }
    milestone = perform(getattr(milestone, name), actor=actor, opinion=opinion, **how)
    _record(milestone, by=actor, opinion=opinion, **known, **how)
    return milestone


def _record(milestone: Milestone, *, report: MilestoneDocument | None = None, **given: Any) -> None:
    named = {"report_name": report.name, "report_sha256": report.sha256} if report else {}
    given.setdefault("way", Acceptance.Way.USER)
    Acceptance(milestone=milestone, conclusion=milestone.state, **named, **given).save(force_insert=True)
