"""The one socket: who may open it, what it carries, and that it ends with what it was opened with."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from accounts import notifications
from accounts.models import ApiToken, User
from accounts.tasks import deliver_pending
from accounts.workflow import take
from challenges.actions.bids import grant_team
from reviews.demo import walk
from tests.conftest import Site
from tests.factories.life import challenge_at
from tests.factories.reviews import person

SOON = 10


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def listen(site: Site) -> Iterator[Callable[..., ClientConnection]]:
    """Opens sockets, with a client's session or a token, and reads their first word."""
    with ExitStack() as stack:

        def opened(client: Client | None = None, *, token: str = "", origin: str = site.url) -> ClientConnection:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if client is not None:
                headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={client.cookies['sessionid'].value}"
            socket = stack.enter_context(
                connect(f"{site.socket_url}/ws/inbox", additional_headers=headers, origin=origin, open_timeout=SOON)
            )
            assert word(socket)["type"] == "hello"
            return socket

        yield opened


def word(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=SOON))


def is_ended(socket: ClientConnection) -> bool:
    """Whether the next thing that happens is the end, with the code that says so."""
    with pytest.raises(ConnectionClosed) as end:
        socket.recv(timeout=SOON)
    return end.value.rcvd is not None and end.value.rcvd.code == 4401


def tell(user: User, about: Any) -> None:
    notifications.write("organization_verified", about, [user])
    deliver_pending()


def test_socket_is_refused_to_strangers_and_to_other_sites(listen, cast):
    client = signed_in(cast.owner)
    for given in ({}, {"token": "unknown"}, {"client": client, "token": "unknown"}):
        with pytest.raises((ConnectionClosed, InvalidStatus)):
            listen(**given)
    for origin in ("https://evil.example", "null", None):
        with pytest.raises(InvalidStatus) as refused:
            listen(client, origin=origin)
        assert refused.value.response.status_code == 403
    listen(client)


def test_socket_ends_with_its_session_and_no_other_does(listen, cast):
    here, there = signed_in(cast.owner), signed_in(cast.owner)
    here.get("/inbox/")
    there.get("/inbox/")
    one, other, rival = listen(here), listen(there), listen(signed_in(cast.bidders[0]))
    assert here.post(reverse("account_logout")).status_code == 302
    assert is_ended(one)
    tell(cast.owner, cast.owner_organization)
    assert word(other)["unread"] == 1
    Session.objects.get(session_key=there.cookies["sessionid"].value).delete()  # as “Signed-in devices” does
    assert is_ended(other)
    tell(cast.bidders[0], cast.owner_organization)
    assert word(rival)["unread"] == 1


def test_socket_is_told_nothing_once_password_token_or_account_is_gone(listen, cast):
    user = cast.owner
    by_session, by_token = listen(signed_in(user)), listen(token=ApiToken.issue(user)[0])
    user.set_password("another-horse-battery-9")
    user.save()
    ApiToken.objects.filter(user=user).delete()
    tell(user, cast.owner_organization)
    assert is_ended(by_session)
    assert is_ended(by_token)
    left = listen(token=ApiToken.issue(user)[0])
    User.objects.filter(pk=user.pk).update(is_active=False)
    tell(user, cast.owner_organization)
    assert is_ended(left)


def test_sockets_tell_nobody_outside_the_team_of_a_sealed_bid(listen, cast, rules):
    challenge = challenge_at(cast, "published")
    deliver_pending()
    outside = (
        cast.owner, cast.operator, cast.decider, cast.supervisor, cast.finance, cast.bidders[1], cast.reviewers[0]
    )  # fmt: skip
    sockets = [listen(signed_in(user)) for user in outside]
    colleague = person("同事")
    team = listen(signed_in(colleague))
    bid = take(walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast), "withdraw", actor=cast.bidders[0])
    grant_team(bid, colleague)
    take(bid, "submit", actor=cast.bidders[0])
    deliver_pending()
    assert word(team)["challenge"] == str(challenge.pk)
    for user, socket in zip(outside, sockets, strict=True):
        tell(user, cast.owner_organization)  # the first thing that each of them hears
        heard = word(socket)
        assert heard["challenge"] == ""
