"""Policy of contract amendments: one side asks, the other agrees, the platform approves by kind, experts advise."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person
from challenges.permissions.bids import sign_for_bid
from challenges.permissions.contracts import contract_owner, scope_contracts, view_contract
from challenges.permissions.duties import SIGNATORIES, STAFF, either, granted, grants_on, rows_of, staff

OTHER_SIDE = _("The other side of the contract decides on this.")


def _sign_for_owner(user: Any, contract: Any) -> Decision:
    decision = contract_owner(user, contract)
    if decision and user.membership_roles.get(contract.challenge.owner_id) not in SIGNATORIES:
        return deny(_("An administrator or signatory of the owner's organisation must do this."), code="signatory")
    return decision


def _request(user: Any, contract: Any) -> Decision:
    decision = _sign_for_owner(user, contract)
    if not decision and not contract_owner(user, contract):
        decision = sign_for_bid(user, contract.bid)
    if decision and contract.state != "effective":
        return deny(_("Only a contract in force is amended."), code="state")
    return decision


def _agree(user: Any, amendment: Any) -> Decision:
    contract = amendment.contract
    decision = sign_for_bid(user, contract.bid) if amendment.by_owner else _sign_for_owner(user, contract)
    if decision and amendment.requested_by_id == user.pk:
        return deny(OTHER_SIDE, code="separation")
    return decision


def _withdraw(user: Any, amendment: Any) -> Decision:
    contract = amendment.contract
    return _sign_for_owner(user, contract) if amendment.by_owner else sign_for_bid(user, contract.bid)


def _approve(user: Any, amendment: Any) -> Decision:
    role = "operator" if amendment.kind in type(amendment).BY_OPERATOR else "decider"
    return staff(role, of=lambda item: item.contract.challenge)(user, amendment)


def _is_asked(user: Any, amendment: Any) -> Decision:
    """Whether this person sat on the panel that scored the bid, and a core target is to be weakened."""
    if is_person(user) and amendment.weakens_core and "score_bid" in grants_on(user, amendment.contract.bid):
        return allow("reviewer")
    return deny(_("Experts of the panel are asked when a core target is weakened."))


def _opine(user: Any, amendment: Any) -> Decision:
    decision = _is_asked(user, amendment)
    if decision and amendment.state != "agreed":
        return deny(_("An opinion is given once both sides agree, and before it is decided."), code="state")
    if decision and amendment.opinions.filter(expert=user).exists():
        return deny(_("You have given your opinion."), code="done")
    return decision


def _view(user: Any, amendment: Any) -> Decision:
    return view_contract(user, amendment.contract) or _is_asked(user, amendment)


def _scope(user: Any) -> QuerySet[Any]:
    rows = rows_of("ContractAmendment")
    if holds(user, *STAFF):
        return rows.all()
    if not is_person(user):
        return rows.none()
    asked = rows.filter(weakens_core=True, contract__bid__in=granted(user, "score_bid"))
    return either(rows, rows.filter(contract__in=scope_contracts(user).values("pk")), asked)


POLICY = {
    "contract.amend": Rule(_request),
    "amendment.view": Rule(_view, _scope),
    "amendment.agree": Rule(_agree),
    "amendment.withdraw": Rule(_withdraw),
    "amendment.approve": Rule(_approve),
    "amendment.opine": Rule(_opine),
}
