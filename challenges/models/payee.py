"""Where a team's money is paid to: given by its signatory, confirmed by a second person before the next payment."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge

PAYEE_EDGES = [("given", "confirmed"), ("given", "rejected"), ("confirmed", "replaced")]
NUMBER = RegexValidator(r"^[0-9]{8,30}$", _("An account number has 8 to 30 digits."))


class PayeeAccount(InChallenge):
    """A bank account for one contract; it is never edited, a change is a new one."""

    class State(models.TextChoices):
        GIVEN = "given", pgettext_lazy("payee", "Waits for confirmation")
        CONFIRMED = "confirmed", pgettext_lazy("payee", "Confirmed")
        REJECTED = "rejected", pgettext_lazy("payee", "Rejected")
        REPLACED = "replaced", pgettext_lazy("payee", "Replaced")

    state = StateField(default=State.GIVEN, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payees")
    holder = models.CharField(_("account holder"), max_length=100)
    bank = models.CharField(_("bank and branch"), max_length=100)
    number = models.CharField(_("account number"), max_length=30, validators=[NUMBER])
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    rejection = models.TextField(blank=True)

    class Meta:
        verbose_name = _("payee account")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(state="given"), name="payee_one_waits_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(state="confirmed"), name="payee_one_is_in_use"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("given_by")),
                name="payee_is_confirmed_by_another",
            ),
        ]
        triggers = state_guards("given", PAYEE_EDGES)

    def __str__(self) -> str:
        return f"{self.contract}"

    @property
    def masked(self) -> str:
        """The number as pages show it: its last four digits."""
        return f"**** {self.number[-4:]}"

    @transition(
        field=state,
        source=State.GIVEN,
        target=State.CONFIRMED,
        permission=may("payee.confirm"),
        custom={
            "label": _("Confirm the account"),
            "tells": ["payee_confirmed"],
            "consequences": [_("The next payments go to this account.")],
        },
    )
    def confirm(self, *, actor: User) -> None:
        """A second person has compared it with the bank's papers."""
        self.confirmed_by, self.confirmed_at = actor, self.now

    @transition(
        field=state,
        source=State.GIVEN,
        target=State.REJECTED,
        permission=may("payee.confirm"),
        custom={"label": _("Reject the account"), "style": "danger", "tells": ["payee_rejected"]},
    )
    def reject(self, *, actor: User, reason: str) -> None:
        """It is not the team's account."""
        self.rejection = reason

    @transition(field=state, source=State.CONFIRMED, target=State.REPLACED, permission=may("payee.replace"))
    def replace(self, *, actor: None) -> None:
        """Another account was confirmed."""
