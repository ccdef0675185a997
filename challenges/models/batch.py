"""A bank file: approved payments on their way to the bank together, and the bank's answer line by line."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from challenges.models.payee import PayeeAccount
from challenges.models.payment import Payment


class PaymentBatch(models.Model):
    """What was given to the bank at once, numbered; its hash covers every line as the file carries it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("batch number"), max_length=30, unique=True)
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("payment batch")
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["-created_at", "id"], name="batch_newest")]

    def __str__(self) -> str:
        return self.number


class BatchLine(models.Model):
    """One payment in a bank file; a payment is at the bank once at a time."""

    class Result(models.TextChoices):
        PENDING = "pending", pgettext_lazy("batch", "At the bank")
        PAID = "paid", pgettext_lazy("batch", "Paid")
        FAILED = "failed", pgettext_lazy("batch", "Failed")

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

    def __str__(self) -> str:
        return f"{self.batch} {self.position}"
