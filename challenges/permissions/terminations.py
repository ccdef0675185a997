"""Policy of terminations: who accuses, who answers, and who may not decide."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, deny
from challenges.permissions.bids import on_team
from challenges.permissions.contracts import contract_owner, of_contract, scope_of_contracts, view_contract
from challenges.permissions.duties import rows_of, staff


def _owner_or_operator(user: Any, contract: Any) -> Decision:
    return contract_owner(user, contract) or staff("operator")(user, contract.challenge)


def _answer(user: Any, termination: Any) -> Decision:
    return on_team(user, termination.contract.bid)


def _add_document(user: Any, termination: Any) -> Decision:
    decision = _answer(user, termination)
    if not decision and _withdraw(user, termination):
        decision = _withdraw(user, termination)
    if decision and termination.state != "proposed":
        return deny(_("Files are added until the team has answered."), code="state")
    return decision


def _withdraw(user: Any, termination: Any) -> Decision:
    decision = _owner_or_operator(user, termination.contract)
    if decision and termination.proposed_by_id != user.pk:
        return deny(_("Whoever proposed the termination withdraws it."), code="separation")
    return decision


def _decide(user: Any, termination: Any) -> Decision:
    decision = staff("decider")(user, termination.contract.challenge)
    if decision and termination.proposed_by_id == user.pk:
        return deny(_("Whoever proposed the termination may not decide on it."), code="separation")
    return decision


POLICY = {
    "contract.propose_termination": Rule(_owner_or_operator),
    "termination.view": Rule(of_contract(view_contract), scope_of_contracts("Termination")),
    "termination.answer": Rule(_answer),
    "termination.add_document": Rule(_add_document),
    "termination.withdraw": Rule(_withdraw),
    "termination.decide": Rule(_decide),
    "termination_document.read": Rule(
        lambda user, document: view_contract(user, document.termination.contract),
        lambda user: rows_of("TerminationDocument").filter(
            termination__in=scope_of_contracts("Termination")(user).values("pk")
        ),
    ),
}
