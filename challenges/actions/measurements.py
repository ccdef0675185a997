"""Evidence of a milestone, target by target."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused
from challenges.models import Measurement, Milestone
from challenges.models.milestone_guards import proved_by


def measure(milestone: Milestone, *, actor: User, rows: list[dict[str, Any]]) -> Milestone:
    """Replace what was measured for the milestone's targets, while it is to be delivered.

    Each row: `position` (the target's place in the contract), `value` or `text`, `method`, `uncertainty`, `report`.
    """
    with transaction.atomic():
        milestone = workflow.lock(milestone)
        decision = require(actor, "milestone.add_evidence", milestone)
        places = proved_by(milestone)
        if any(row["position"] not in places for row in rows):
            raise Refused(_("This milestone does not prove that target."), code="target")
        milestone.measurements.all().delete()
        for row in rows:
            Measurement(milestone=milestone, **row).save(force_insert=True)
        ledger.append(
            milestone, "measure", actor=actor, acting_as=decision.role, source=milestone.state, target=milestone.state,
            data={"measured": [_recorded(row, milestone.contract.targets) for row in rows]},
        )  # fmt: skip
    return milestone


def _recorded(row: dict[str, Any], targets: list[dict[str, Any]]) -> dict[str, Any]:
    report = row["report"]
    return {
        "target": targets[row["position"]]["name"],
        "value": row["text"] if row["value"] is None else row["value"],
        "uncertainty": row["uncertainty"],
        "report": report and report.sha256,
    }
