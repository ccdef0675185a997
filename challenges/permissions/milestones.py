"""Policy of milestones and their evidence."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, deny
from challenges.permissions.bids import on_team
from challenges.permissions.challenges import owner
from challenges.permissions.contracts import (
    contract_owner,
    of_contract,
    scope_contracts,
    scope_of_contracts,
    view_contract,
)
from challenges.permissions.duties import rows_of, staff


def _submit_milestone(user: Any, milestone: Any) -> Decision:
    return on_team(user, milestone.contract.bid)


def _add_evidence(user: Any, milestone: Any) -> Decision:
    decision = _submit_milestone(user, milestone)
    if decision and milestone.state not in ("planned", "rectification"):
        return deny(_("Evidence is added before the milestone is submitted."), code="state")
    return decision


def _owner_or_operator(user: Any, milestone: Any) -> Decision:
    challenge = milestone.contract.challenge
    return owner(user, challenge) or staff("operator")(user, challenge)


def _accept_milestone(user: Any, milestone: Any) -> Decision:
    decision = contract_owner(user, milestone.contract)
    if decision and milestone.submitted_by_id == user.pk:
        return deny(_("Whoever submitted the milestone may not accept it."), code="separation")
    return decision


def _read_milestone_document(user: Any, document: Any) -> Decision:
    return view_contract(user, document.milestone.contract)


POLICY = {
    "milestone.view": Rule(of_contract(view_contract), scope_of_contracts("Milestone")),
    "milestone.submit": Rule(_submit_milestone),
    "milestone.add_evidence": Rule(_add_evidence),
    "milestone.start_acceptance": Rule(_owner_or_operator),
    "milestone.accept": Rule(_accept_milestone),
    "milestone.fail": Rule(lambda user, item: staff("operator")(user, item.contract.challenge)),
    "milestone.close": Rule(lambda user, item: staff("decider")(user, item.contract.challenge)),
    "milestone_document.read": Rule(
        _read_milestone_document,
        lambda user: rows_of("MilestoneDocument").filter(milestone__contract__in=scope_contracts(user).values("pk")),
    ),
}
