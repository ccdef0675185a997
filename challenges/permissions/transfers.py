"""Policy of transfers: written by a side, published and concluded by an operator, objected to by anyone."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person
from challenges.permissions.bids import on_team
from challenges.permissions.challenges import scope_challenges, view_challenge
from challenges.permissions.contracts import contract_owner, scope_contracts, view_contract
from challenges.permissions.duties import READERS, either, rows_of, staff


def _contract(transfer: Any) -> Any:
    return transfer.outcome.contract


def _view_transfer(user: Any, transfer: Any) -> Decision:
    decision = view_contract(user, _contract(transfer))
    if not decision and transfer.publicity_opens_at is not None:
        return view_challenge(user, _contract(transfer).challenge)
    return decision


def _scope_transfers(user: Any) -> QuerySet[Any]:
    rows = rows_of("Transfer")
    inside = rows.filter(outcome__contract__in=scope_contracts(user).values("pk"))
    public = rows.filter(
        publicity_opens_at__isnull=False, outcome__contract__challenge__in=scope_challenges(user).values("pk")
    )
    return either(rows, inside, public)


def _side(user: Any, contract: Any) -> Decision:
    return contract_owner(user, contract) or on_team(user, contract.bid)


def _create_transfer(user: Any, outcome: Any) -> Decision:
    decision = _side(user, outcome.contract)
    if decision and outcome.state != "confirmed":
        return deny(_("Only a confirmed outcome is transferred."), code="state")
    return decision


def _edit_transfer(user: Any, transfer: Any) -> Decision:
    decision = _side(user, _contract(transfer))
    if decision and transfer.state != "draft":
        return deny(_("Only a draft can be edited."), code="state")
    return decision


def _operator(user: Any, transfer: Any) -> Decision:
    return staff("operator", of=lambda item: _contract(item).challenge)(user, transfer)


def _withdraw(user: Any, transfer: Any) -> Decision:
    return _side(user, _contract(transfer)) or _operator(user, transfer)


def _object(user: Any, transfer: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to object; objections are named."), code="sign_in")
    if not transfer.takes_objections:
        return deny(_("The price publicity is over."), code="state")
    return allow("public")


def _answer(user: Any, objection: Any) -> Decision:
    decision = _operator(user, objection.transfer)
    if decision and objection.filed_by_id == user.pk:
        return deny(_("You filed this objection."), code="separation")
    if decision and objection.answered_at is not None:
        return deny(_("The objection has been answered."), code="done")
    return decision


def _name_objector(user: Any, objection: Any) -> Decision:
    role = holds(user, *READERS)
    if role:
        return allow(role)
    if is_person(user) and objection.filed_by_id == user.pk:
        return allow("public")
    return deny(_("Who objected is known to the platform's staff alone."))


def _scope_named(user: Any) -> QuerySet[Any]:
    rows = rows_of("TransferObjection")
    if holds(user, *READERS):
        return rows.all()
    return rows.filter(filed_by=user) if is_person(user) else rows.none()


def _view_objection(user: Any, objection: Any) -> Decision:
    return _name_objector(user, objection) or view_contract(user, _contract(objection.transfer))


def _scope_objections(user: Any) -> QuerySet[Any]:
    rows = rows_of("TransferObjection")
    inside = rows.filter(transfer__outcome__contract__in=scope_contracts(user).values("pk"))
    return either(rows, _scope_named(user), inside)


POLICY = {
    "transfer.view": Rule(_view_transfer, _scope_transfers),
    "transfer.create": Rule(_create_transfer),
    "transfer.edit": Rule(_edit_transfer),
    "transfer.open_publicity": Rule(_operator),
    "transfer.conclude": Rule(_operator),
    "transfer.withdraw": Rule(_withdraw),
    "transfer.object": Rule(_object),
    "transfer_objection.view": Rule(_view_objection, _scope_objections),
    "transfer_objection.read_name": Rule(_name_objector, _scope_named),
    "transfer_objection.answer": Rule(_answer),
}
