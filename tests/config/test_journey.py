"""The smoke test of a deployment, played against a whole local site, and what it says when it cannot be played."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from config.journey.client import Person
from config.local.ports import free_port
from reviews.demo import people

ROOT = Path(__file__).resolve().parents[2]
KEPT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def journey(url: str, *more: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "journey", "--base-url", url, "--language", "en", *more],
        cwd=ROOT,
        env=KEPT | {"SECRET_KEY": "only-for-tests"} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@contextmanager
def demo_site(folder: Path) -> Iterator[str]:
    """A whole site with demo data, in a folder of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "stack", "--port", str(port)],
        cwd=ROOT,
        env=KEPT | {"VAR_DIR": str(folder), "DEMO": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ready:"):
                break
        else:
            raise AssertionError("".join(said))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_journey_is_as_the_rules_say_on_a_whole_site(tmp_path) -> None:
    with demo_site(tmp_path) as url:
        played = journey(url, VAR_DIR=str(tmp_path))
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr
    assert re.search(r"As the rules say: \d+ steps, \d+ refusals, \d+ notifications, each once", played.stdout)
    assert "↳" in played.stdout


def test_journey_says_in_a_sentence_that_the_site_is_not_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    failed = journey(url)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"CommandError: {url} cannot be reached")
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize("url", ["http://[::1", "nowhere", "http://127.0.0.1:99999"])
def test_journey_says_in_a_sentence_that_this_is_no_address(url) -> None:
    failed = journey(url)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"CommandError: {url} ")
    assert len(failed.stderr.strip().splitlines()) == 1


class Impatient(BaseHTTPRequestHandler):
    """A web server whose patience with a kept connection ends in the moment the next request comes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if getattr(self, "has_answered", False):
            self.close_connection = True
            return
        self.has_answered = True
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_told: object) -> None:
        """Keep quiet."""


def test_journey_asks_over_no_connection_that_the_site_may_be_closing() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Impatient) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        person = Person(f"http://127.0.0.1:{server.server_address[1]}", "owner", language="en")
        assert [person.get("me"), person.get("me")] == [{}, {}]
        server.shutdown()


class Elsewhere(BaseHTTPRequestHandler):
    """A web server that knows only pages."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *_told: object) -> None:
        """Keep quiet."""


def test_journey_says_in_a_sentence_that_this_is_another_site() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        failed = journey(url)
        server.shutdown()
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"CommandError: {url} is no site of this kind")
    assert len(failed.stderr.strip().splitlines()) == 1


@pytest.mark.django_db(transaction=True)
def test_journey_says_in_a_sentence_that_nobody_can_sign_in(site) -> None:
    people.account("operator", "运营员", "another password")
    failed = journey(site.url, "--password", "wrong")
    assert failed.returncode == 1
    assert failed.stderr.startswith("CommandError: operator@demo.example cannot sign in: E-mail or password is wrong.")
