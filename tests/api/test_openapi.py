"""The API's description of itself, and its answers to what is no request."""

import re
from collections import Counter

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from accounts import kinds
from accounts.models import ApiToken
from reviews.demo.people import account

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture
def schema(db):
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(schema):
    return [(path, method, item) for path, ways in schema["paths"].items() for method, item in ways.items()]


def test_description_is_openapi_3_1(schema):
    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["title"]
    assert {"Bearer", "Session"} <= set(schema["components"]["securitySchemes"])


def test_every_operation_has_its_own_id_and_words(schema):
    found = operations(schema)
    assert len(found) > 60
    twice = [name for name, count in Counter(item["operationId"] for _p, _m, item in found).items() if count > 1]
    assert twice == []
    silent = [(path, method) for path, method, item in found if not item.get("description") or not item.get("tags")]
    assert silent == []


def test_every_route_is_described(schema):
    described = set(schema["paths"])
    routes = {
        "/api/" + re.sub(r"<(?:uuidstr|slug):(\w+)>", r"{\1}", str(route.pattern))
        for entry in get_resolver().url_patterns
        if str(entry.pattern) == "api/"
        for group in entry.url_patterns
        for route in getattr(group, "url_patterns", ())
    }
    assert routes - described == {"/api/", "/api/openapi.json"}


def test_every_kind_is_listed_shown_and_moved(schema):
    for kind in kinds.every():
        assert f"/api/{kind.name}" in schema["paths"]
        assert f"/api/{kind.name}/{{pk}}" in schema["paths"]
        assert f"/api/{kind.name}/{{pk}}/transitions/{{name}}" in schema["paths"]


def test_every_reference_is_resolved(schema):
    def references(node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            for item in node.values():
                yield from references(item)
        elif isinstance(node, list):
            for item in node:
                yield from references(item)

    known = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    assert set(references(schema)) <= known


def test_every_default_holds_to_its_own_constraints(schema):
    def faults(node, place=""):
        if isinstance(node, dict):
            default = node.get("default")
            if isinstance(default, str) and len(default) < node.get("minLength", 0):
                yield place
            if "enum" in node and "default" in node and default not in node["enum"]:
                yield place
            for name, item in node.items():
                yield from faults(item, f"{place}/{name}")
        elif isinstance(node, list):
            for number, item in enumerate(node):
                yield from faults(item, f"{place}/{number}")

    assert list(faults(schema)) == []


def test_every_body_may_be_found_unreadable(schema):
    silent = [
        (path, method)
        for path, method, item in operations(schema)
        if "application/json" in item.get("requestBody", {}).get("content", {}) and "400" not in item["responses"]
    ]
    assert silent == []


def test_steps_tell_their_inputs(schema):
    text = schema["paths"]["/api/challenges/{pk}/transitions/{name}"]["post"]["description"]
    assert "`vet`: `review_class`, `payment_preset`" in text


def test_docs_page_is_served_from_here_under_the_strict_policy(db):
    answer = Client().get("/api/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "https://" not in page.split("swagger-settings")[0]
    assert "onload" not in page
    assert answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "/api/openapi.json" in page


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/nothing", 404, "not_found"),
        ("get", "/api/challenges/not-a-uuid", 404, "not_found"),
        ("delete", "/api/challenges", 405, "method_not_allowed"),
        ("get", "/api/challenges?page=0", 422, "invalid"),
        ("get", "/api/challenges?size=101", 422, "invalid"),
        ("get", "/api/challenges?sort=secret", 422, "invalid"),
        ("get", "/api/bids", 401, "sign_in"),
        ("get", "/api/challenges?state=%00", 422, "invalid"),
        ("post", "/api/tokens", 422, "invalid"),
    ],
)
def test_refusals_are_json(db, method, path, status, code):
    answer = getattr(Client(), method)(path, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (status, "application/json")
    assert answer.json()["code"] == code
    assert answer.json()["reason"]


def test_malformed_json_is_refused_with_a_sentence(db):
    answer = Client().post("/api/tokens", "{", content_type="application/json", headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert answer.json() == {"code": "malformed", "reason": "The body cannot be read as JSON."}


def test_fault_of_ours_is_json_without_details(db):
    token = ApiToken.issue(account("somebody", "某人", None))[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_notification RENAME TO away")
        answer = Client(raise_request_exception=False).get("/api/me", headers={"Authorization": f"Bearer {token}"})
        transaction.set_rollback(True)
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_server_error"
    assert "accounts_notification" not in answer.content.decode()
