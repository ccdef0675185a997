"""Policy of payments: requester, approver and payer are three people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds, platform_only
from challenges.permissions.bids import on_team, sign_for_bid
from challenges.permissions.contracts import of_contract, scope_of_contracts, view_contract
from challenges.permissions.duties import ANOTHER_ROLE, rows_of, staff

# A contract in force, completed, or ended without blame: what was accepted is still funded and paid.
PAYING = ("effective", "completed", "ended")


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
    return platform_only(user, payment) or _release_payment(user, payment)


def _release_payment(user: Any, payment: Any) -> Decision:
    return staff("decider", of=lambda item: item.contract.challenge)(user, payment)


def _request_recovery(user: Any, contract: Any) -> Decision:
    decision = staff("operator", of=lambda item: item.challenge)(user, contract)
    if decision and contract.state not in ("effective", "completed", "terminated", "ended"):
        return deny(_("The contract is not in force."), code="state")
    return decision


def _approve_recovery(user: Any, recovery: Any) -> Decision:
    decision = staff("decider", of=lambda item: item.contract.challenge)(user, recovery)
    if decision and recovery.requested_by_id == user.pk:
        return deny(_("You asked for this recovery; somebody else must approve it."), code="separation")
    return decision


def _record_recovery(user: Any, recovery: Any) -> Decision:
    decision = staff("finance", of=lambda item: item.contract.challenge)(user, recovery)
    if decision and user.pk in (recovery.requested_by_id, recovery.approved_by_id):
        return deny(_("You asked for or approved this recovery; somebody else must record it."), code="separation")
    return decision


def _receive_money(user: Any, contract: Any) -> Decision:
    decision = staff("finance", of=lambda item: item.challenge)(user, contract)
    if decision and contract.state not in PAYING:
        return deny(_("Money is received while the contract is in force."), code="state")
    return decision


def _give_payee(user: Any, contract: Any) -> Decision:
    decision = sign_for_bid(user, contract.bid)
    if decision and contract.state not in PAYING:
        return deny(_("The contract is not in force."), code="state")
    return decision


def _confirm_payee(user: Any, payee: Any) -> Decision:
    decision = on_team(user, payee.contract.bid) or staff("finance", of=lambda item: item.contract.challenge)(
        user, payee
    )
    if decision and payee.given_by_id == user.pk:
        return deny(_("You gave this account; a second person must confirm it."), code="separation")
    return decision


def _view_batch(user: Any, _batch: Any) -> Decision:
    role = holds(user, "finance", "supervisor")
    return allow(role) if role else deny(ANOTHER_ROLE)


def _call_batch_back(user: Any, batch: Any) -> Decision:
    role = holds(user, "finance")
    if role and batch.created_by_id == user.pk:
        return deny(_("You made this file; somebody else of finance must call it back."), code="separation")
    return allow(role) if role else deny(ANOTHER_ROLE)


POLICY = {
    "contract.give_payee": Rule(_give_payee),
    "payee.view": Rule(of_contract(view_contract), scope_of_contracts("PayeeAccount")),
    "payee.confirm": Rule(_confirm_payee),
    "payee.replace": Rule(platform_only),
    "payment_batch.view": Rule(
        _view_batch,
        lambda user: rows_of("PaymentBatch").all() if _view_batch(user, None) else rows_of("PaymentBatch").none(),
    ),
    "payment_batch.create": Rule(by_role("finance")),
    "payment_batch.call_back": Rule(_call_batch_back),
    "booking.view": Rule(of_contract(view_contract), scope_of_contracts("Booking")),
    "contract.receive_money": Rule(_receive_money),
    "contract.request_recovery": Rule(_request_recovery),
    "recovery.view": Rule(of_contract(view_contract), scope_of_contracts("Recovery")),
    "recovery.approve": Rule(_approve_recovery),
    "recovery.record": Rule(_record_recovery),
    "payment.view": Rule(of_contract(view_contract), scope_of_contracts("Payment")),
    "payment.request": Rule(_request_payment),
    "payment.approve": Rule(_approve_payment),
    "payment.pay": Rule(_pay),
    "payment.cancel": Rule(platform_only),
    "payment.freeze": Rule(_freeze_payment),
    "payment.release": Rule(_release_payment),
}
