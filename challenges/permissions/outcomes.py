"""Policy of outcomes: registered by the team, confirmed by the owner, read by everyone once confirmed."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, deny, platform_only
from challenges.permissions.bids import on_team
from challenges.permissions.challenges import scope_challenges, view_challenge
from challenges.permissions.contracts import (
    contract_owner,
    of_contract,
    scope_contracts,
    scope_of_contracts,
    view_contract,
)
from challenges.permissions.duties import either, rows_of


def view_outcome(user: Any, outcome: Any) -> Decision:
    decision = view_contract(user, outcome.contract)
    if not decision and outcome.state == "confirmed":
        return view_challenge(user, outcome.contract.challenge)
    return decision


def scope_outcomes(user: Any) -> QuerySet[Any]:
    rows = rows_of("Outcome")
    inside = rows.filter(contract__in=scope_contracts(user).values("pk"))
    public = rows.filter(state="confirmed", contract__challenge__in=scope_challenges(user).values("pk"))
    return either(rows, inside, public)


def _create_outcome(user: Any, contract: Any) -> Decision:
    decision = on_team(user, contract.bid)
    if decision and contract.state not in ("effective", "completed"):
        return deny(_("Outcomes are registered of a contract that is in force or completed."), code="state")
    if decision and not contract.milestones.filter(state="accepted").exists():
        return deny(_("Outcomes are registered once a milestone has been accepted."), code="state")
    return decision


def _register(user: Any, outcome: Any) -> Decision:
    return on_team(user, outcome.contract.bid)


def _edit_outcome(user: Any, outcome: Any) -> Decision:
    decision = _register(user, outcome)
    if decision and outcome.state not in outcome.WRITABLE:
        return deny(_("It is registered: only a returned outcome, or a new version, can be changed."), code="state")
    return decision


def _amend_outcome(user: Any, outcome: Any) -> Decision:
    decision = _register(user, outcome)
    if decision and (outcome.state != "confirmed" or rows_of("Outcome").filter(previous=outcome).exists()):
        return deny(_("A new version is made of the confirmed one, and one at a time."), code="state")
    return decision


def _confirm(user: Any, outcome: Any) -> Decision:
    decision = contract_owner(user, outcome.contract)
    if decision and outcome.registered_by_id == user.pk:
        return deny(_("You registered this outcome; somebody else must confirm it."), code="separation")
    return decision


POLICY = {
    "outcome.view": Rule(view_outcome, scope_outcomes),
    "outcome.read_shares": Rule(of_contract(view_contract), scope_of_contracts("Outcome")),
    "outcome.create": Rule(_create_outcome),
    "outcome.edit": Rule(_edit_outcome),
    "outcome.amend": Rule(_amend_outcome),
    "outcome.register": Rule(_register),
    "outcome.confirm": Rule(_confirm),
    "outcome.send_back": Rule(_confirm),
    "outcome.supersede": Rule(platform_only),
    "outcome_document.read": Rule(
        lambda user, document: view_contract(user, document.outcome.contract),
        lambda user: rows_of("OutcomeDocument").filter(outcome__contract__in=scope_contracts(user).values("pk")),
    ),
}
