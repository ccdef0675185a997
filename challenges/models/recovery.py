"""Unused money that a team pays back: asked for, approved and recorded by three different people."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge

RECOVERY_EDGES = [("requested", "approved"), ("requested", "refused"), ("approved", "recovered")]


class Recovery(InChallenge):
    """What the team still has of the money paid out and did not use; requester, approver and recorder are three."""

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("recovery", "Requested")
        APPROVED = "approved", pgettext_lazy("recovery", "Approved")
        RECOVERED = "recovered", pgettext_lazy("recovery", "Recovered")
        REFUSED = "refused", pgettext_lazy("recovery", "Refused")

    state = StateField(default=State.REQUESTED, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="recoveries")
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    reason = models.TextField(_("reason"), max_length=2000)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    recovered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recovered_at = models.DateTimeField(null=True)
    reference = models.CharField(_("bank reference"), max_length=100, blank=True)
    refusal = models.TextField(blank=True)

    class Meta:
        verbose_name = _("recovery")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="recovery_is_of_something"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="recovery_approver_is_not_requester",
            ),
            models.CheckConstraint(
                condition=models.Q(recovered_by=None)
                | (~models.Q(recovered_by=models.F("requested_by")) & ~models.Q(recovered_by=models.F("approved_by"))),
                name="recovery_recorder_is_neither",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="recovery_state")]
        triggers = state_guards("requested", RECOVERY_EDGES)

    def __str__(self) -> str:
        return f"{self.contract}"

    @transition(
        field=state,
        source=State.REQUESTED,
        target=State.APPROVED,
        permission=may("recovery.approve"),
        custom={"label": _("Approve the recovery"), "tells": ["recovery_approved"]},
    )
    def approve(self, *, actor: User) -> None:
        """Somebody other than the requester approves; the team pays back."""
        self.approved_by, self.approved_at = actor, self.now

    @transition(
        field=state,
        source=State.REQUESTED,
        target=State.REFUSED,
        permission=may("recovery.approve"),
        custom={"label": _("Refuse the recovery"), "style": "secondary", "tells": ["recovery_refused"]},
    )
    def refuse(self, *, actor: User, reason: str) -> None:
        """The money was used as agreed."""
        self.refusal = reason

    @transition(
        field=state,
        source=State.APPROVED,
        target=State.RECOVERED,
        permission=may("recovery.record"),
        custom={
            "label": _("Record the money that came back"),
            "tells": ["recovery_recorded"],
            "consequences": [_("The money is booked as recovered; this cannot be undone.")],
        },
    )
    def record(self, *, actor: User, reference: str) -> None:
        """The money has arrived; the bank's reference proves it."""
        self.recovered_by, self.recovered_at, self.reference = actor, self.now, reference
