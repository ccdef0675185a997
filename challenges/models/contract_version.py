"""What a contract said each time it was offered or amended."""

import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from challenges.models.contract import Contract


class ContractVersion(models.Model):
    """The content of one version, never rewritten; `sha256` covers its canonical JSON and is what is confirmed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["contract", "-number"]
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="one_content_per_version")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.contract} · {self.number}"
