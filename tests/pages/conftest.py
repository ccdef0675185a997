"""Visiting pages as somebody, in English, so that what a page says does not hang on a catalogue."""

from collections.abc import Callable

import pytest

from tests.api.conftest import as_

__all__ = ["as_"]


@pytest.fixture
def visit() -> Callable[..., object]:
    """A client signed in as `user`, or as nobody."""
    from django.test import Client

    def sign_in(user: object = None) -> Client:
        client = Client(headers={"accept-language": "en"})
        if user is not None and user.is_authenticated:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
