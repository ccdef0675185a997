"""A bank file: approved payments on their way to the bank together, and the bank's answer line by line."""

from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models.payee import PayeeAccount
from challenges.models.payment import Payment

BATCH_EDGES = [("exported", "called_back")]
LINE_EDGES = [("pending", "paid"), ("pending", "failed"), ("pending", "recalled")]


@condition(_("The bank has answered already: what it did not pay is free for the next file."))
def bank_has_not_answered(batch: Any) -> bool:
    """Every line still waits; a file that the bank has begun to answer is answered to its end."""
    return not batch.lines.exclude(result="pending").exists()


class PaymentBatch(Stateful):
    """What was given to the bank at once, numbered; its hash covers every line as the file carries it."""

    class State(models.TextChoices):
        EXPORTED = "exported", pgettext_lazy("batch", "Exported")
        CALLED_BACK = "called_back", pgettext_lazy("batch", "Called back")

    state = StateField(default=State.EXPORTED, choices=State.choices)
    number = models.CharField(_("batch number"), max_length=30, unique=True)
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    called_back_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    called_back_at = models.DateTimeField(null=True)
    call_back_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("payment batch")
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["-created_at", "id"], name="batch_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(called_back_by=None) | ~models.Q(called_back_by=models.F("created_by")),
                name="batch_is_called_back_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(called_back_by=None, called_back_at=None, call_back_reason="")
                | (
                    models.Q(called_back_by__isnull=False, called_back_at__isnull=False)
                    & ~models.Q(call_back_reason="")
                ),
                name="batch_is_called_back_with_a_reason",
            ),
        ]
        triggers = state_guards("exported", BATCH_EDGES)

    def __str__(self) -> str:
        return self.number

    @transition(
        field=state,
        source=State.EXPORTED,
        target=State.CALLED_BACK,
        permission=may("payment_batch.call_back"),
        conditions=[bank_has_not_answered],
        custom={
            "label": _("Call the file back"),
            "style": "danger",
            "tells": ["batch_called_back"],
            "consequences": [
                _("Make sure first that the bank has not carried it out: the platform cannot stop the bank."),
                _("Its payments are free for another file, and no answer of the bank to this one is taken over."),
            ],
        },
    )
    def call_back(self, *, actor: User, reason: str) -> None:
        """The bank is not to carry it out; somebody other than who made the file says so."""
        self.called_back_by, self.called_back_at, self.call_back_reason = actor, self.now, reason


class BatchLine(models.Model):
    """One payment in a bank file; a payment is at the bank once at a time, and what became of it there stands."""

    class Result(models.TextChoices):
        PENDING = "pending", pgettext_lazy("batch", "At the bank")
        PAID = "paid", pgettext_lazy("batch", "Paid")
        FAILED = "failed", pgettext_lazy("batch", "Failed")
        RECALLED = "recalled", pgettext_lazy("batch", "Called back")

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="lines")
    payee = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    purpose = models.CharField(max_length=200)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.PENDING)
    reference = models.CharField(_("bank reference"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    settled_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("batch line")
        ordering = ["batch", "position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="batch_line_position"),
            models.UniqueConstraint(
                fields=["payment"], condition=models.Q(result="pending"), name="batch_line_at_the_bank_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=Decimal(0)), name="batch_line_of_something"),
        ]
        triggers = [pgtrigger.FSM(name="result_edges", field="result", transitions=LINE_EDGES)]

    def __str__(self) -> str:
        return f"{self.batch} {self.position}"
