"""Delivery of notifications: at once after commit, and again by the clock for whatever was left."""

import logging

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts import clock, notifications
from accounts.models import EmailPreference, Notification
from config import realtime

logger = logging.getLogger(__name__)
BATCH = 200


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
    """Take up the rows that no worker has delivered: the outbox's sweep."""
    rows = Notification.objects.filter(delivered_at=None).order_by("created_at")
    for pk in list(rows.values_list("pk", flat=True)[:BATCH]):
        _deliver_one(str(pk))


def _deliver_one(pk: str) -> None:
    with transaction.atomic():
        rows = Notification.objects.select_for_update(skip_locked=True, of=("self",)).select_related("recipient")
        row = rows.filter(pk=pk, delivered_at=None).first()
        if row is None:
            return
        if _wants_email(row):
            _send_email(row)
        row.delivered_at = clock.now()
        row.save(update_fields=["delivered_at"])
    realtime.nudge(row.recipient_id, {"type": "inbox", "id": str(row.pk), "challenge": str(row.challenge_id or "")})


def _wants_email(row: Notification) -> bool:
    preference = row.recipient.email_preference
    return preference == EmailPreference.ALL or (preference == EmailPreference.NEEDS_ACTION and row.needs_action)


def _send_email(row: Notification) -> None:
    with translation.override(row.recipient.language):
        title = notifications.title(row)
        text = _("%(title)s\n\nOpen it here: %(url)s\n\nYou choose which e-mails you get in your settings.") % {
            "title": title,
            "url": f"{settings.SITE_URL}/inbox/{row.pk}/",
        }
        send_mail(title.splitlines()[0], text, None, [row.recipient.email])
