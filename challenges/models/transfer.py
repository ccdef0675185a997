"""The transfer of an outcome at a price: agreed and shown to the public first, or found on a market.

Where the price is agreed (协议定价), the holder publishes the outcome's name and the proposed price: 促进科技成果转化法
(Law on Promoting the Transformation of Scientific and Technological Achievements), article 18; for not fewer than 15
days: 国发〔2016〕16号 (State Council), part 1 (2).
"""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.in_challenge import InChallenge
from challenges.models.outcome import Outcome

TRANSFER_EDGES = [
    ("draft", "publicity"),
    ("draft", "concluded"),
    ("draft", "withdrawn"),
    ("publicity", "concluded"),
    ("publicity", "withdrawn"),
]


@condition(_("Only an agreed price is published first; a listing or an auction is concluded at the price it reached."))
def price_is_agreed(transfer: Any) -> bool:
    """The price was agreed between two parties."""
    return bool(transfer.way == transfer.Way.AGREED)


@condition(_("An agreed price is published first; the transfer is concluded when the publicity is over."))
def price_was_published(transfer: Any) -> bool:
    """An agreed price went through its publicity."""
    return bool(transfer.way != transfer.Way.AGREED or transfer.publicity_ends_at is not None)


@condition(_("The price publicity is not over yet."))
def publicity_is_over(transfer: Any) -> bool:
    """By the database's clock; a price that a market found needs none."""
    return transfer.publicity_ends_at is None or bool(transfer.now >= transfer.publicity_ends_at)


@condition(_("An objection is still open; answer it with reasons first."))
def no_objection_is_open(transfer: Any) -> bool:
    """Every objection has its answer."""
    return not transfer.objections.filter(answered_at=None).exists()


@condition(_("The outcome was replaced by a newer version: withdraw this transfer and write one of that version."))
def outcome_holds(transfer: Any) -> bool:
    """The outcome is the confirmed version."""
    return bool(transfer.outcome.state == "confirmed")


class Transfer(InChallenge):
    """One transfer of a confirmed outcome to one buyer."""

    CHALLENGE = "outcome.contract.challenge_id"

    class Way(models.TextChoices):
        AGREED = "agreed", _("Agreed price")
        LISTING = "listing", _("Listing on a technology exchange")
        AUCTION = "auction", _("Auction")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLICITY = "publicity", pgettext_lazy("transfer", "Price publicity")
        CONCLUDED = "concluded", pgettext_lazy("transfer", "Concluded")
        WITHDRAWN = "withdrawn", pgettext_lazy("transfer", "Withdrawn")

    state = StateField(default=State.DRAFT, choices=State.choices)
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="transfers")
    way = models.CharField(_("way the price is found"), max_length=20, choices=Way.choices)
    name = models.CharField(_("name of what is transferred"), max_length=200)
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    buyer = models.CharField(_("buyer"), max_length=200)
    grounds = models.TextField(_("what the price rests on"), max_length=5000)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    publicity_opens_at = models.DateTimeField(null=True)
    publicity_ends_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    withdraw_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("transfer")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gt=0), name="transfer_has_a_price"),
            models.CheckConstraint(
                condition=~models.Q(state="concluded", way="agreed", publicity_ends_at=None),
                name="agreed_price_was_published",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="transfer_newest"),
            models.Index(fields=["state", "-created_at"], name="transfer_state_newest"),
        ]
        triggers = state_guards("draft", TRANSFER_EDGES)

    def __str__(self) -> str:
        return self.name

    @property
    def window(self) -> datetime:
        """When a publicity that begins now ends, by the rules of the challenge."""
        return self.now + self.outcome.contract.challenge.frozen_rules.price_publicity

    @property
    def publicity_days(self) -> int:
        """The whole days of the publicity; 0 where there is none, or it is shorter."""
        if self.publicity_opens_at is None or self.publicity_ends_at is None:
            return 0
        return (self.publicity_ends_at - self.publicity_opens_at).days

    @property
    def takes_objections(self) -> bool:
        """Whether the publicity runs."""
        return (
            self.state == self.State.PUBLICITY
            and self.publicity_ends_at is not None
            and self.now < self.publicity_ends_at
        )

    @transition(
        field=state,
        source=State.DRAFT,
        target=State.PUBLICITY,
        permission=may("transfer.open_publicity"),
        conditions=[price_is_agreed, outcome_holds],
        custom={
            "label": _("Publish name and price"),
            "consequences": [
                _("Name, proposed price and buyer are public all that time; anyone who signs in may object."),
                _("The transfer is concluded only after it, with every objection answered."),
            ],
            "tells": ["price_publicity_opened"],
        },
    )
    def open_publicity(self, *, actor: User) -> None:
        """The window opens; it is counted in natural days."""
        self.publicity_opens_at, self.publicity_ends_at = self.now, self.window

    @transition(
        field=state,
        source=[State.DRAFT, State.PUBLICITY],
        target=State.CONCLUDED,
        permission=may("transfer.conclude"),
        conditions=[price_was_published, publicity_is_over, no_objection_is_open, outcome_holds],
        custom={"label": _("Record the transfer as concluded"), "tells": ["transfer_concluded"]},
    )
    def conclude(self, *, actor: User) -> None:
        """The price stands."""
        self.concluded_at = self.now

    @transition(
        field=state,
        source=[State.DRAFT, State.PUBLICITY],
        target=State.WITHDRAWN,
        permission=may("transfer.withdraw"),
        custom={"label": _("Withdraw the transfer"), "style": "danger", "tells": ["transfer_withdrawn"]},
    )
    def withdraw(self, *, actor: User, reason: str) -> None:
        """It is not pursued, or an objection against it was upheld."""
        self.withdraw_reason = reason


class TransferObjection(models.Model):
    """A written objection inside the price publicity, and the operator's answer with its reasons."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="objections")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(db_default=Now(), editable=False)
    name = models.CharField(_("your name or organisation"), max_length=200)
    text = models.TextField(_("what you object to, and the facts"), max_length=10000)
    upheld = models.BooleanField(null=True)
    answer = models.TextField(_("answer and its reasons"), max_length=10000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["filed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | ~models.Q(answered_by=models.F("filed_by")),
                name="objection_answerer_is_not_filer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transfer}"
