"""A person at a running site: signs in, calls the API, says what was expected and was not."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

PATIENCE_SECONDS = 120
POLL_SECONDS = 0.5
Json = dict[str, Any]


class Failed(Exception):
    """The journey cannot go on; the text is the one sentence to print."""


class Person:
    """Somebody with a token, or the public without one."""

    def __init__(self, site: str, name: str, *, language: str) -> None:
        self.site, self.name, self.language = site, name, language
        self.shown = name
        self.token = ""
        # A connection per request: one kept open may be closed by the site in the moment it is used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        headers = {"Accept-Language": language}
        try:
            self.http = httpx.Client(base_url=f"{site}/api/", timeout=60, headers=headers, limits=limits)
        except httpx.InvalidURL as fault:
            raise Failed(f"{site} is no address ({fault}); give the right --base-url.") from fault

    def sign_in(self, password: str) -> None:
        """Exchange e-mail and password for a token."""
        email = f"{self.name}@demo.example"
        answer = self.call("POST", "tokens", json={"email": email, "password": password})
        told = _body(answer)
        if "token" not in told and "reason" not in told:
            raise Failed(
                f"{self.site} is no site of this kind: POST {answer.url} was answered with {answer.status_code} "
                f"{answer.reason_phrase}; give the right --base-url."
            )
        if "token" not in told:
            raise Failed(
                f"{email} cannot sign in: {_reason(answer)} The journey needs a demo site; give its --password."
            )
        self.token = told["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.shown = f"{self.get('me')['name']} ({self.name})"

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; `Failed` when the site cannot be reached."""
        try:
            return self.http.request(method, path, **options)
        except httpx.TransportError as fault:
            raise Failed(
                f"{self.site} cannot be reached ({fault}); start the site (make run) or give its --base-url."
            ) from fault

    def get(self, path: str, **query: Any) -> Any:
        """What is at `path`."""
        return self._expect(httpx.codes.OK, "GET", path, params=query)

    def post(self, path: str, body: Json | None = None) -> Any:
        """What was made of `body`."""
        return self._expect(httpx.codes.CREATED, "POST", path, json=body or {})

    def patch(self, path: str, body: Json) -> Any:
        """The object as changed."""
        return self._expect(httpx.codes.OK, "PATCH", path, json=body)

    def put(self, path: str, body: Json) -> Any:
        """The object with what `body` put in the place of what it had."""
        return self._expect(httpx.codes.OK, "PUT", path, json=body)

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Any:
        """The document's row."""
        files = {"file": (name, content, "application/pdf")}
        return self._expect(httpx.codes.CREATED, "POST", path, files=files, data=fields)

    def step(self, path: str, step: str, **inputs: Any) -> Any:
        """The object after the step."""
        return self._expect(httpx.codes.OK, "POST", f"{path}/transitions/{step}", json=inputs)

    def download(self, document: str) -> bytes:
        """A document's bytes."""
        answer = self.call("GET", f"documents/{document}")
        self._check(answer, httpx.codes.OK, f"GET documents/{document}")
        return answer.content

    def items(self, kind: str, **query: Any) -> list[Json]:
        """All rows of a list in this person's sight."""
        page = self.get(kind, size=100, **query)
        return list(page["items"])

    def refused(self, status: int, method: str, path: str, **options: Any) -> str:
        """The reason with which the site refuses; `Failed` when it does not refuse with this status."""
        answer = self.call(method, path, **options)
        self._check(answer, status, f"{method} {path}")
        return _reason(answer)

    def refused_step(self, status: int, path: str, step: str, **inputs: Any) -> str:
        """The reason with which a step is refused."""
        return self.refused(status, "POST", f"{path}/transitions/{step}", json=inputs)

    def _expect(self, status: int, method: str, path: str, **options: Any) -> Any:
        answer = self.call(method, path, **options)
        self._check(answer, status, f"{method} {path}")
        return answer.json()

    def _check(self, answer: httpx.Response, status: int, what: str) -> None:
        if answer.status_code != status:
            raise Failed(
                f"{self.shown}, {what}: expected {status}, the site answered {answer.status_code}. {_reason(answer)}"
            )


def _body(answer: httpx.Response) -> Json:
    """The object that was answered; an empty one for anything else."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(answer: httpx.Response) -> str:
    body = _body(answer)
    fields = ", ".join(body.get("errors", {}))
    reason = str(body.get("reason", answer.reason_phrase))
    return f"{reason} ({fields})" if fields else reason


def until(what: str, holds: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until it holds, asking twice a second; `Failed` when it does not in time."""
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            raise Failed(f"{what} did not come about within {seconds:.0f} seconds; is the site's clock (beat) running?")
        time.sleep(POLL_SECONDS)


def site_time(person: Person) -> datetime:
    """The site's time, by its Date header where it sends one."""
    told = person.call("GET", "openapi.json").headers.get("Date")
    return parsedate_to_datetime(told) if told else datetime.now(UTC)


def moment(at: datetime, *, after: float = 0) -> str:
    """`at` and so many seconds, as the API reads moments."""
    return (at + timedelta(seconds=after)).isoformat()
