"""Invitations into the expert pool: written by operators, e-mailed by the clock."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import ledger
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused
from challenges.permissions import STAFF
from reviews.models import Expert, ExpertInvitation

logger = logging.getLogger(__name__)
CLAIM = timedelta(minutes=2)  # longer than one e-mail takes with a mail server that does not answer
BATCH = 100


def invite_expert(
    *, actor: User, email: str, name: str, message: str = "", language: str = "zh-hans"
) -> ExpertInvitation:
    """Ask an address to apply for the pool. Raises Refused when its person is in it, or is asked already."""
    decision = require(actor, "expert.invite")
    email = email.lower()
    if Expert.objects.filter(user__email=email).exists():
        raise Refused(_("This person is in the expert pool already, or has applied."), code="exists")
    if User.objects.filter(email=email, roles__overlap=list(STAFF)).exists():
        raise Refused(_("The platform's staff does not review."), code="separation")
    invitation = ExpertInvitation(email=email, name=name, message=message, language=language, invited_by=actor)
    invitation.mail_due_at = invitation.now
    try:
        invitation.full_clean(exclude=["state", "sent_at"], validate_constraints=False)
        with transaction.atomic():
            invitation.save(force_insert=True)
            ledger.append(
                invitation, "invite", actor=actor, acting_as=decision.role, target=ExpertInvitation.State.OPEN
            )
    except IntegrityError as error:
        raise Refused(_("This address has an open invitation; send that one again."), code="exists") from error
    return invitation


def send_invitations() -> int:
    """Send every e-mail that is owed; answers how many went out. Run by the clock, and by several clocks at once."""
    sent = 0
    due = ExpertInvitation.objects.filter(mail_due_at__lte=Now(), state=ExpertInvitation.State.OPEN)
    for pk in list(due.order_by("mail_due_at").values_list("pk", flat=True)[:BATCH]):
        if not due.filter(pk=pk).update(mail_due_at=Now() + CLAIM):
            continue
        invitation = ExpertInvitation.objects.select_related("invited_by").get(pk=pk)
        try:
            _send(invitation)
        except OSError as fault:  # what smtplib and the network raise; owed again when the claim runs out
            logger.warning("The invitation %s waits: %s", pk, fault)
            continue
        ExpertInvitation.objects.filter(pk=pk).update(mail_due_at=None, sent_at=Now())
        sent += 1
    return sent


def _send(invitation: ExpertInvitation) -> None:
    with translation.override(invitation.language):
        known = User.objects.filter(email=invitation.email, is_active=True).exists()
        way = "/experts/apply/" if known else "/accounts/signup/?next=/experts/apply/"
        words = {
            "name": invitation.name,
            "inviter": invitation.invited_by,
            "message": f"{invitation.message}\n\n" if invitation.message else "",
            "url": f"{settings.SITE_URL}{way}",
            "email": invitation.email,
        }
        title = _("Invitation into the expert pool")
        text = (
            _(
                "%(name)s,\n\n%(inviter)s invites you to review bids on technical challenges.\n\n%(message)sSign up"
                " with this address (%(email)s) and apply here: %(url)s\n\nAn operator then checks who you are and whom"
                " you work for. If you do not want to, leave this e-mail unanswered."
            )
            % words
        )
    EmailMessage(title, text, None, [invitation.email]).send()
