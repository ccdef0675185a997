"""Delivery of notifications: at once after commit, and again by the clock for whatever was left."""

import logging
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts import clock, notifications
from accounts.models import EmailPreference, Notification
from config import realtime

logger = logging.getLogger(__name__)
BATCH = 200
CLAIM = timedelta(minutes=2)  # longer than one delivery takes with a mail server that does not answer
SOONEST, LATEST = timedelta(seconds=15), timedelta(hours=1)  # between two tries; in between as long as it waits already
GIVE_UP = timedelta(days=3)
PERMANENT = 500


def deliver_soon(ids: list[str]) -> None:
    """Hand new rows to a worker; when the queue is down the clock's sweep delivers them later."""
    try:
        deliver.delay(ids)
    except OperationalError as fault:
        logger.warning("The queue is down, %d notifications wait for the sweep: %s", len(ids), fault)


@shared_task
def deliver(ids: list[str]) -> None:
    """Deliver these rows; a row somebody else is delivering, or has delivered, is left alone."""
    for pk in ids:
        _deliver_one(pk)


@shared_task
def deliver_pending() -> None:
    """Take up the rows that are due and that no worker has delivered: the outbox's sweep."""
    rows = Notification.objects.filter(delivered_at=None, due_at__lte=Now()).order_by("due_at")
    for pk in list(rows.values_list("pk", flat=True)[:BATCH]):
        _deliver_one(str(pk))


def _deliver_one(pk: str) -> None:
    """Claim the row, nudge, send the e-mail, note it; nothing is locked while a mail server is waited for.

    When a worker dies in between its claim runs out and another begins again: a page tells the same nudge once, and
    the e-mail keeps its Message-ID.
    """
    due = Notification.objects.filter(pk=pk, delivered_at=None, due_at__lte=Now())
    if not due.update(due_at=Now() + CLAIM):
        return
    row = Notification.objects.select_related("recipient").get(pk=pk)
    what = {"type": "inbox", "id": pk, "challenge": str(row.challenge_id or "")}
    if not realtime.nudge(row.recipient_id, what) or (_wants_email(row) and not _mailed(row)):
        wait = min(max(clock.now() - row.created_at, SOONEST), LATEST)
        Notification.objects.filter(pk=pk).update(due_at=Now() + wait)
        return
    Notification.objects.filter(pk=pk).update(delivered_at=Now())


def _wants_email(row: Notification) -> bool:
    preference = row.recipient.email_preference
    return preference == EmailPreference.ALL or (preference == EmailPreference.NEEDS_ACTION and row.needs_action)


def _mailed(row: Notification) -> bool:
    """Whether the e-mail is out of our hands: taken, or never to be taken; False when it is worth another try."""
    try:
        _send_email(row)
    except OSError as fault:  # what smtplib and the network raise
        if not _is_final(fault) and clock.now() - row.created_at < GIVE_UP:
            logger.warning("The e-mail of notification %s waits: %s", row.pk, fault)
            return False
        logger.warning("The e-mail of notification %s is given up: %s", row.pk, fault)
    return True


def _is_final(fault: OSError) -> bool:
    """Whether the mail server will not have this address, now or later (RFC 5321, 4.2.1: replies from 500 on)."""
    if not isinstance(fault, SMTPRecipientsRefused):
        return False
    return all(code >= PERMANENT for code, _said in fault.recipients.values())


def _send_email(row: Notification) -> None:
    with translation.override(row.recipient.language):
        title = notifications.title(row)
        text = _("%(title)s\n\nOpen it here: %(url)s\n\nYou choose which e-mails you get in your settings.") % {
            "title": title,
            "url": f"{settings.SITE_URL}/inbox/{row.pk}/",
        }
    headers = {"Message-ID": f"<{row.pk}@{urlsplit(settings.SITE_URL).hostname}>"}
    EmailMessage(title.splitlines()[0], text, None, [row.recipient.email], headers=headers).send()
