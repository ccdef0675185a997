"""Whatever is sent, the answer is a refusal in words and never a fault: odd characters, numbers, shapes and sizes."""

import json

import pytest

from challenges.models import Challenge
from reviews.demo import walk
from tests.factories.life import challenge_at, new_challenge

ODD_TEXTS = (
    "nul\x00inside",
    "lone\ud800surrogate",
    "\u202egnp.exe\u2066",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%(object)s {0} {{ x }}",
    "长" * 100_000,
    "",
    "   ",
)
LISTS = (
    "challenges",
    "bids",
    "awards",
    "objections",
    "contracts",
    "milestones",
    "payments",
    "organizations",
    "experts",
    "panels",
    "assignments",
    "sheets",
    "rule-sets",
    "inbox",
)
QUERIES = (
    {"q": "\x00"},
    {"state": "\x00"},
    {"industry": "\x00"},
    {"name": "\x00"},
    {"kind": "\x00"},
    {"field": "\x00"},
    {"after": "\x00~\x00"},
    {"after": "9999-12-31T23:59:59+00:00~"},
    {"part": "\x00"},
    {"after": "0001-01-01T00:00:00+00:00~"},
    {"reward_from": "NaN"},
    {"reward_from": "1e400"},
    {"deadline_from": "0001-01-01T00:00:00+14:00"},
    {"page": "100000"},
    {"page": "-1"},
    {"size": "1e9"},
    {"q": "字" * 5000},
    {"q": "& | ! ( ) <-> : * \\ '"},
    {"sort": "owner__uscc"},
    {"challenge": "x"},
)
PAGES = (
    "/",
    "/awards/",
    "/contracts/",
    "/payments/",
    "/panels/",
    "/organizations/",
    "/experts/",
    "/ledger/",
    "/inbox/",
    "/inbox/poll/",
    "/rule-sets/",
    "/work/",
)
NUMBERS = ("NaN", "Infinity", "-Infinity", "1e400", "-1", "0", "9" * 5000, '"NaN"', '"1e999999999"', "[]", "{}", "true")


def raw(text: object) -> str:
    return json.dumps(text)


@pytest.mark.django_db
def test_lists_with_odd_queries_never_break(cast, rules, as_):
    challenge_at(cast, "published")
    caller = as_(cast.operator)
    for name in LISTS:
        for query in QUERIES:
            answer = caller.get(name, **query)
            assert answer.status_code in (200, 422), (name, query, answer.content[:300])


@pytest.mark.django_db
def test_experts_of_one_field_are_listed(cast, as_):
    answer = as_(cast.operator).get("experts", field="hydrogen")
    assert (answer.status_code, answer.json()["total"]) == (200, len(cast.reviewers))
    assert as_(cast.operator).get("experts", field="none").json()["total"] == 0


@pytest.mark.django_db
def test_pages_with_odd_queries_never_break(cast, rules, client):
    challenge = challenge_at(cast, "published")
    client.force_login(cast.operator, backend="django.contrib.auth.backends.ModelBackend")
    for path in (*PAGES, f"/challenges/{challenge.pk}/", f"/challenges/{challenge.pk}/ledger/"):
        for query in (
            {"q": "\x00"},
            {"state": "\x00"},
            {"after": "\x00"},
            {"page": "99999999999999999999"},
            {"q": "字" * 5000},
            {"reward_from": "NaN"},
            {"reward_to": "1e400"},
            {"deadline_to": "\x00"},
            {"chain": "x"},
            {"after": "9999-12-31T23:59:59+00:00~"},
            {"after": "0001-01-01T00:00:00+14:00~"},
            {"industry": "\x00"},
            {"action": "\x00"},
            {"verify": "\x00"},
        ):
            answer = client.get(path, query)
            assert answer.status_code < 500, (path, query)


@pytest.mark.django_db
def test_draft_with_odd_texts_is_refused_or_kept_whole(cast, rules, as_):
    owner = as_(cast.owner)
    for text in ODD_TEXTS:
        for field in ("title", "background", "ip_clause", "contact_name", "contact_phone"):
            body = {"title": "题", "industry": "hydrogen", "kind": "core", "background": "背景"} | {field: text}
            answer = owner.client.post(
                "/api/challenges", raw(body), content_type="application/json", headers=owner.headers
            )
            assert answer.status_code in (201, 400, 422), (field, text[:20], answer.content[:300])


@pytest.mark.django_db
def test_draft_with_odd_numbers_is_refused(cast, rules, as_):
    owner = as_(cast.owner)
    base = {"title": "题", "industry": "hydrogen", "kind": "core", "background": "背景"}
    for number in NUMBERS:
        for field in ("reward", "duration_months"):
            body = raw(base)[:-1] + f', "{field}": {number}}}'
            answer = owner.client.post("/api/challenges", body, content_type="application/json", headers=owner.headers)
            assert answer.status_code in (400, 422), (field, number[:20], answer.content[:200])
        target = f'{{"name": "a", "comparator": ">=", "method": "m", "value": {number}}}'
        body = raw(base)[:-1] + f', "targets": [{target}]}}'
        answer = owner.client.post("/api/challenges", body, content_type="application/json", headers=owner.headers)
        assert answer.status_code in (201, 400, 422), (number[:20], answer.content[:200])


@pytest.mark.django_db
def test_patch_with_nulls_is_refused(cast, rules, as_):
    challenge = new_challenge(cast)
    for field in ("title", "industry", "kind", "background", "ip_clause", "secrecy", "contact_name", "targets"):
        answer = as_(cast.owner).patch(f"challenges/{challenge.pk}", {field: None})
        assert answer.status_code == 422, (field, answer.content[:200])


@pytest.mark.django_db
def test_odd_bodies_never_break(cast, rules, as_):
    challenge = new_challenge(cast)
    owner = as_(cast.owner)
    deep = "[" * 100_000 + "]" * 100_000
    nested = '{"a":' * 50_000 + "1" + "}" * 50_000
    for path, method in (
        (f"/api/challenges/{challenge.pk}", "patch"),
        ("/api/challenges", "post"),
        ("/api/tokens", "post"),
        (f"/api/challenges/{challenge.pk}/transitions/submit", "post"),
    ):
        for body in (
            deep,
            nested,
            "",
            "null",
            "[]",
            '"x"',
            "{",
            "\xff",
            '{"\\ud800": 1}',
            '{"a": 1, "a": 2}',
            "1" * 5000,
        ):
            for kind in ("application/json", "text/plain", "application/xml", "multipart/form-data; boundary=x"):
                answer = getattr(owner.client, method)(path, body, content_type=kind, headers=owner.headers)
                assert answer.status_code < 500, (path, body[:20], kind)


@pytest.mark.django_db
def test_sign_in_with_odd_texts_is_refused(cast, as_):
    for text in ODD_TEXTS:
        public = as_(None)
        for body in ({"email": text, "password": "x"}, {"email": "a@b.c", "password": text, "code": "1"}):
            answer = public.client.post("/api/tokens", raw(body), content_type="application/json")
            assert answer.status_code in (400, 401, 422, 429), (text[:10], answer.content[:200])


@pytest.mark.django_db
def test_bearer_with_odd_texts_is_refused(cast, as_):
    for value in ("\x00", "é", "x" * 10_000, ""):
        answer = as_(None).client.get("/api/me", headers={"Authorization": f"Bearer {value}"})
        assert answer.status_code == 401


@pytest.mark.django_db
def test_fields_of_the_platform_cannot_be_assigned(cast, rules, as_):
    challenge = new_challenge(cast)
    before = Challenge.objects.filter(pk=challenge.pk).values().get()
    rival = cast.leads[0]
    answer = as_(cast.owner).patch(
        f"challenges/{challenge.pk}",
        {
            "title": "新题",
            "state": "published",
            "owner": str(rival.pk),
            "organization": str(rival.pk),
            "number": "X",
            "published_at": "2026-01-01T00:00:00Z",
            "executors": [],
            "rules": {},
            "ranking_sha256": "x",
            "created_by": str(cast.operator.pk),
        },
    )
    assert answer.status_code == 200
    after = Challenge.objects.filter(pk=challenge.pk).values().get()
    assert {name for name in before if before[name] != after[name]} <= {"title", "search"}


@pytest.mark.django_db
def test_bid_with_odd_content_never_breaks(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    bidder = as_(cast.bidders[0])
    pk = bidder.post(f"challenges/{challenge.pk}/bids", {}).json()["id"]
    target = str(challenge.targets.first().pk)
    foreign = str(new_challenge(cast).targets.first().pk)
    odd = [{"technical": {"version": 1, "content": {"summary": text}}} for text in ODD_TEXTS]
    odd += [{"members": [{"name": text}]} for text in ODD_TEXTS]
    odd += [{"members": [{"name": "a", "email": text, "uscc": text}]} for text in ODD_TEXTS]
    odd += [{"partners": [{"uscc": text}]} for text in ODD_TEXTS]
    odd += [{"technical": {"version": 1, "content": {text[:50]: "x"}}} for text in ODD_TEXTS]
    odd += [{"technical": {"version": 1}, "commitments": {where: {"value": "1"}}} for where in (foreign, pk, "x")]
    odd += [{"technical": {"version": 2**70}}, {"technical": {"version": -1}}, {"state": "awarded", "rank": 1}]
    for body in odd:
        answer = bidder.client.patch(
            f"/api/bids/{pk}", raw(body), content_type="application/json", headers=bidder.headers
        )
        assert answer.status_code in (200, 400, 409, 422), (raw(body)[:80], answer.content[:300])
    for number in NUMBERS:
        body = f'{{"technical": {{"version": 1}}, "commitments": {{"{target}": {{"value": {number}}}}}}}'
        answer = bidder.client.patch(f"/api/bids/{pk}", body, content_type="application/json", headers=bidder.headers)
        assert answer.status_code in (200, 400, 409, 422), (number[:20], answer.content[:300])
        body = f'{{"partners": [{{"uscc": "{cast.leads[0].uscc}", "cost_share": {number}}}]}}'
        answer = bidder.client.patch(f"/api/bids/{pk}", body, content_type="application/json", headers=bidder.headers)
        assert answer.status_code in (200, 400, 422), (number[:20], answer.content[:300])
    assert bidder.get(f"bids/{pk}").json()["state"] == "draft"


@pytest.mark.django_db
def test_price_that_is_no_amount_cannot_be_submitted(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    bidder = as_(cast.bidders[0])
    assert bidder.step(f"bids/{bid.pk}", "withdraw").status_code == 200
    for version, price in enumerate(("NaN", "sNaN", "Infinity", "-5", "0", "abc", "1e400", "1e30", "  "), start=2):
        body = {"commercial": {"version": version, "content": {"price": price}}}
        assert bidder.patch(f"bids/{bid.pk}", body).status_code == 200
        answer = bidder.step(f"bids/{bid.pk}", "submit")
        assert (price, answer.status_code, answer.json()["code"]) == (price, 409, "condition")


@pytest.mark.django_db
def test_steps_with_odd_inputs_are_refused(cast, rules, as_):
    challenge = challenge_at(cast, "submitted")
    operator = as_(cast.operator)
    for text in ODD_TEXTS[:2]:
        for name, inputs in (
            ("return_for_revision", {"reason": text}),
            ("vet", {"review_class": text, "payment_preset": text}),
        ):
            path = f"/api/challenges/{challenge.pk}/transitions/{name}"
            answer = operator.client.post(path, raw(inputs), content_type="application/json", headers=operator.headers)
            assert answer.status_code in (400, 422), (name, answer.content[:300])
    for inputs in (
        {"review_class": ["basic"], "payment_preset": {}},
        {"review_class": 1},
        {"actor": str(cast.decider.pk)},
    ):
        assert operator.post(f"challenges/{challenge.pk}/transitions/vet", inputs).status_code == 422
    assert Challenge.objects.get(pk=challenge.pk).state == "submitted"


@pytest.mark.django_db
def test_rule_set_of_any_shape_never_breaks(cast, rules, as_):
    operator = as_(cast.operator)
    source = operator.get("rule-sets", state="in_force").json()["items"][0]["id"]
    pk = operator.post("rule-sets", {"source": source}).json()["id"]
    for given in (
        '{"rules": {"a": NaN}}',
        '{"rules": {"a": 1e400}}',
        '{"rules": {"a": "\\u0000"}}',
        '{"rules": {"a": "\\ud800"}}',
        '{"rules": {"\\u0000": 1}}',
        f'{{"rules": {{"panel_size": {"9" * 4000}}}}}',
        '{"rules": ' + '{"a":' * 900 + "1" + "}" * 901,
    ):
        answer = operator.client.patch(
            f"/api/rule-sets/{pk}", given, content_type="application/json", headers=operator.headers
        )
        assert answer.status_code in (200, 400, 422), (given[:40], answer.content[:300])
        assert operator.get(f"rule-sets/{pk}").status_code == 200
        assert operator.step(f"rule-sets/{pk}", "propose", note="n").status_code in (409, 422)
