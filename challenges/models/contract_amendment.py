"""Changes of a contract in force (变更): asked for by one side, agreed by the other, approved by their kind."""

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge

AMENDMENT_EDGES = [
    ("requested", "agreed"),
    ("requested", "refused"),
    ("requested", "withdrawn"),
    ("agreed", "approved"),
    ("agreed", "refused"),
    ("agreed", "withdrawn"),
]


@condition(_("The contract is not in force any more."))
def contract_is_in_force(amendment: Any) -> bool:
    """Only a contract in force is amended."""
    return bool(amendment.contract.state == "effective")


@condition(
    lambda item: (
        _("A core target is weakened: %(needed)d experts of the panel must support it in writing, %(n)d do so far.")
        % {"needed": item.contract.challenge.frozen_rules.amendment_experts, "n": item.supporters}
    )
)
def experts_support_it(amendment: Any) -> bool:
    """Weakening a core target takes the written support of (rule) experts, and of more than are against it."""
    if not amendment.weakens_core:
        return True
    against = amendment.opinions.filter(supports=False).count()
    needed = amendment.contract.challenge.frozen_rules.amendment_experts
    return bool(amendment.supporters >= needed and amendment.supporters > against)


class ContractAmendment(InChallenge):
    """One numbered change with what it was before and after, field by field."""

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("amendment", "Asked for")
        AGREED = "agreed", pgettext_lazy("amendment", "Agreed by both sides")
        APPROVED = "approved", pgettext_lazy("amendment", "In force")
        REFUSED = "refused", pgettext_lazy("amendment", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("amendment", "Withdrawn")

    class Kind(models.TextChoices):
        PARTNER = "partner", _("Consortium and shares")
        PRINCIPAL = "principal", _("Person in charge")
        BUDGET = "budget", _("Amount")
        DATE = "date", _("Dates of milestones")
        TARGET = "target", _("Values of targets")
        EXTENSION = "extension", _("Extension of the whole")

    OPEN = (State.REQUESTED, State.AGREED)
    BY_OPERATOR = (Kind.PARTNER, Kind.DATE)

    state = StateField(default=State.REQUESTED, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField(editable=False)
    kind = models.CharField(_("kind of change"), max_length=10, choices=Kind)
    reason = models.TextField(_("why"), max_length=5000)
    changes = models.JSONField(editable=False)
    lines = models.JSONField(default=list, editable=False)
    weakens_core = models.BooleanField(default=False, editable=False)
    by_owner = models.BooleanField(editable=False)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True)
    version = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("contract amendment")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="amendment_number"),
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(state__in=["requested", "agreed"]), name="one_open_amendment"
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(kind="extension", state="approved"), name="extended_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-created_at"], name="amendment_state_newest"),
            models.Index(fields=["-created_at", "id"], name="amendment_newest"),
        ]
        triggers = state_guards("requested", AMENDMENT_EDGES)

    def __str__(self) -> str:
        return self.contract.challenge.title

    @property
    def supporters(self) -> int:
        """How many experts support it in writing."""
        return self.opinions.filter(supports=True).count()

    @transition(
        field=state,
        source=State.REQUESTED,
        target=State.AGREED,
        permission=may("amendment.agree"),
        conditions=[contract_is_in_force],
        custom={
            "label": _("Agree to the change"),
            "consequences": [_("The platform then approves or refuses it; until then the contract stands as it is.")],
            "tells": ["amendment_agreed"],
        },
    )
    def agree(self, *, actor: User, proof: str) -> None:
        """The other side's signatory agrees."""
        self.agreed_by, self.agreed_at = actor, self.now

    @transition(
        field=state,
        source=State.REQUESTED,
        target=State.REFUSED,
        permission=may("amendment.agree"),
        custom={"label": _("Refuse the change"), "style": "secondary", "tells": ["amendment_refused"]},
    )
    def disagree(self, *, actor: User, reason: str) -> None:
        """The other side refuses."""
        self.refusal = reason

    @transition(
        field=state,
        source=[State.REQUESTED, State.AGREED],
        target=State.WITHDRAWN,
        permission=may("amendment.withdraw"),
        custom={"label": _("Withdraw the change"), "style": "secondary"},
    )
    def withdraw(self, *, actor: User) -> None:
        """Whoever asked for it needs it no more."""

    @transition(
        field=state,
        source=State.AGREED,
        target=State.APPROVED,
        permission=may("amendment.approve"),
        conditions=[contract_is_in_force, experts_support_it],
        custom={
            "label": _("Approve the change"),
            "consequences": [_("The contract changes at once and gets a new version; earlier versions stay readable.")],
            "tells": ["amendment_approved"],
        },
    )
    def approve(self, *, actor: User, version: int) -> None:
        """It is in force as a new version of the contract."""
        self.decided_by, self.decided_at, self.version = actor, self.now, version

    @transition(
        field=state,
        source=State.AGREED,
        target=State.REFUSED,
        permission=may("amendment.approve"),
        custom={"label": _("Do not approve the change"), "style": "danger", "tells": ["amendment_refused"]},
    )
    def reject(self, *, actor: User, reason: str) -> None:
        """The platform does not approve it."""
        self.decided_by, self.decided_at, self.refusal = actor, self.now, reason


class AmendmentOpinion(models.Model):
    """What one expert of the bid's panel wrote on weakening a core target; staff alone learn the name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    amendment = models.ForeignKey(ContractAmendment, on_delete=models.CASCADE, related_name="opinions")
    expert = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    supports = models.BooleanField(_("supported"))
    text = models.TextField(_("opinion"), max_length=5000)
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["amendment", "given_at", "id"]
        constraints = [models.UniqueConstraint(fields=["amendment", "expert"], name="one_opinion_each")]

    def __str__(self) -> str:
        return self.text[:40]
