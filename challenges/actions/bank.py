"""Payee accounts, the files that go to the bank, and its answers."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts import clock, ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges import bank_file
from challenges.actions.payments import pay, settle
from challenges.models import BatchLine, Contract, PayeeAccount, Payment, PaymentBatch

MOST_LINES = 500
_NOT_PAID = _("The bank did not pay, and the contract was terminated meanwhile.")
_CALLED_BACK = _(
    "File %(number)s was called back: no answer of the bank to it is taken over. "
    "If the bank carried it out all the same, clear it with the bank first."
)


def give_payee(contract: Contract, *, actor: User, holder: str, bank: str, number: str) -> PayeeAccount:
    """The team's signatory names the account; it is used once a second person has confirmed it."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.give_payee", contract)
        if contract.payees.filter(state="given").exists():
            raise Refused(_("An account waits for confirmation already: confirm or reject it first."), code="payee")
        payee = PayeeAccount(contract=contract, given_by=actor, holder=holder, bank=bank, number=number)
        payee.clean_fields(exclude={item.name for item in payee._meta.fields} - {"holder", "bank", "number"})
        payee.save(force_insert=True)
        data = {"holder": holder, "bank": bank, "number": payee.masked}
        ledger.append(payee, "give", actor=actor, acting_as=decision.role, target="given", data=data)
        notifications.tell("payee_given", payee, actor=actor)
    return payee


@step(PayeeAccount, "confirm")
def confirm_payee(payee: PayeeAccount, *, actor: User) -> PayeeAccount:
    """The account is in use from now on; the one before it is replaced."""
    workflow.lock(payee.contract)
    for earlier in PayeeAccount.objects.filter(contract=payee.contract_id, state="confirmed"):
        perform(earlier.replace, actor=None)
    confirmed: PayeeAccount = perform(payee.confirm, actor=actor)
    return confirmed


def make_batch(payments: Sequence[UUID], *, actor: User) -> PaymentBatch:
    """Put approved payments into one numbered file for the bank: all of them, or none."""
    with transaction.atomic():
        decision = require(actor, "payment_batch.create")
        if not 0 < len(set(payments)) <= MOST_LINES:
            raise Refused(_("Choose between 1 and %(most)d payments.") % {"most": MOST_LINES}, code="lines")
        found = list(Payment.objects.filter(pk__in=payments).order_by("contract_id", "pk"))
        for contract in sorted({payment.contract_id for payment in found}):
            workflow.lock(Contract(pk=contract))
        locked = [workflow.lock(payment) for payment in found]
        if len(locked) != len(set(payments)):
            raise Refused(_("One of these payments is not there any more."), code="lines")
        locked.sort(key=lambda payment: (payment.approved_at or payment.created_at, payment.pk))
        batch = PaymentBatch(number=_next_number(), created_by=actor)
        lines = [
            _line(batch, payment, position=position, actor=actor) for position, payment in enumerate(locked, start=1)
        ]
        batch.sha256 = bank_file.digest(batch, lines)
        batch.save(force_insert=True)
        ledger.append(
            batch, "create", actor=actor, acting_as=decision.role, target=batch.state,
            data={"number": batch.number, "sha256": batch.sha256},
        )  # fmt: skip
        BatchLine.objects.bulk_create(lines)
        for line in lines:
            data = {"batch": batch.number, "line": line.position, "sha256": batch.sha256}
            ledger.append(line.payment, "send_to_bank", actor=actor, acting_as=decision.role, data=data)
    return batch


def _next_number() -> str:
    """Numbered by day without gaps; whoever asks at the same time waits for their turn."""
    day = f"FK{localtime(clock.now()):%Y%m%d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"batch {day}"])
    return f"{day}-{PaymentBatch.objects.filter(number__startswith=day).count() + 1:03d}"


def _line(batch: PaymentBatch, payment: Payment, *, position: int, actor: User) -> BatchLine:
    require(actor, "payment.pay", payment)
    if payment.state != Payment.State.APPROVED:
        raise Refused(_("“%(payment)s” is not approved.") % {"payment": payment.label}, code="state")
    if payment.lines.filter(result="pending").exists():
        raise Refused(_("“%(payment)s” is at the bank already.") % {"payment": payment.label}, code="state")
    payees = {payee.state: payee for payee in payment.contract.payees.filter(state__in=["given", "confirmed"])}
    if "given" in payees or "confirmed" not in payees:
        reason = _("“%(payment)s”: the team's account must be confirmed by a second person first.")
        raise Refused(reason % {"payment": payment.label}, code="payee")
    return BatchLine(
        batch=batch, position=position, payment=payment, payee=payees["confirmed"], amount=payment.amount,
        purpose=payment.label[:200],
    )  # fmt: skip


def take_answers(batch: PaymentBatch, answers: Sequence[bank_file.Answer], *, actor: User) -> int:
    """Take over what the bank answered, all of it or nothing; answers how many lines it settled.

    A line settled in the same way before is left as it is, so a file may come twice.
    """
    with transaction.atomic():
        decision = require(actor, "payment_batch.create")
        _lock_contracts(batch)
        expect_answer(workflow.lock(batch))
        settled = 0
        for answer in answers:
            line = batch.lines.select_related("payment").get(position=answer.position)
            if line.result != BatchLine.Result.PENDING:
                if (line.result, line.reference) != (answer.result, answer.reference):
                    raise Refused(_("The bank answered otherwise to this line before."), code="settled")
                continue
            line.result, line.reference, line.reason = answer.result, answer.reference, answer.reason
            line.settled_on = answer.day
            line.save()
            settled += 1
            if line.result == BatchLine.Result.PAID:
                pay(workflow.lock(line.payment), actor=actor, reference=line.reference)
            else:
                data = {"batch": batch.number, "line": line.position, "reason": line.reason}
                ledger.append(line.payment, "fail_at_bank", actor=actor, acting_as=decision.role, data=data)
                notifications.tell("payment_failed_at_bank", line.payment, actor=actor, reason=line.reason)
        _settle_terminated(batch, reason=str(_NOT_PAID))
    return settled


def expect_answer(batch: PaymentBatch) -> None:
    """Raises Refused for a file that was called back: the bank is not asked to answer it any more."""
    if batch.state == PaymentBatch.State.CALLED_BACK:
        raise Refused(_CALLED_BACK % {"number": batch.number}, code="called_back")


@step(PaymentBatch, "call_back")
def call_back(batch: PaymentBatch, *, actor: User, reason: str) -> PaymentBatch:
    """Its payments are approved as before, and free for another file; those of a terminated contract end with it."""
    decision = require(actor, "payment_batch.call_back", batch)
    _lock_contracts(batch)
    batch = perform(batch.call_back, actor=actor, reason=reason)
    lines = list(batch.lines.select_related("payment__contract__challenge", "payment__milestone").order_by("position"))
    batch.lines.update(result=BatchLine.Result.RECALLED)
    for line in lines:
        data = {"batch": batch.number, "line": line.position, "reason": reason}
        ledger.append(line.payment, "call_back", actor=actor, acting_as=decision.role, data=data)
        notifications.tell("payment_called_back", line.payment, actor=actor, reason=reason)
    _settle_terminated(batch, reason=reason)
    return batch


def _lock_contracts(batch: PaymentBatch) -> None:
    """The contracts first, in order, as every step that moves their money does."""
    contracts = batch.lines.order_by("payment__contract_id").values_list("payment__contract_id", flat=True)
    for contract in contracts.distinct():
        workflow.lock(Contract(pk=contract))


def _settle_terminated(batch: PaymentBatch, *, reason: str) -> None:
    for over in Contract.objects.filter(payments__lines__batch=batch, state="terminated").distinct():
        settle(over, actor=None, reason=reason)
