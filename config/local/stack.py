"""`manage.py stack`: the embedded servers, the database brought up to date, web, worker and beat, as one thing.

It ends as one too: on Ctrl-C, SIGTERM or SIGHUP, or when any part ends, all parts are stopped in order. The children
are told by the kernel to stop when this process dies without a word.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psycopg
from celery import Celery

from config import beat
from config.local import environment, servers
from config.local.ports import Trouble, require_free
from config.local.process import Child, ended, is_disk_full, wait_for

READY_SECONDS = 120
ROLES = (
    "operator", "decider", "decider2", "decider3", "supervisor", "finance", "finance2", "owner",
    *(f"bidder{number}" for number in range(1, 5)), *(f"reviewer{number}" for number in range(1, 10)),
)  # fmt: skip


class Stopped(BaseException):
    """A signal asked us to stop; not an `Exception`, so that nothing on the way takes it for a fault."""


class Stack:
    """All parts of one local site; `close` stops whatever has been started."""

    def __init__(self, folder: Path, *, host: str, port: int, lock: int) -> None:
        self._folder, self._host, self._port, self._lock = folder, host, port, lock
        self.url = f"http://{environment.in_url(host)}:{port}/"
        self._logs = folder / "log"
        self._env: dict[str, str] = {}
        self._children: list[Child] = []

    def open(self) -> None:
        """Start everything in order and return once all of it answers."""
        self._logs.mkdir(exist_ok=True)
        for old in self._logs.glob("*.log"):
            if old.stat().st_size > 10_000_000:
                old.unlink()
        self._env = environment.prepare(self._folder, host=self._host, port=self._port)
        environment.sign(self._lock, self.url)
        self._start_servers()
        say("Bringing the database up to date …")
        self._manage("migrate", "--noinput")
        self._manage("make_bucket")
        say("Collecting static files …")
        self._manage("collectstatic", "--noinput")
        if self.is_demo and self._is_empty():
            say("Loading the demo data …")
            self._manage("demo")
        say("Starting web, worker and beat …")
        self._start_processes()

    def watch(self) -> None:
        """Return never; raise `Trouble` as soon as any part has ended."""
        while True:
            for child in self._children:
                if child.exit_code() is not None:
                    raise Trouble(ended(child))
            time.sleep(0.3)

    def close(self) -> None:
        """Stop beat, worker and web together, then the servers they used."""
        processes = [child for child in self._children if child.name in {"web", "worker", "beat"}]
        rest = [child for child in self._children if child not in processes]
        for part in (processes, rest):
            for child in part:
                child.ask_to_stop()
            for child in part:
                child.stop()
        self._children.clear()

    @property
    def is_demo(self) -> bool:
        """Whether the site was asked to show invented data; it is unless DEMO says no."""
        return self._env["DEMO"].lower() in {"1", "true", "yes", "on", "y"}

    def sign_ins(self) -> str:
        """Who can sign in on a demo site, and with what."""
        names = "\n".join(f"  {role}@demo.example" for role in ROLES)
        return f"Sign in as any of these, password {self._env['DEMO_PASSWORD']}\n{names}"

    def _start_servers(self) -> None:
        if os.environ.get("DATABASE_URL"):
            say("Using the PostgreSQL of DATABASE_URL.")
        else:
            say("Starting PostgreSQL …")
            access = self._access("POSTGRES_PORT")
            self._children.append(servers.postgres(self._folder / "postgres", access))
            servers.create_database("bangdan", access)
        if os.environ.get("REDIS_URL"):
            say("Using the Valkey of REDIS_URL.")
        else:
            say("Starting Valkey …")
            self._children.append(servers.valkey(self._folder / "valkey", self._access("VALKEY_PORT")))
        if os.environ.get("S3_ENDPOINT"):
            say("Using the S3 store of S3_ENDPOINT.")
        else:
            say(f"Starting the S3 server ({servers.store_kind(self._folder)}) …")
            self._children.append(servers.store(self._folder, self._access("S3_PORT")))

    def _access(self, port: str) -> servers.Access:
        secret = self._env["LOCAL_PASSWORD"]
        return servers.Access(int(self._env[port]), "bangdan", secret, self._logs, keep_open=(self._lock,))

    def _manage(self, *arguments: str) -> None:
        log = self._logs / f"{arguments[0]}.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [sys.executable, environment.BASE_DIR / "manage.py", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=environment.BASE_DIR,
                check=False,
            )
        if done.returncode != 0:
            said = log.read_text(errors="replace").strip().splitlines()
            if is_disk_full(self._logs, "\n".join(said)):
                raise Trouble("The disk is full; free some space and run again.")
            last = said[-1] if said else f"exit code {done.returncode}"
            raise Trouble(f"`manage.py {' '.join(arguments)}` failed: {last} (all of it in {log})")

    def _is_empty(self) -> bool:
        with psycopg.connect(self._env["DATABASE_URL"]) as connection:
            return connection.execute("SELECT 1 FROM accounts_user LIMIT 1").fetchone() is None

    def _start_processes(self) -> None:
        require_free(self._host, self._port)
        broker = self._env["REDIS_URL"]
        beat.forget(broker)
        worker = f"local-{os.getpid()}@site"
        commands: dict[str, Sequence[str]] = {
            "web": (
                "uvicorn", "config.asgi:application", "--host", self._host, "--port", str(self._port),
                "--lifespan", "off", "--timeout-graceful-shutdown", "5", "--no-access-log",
            ),
            "worker": (
                "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "INFO",
                "--hostname", worker, "--without-mingle", "--without-gossip",
            ),
            "beat": ("celery", "-A", "config", "beat", "--pidfile", "", "--loglevel", "INFO"),
        }  # fmt: skip
        for name, command in commands.items():
            self._children.append(
                Child(
                    name,
                    [sys.executable, "-m", *command],
                    log=self._logs / f"{name}.log",
                    env=self._env,
                    cwd=environment.BASE_DIR,
                    keep_open=(self._lock,),
                )
            )
        web, hand, clock = self._children[-3:]
        asker = Celery(broker=broker)
        wait_for(web, self._site_is_ready, seconds=READY_SECONDS)
        wait_for(hand, lambda: bool(asker.control.ping([worker], timeout=0.5)), seconds=READY_SECONDS)
        wait_for(clock, lambda: beat.is_alive(broker), seconds=READY_SECONDS)
        asker.close()

    def _site_is_ready(self) -> bool:
        nearby = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        url = f"http://{environment.in_url(nearby)}:{self._port}/readyz"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as answer:
            if answer.code != 503:
                raise Trouble(f"The site answers {answer.code} to /readyz; see {self._logs / 'web.log'}.") from answer
            return False
        except OSError:
            return False
        return True


def say(line: str) -> None:
    """One line of progress, at once."""
    print(line, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the local site until it is told to stop; 0 then, 1 with one sentence if something was in the way."""
    parser = argparse.ArgumentParser(prog="manage.py stack", description="Run the whole site on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    for caught in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(caught, _stop)
    stack = None
    try:
        folder = environment.var_dir()
        folder.mkdir(parents=True, exist_ok=True)
        lock = environment.lock(folder)
        require_free(options.host, options.port)
        stack = Stack(folder, host=options.host, port=options.port, lock=lock)
        stack.open()
        say(f"Ready: {stack.url}")
        if stack.is_demo:
            say(stack.sign_ins())
        stack.watch()
    except Stopped:
        say("Stopping …")
        return 0
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
    except OSError as fault:
        where = fault.filename or environment.var_dir()
        print(f"{where} cannot be used: {fault.strerror}. Set VAR_DIR to a folder with space that you may write.",
              file=sys.stderr, flush=True)  # fmt: skip
    finally:
        for caught in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(caught, signal.SIG_IGN)
        if stack is not None:
            with suppress(OSError):
                stack.close()
    return 1


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped
