"""Transfers: written by a side of the contract, objected to in the publicity, answered by an operator."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform
from challenges.models import Outcome, Transfer, TransferObjection

COLUMNS = ("way", "name", "price", "buyer", "grounds")


def create_transfer(outcome: Outcome, *, actor: User, data: Mapping[str, Any]) -> Transfer:
    """A draft; one transfer of an outcome is under way at a time."""
    with transaction.atomic():
        outcome = workflow.lock(outcome)
        decision = require(actor, "transfer.create", outcome)
        if outcome.transfers.filter(state__in=(Transfer.State.DRAFT, Transfer.State.PUBLICITY)).exists():
            raise Refused(_("A transfer of this outcome is under way already."), code="transfer")
        transfer = Transfer(outcome=outcome, drafted_by=actor, **{name: data[name] for name in COLUMNS})
        transfer.save(force_insert=True)
        ledger.append(
            transfer, "create", actor=actor, acting_as=decision.role, target="draft",
            data={"transfer": transfer.pk, "way": transfer.way, "price": transfer.price},
        )  # fmt: skip
        notifications.tell("transfer_drafted", transfer, actor=actor)
    return transfer


def edit_transfer(transfer: Transfer, *, actor: User, data: Mapping[str, Any]) -> Transfer:
    """Change a draft."""
    with transaction.atomic():
        transfer = workflow.lock(transfer)
        decision = require(actor, "transfer.edit", transfer)
        for name in COLUMNS:
            if name in data:
                setattr(transfer, name, data[name])
        transfer.save()
        ledger.append(
            transfer, "edit", actor=actor, acting_as=decision.role, source="draft", target="draft",
            data={"fields": sorted(set(data) & set(COLUMNS)), "price": transfer.price},
        )  # fmt: skip
    return transfer


def object_to_transfer(transfer: Transfer, *, actor: User, name: str, text: str) -> TransferObjection:
    """A named objection inside the price publicity; the transfer waits for its answer."""
    with transaction.atomic():
        transfer = workflow.lock(transfer)
        decision = require(actor, "transfer.object", transfer)
        made = TransferObjection.objects.create(transfer=transfer, filed_by=actor, name=name, text=text)
        ledger.append(
            transfer, "object", actor=actor, acting_as=decision.role, source=transfer.state, target=transfer.state,
            data={"objection": made.pk},
        )  # fmt: skip
        notifications.tell("transfer_objected", transfer, actor=actor)
    return made


def answer_objection(objection: TransferObjection, *, actor: User, upheld: bool, answer: str) -> TransferObjection:
    """The operator's answer with its reasons; an objection that is upheld withdraws the transfer."""
    with transaction.atomic():
        transfer = workflow.lock(objection.transfer)
        objection = TransferObjection.objects.get(pk=objection.pk)
        objection.transfer = transfer
        decision = require(actor, "transfer_objection.answer", objection)
        objection.upheld, objection.answer = upheld, answer
        objection.answered_by, objection.answered_at = actor, transfer.now
        objection.save()
        ledger.append(
            transfer, "answer_objection", actor=actor, acting_as=decision.role, source=transfer.state,
            target=transfer.state, data={"objection": objection.pk, "upheld": upheld, "answer": answer},
        )  # fmt: skip
        notifications.write("transfer_objection_answered", transfer, [objection.filed_by])
        if upheld and transfer.state == Transfer.State.PUBLICITY:
            perform(transfer.withdraw, actor=actor, reason=answer)
    return objection
