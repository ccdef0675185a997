"""E-mails against a mail server that answers, refuses or is away: none lost, none twice, nobody held up by another."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import Notification
from accounts.tasks import GIVE_UP, deliver_pending
from config import realtime
from config.local.ports import free_port
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db


class MailServer(socketserver.ThreadingTCPServer):
    """Takes e-mails, but refuses the recipients in `refused` with their code."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.refused: dict[str, int] = {}
        self.asked: list[str] = []
        self.taken: list[tuple[str, str]] = []


class Conversation(socketserver.StreamRequestHandler):
    """As little of RFC 5321 as smtplib needs."""

    def handle(self) -> None:
        self.say(220)
        recipient, server = "", self.server
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                recipient = line.partition("<")[2].rstrip(">")
                server.asked.append(recipient)
                self.say(server.refused.get(recipient, 250))
            elif verb == "DATA":
                self.say(354)
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                server.taken.append((recipient, text))
                self.say(250)
            else:
                self.say(221 if verb == "QUIT" else 250)

    def say(self, code: int) -> None:
        self.wfile.write(f"{code} so it is\r\n".encode())


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server
        server.shutdown()


@pytest.fixture
def two_waiting(cast, rules) -> tuple[Notification, Notification]:
    """Two rows that nobody has delivered, each of whom an e-mail is due to; the first is the older one."""
    challenge_at(cast, "vetted")
    Notification.objects.update(delivered_at=Now())
    first = Notification.objects.filter(recipient=cast.operator, kind="challenge_submitted").get()
    second = Notification.objects.filter(recipient=cast.decider, kind="challenge_vetted").get()
    Notification.objects.filter(pk__in=[first.pk, second.pk]).update(delivered_at=None)
    return first, second


def is_delivered(row: Notification) -> bool:
    return Notification.objects.filter(pk=row.pk, delivered_at__isnull=False).exists()


def make_due() -> None:
    Notification.objects.filter(delivered_at=None).update(due_at=Now())


@pytest.mark.parametrize("code", [450, 550])
def test_address_that_is_refused_holds_up_nobody_else(mail_server, two_waiting, code):
    first, second = two_waiting
    mail_server.refused[first.recipient.email] = code

    deliver_pending()

    assert [recipient for recipient, _text in mail_server.taken] == [second.recipient.email]
    assert is_delivered(second)
    assert is_delivered(first) == (code == 550), "refused for good is not asked again, refused for now is"


def test_email_refused_for_now_waits_and_is_sent_once(mail_server, two_waiting):
    first, _second = two_waiting
    mail_server.refused[first.recipient.email] = 450
    deliver_pending()
    deliver_pending()
    assert mail_server.asked.count(first.recipient.email) == 1, "a server that refuses is not asked again at once"

    mail_server.refused.clear()
    make_due()
    deliver_pending()
    deliver_pending()

    assert [to for to, _text in mail_server.taken].count(first.recipient.email) == 1
    assert is_delivered(first)


def test_mail_server_that_is_away_keeps_every_row_and_every_nudge(settings, monkeypatch, two_waiting):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    nudged = []
    monkeypatch.setattr(realtime, "nudge", lambda user, _what: nudged.append(user) or True)

    deliver_pending()

    assert set(nudged) == {row.recipient_id for row in two_waiting}
    assert [row for row in two_waiting if is_delivered(row)] == []


def test_email_that_nobody_takes_for_days_is_given_up(mail_server, two_waiting):
    first, _second = two_waiting
    mail_server.refused[first.recipient.email] = 450
    Notification.objects.filter(pk=first.pk).update(created_at=Now() - GIVE_UP - timedelta(hours=1))

    deliver_pending()

    assert is_delivered(first)


def test_valkey_that_is_away_delays_nudge_and_email_together(settings, mail_server, two_waiting, monkeypatch):
    up = settings.CHANNEL_LAYERS
    monkeypatch.setattr(realtime._Layer, "down", False)
    address = f"redis://127.0.0.1:{free_port()}/0"
    settings.CHANNEL_LAYERS = {"default": up["default"] | {"CONFIG": {"hosts": [{"address": address}]}}}
    deliver_pending()
    assert mail_server.taken == []
    assert [row for row in two_waiting if is_delivered(row)] == []

    settings.CHANNEL_LAYERS = up
    make_due()
    deliver_pending()

    assert {to for to, _text in mail_server.taken} == {row.recipient.email for row in two_waiting}
    assert len(mail_server.taken) == 2


def test_row_whose_worker_died_is_taken_up_again_with_the_same_message_id(mail_server, two_waiting):
    first, _second = two_waiting
    deliver_pending()
    Notification.objects.filter(pk=first.pk).update(delivered_at=None)  # the worker died before it could note it
    deliver_pending()
    assert len(mail_server.taken) == 2, "its claim has not run out"

    make_due()
    deliver_pending()

    texts = [text for to, text in mail_server.taken if to == first.recipient.email]
    assert [text.count(f"Message-ID: <{first.pk}@") for text in texts] == [1, 1]
