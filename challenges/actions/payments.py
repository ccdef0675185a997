"""Steps of payments and recoveries that move money: the step and its booking stand or fall together.

The contract is locked first, then the payment; whoever comes second finds the state moved on.
"""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.actions import treasury
from challenges.models import Contract, Payment, Recovery
from challenges.models.booking import Account, balances_of


@step(Payment, "approve")
def approve(payment: Payment, *, actor: User) -> Payment:
    """Approved, its money is set aside."""
    workflow.lock(payment.contract)
    payment = perform(payment.approve, actor=actor)
    treasury.reserve(payment, actor=actor)
    return payment


@step(Payment, "pay")
def pay(payment: Payment, *, actor: User, reference: str) -> Payment:
    """Paid, and booked as paid."""
    workflow.lock(payment.contract)
    payment = perform(payment.pay, actor=actor, reference=reference)
    treasury.pay_out(payment, actor=actor)
    return payment


@step(Payment, "freeze")
def freeze(payment: Payment, *, actor: User | None, reason: str) -> Payment:
    """Frozen together with what is there of its money."""
    workflow.lock(payment.contract)
    payment = perform(payment.freeze, actor=actor, reason=reason)
    treasury.freeze(payment, actor=actor, reason=reason)
    return payment


def settle(contract: Contract, *, actor: User | None, reason: str) -> None:
    """A contract was terminated: its open payments are frozen, and their money is booked back to its sources.

    A payment at the bank is left to the bank's answer, and comes here afterwards if it failed.
    """
    freeze_open(contract, actor=actor, reason=reason)
    treasury.give_back(contract, actor=actor, reason=reason)


def freeze_open(contract: Contract, *, actor: User | None, reason: str) -> None:
    """Freeze what is neither paid nor at the bank; those furthest on keep their money before the others."""
    order = {state: place for place, state in enumerate(("approved", "requested", "scheduled"))}
    rows = (
        contract.payments.filter(state__in=list(order))
        .exclude(lines__result="pending")
        .select_related("contract", "milestone")
    )
    for payment in sorted(rows, key=lambda item: (order[item.state], item.milestone.position)):
        freeze(payment, actor=actor, reason=reason)


@step(Payment, "release")
def release(payment: Payment, *, actor: User, reason: str) -> Payment:
    """Released: what was frozen is held again."""
    workflow.lock(payment.contract)
    payment = perform(payment.release, actor=actor, reason=reason)
    treasury.release(payment, actor=actor, reason=reason)
    return payment


def request_recovery(contract: Contract, *, actor: User, amount: Decimal, reason: str) -> Recovery:
    """Ask for unused money back; together with what is asked for already, never more than was paid out."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.request_recovery", contract)
        open_ones = contract.recoveries.filter(state__in=["requested", "approved"])
        asked = sum((item.amount for item in open_ones), Decimal(0))
        if not 0 < amount <= balances_of(contract).all(Account.PAID) - asked:
            raise Refused(_("More cannot come back than was paid out and not asked for yet."), code="funds")
        if any(item.amount == amount for item in open_ones):
            raise Refused(
                _("The same amount is asked for already; that recovery comes to its end first."), code="twice"
            )
        recovery = Recovery(contract=contract, amount=amount, reason=reason, requested_by=actor)
        recovery.save(force_insert=True)
        ledger.append(
            recovery, "request", actor=actor, acting_as=decision.role, target="requested",
            data={"amount": amount, "reason": reason},
        )  # fmt: skip
        notifications.tell("recovery_requested", recovery, actor=actor)
    return recovery


@step(Recovery, "record")
def record(recovery: Recovery, *, actor: User, reference: str) -> Recovery:
    """Recorded, and booked as recovered."""
    workflow.lock(recovery.contract)
    recovery = perform(recovery.record, actor=actor, reference=reference)
    treasury.take_back(recovery, actor=actor)
    return recovery
