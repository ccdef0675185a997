"""Signing in over the API, and being who the token says."""

from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.utils.dateparse import parse_datetime

from accounts import clock
from accounts.models import ApiToken
from accounts.signin import TRIES_PER_ACCOUNT
from reviews.demo.people import account

PASSWORD = "correct horse battery"


@pytest.fixture
def person(db):
    return account("somebody", "某人", PASSWORD)


def sign_in(email="somebody@demo.example", password=PASSWORD, **more):
    body = {"email": email, "password": password, **more}
    return Client().post("/api/tokens", body, content_type="application/json", headers={"accept-language": "en"})


def test_token_opens_what_is_ones_own(person):
    answer = sign_in(email=" Somebody@demo.example")
    assert answer.status_code == 200
    assert parse_datetime(answer.json()["expires_at"]) > clock.now() + timedelta(days=29)
    me = Client().get("/api/me", headers={"Authorization": f"Bearer {answer.json()['token']}"})
    assert me.json()["email"] == person.email
    assert me.json()["unread"] == 0


def test_token_is_stored_as_its_hash_only(person):
    token = sign_in().json()["token"]
    assert ApiToken.objects.get().digest == ApiToken.digest_of(token)
    assert token not in str(ApiToken.objects.values())


@pytest.mark.parametrize(("email", "password"), [("somebody@demo.example", "wrong"), ("nobody@demo.example", PASSWORD)])
def test_sign_in_refused_without_telling_which_was_wrong(person, email, password):
    answer = sign_in(email, password)
    assert answer.status_code == 401
    assert answer.json() == {"code": "credentials", "reason": "E-mail or password is wrong."}


def test_sign_in_refused_for_inactive_account(person):
    person.is_active = False
    person.save()
    assert sign_in().status_code == 401


def test_sign_in_refused_before_email_is_confirmed(person):
    person.emailaddress_set.update(verified=False)
    assert sign_in().json()["code"] == "unverified"


def test_sign_in_asks_for_the_code_of_two_steps(person):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    assert sign_in().json()["code"] == "code_wanted"
    assert sign_in(code="000000").status_code == 401
    current = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    assert sign_in(code=current).status_code == 200
    assert sign_in(code=current).status_code == 401, "a code counts once"


def test_sign_in_takes_a_recovery_code_once(person):
    totp.TOTP.activate(person, totp.generate_totp_secret())
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    assert sign_in(code=code).status_code == 200
    assert sign_in(code=code).status_code == 401


def test_sign_in_stops_after_too_many_tries(person):
    for _try in range(TRIES_PER_ACCOUNT):
        assert sign_in(password="wrong").status_code == 401
    assert sign_in().status_code == 429


def test_token_of_inactive_or_unknown_is_refused(person, as_):
    caller = as_(person)
    assert caller.get("me").status_code == 200
    person.is_active = False
    person.save()
    assert caller.get("me").status_code == 401
    unknown = Client().get("/api/challenges", headers={"Authorization": "Bearer unknown"})
    assert unknown.status_code == 401, "a wrong token does not fall back to the public"
    assert unknown.json()["code"] == "sign_in"


def test_expired_token_is_refused(person, as_):
    caller = as_(person)
    ApiToken.objects.update(expires_at=clock.now())
    assert caller.get("me").status_code == 401


def test_token_is_ended_by_its_program_and_no_other_is(person, as_):
    one, other = as_(person), as_(person)
    assert one.delete("tokens").status_code == 204
    assert one.get("me").status_code == 401
    assert one.delete("tokens").status_code == 401
    assert other.get("me").status_code == 200
    client = Client()
    client.force_login(person)
    assert client.delete("/api/tokens").status_code == 401, "a session is signed out on the pages"


def test_session_reads_and_writes_only_with_csrf_token(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.get("/api/me").status_code == 200
    body = {"name": "示范公司", "uscc": "91350100M000100Y43"}
    refused = client.post("/api/organizations", body, content_type="application/json")
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf"
    client.get("/api/docs")
    token = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/api/organizations", body, content_type="application/json", headers=token).status_code == 201
