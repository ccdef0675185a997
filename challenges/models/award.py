"""The award (定榜): proposed, shown to the public, open to objection, confirmed by the clock."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.bid import Bid
from challenges.models.challenge import Challenge
from challenges.models.in_challenge import InChallenge

AWARD_EDGES = [
    ("proposed", "notice"),
    ("notice", "suspended"),
    ("suspended", "notice"),
    ("notice", "confirmed"),
    ("suspended", "revoked"),
    ("confirmed", "declined"),
    ("notice", "revoked"),
    ("confirmed", "revoked"),
]

# Objections that keep an award from being confirmed: open ones, upheld ones, and those that may still be appealed.
STANDS_IN_THE_WAY = models.Q(state__in=["filed", "acknowledged", "upheld"]) | models.Q(
    state="dismissed", against=None, appeal=None, appeal_until__gt=Now()
)


class Remedy(models.TextChoices):
    """What follows from an upheld objection, the mildest first: of several the strongest is carried out."""

    DISQUALIFY = "disqualify", _("Disqualify a bid")
    RESCORE = "rescore", _("Have the bids scored again by a new panel")
    CANCEL = "cancel", _("End the challenge without an award")


@condition(_("The notice period is not over yet."))
def notice_is_over(award: Any) -> bool:
    """By the database's clock."""
    return bool(award.notice_ends_at is not None and award.now >= award.notice_ends_at)


@condition(_("An objection is still open."))
def no_open_objection(award: Any) -> bool:
    """Every objection has been decided."""
    return not award.objections.filter(state__in=["filed", "acknowledged"]).exists()


@condition(_("An objection or appeal is still open, was upheld, or may still be appealed."))
def is_settled(award: Any) -> bool:
    """Nothing was upheld, nothing is open, and no time to appeal runs."""
    return not award.objections.filter(STANDS_IN_THE_WAY).exists()


@condition(_("No objection against this award was upheld."))
def an_objection_was_upheld(award: Any) -> bool:
    """At least one objection was upheld."""
    return bool(award.objections.filter(state="upheld").exists())


class Award(InChallenge):
    """One proposal of one or several winning bids; one that fell stays on record."""

    CHALLENGE = "challenge_id"

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("award", "Proposed")
        NOTICE = "notice", pgettext_lazy("state", "Public notice")
        SUSPENDED = "suspended", _("Suspended by an objection")
        CONFIRMED = "confirmed", pgettext_lazy("award", "Confirmed")
        REVOKED = "revoked", pgettext_lazy("award", "Revoked")
        DECLINED = "declined", _("Award declined")

    ALIVE = (State.PROPOSED, State.NOTICE, State.SUSPENDED, State.CONFIRMED)

    state = StateField(default=State.PROPOSED, choices=State.choices)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="awards")
    bids = models.ManyToManyField(Bid, through="AwardedBid", related_name="awards")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    departs_from_ranking = models.BooleanField(default=False)
    reason = models.TextField(_("reason to depart from the ranking"), blank=True)
    ranking_sha256 = models.CharField(max_length=64, blank=True)
    notice_opens_at = models.DateTimeField(null=True)
    notice_ends_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    shown_ranking = models.JSONField(default=list, editable=False)  # the ranking as this notice made it public
    remedy = models.CharField(_("remedy"), max_length=20, choices=Remedy, blank=True, editable=False)
    revoked_reason = models.TextField(_("why the award was revoked"), blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("award")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["challenge"],
                condition=models.Q(state__in=["proposed", "notice", "suspended", "confirmed"]),
                name="one_award_alive",
            )
        ]
        indexes = [
            models.Index(fields=["state", "notice_ends_at"], name="award_state_notice"),
            models.Index(fields=["-created_at", "id"], name="award_newest"),
            models.Index(fields=["state", "-created_at"], name="award_state_newest"),
        ]
        triggers = state_guards("proposed", AWARD_EDGES)

    def __str__(self) -> str:
        return self.challenge.title

    def may_fall(self) -> bool:
        """Whether an objection was upheld and none is open any more."""
        return an_objection_was_upheld(self) and no_open_objection(self)

    def may_go_on(self) -> bool:
        """Whether nothing stands in the way of the notice any more."""
        return bool(is_settled(self))

    def remedy_due(self) -> str:
        """The strongest remedy of what was upheld, once nothing is open; empty before, and when it is carried out."""
        if self.state != self.State.SUSPENDED or not self.may_fall():
            return ""
        decided = set(self.objections.filter(state="upheld").values_list("remedy", flat=True))
        # What was upheld before remedies were named sends the award back to its ranking, as it did then.
        return next((name for name in reversed(Remedy.values) if name in decided), Remedy.DISQUALIFY.value)

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.NOTICE,
        permission=may("award.open_notice"),
        custom={"tells": ["award_noticed"]},
    )
    def open_notice(self, **_inputs: Any) -> None:
        """The public notice begins; it ends after the rule set's period."""
        self.notice_opens_at = self.now
        self.notice_ends_at = self.challenge.frozen_rules.notice.after(self.now)

    @transition(field=state, source=State.NOTICE, target=State.SUSPENDED, permission=may("award.suspend"))
    def suspend(self, **_inputs: Any) -> None:
        """An objection was filed."""

    @transition(
        field=state,
        source=State.SUSPENDED,
        target=State.NOTICE,
        permission=may("award.resume"),
        conditions=[is_settled],
    )
    def resume(self, **_inputs: Any) -> None:
        """Every objection was dismissed, and none can be appealed any more."""

    @transition(
        field=state,
        source=State.NOTICE,
        target=State.CONFIRMED,
        permission=may("award.confirm"),
        conditions=[notice_is_over, is_settled],
    )
    def confirm(self, **_inputs: Any) -> None:
        """By the clock: the notice is over and no objection is open."""
        self.confirmed_at = self.now

    @transition(
        field=state,
        source=State.SUSPENDED,
        target=State.REVOKED,
        permission=may("award.revoke"),
        conditions=[no_open_objection, an_objection_was_upheld],
    )
    def revoke(self, *, reason: str, remedy: str, **_inputs: Any) -> None:
        """An objection was upheld; the proposal stays on record, with the public reason of its fall."""
        self.revoked_reason, self.remedy, self.revoked_at = reason, remedy, self.now

    @transition(
        field=state,
        source=[State.NOTICE, State.SUSPENDED, State.CONFIRMED],
        target=State.REVOKED,
        permission=may("award.revoke"),
    )
    def fall(self, *, reason: str, **_inputs: Any) -> None:
        """The owner withdrew the challenge; the award stays on record."""
        self.revoked_reason, self.revoked_at = reason, self.now

    @transition(field=state, source=State.CONFIRMED, target=State.DECLINED, permission=may("award.decline"))
    def decline(self, **_inputs: Any) -> None:
        """The winner declined."""


class AwardedBid(models.Model):
    """A winning bid of an award."""

    award = models.ForeignKey(Award, on_delete=models.CASCADE)
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["award", "bid"], name="awarded_once")]

    def __str__(self) -> str:
        return str(self.bid)
