"""How programs sign in: a bearer token, or the browser's session with its CSRF token on the documentation page."""

from hashlib import sha256
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from accounts.models import ApiToken, User
from accounts.policy import Decision, Denied
from config import realtime

WINDOW_SECONDS = 300
TRIES_PER_ADDRESS = 100
TRIES_PER_ACCOUNT = 10


class SignInRefused(Exception):
    """The sign-in was refused; `code` is credentials, code_wanted, unverified or too_many."""

    def __init__(self, reason: Any, *, code: str, status: int = 401) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.code = code
        self.status = status


class Bearer(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Whose token this is; the request acts as that person from here on."""
        user = ApiToken.find_user(token.strip())
        if user is not None:
            request.user = user
        return user


class Session(APIKeyCookie):
    """The browser's session; what writes must bring the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        """Who is signed in here; a request with a token of its own does not fall back to the session."""
        user = request.user
        if "Authorization" in request.headers or not isinstance(user, User) or not user.is_active:
            return None
        if check_csrf(request) is not None:
            raise Denied(Decision(allowed=False, reason=_("Reload the page and try again."), code="csrf"))
        return user

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Not asked: `__call__` has decided."""
        return None


def anybody(request: HttpRequest) -> AnonymousUser | None:
    """The public, where nothing was sent that claims to be somebody."""
    return None if "Authorization" in request.headers else AnonymousUser()


SIGNED_IN = [Bearer(), Session()]
PUBLIC = [*SIGNED_IN, anybody]


def sign_in(request: HttpRequest, *, email: str, password: str, code: str) -> User:
    """The active, confirmed account of these credentials; raises SignInRefused. Counted per address and account."""
    address = email.replace("\x00", "").strip().lower()
    _count("address", get_adapter(request).get_client_ip(request), TRIES_PER_ADDRESS)
    _count("account", address, TRIES_PER_ACCOUNT)
    user = authenticate(request, email=address, password=password)
    if not isinstance(user, User):
        raise SignInRefused(_("E-mail or password is wrong."), code="credentials")
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        raise SignInRefused(_("Confirm your e-mail address first; the link is in your mail."), code="unverified")
    if is_mfa_enabled(user) and not _code_fits(user, code):
        raise SignInRefused(_("Give the current code of your two-step sign-in as “code”."), code="code_wanted")
    cache.delete(_key("account", address))
    return user


def asks_for_code(user: User) -> bool:
    """Whether this person proves who they are by the code of the two-step sign-in, and not by the password."""
    return bool(is_mfa_enabled(user))


def prove(user: User, *, secret: str) -> str:
    """Who is signed in proves it again, for an act that binds: by “code” or by “password”, which it answers.

    Raises SignInRefused; tries are counted with those of signing in.
    """
    address = user.email.lower()
    _count("account", address, TRIES_PER_ACCOUNT)
    by_code = asks_for_code(user)
    if not (_code_fits(user, secret) if by_code else user.check_password(secret)):
        wrong = _("The code is wrong or was used before.") if by_code else _("The password is wrong.")
        raise SignInRefused(wrong, code="credentials")
    cache.delete(_key("account", address))
    return "code" if by_code else "password"


def end_tokens(*, user: User, **_signal: Any) -> None:
    """A new password ends what programs were given under the old one."""
    ApiToken.objects.filter(user=user).delete()


def end_sockets(*, instance: Any, **_signal: Any) -> None:
    """A session that ends, by signing out here or from another device, takes its open sockets along."""
    transaction.on_commit(lambda: realtime.end_session(instance.session_key), robust=True)


def _code_fits(user: User, code: str) -> bool:
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    return bool(code) and any(
        item.wrap().validate_code(code) for item in Authenticator.objects.filter(user=user, type__in=kinds)
    )


def _key(kind: str, what: str) -> str:
    return f"sign-in:{kind}:{sha256(what.encode()).hexdigest()}"


def _count(kind: str, what: str, most: int) -> None:
    key = _key(kind, what)
    cache.add(key, 0, WINDOW_SECONDS)
    if cache.incr(key) > most:
        raise SignInRefused(_("Too many tries; wait five minutes."), code="too_many", status=429)
