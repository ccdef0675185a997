"""The ledger: what every step leaves, append-only and hash-chained."""

import uuid

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class LedgerEntry(models.Model):
    """One act: who, acting as what, did what to what, from which state to which, when by the database's clock.

    Each chain is numbered for itself and each key is random, so that no gap tells of entries one may not see.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.UUIDField()
    seq = models.PositiveIntegerField()
    challenge_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acting_as = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    source = models.CharField(max_length=30, blank=True)
    target = models.CharField(max_length=30, blank=True)
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("ledger entry")
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="ledger_chain_seq")]
        indexes = [
            models.Index(fields=["challenge_id", "at"], name="ledger_challenge_at"),
            models.Index(fields=["actor", "-at"], name="ledger_actor_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'The ledger is append-only';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq} {self.action}"
