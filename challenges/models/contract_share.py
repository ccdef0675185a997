"""What each organisation of the consortium bears and gets."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from challenges.models.bid_guards import SHARES
from challenges.models.contract import Contract


def _share(label: object) -> "models.DecimalField[object, object]":
    return models.DecimalField(label, max_digits=5, decimal_places=2, default=0)  # type: ignore[arg-type]


class ContractShare(models.Model):
    """One organisation's shares of a contract's cost, results, benefits and risks, in per cent."""

    SHARES = SHARES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="shares")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    cost_share = _share(_("cost share"))
    result_share = _share(_("result share"))
    benefit_share = _share(_("benefit share"))
    risk_share = _share(_("risk share"))

    class Meta:
        ordering = ["contract", "position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "organization"], name="one_contract_share_each"),
            models.CheckConstraint(
                condition=models.Q(*((f"{name}__range", (0, 100)) for name in SHARES)), name="shares_are_per_cent"
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)
