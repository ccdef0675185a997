"""Policy of contracts, milestones and payments."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person, platform_only
from challenges.permissions.bids import on_team, sign_for_bid
from challenges.permissions.challenges import owner
from challenges.permissions.duties import SIGNATORIES, STAFF, Allows, either, granted, rows_of, staff

BOTH_SIDES = _("You confirmed for the other side; somebody else confirms for this one.")


def _view_contract(user: Any, contract: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if is_person(user) and user.belongs_to(contract.challenge.owner_id):
        return allow("owner")
    return on_team(user, contract.bid, "view_bid")


def _scope_contracts(user: Any) -> QuerySet[Any]:
    rows = rows_of("Contract")
    if holds(user, *STAFF):
        return rows.all()
    if not is_person(user):
        return rows.none()
    own = rows.filter(challenge__owner__in=list(user.membership_roles))
    return either(rows, own, rows.filter(bid__in=granted(user, "view_bid")))


def _contract_owner(user: Any, contract: Any) -> Decision:
    return owner(user, contract.challenge)


def _edit_contract(user: Any, contract: Any) -> Decision:
    decision = _contract_owner(user, contract)
    if decision and contract.state != "draft":
        return deny(_("Only a draft can be edited; take the contract back for revision first."), code="state")
    return decision


def _sign_as_owner(user: Any, contract: Any) -> Decision:
    decision = _contract_owner(user, contract)
    if not decision:
        return decision
    if user.membership_roles.get(contract.challenge.owner_id) not in SIGNATORIES:
        return deny(_("An administrator or signatory of the owner's organisation must do this."), code="signatory")
    if contract.owner_signed_at is not None:
        return deny(_("Your side has already confirmed."), code="done")
    return deny(BOTH_SIDES, code="separation") if contract.bidder_signed_by_id == user.pk else decision


def _sign_as_bidder(user: Any, contract: Any) -> Decision:
    decision = sign_for_bid(user, contract.bid)
    if decision and contract.bidder_signed_at is not None:
        return deny(_("Your side has already confirmed."), code="done")
    if decision and contract.owner_signed_by_id == user.pk:
        return deny(BOTH_SIDES, code="separation")
    return decision


def _either_side(user: Any, contract: Any) -> Decision:
    return _contract_owner(user, contract) or on_team(user, contract.bid)


def _of_contract(allows: Allows) -> Allows:
    return lambda user, item: allows(user, item.contract)


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
    decision = _contract_owner(user, milestone.contract)
    if decision and milestone.submitted_by_id == user.pk:
        return deny(_("Whoever submitted the milestone may not accept it."), code="separation")
    return decision


def _scope_of_contracts(name: str) -> Callable[[Any], QuerySet[Any]]:
    def scope(user: Any) -> QuerySet[Any]:
        rows = rows_of(name)
        return rows.all() if holds(user, *STAFF) else rows.filter(contract__in=_scope_contracts(user).values("pk"))

    return scope


def _request_payment(user: Any, payment: Any) -> Decision:
    return on_team(user, payment.contract.bid)


def _approve_payment(user: Any, payment: Any) -> Decision:
    decision = staff("decider", of=lambda item: item.contract.challenge)(user, payment)
    if decision and payment.requested_by_id == user.pk:
        return deny(_("You requested this payment; somebody else must approve it."), code="separation")
    return decision


def _pay(user: Any, payment: Any) -> Decision:
    decision = staff("finance", of=lambda item: item.contract.challenge)(user, payment)
    if decision and user.pk in (payment.requested_by_id, payment.approved_by_id):
        return deny(_("You requested or approved this payment; somebody else must pay it."), code="separation")
    return decision


def _freeze_payment(user: Any, payment: Any) -> Decision:
    return staff("decider", of=lambda item: item.contract.challenge)(user, payment)


def _read_milestone_document(user: Any, document: Any) -> Decision:
    return _view_contract(user, document.milestone.contract)


POLICY = {
    "contract.view": Rule(_view_contract, _scope_contracts),
    "contract.edit": Rule(_edit_contract),
    "contract.offer": Rule(_contract_owner),
    "contract.revise": Rule(_either_side),
    "contract.sign_as_owner": Rule(_sign_as_owner),
    "contract.sign_as_bidder": Rule(_sign_as_bidder),
    "contract.take_effect": Rule(platform_only),
    "contract.settle": Rule(platform_only),
    "milestone.view": Rule(_of_contract(_view_contract), _scope_of_contracts("Milestone")),
    "milestone.submit": Rule(_submit_milestone),
    "milestone.add_evidence": Rule(_add_evidence),
    "milestone.start_acceptance": Rule(_owner_or_operator),
    "milestone.accept": Rule(_accept_milestone),
    "milestone.fail": Rule(lambda user, item: staff("operator")(user, item.contract.challenge)),
    "payment.view": Rule(_of_contract(_view_contract), _scope_of_contracts("Payment")),
    "payment.request": Rule(_request_payment),
    "payment.approve": Rule(_approve_payment),
    "payment.pay": Rule(_pay),
    "payment.freeze": Rule(_freeze_payment),
    "payment.release": Rule(_freeze_payment),
    "milestone_document.read": Rule(
        _read_milestone_document,
        lambda user: rows_of("MilestoneDocument").filter(milestone__contract__in=_scope_contracts(user).values("pk")),
    ),
}
