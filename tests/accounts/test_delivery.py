"""What was written with the change is delivered, by whichever worker comes, to each person once."""

import os
import subprocess
import sys

import pytest
from django.core import mail
from django.db import transaction

from accounts import notifications
from accounts.models import Notification, Organization
from accounts.tasks import deliver, deliver_pending
from accounts.workflow import Refused, take
from tests.factories.life import challenge_at


@pytest.mark.django_db
def test_rows_left_by_a_dead_worker_are_delivered_by_the_sweep_and_once(cast, rules):
    challenge_at(cast, "submitted")
    waiting = Notification.objects.filter(kind="challenge_submitted", delivered_at=None)
    assert [row.recipient for row in waiting] == [cast.operator]
    deliver_pending()
    deliver_pending()
    deliver([str(row.pk) for row in Notification.objects.all()])
    assert not Notification.objects.filter(delivered_at=None).exists()
    assert [message.to for message in mail.outbox if cast.operator.email in message.to] == [[cast.operator.email]]


@pytest.mark.django_db
def test_a_refused_step_tells_nobody(cast, rules):
    challenge = challenge_at(cast, "submitted")
    before = Notification.objects.count()
    Organization.objects.filter(pk=challenge.owner_id).update(region="某市")
    with pytest.raises(Refused):
        take(challenge, "submit", actor=cast.owner)
    assert Notification.objects.count() == before


@pytest.mark.django_db
def test_rows_of_a_rolled_back_transaction_are_gone(cast):
    with transaction.atomic():
        notifications.tell("organization_verified", cast.owner_organization)
        transaction.set_rollback(True)
    assert not Notification.objects.filter(kind="organization_verified", object_id=cast.owner_organization.pk).exists()


def test_a_dead_queue_stops_no_request():
    program = "import django; django.setup(); from accounts.tasks import deliver_soon; deliver_soon(['x']); print('on')"
    environment = os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "config.settings"}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "on"
    assert "1 notifications wait for the sweep" in run.stderr


@pytest.mark.django_db
def test_email_follows_the_persons_preference(cast, rules):
    cast.operator.email_preference = "none"
    cast.operator.save()
    challenge_at(cast, "submitted")
    deliver_pending()
    assert all(cast.operator.email not in message.to for message in mail.outbox)


@pytest.mark.django_db
def test_mail_speaks_the_readers_language_and_links_to_the_inbox(cast, rules):
    cast.operator.language = "en"
    cast.operator.save()
    challenge_at(cast, "submitted")
    deliver_pending()
    message = next(item for item in mail.outbox if cast.operator.email in item.to)
    assert "submitted for vetting" in message.subject
    assert "/inbox/" in message.body
