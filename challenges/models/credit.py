"""Credit records (信用记录): a failing of an organisation, told to it, answered, and decided by a second person.

A record blocks nothing by itself: it is shown, while it is in force, to whoever checks the organisation's next bid. It
names no person. A team that failed though it was diligent (容错) gets none.
"""

import uuid
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, Organization, StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models.challenge import Challenge

CREDIT_EDGES = [("recorded", "confirmed"), ("recorded", "lifted"), ("confirmed", "lifted"), ("confirmed", "expired")]


@condition(_("The organisation may still answer; decide when it has, or when the period is over."))
def was_heard(record: Any) -> bool:
    """It answered, or let its period pass."""
    return bool(record.answered_at is not None or record.now >= record.answer_by)


@condition(_("The record is still in force."))
def term_is_over(record: Any) -> bool:
    """By the database's clock."""
    return bool(record.expires_at is not None and record.now >= record.expires_at)


class CreditRecord(Stateful):
    """What one organisation is held to have failed in on one challenge."""

    class Kind(models.TextChoices):
        DECLINED = "declined", _("Award declined without good reason")
        DEFAULT = "default", _("Contract not signed in time")
        AT_FAULT = "at_fault", _("Contract terminated, at fault")
        WITHDREW = "withdrew", _("Challenge withdrawn without good reason")
        FALSE_MATERIAL = "false_material", _("False material")

    class State(models.TextChoices):
        RECORDED = "recorded", pgettext_lazy("credit record", "Waiting for answer and decision")
        CONFIRMED = "confirmed", pgettext_lazy("credit record", "In force")
        LIFTED = "lifted", pgettext_lazy("credit record", "Lifted")
        EXPIRED = "expired", pgettext_lazy("credit record", "Expired")

    state = StateField(default=State.RECORDED, choices=State.choices)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="credit_records", verbose_name=_("organisation")
    )
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="credit_records")
    kind = models.CharField(_("what is recorded"), max_length=20, choices=Kind.choices)
    facts = models.TextField(_("facts, with dates and where they are proved"), max_length=10000)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateTimeField()
    answer_text = models.TextField(_("answer of the organisation"), max_length=10000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    decision = models.TextField(_("decision and its reasons"), max_length=10000, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("credit record")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("recorded_by")),
                name="credit_decider_is_not_recorder",
            ),
            models.UniqueConstraint(
                fields=["organization", "challenge", "kind"],
                condition=models.Q(state__in=["recorded", "confirmed"]),
                name="one_credit_record_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="credit_newest"),
            models.Index(fields=["state", "expires_at"], name="credit_state_expiry"),
            models.Index(fields=["organization", "state"], name="credit_organization_state"),
        ]
        triggers = state_guards("recorded", CREDIT_EDGES)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.organization}"

    @property
    def ledger_chain(self) -> uuid.UUID:
        """A chain of its own: the other parties of the challenge do not read it."""
        return self.id

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.challenge_id

    @transition(
        field=state,
        source=State.RECORDED,
        target=State.RECORDED,
        permission=may("credit_record.answer"),
        custom={
            "label": _("Answer the record"),
            "consequences": [_("A decider reads your answer before they decide; it is given once.")],
            "tells": ["credit_answered"],
        },
    )
    def answer(self, *, actor: User, answer: str) -> None:
        """The organisation says what it has to say, once."""
        self.answer_text, self.answered_by, self.answered_at = answer, actor, self.now

    @transition(
        field=state,
        source=State.RECORDED,
        target=State.CONFIRMED,
        permission=may("credit_record.decide"),
        conditions=[was_heard],
        custom={
            "label": _("Confirm the record"),
            "style": "danger",
            "consequences": [
                _("It is shown to whoever checks the organisation's bids, until it expires; it blocks nothing itself.")
            ],
            "tells": ["credit_decided"],
        },
    )
    def confirm(self, *, actor: User, decision: str) -> None:
        """It is so, and it counts; it expires after the period of the challenge's rules."""
        self._decided(actor, decision)
        self.expires_at = _years_later(self.now, self.challenge.frozen_rules.credit_years)

    @transition(
        field=state,
        source=[State.RECORDED, State.CONFIRMED],
        target=State.LIFTED,
        permission=may("credit_record.decide"),
        custom={
            "label": _("Lift the record"),
            "consequences": [_("It counts no longer, and stays readable to the organisation and the staff.")],
            "tells": ["credit_decided"],
        },
    )
    def lift(self, *, actor: User, decision: str) -> None:
        """It is not so, there was good reason, or it was made good since."""
        self._decided(actor, decision)
        self.expires_at = None

    @transition(
        field=state,
        source=State.CONFIRMED,
        target=State.EXPIRED,
        permission=may("credit_record.expire"),
        conditions=[term_is_over],
        custom={"tells": ["credit_expired"]},
    )
    def expire(self, **_inputs: Any) -> None:
        """By the clock."""

    def _decided(self, actor: User, decision: str) -> None:
        self.decision, self.decided_by, self.decided_at = decision, actor, self.now


def _years_later(moment: Any, years: int) -> Any:
    day: date = timezone.localdate(moment)
    leap = (day.month, day.day) == (2, 29)
    return moment.replace(year=moment.year + years, **({"day": 28} if leap else {}))


class CreditDocument(Document):
    """Evidence of a credit record, or of the answer to it."""

    record = models.ForeignKey(CreditRecord, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
