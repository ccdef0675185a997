"""The conclusions on a milestone, each with the record of how it was reached."""

from typing import Any

from accounts.models import User
from accounts.workflow import perform, step
from challenges.models import Acceptance, Milestone, MilestoneDocument


@step(Milestone, "accept")
def accept(milestone: Milestone, *, actor: User, opinion: str = "", **how: Any) -> Milestone:
    """The owner accepts what was delivered."""
    return _concluded(perform(milestone.accept, actor=actor, opinion=opinion, **how), actor, opinion, **how)


@step(Milestone, "fail")
def fail(milestone: Milestone, *, actor: User, opinion: str, **how: Any) -> Milestone:
    """An operator declares that it will not be delivered."""
    return _concluded(perform(milestone.fail, actor=actor, opinion=opinion, **how), actor, opinion, **how)


@step(Milestone, "close")
def close(milestone: Milestone, *, actor: User, opinion: str, **how: Any) -> Milestone:
    """A decider finds that it failed for reasons outside the team's will (结题)."""
    return _concluded(perform(milestone.close, actor=actor, opinion=opinion, **how), actor, opinion, **how)


def _concluded(
    milestone: Milestone,
    actor: User,
    opinion: str,
    *,
    way: str = Acceptance.Way.USER,
    report: MilestoneDocument | None = None,
    **how: Any,
) -> Milestone:
    named = {"report_name": report.name, "report_sha256": report.sha256} if report else {}
    Acceptance(
        milestone=milestone, way=way, conclusion=milestone.state, opinion=opinion, by=actor, **named, **how
    ).save(force_insert=True)
    return milestone
