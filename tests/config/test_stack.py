"""The local site as one thing: it says when it is ready, resumes with its data, and ends whole however it ends."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from config.local import environment
from config.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Run:
    """One `manage.py stack` without demo data, and what it has said so far."""

    def __init__(self, folder: Path, port: int) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "stack", "--port", str(port)],
            cwd=ROOT,
            env=kept | {"VAR_DIR": str(folder), "DEMO": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []

    def ready(self) -> "Run":
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ready:"):
                return self
        raise AssertionError("".join(self.said))

    def end(self) -> tuple[int, str]:
        rest, _nothing = self.process.communicate(timeout=60)
        return self.process.returncode, rest

    def child(self, pattern: str) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in children}
        return next(int(pid) for pid, command in commands.items() if re.search(pattern, command))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One folder for all of these, as its database takes longest to make; each test leaves it free again."""
    return tmp_path_factory.mktemp("stack")


@pytest.fixture
def run(folder) -> Iterator[Callable[[int], Run]]:
    started: list[Run] = []

    def start(port: int) -> Run:
        started.append(Run(folder, port))
        return started[-1]

    yield start
    for each in started:
        with suppress(ProcessLookupError):
            each.process.terminate()
        each.process.communicate(timeout=60)


def assert_nothing_is_left(folder: Path) -> None:
    """The lock is held by every process of the stack, so it is free only once all of them have ended."""
    os.close(environment.lock(folder))


def database(folder: Path) -> psycopg.Connection:
    settings = dict(line.split("=", 1) for line in (folder / "local.env").read_text().splitlines() if "=" in line)
    return psycopg.connect(settings["DATABASE_URL"], autocommit=True)


def test_stack_serves_ends_on_a_signal_and_resumes_with_its_data(run, folder) -> None:
    port = free_port()
    first = run(port).ready()
    assert first.said[-1] == f"Ready: http://127.0.0.1:{port}/\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
        assert answer.status == 200
    with database(folder) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    code, said = run(free_port()).end()
    assert code == 1
    address = f"http://127.0.0.1:{port}/ (process {first.process.pid})"
    assert said == f"This site is running already, at {address}; stop that one first.\n"

    beside = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "--plan"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[ ]" not in beside.stdout

    first.process.send_signal(signal.SIGTERM)
    assert first.end() == (0, "Stopping …\n")
    assert_nothing_is_left(folder)

    second = run(port).ready()
    with database(folder) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    second.process.send_signal(signal.SIGINT)
    assert second.end()[0] == 0
    assert_nothing_is_left(folder)


@pytest.mark.parametrize(
    ("pattern", "name"), [("celery.* worker", "worker"), ("uvicorn", "web"), ("valkey-server", "Valkey")]
)
def test_stack_whose_child_dies_ends_whole_and_says_which(run, folder, pattern, name) -> None:
    stack = run(free_port()).ready()

    os.kill(stack.child(pattern), signal.SIGKILL)

    code, said = stack.end()
    assert code == 1
    assert f"{name} stopped by itself (exit code -9)" in said
    assert "Traceback" not in said.partition("The end of")[0]
    assert_nothing_is_left(folder)


def test_stack_killed_without_a_word_leaves_no_process(run, folder) -> None:
    stack = run(free_port()).ready()

    stack.process.kill()
    stack.process.wait()

    assert_nothing_is_left(folder)
