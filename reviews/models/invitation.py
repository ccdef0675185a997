"""Invitations into the expert pool: an e-mail to somebody who has no account yet, or has not applied."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may

AT_EARLIEST = timedelta(minutes=10)


@condition(_("It was sent a moment ago; ten minutes lie between two e-mails."))
def not_just_sent(invitation: "ExpertInvitation") -> bool:
    """Nobody is flooded with mail."""
    last = invitation.sent_at or invitation.created_at
    return invitation.now >= last + AT_EARLIEST


class ExpertInvitation(Stateful):
    """Asks one address to apply for the pool; answered when the account of that confirmed address applies.

    `mail_due_at` is when the e-mail is owed; the clock sends it and empties the column, so that nothing is lost when a
    mail server or a worker is down.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("invitation", "Waiting for an answer")
        ANSWERED = "answered", pgettext_lazy("invitation", "Has applied")
        WITHDRAWN = "withdrawn", pgettext_lazy("invitation", "Withdrawn")

    state = StateField(default=State.OPEN, choices=State.choices)
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=100)
    message = models.TextField(_("a few words of your own"), max_length=1000, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="zh-hans")
    mail_due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation into the pool")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=models.Q(state="open"), name="one_open_invitation_of_an_address"
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="expert_invitation_newest"),
            models.Index(
                fields=["mail_due_at"], condition=models.Q(mail_due_at__isnull=False), name="expert_invitation_due"
            ),
        ]
        triggers = state_guards("open", [("open", "answered"), ("open", "withdrawn")])

    def __str__(self) -> str:
        return self.name

    @transition(
        field=state,
        source=State.OPEN,
        target=State.OPEN,
        permission=may("expert.invite"),
        conditions=[not_just_sent],
        custom={"label": _("Send the e-mail again"), "style": "secondary"},
    )
    def resend(self, **_inputs: Any) -> None:
        """The same e-mail once more."""
        self.mail_due_at = self.now

    @transition(
        field=state,
        source=State.OPEN,
        target=State.WITHDRAWN,
        permission=may("expert.invite"),
        custom={
            "label": _("Withdraw the invitation"),
            "style": "danger",
            "consequences": [
                _("No further e-mail goes out. Whoever has the address may still apply, as anybody may."),
            ],
        },
    )
    def withdraw(self, **_inputs: Any) -> None:
        """The invitation is no longer meant."""
        self.mail_due_at = None

    @transition(field=state, source=State.OPEN, target=State.ANSWERED, permission=may("expert.answer_invitation"))
    def answer(self, **_inputs: Any) -> None:
        """The person who was asked has applied."""
        self.mail_due_at = None
