"""Policy of payments: requester, approver and payer are three people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, deny, platform_only
from challenges.permissions.bids import on_team
from challenges.permissions.contracts import of_contract, scope_of_contracts, view_contract
from challenges.permissions.duties import staff


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


POLICY = {
    "payment.view": Rule(of_contract(view_contract), scope_of_contracts("Payment")),
    "payment.request": Rule(_request_payment),
    "payment.approve": Rule(_approve_payment),
    "payment.pay": Rule(_pay),
    "payment.cancel": Rule(platform_only),
    "payment.freeze": Rule(_freeze_payment),
    "payment.release": Rule(_freeze_payment),
}
