"""The money of one milestone: requested, approved and paid by three different people."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge
from challenges.models.milestone import Milestone, race_lets_it
from challenges.permissions.payments import PAYING

PAYMENT_EDGES = [
    ("scheduled", "requested"),
    ("requested", "scheduled"),
    ("requested", "approved"),
    ("approved", "paid"),
    ("scheduled", "frozen"),
    ("requested", "frozen"),
    ("approved", "frozen"),
    ("frozen", "scheduled"),
    ("scheduled", "cancelled"),
    ("requested", "cancelled"),
    ("approved", "cancelled"),
    ("frozen", "cancelled"),
]


@condition(_("The contract is not in force."))
def contract_pays(payment: Any) -> bool:
    """It is in force, completed, or ended without blame: what was accepted before is still paid."""
    return bool(payment.contract.state in PAYING)


@condition(_("The milestone is not accepted yet: no more is paid than was accepted."))
def milestone_is_accepted(payment: Any) -> bool:
    """Paid ≤ accepted."""
    return bool(payment.milestone.state == "accepted")


@condition(_("Nothing is paid for this milestone: its share is 0."))
def something_is_due(payment: Any) -> bool:
    """An amount above zero; the payment plan may leave a milestone without one."""
    return bool(payment.amount > 0)


@condition(_("The money has not arrived yet: finance records what comes in on the contract's page of money."))
def money_is_held(payment: Any) -> bool:
    """What is held of the contract covers the payment."""
    held = payment.contract.postings.filter(account="held").exclude(source="self_raised")
    return bool((held.aggregate(total=models.Sum("amount"))["total"] or 0) >= payment.amount)


@condition(_("The payment is at the bank: its answer comes first."))
def not_at_the_bank(payment: Any) -> bool:
    """No file that the bank has not answered yet names it."""
    return not payment.lines.filter(result="pending").exists()


@condition(_("The team's account was changed: a second person confirms it first."))
def payee_is_settled(payment: Any) -> bool:
    """No change of the payee account waits for confirmation."""
    return not payment.contract.payees.filter(state="given").exists()


class Payment(InChallenge):
    """The money of one milestone; requester, approver and payer are three different people."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", pgettext_lazy("payment", "Scheduled")
        REQUESTED = "requested", pgettext_lazy("payment", "Requested")
        APPROVED = "approved", pgettext_lazy("payment", "Approved")
        PAID = "paid", pgettext_lazy("payment", "Paid")
        FROZEN = "frozen", pgettext_lazy("payment", "Frozen")
        CANCELLED = "cancelled", pgettext_lazy("payment", "Cancelled: not selected in the race, ended without blame")

    state = StateField(default=State.SCHEDULED, choices=State.choices)
    milestone = models.OneToOneField(Milestone, on_delete=models.PROTECT, related_name="payment")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    held_back = models.BooleanField(_("held back until the race is decided"), default=False, editable=False)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    paid_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    paid_at = models.DateTimeField(null=True)
    reference = models.CharField(_("bank reference"), max_length=100, blank=True)
    return_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("payment")
        ordering = ["contract", "milestone__position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="payment_approver_is_not_requester",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_by=None)
                | (~models.Q(paid_by=models.F("requested_by")) & ~models.Q(paid_by=models.F("approved_by"))),
                name="payment_payer_is_neither",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="payment_state"),
            models.Index(fields=["-created_at", "id"], name="payment_newest"),
        ]
        triggers = state_guards("scheduled", PAYMENT_EDGES)

    def __str__(self) -> str:
        return f"{self.milestone}"

    @property
    def label(self) -> str:
        return f"{self.contract.challenge.title} · {self.milestone.title}"

    @transition(
        field=state,
        source=State.SCHEDULED,
        target=State.REQUESTED,
        permission=may("payment.request"),
        conditions=[something_is_due, contract_pays, race_lets_it, milestone_is_accepted],
        custom={"label": _("Request the payment"), "tells": ["payment_requested"]},
    )
    def request(self, *, actor: User) -> None:
        """The team asks for the share of an accepted milestone."""
        self.requested_by, self.requested_at = actor, self.now

    @transition(
        field=state,
        source=State.REQUESTED,
        target=State.SCHEDULED,
        permission=may("payment.approve"),
        custom={"label": _("Return the request"), "style": "secondary", "tells": ["payment_returned"]},
    )
    def send_back(self, *, actor: User, reason: str) -> None:
        """Something is missing."""
        self.return_reason = reason
        self.requested_by = self.requested_at = None

    @transition(
        field=state,
        source=State.REQUESTED,
        target=State.APPROVED,
        permission=may("payment.approve"),
        conditions=[contract_pays, milestone_is_accepted, money_is_held],
        custom={"label": _("Approve the payment"), "tells": ["payment_approved"]},
    )
    def approve(self, *, actor: User) -> None:
        """Somebody other than the requester approves."""
        self.approved_by, self.approved_at = actor, self.now

    @transition(
        field=state,
        source=State.APPROVED,
        target=State.PAID,
        permission=may("payment.pay"),
        conditions=[milestone_is_accepted, not_at_the_bank, payee_is_settled],
        custom={
            "label": _("Record the payment"),
            "tells": ["payment_paid"],
            "consequences": [_("The payment is recorded as made; this cannot be undone.")],
        },
    )
    def pay(self, *, actor: User, reference: str) -> None:
        """Finance has paid; the bank's reference proves it."""
        self.paid_by, self.paid_at, self.reference = actor, self.now, reference

    @transition(
        field=state,
        source=[State.SCHEDULED, State.REQUESTED, State.APPROVED],
        target=State.FROZEN,
        permission=may("payment.freeze"),
        conditions=[not_at_the_bank],
        custom={"label": _("Freeze the payment"), "style": "danger", "tells": ["payment_frozen"]},
    )
    def freeze(self, *, actor: User | None, reason: str) -> None:
        """Nothing is paid until it is released."""
        self.return_reason = reason

    @transition(
        field=state,
        source=State.FROZEN,
        target=State.SCHEDULED,
        permission=may("payment.release"),
        conditions=[contract_pays],
        custom={"label": _("Release the payment"), "style": "secondary"},
    )
    def release(self, *, actor: User, reason: str) -> None:
        """The reason to freeze is gone; the request starts again."""
        self.requested_by = self.requested_at = self.approved_by = self.approved_at = None
        self.return_reason = reason

    @transition(
        field=state,
        source=[State.SCHEDULED, State.REQUESTED, State.APPROVED, State.FROZEN],
        target=State.CANCELLED,
        permission=may("payment.cancel"),
    )
    def cancel(self, *, reason: str, **_inputs: Any) -> None:
        """Its milestone will not be delivered: the contract ended without blame, and the money moved on."""
        self.return_reason = reason
