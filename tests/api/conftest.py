"""Callers of the API: each person with a token of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client


@dataclass
class Caller:
    """Calls the API as one person, or as the public."""

    client: Client
    headers: dict[str, str]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/{path}", query, headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(f"/api/{path}", body, content_type="application/json", headers=self.headers)

    def patch(self, path: str, body: object) -> Any:
        return self.client.patch(f"/api/{path}", body, content_type="application/json", headers=self.headers)

    def put(self, path: str, body: object) -> Any:
        return self.client.put(f"/api/{path}", body, content_type="application/json", headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/{path}", headers=self.headers)

    def upload(self, path: str, **fields: Any) -> Any:
        return self.client.post(f"/api/{path}", fields, headers=self.headers)

    def step(self, path: str, name: str, **inputs: Any) -> Any:
        return self.post(f"{path}/transitions/{name}", inputs)


@pytest.fixture
def as_(db: None) -> Callable[..., Caller]:
    from accounts.models import ApiToken

    def caller(user: Any, **headers: str) -> Caller:
        if user is not None:
            headers["Authorization"] = f"Bearer {ApiToken.issue(user)[0]}"
        return Caller(Client(), headers)

    return caller
