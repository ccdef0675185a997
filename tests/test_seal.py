"""Before the opening nobody but the team learns anything of a bid, by any address of the site.

Every GET address that the site and its API declare is fetched by every persona, with every id there is, before the
first bid and again when four bids are sealed. No answer holds a word, number, name, file or id of a bid, and whatever
a persona outside the teams sees is the same in both worlds, so that no count and no order tells of them either.
"""

import re
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import ApiToken, LedgerEntry, Notification
from challenges.models import Bid, BidDocument, Challenge
from reviews.demo import walk
from tests import personas
from tests.factories.life import new_challenge

OUTSIDERS = (
    "anonymous", "stranger", "superuser", "owner", "reviewer",
    "operator", "decider", "decider2", "supervisor", "finance",
)  # fmt: skip
SKIPPED = re.compile(r"^/?(static/|accounts/|i18n/|__|healthz|readyz|jsi18n)")
QUERIES = (
    "",
    "?q=分阶段攻关",
    "?state=submitted",
    "?page=2",
    "?sort=-created_at",
    "?format=csv",
    "?q=示范大学材料学院",
)
CHANGING = [
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'), "csrf"),
    (re.compile(r"csrf[Tt]oken[^,;<]{0,120}"), "csrf"),
    (re.compile(r"&quot;X-CSRFToken&quot;: ?&quot;[^&]+&quot;"), "csrf"),
    (re.compile(r'nonce="[^"]+"'), "nonce"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"), "time"),
    (re.compile(r"\d+ ?(秒|分钟|小时|天|seconds?|minutes?|hours?|days?)"), "span"),
]


def addresses(resolver: Any = None, prefix: str = "") -> list[str]:
    """Every route of the site as a template with {name} places."""
    found: list[str] = []
    for pattern in (resolver or get_resolver()).url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern, text)
        elif isinstance(pattern, URLPattern):
            found.append("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text.replace("^", "").replace("$", "")).lstrip("/"))
    return [route for route in found if not SKIPPED.match(route.lstrip("/"))]


def ids() -> list[str]:
    """The id of every object that has one of its own."""
    found = set()
    for model in apps.get_models():
        if model._meta.app_label in ("accounts", "challenges", "reviews") and isinstance(
            model._meta.pk, type(Challenge._meta.pk)
        ):
            found |= {str(pk) for pk in model._base_manager.values_list("pk", flat=True)[:40]}
    return sorted(found)


def fill(route: str, known: list[str]) -> list[str]:
    """The route with every id in its place; other places get the values the site knows."""
    places = re.findall(r"{(\w+)}", route)
    if not places:
        return [route]
    choices = {
        "kind": ["challenges", "bids", "awards"],
        "name": ["submit", "open_bids", "withdraw", "declare_no_bids"],
        "step": ["submit", "open_bids", "withdraw", "declare_no_bids"],
        "part": ["technical", "commercial", "identity"],
    }
    options = [choices.get(place, known) for place in places]
    return [route.format(**dict(zip(places, values, strict=True))) for values in product(*options)]


def markers(challenge: Challenge) -> set[str]:
    """Everything by which a bid could be known."""
    found: set[str] = {"分阶段攻关", "机理研究与工程验证并行", "团队十二人", "技术方案"}
    for bid in Bid.objects.filter(challenge=challenge):
        found |= {bid.receipt_number, bid.sha256, bid.sha256[:12]}
        found |= {str(item.content.get("price")) for item in bid.envelopes.all() if item.content.get("price")}
        found |= {item.sha256 for item in BidDocument.objects.filter(envelope__bid=bid)}
    found |= {f"{int(float(price)):,}" for price in list(found) if re.fullmatch(r"\d{6,}\.\d\d", price)}
    return {item for item in found if item}


def client_of(user: Any) -> Client:
    client = Client(raise_request_exception=True)
    if not isinstance(user, AnonymousUser):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def bearer(user: Any) -> dict[str, str]:
    return {} if isinstance(user, AnonymousUser) else {"HTTP_AUTHORIZATION": f"Bearer {ApiToken.issue(user)[0]}"}


def normal(body: str) -> str:
    for pattern, word in CHANGING:
        body = pattern.sub(word, body)
    return body


def body_of(response: Any) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return raw.decode("utf-8", "replace")


def look(known: list[str], people: dict[str, Any]) -> dict[tuple[str, str], str]:
    """What each persona reads at each address."""
    seen = {}
    routes = addresses()
    for name, user in people.items():
        client, headers = client_of(user), bearer(user)
        for route in routes:
            for path in fill(route, known):
                for query in QUERIES if "{" not in route else ("",):
                    extra = headers if path.startswith("/api/") else {}
                    response = client.get(path + query, **extra)
                    assert response.status_code < 500, (name, path + query)
                    seen[name, path + query] = normal(f"{response.status_code} {body_of(response)}")
    return seen


@pytest.mark.django_db
def test_seal_holds_at_every_address_for_every_persona(cast, rules):
    challenge = walk.carry(new_challenge(cast, title="封存试验榜题"), cast, to="published")
    people = {name: user for name, user in personas.everyone(cast).items() if name in OUTSIDERS}
    known = ids()
    before = look(known, people)
    ledger_before, told_before = LedgerEntry.objects.count(), Notification.objects.count()

    walk.bid(Challenge.objects.get(pk=challenge.pk), cast)

    assert Bid.objects.filter(challenge=challenge, state="submitted").count() == 4
    assert LedgerEntry.objects.count() > ledger_before
    newly_told = Notification.objects.order_by("created_at")[told_before:]
    assert {row.recipient for row in newly_told} <= set(cast.bidders)
    secrets = markers(challenge) | {str(pk) for pk in Bid.objects.values_list("pk", flat=True)}
    after = look(known, people)
    changed = [key for key in before if before[key] != after[key]]
    assert not changed, changed[:20]

    fresh_ids = sorted(set(ids()) - set(known))
    assert len(fresh_ids) > 20
    leaks = []
    for (name, path), text in {**after, **look(fresh_ids, people)}.items():
        own = UUID(found.group()) if (found := re.search(r"[0-9a-f-]{36}", path)) else None
        leaks += [(name, path, secret) for secret in secrets if secret in text and secret != str(own)]
    assert not leaks, leaks[:20]


@pytest.mark.django_db
def test_seal_keeps_rivals_apart(cast, rules):
    challenge = walk.carry(new_challenge(cast), cast, to="published")
    walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    secrets = markers(challenge)
    rival = personas.fresh(cast.bidders[1])
    leaks = [
        (path, secret)
        for (_name, path), text in look(ids(), {"rival": rival}).items()
        for secret in secrets
        if secret in text
    ]
    assert not leaks, leaks[:20]


@pytest.mark.django_db
def test_team_reads_its_own_sealed_bid(cast, rules):
    challenge = walk.carry(new_challenge(cast), cast, to="published")
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    user = personas.fresh(cast.bidders[0])
    response = Client().get(f"/api/bids/{bid.pk}", **bearer(user))
    assert response.status_code == 200
    assert bid.receipt_number in body_of(response)
