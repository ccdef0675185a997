"""Before the opening nobody but the team learns anything of a bid, by any address of the site.

Every GET address that the site and its API declare is fetched by every persona, before the first bid and again when
four bids are sealed; then once more with the id of a bid and of each part of it in every place. No answer holds a word,
number, name, file or id of a bid, and whatever a persona outside the teams sees is the same in both worlds, so that no
count and no order tells of them either. The same holds when the bidding is closed and the first custodian has come, and
for what each step answers to those who press it.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from difflib import ndiff
from itertools import product
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import ApiToken, Notification
from accounts.workflow import step_names
from challenges.models import Bid, BidDocument, Challenge
from reviews.demo import walk
from tests import personas
from tests.factories.life import new_challenge

IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASHES = re.compile(r"\b[0-9a-f]{8,64}\b")
SKIPPED = re.compile(r"^/?(static/|accounts/|i18n/|__|healthz|readyz|jsi18n)")
QUERIES = ("", "?q=分阶段攻关", "?state=submitted&sort=-created_at", "?q=示范大学材料学院&format=csv")
CHANGING = [
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'), "csrf"),
    (re.compile(r"csrf-?[Tt]oken[^,;<]{0,120}"), "csrf"),
    (re.compile(r"""X-CSRFToken(&quot;|"): ?(&quot;|")\w+"""), "csrf"),
    (re.compile(r'nonce="[^"]+"'), "nonce"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"), "time"),
    (re.compile(r"\d+ ?(秒|分钟|小时|天|seconds?|minutes?|hours?|days?)"), "span"),
    (re.compile(r"刚刚|just now|span前|span ago"), "ago"),
    (re.compile(r'"cursor": "time~[^"]*"'), "cursor"),  # names what came within a minute, however long the test takes
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


def of_bids(bid: Bid | None = None) -> list[str]:
    """The id of one bid and of one of each thing that came with it and can be asked for."""
    bid = bid or Bid.objects.order_by("pk")[0]
    rows = (
        Bid.objects.filter(pk=bid.pk),
        bid.envelopes.all(),
        BidDocument.objects.filter(envelope__bid=bid),
    )
    return [str(found.order_by("pk")[0].pk) for found in rows]


def fill(route: str, known: Mapping[str, list[str]]) -> list[str]:
    """The route with every id in its place that is known for a word of it; other places get what the site knows."""
    ids = [one for word, some in known.items() if word in route for one in some]
    places = re.findall(r"{(\w+)}", route)
    choices = {
        "kind": ["challenges", "bids"],
        "name": ["submit", "open_bids", "declare_no_bids"],
        "part": ["technical", "identity"],
    }
    fixed = [place for place in places if place in choices]
    options = [choices[place] for place in fixed]
    return [
        route.format(**dict.fromkeys(places, one) | dict(zip(fixed, values, strict=True)))
        for one in (ids if len(places) > len(fixed) else [""])
        for values in product(*options)
    ]


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
    return unpacked(raw) if raw.startswith(b"PK") else raw.decode("utf-8", "replace")


def unpacked(archive: bytes) -> str:
    """What a workbook or an archive holds, but for when it was made."""
    with zipfile.ZipFile(io.BytesIO(archive)) as parts:
        held = [(name, parts.read(name).decode("utf-8", "replace")) for name in parts.namelist()]
    return "\n".join(f"{name}\n{text}" for name, text in held if name != "docProps/core.xml")


def look(user: Any, known: Mapping[str, list[str]], *, queries: tuple[str, ...] = QUERIES) -> dict[str, str]:
    """What this person reads at each address; without `queries` only at those that take an id."""
    seen = {}
    client, headers = client_of(user), bearer(user)
    for route in sorted(set(addresses())):
        for path in fill(route, known):
            for query in queries if "{" not in route and "/add/" not in route else ("",):
                response = client.get(path + query, **(headers if path.startswith("/api/") else {}))
                assert response.status_code < 500, path + query
                seen[path + query] = normal(f"{response.status_code} {body_of(response)}")
    return seen


def press(user: Any, challenge: Challenge, *, but: str = "") -> dict[str, str]:
    """What each step on the challenge, except `but`, answers to this person; nothing of it stays."""
    client, headers = client_of(user), bearer(user)
    answers = {}
    for name in ("bids", "panels", *(f"transitions/{step}" for step in step_names(Challenge) if step != but)):
        path = f"/api/challenges/{challenge.pk}/{name}"
        with transaction.atomic():
            response = client.post(path, {"reason": "理由充分"}, content_type="application/json", **headers)
            bare = client.post(path, {}, content_type="application/json", **headers)
            transaction.set_rollback(True)
        assert max(response.status_code, bare.status_code) < 500, path
        answers[f"POST {path}"] = normal("\n".join(f"{item.status_code} {body_of(item)}" for item in (response, bare)))
    return answers


def nameless(seen: dict[str, str]) -> dict[str, str]:
    """The same without the ids and hashes that differ from one run of the same steps to the next."""
    return {path: HASHES.sub("hash", IDS.sub("id", text)) for path, text in seen.items()}


def leaks_in(seen: dict[str, str], secrets: set[str]) -> list[tuple[str, str]]:
    """Where a secret stands in an answer; what was asked for in the address itself does not count."""
    asked = [(path, text, secret) for path, text in seen.items() for secret in secrets if secret not in path]
    return [(path, secret) for path, text, secret in asked if secret in text]


def difference(one: str, other: str) -> list[str]:
    """The lines in which two answers differ."""
    return [line for line in ndiff(one.splitlines(), other.splitlines()) if line[:1] in "+-"][:6]


def assert_sealed_at_every_address(cast: Any, persona: str) -> None:
    """The persona reads nothing of four sealed bids anywhere, and the same as when there was none."""
    challenge = walk.carry(new_challenge(cast, title="封存试验榜题"), cast, to="published")
    user = personas.everyone(cast)[persona]
    known = {"": [str(challenge.pk)], "organization": [str(challenge.owner_id)]}
    before = look(user, known) | nameless(press(user, challenge))
    assert len(before) > 250
    told_before = set(Notification.objects.values_list("pk", flat=True))

    walk.bid(Challenge.objects.get(pk=challenge.pk), cast)

    assert Bid.objects.filter(challenge=challenge, state="submitted").count() == 4
    newly_told = Notification.objects.exclude(pk__in=told_before)
    assert {row.recipient for row in newly_told} <= set(cast.bidders)
    pressed = press(personas.fresh(user), challenge)
    after = look(personas.fresh(user), known) | nameless(pressed)
    changed = {path: difference(before[path], after[path]) for path in before if before[path] != after[path]}
    assert not changed, list(changed.items())[:5]
    secrets = markers(challenge) | {str(pk) for pk in Bid.objects.values_list("pk", flat=True)}
    asked = of_bids()  # the admin answers “there is no …” on its next page: an id that was asked for is no news
    leaks = leaks_in(after | pressed, secrets) + leaks_in(look(user, {"": asked}, queries=()), secrets - set(asked))
    assert not leaks, leaks[:20]
