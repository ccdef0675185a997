"""Real servers for the tests: PostgreSQL, Valkey and S3 on ports of their own, started before the settings are read.

PostgreSQL and the store serve the whole run; each pytest-xdist worker has a database, a Valkey and a bucket to itself,
so a run disturbs neither the other workers nor a site that runs beside it.
"""

import atexit
import gc
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import hypothesis
import pytest
from pytest_django.plugin import DjangoDbBlocker

from config.local import chromium as browsers
from config.local import install, servers
from config.local.ports import free_port
from config.local.process import Child

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

FOLDER, STORE_SERVER = "TESTS_FOLDER", "TESTS_STORE_SERVER"
DATABASE_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
SWEPT = (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "DEBUG",
    "DEMO",
    "RULE_SET",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "LOG_LEVEL",
)
_children: list[Child] = []

# The same examples in every run, and no deadline: a busy machine is no failure.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")


# What takes longest goes first, so that at the end no worker waits for another.
LONGEST = (
    "config/test_journey.py",
    "config/test_stack.py",
    "seal/",
    "attacks/",
    "journeys/test_everywhere.py",
    "machines/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(here).as_posix()
        return next((place for place, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))

    items.sort(key=place)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        install.compile_catalogues()
        _start_shared_servers()
    _start_own_valkey(worker or "main")
    _load_settings()


def pytest_report_header() -> str:
    return f"servers: PostgreSQL 18, Valkey 9, S3 by {os.environ[STORE_SERVER]}"


def pytest_unconfigure() -> None:
    for child in reversed(_children):
        child.ask_to_stop()
    for child in _children:
        child.stop()
    _children.clear()


def _start_shared_servers() -> None:
    for name in SWEPT:
        os.environ.pop(name, None)
    folder = Path(tempfile.mkdtemp(prefix="bangdan-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        FOLDER: str(folder),
        STORE_SERVER: servers.store_kind(folder),
        "VAR_DIR": str(folder),
        "SECRET_KEY": "only-for-tests",
        "LOG_LEVEL": "WARNING",
        "DB_POOL_SIZE": "16",
    }
    database, store = _access(folder), _access(folder)
    _children.append(servers.postgres(folder / "postgres", database, options=DATABASE_OPTIONS))
    os.environ["DATABASE_URL"] = f"postgres://{database.user}:{database.secret}@127.0.0.1:{database.port}/bangdan"
    _children.append(servers.store(folder, store))
    os.environ |= {
        "S3_ENDPOINT": f"127.0.0.1:{store.port}",
        "S3_ACCESS_KEY": store.user,
        "S3_SECRET_KEY": store.secret,
        "S3_SECURE": "0",
        "S3_REGION": "us-east-1",
    }


def _start_own_valkey(worker: str) -> None:
    folder = Path(os.environ[FOLDER]) / f"worker-{worker}"
    folder.mkdir()
    access = _access(folder)
    _children.append(servers.valkey(folder, access))
    os.environ["REDIS_URL"] = f"redis://:{access.secret}@127.0.0.1:{access.port}/0"
    os.environ["S3_BUCKET"] = f"bangdan-{worker}"


def _access(logs: Path) -> servers.Access:
    # A secret of its own: a server that took the port first is not mistaken for the one just started.
    return servers.Access(free_port(), "bangdan", token_hex(8), logs)


def _load_settings() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    django.setup()
    # A worker that found it in its environment would load the settings before it has a Valkey and a bucket of its own.
    del os.environ["DJANGO_SETTINGS_MODULE"]

    from config import storage

    storage.ensure_bucket()
    # What is loaded by now stays; looking through it again and again took a fifth of the processor time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The migrated database, and a flush after transactional tests that brings it back to just that.

    Django's own flush would be stopped by the triggers that keep the ledger append-only, and would lose the rows that
    migrations made. Ours runs with triggers off, and puts those rows back from the copies taken here.
    """
    from django.db import connection, transaction
    from django.db.backends.postgresql.operations import DatabaseOperations

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        restore = list(_copy_seeds(cursor))

    def execute_sql_flush(_operations: DatabaseOperations, statements: list[str]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in [*statements, *restore]:
                cursor.execute(statement)

    DatabaseOperations.execute_sql_flush = execute_sql_flush


def _copy_seeds(cursor: "CursorWrapper") -> Iterator[str]:
    """Copy every table that has rows into the schema `seeds`; yields the statements that fill them again."""
    from django.db import connection

    cursor.execute("CREATE SCHEMA seeds")
    for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
        cursor.execute(f'CREATE TABLE seeds."{table}" AS TABLE public."{table}"')
        if cursor.rowcount == 0:
            cursor.execute(f'DROP TABLE seeds."{table}"')
            continue
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        columns = cursor.fetchone()[0]
        yield f'INSERT INTO public."{table}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM seeds."{table}"'


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits and cached counts of one test are not the next one's."""
    yield
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """The language of one test's last request is not the next one's."""
    yield
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True)
def _no_conflicted_pair(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test with a database: no conflicted expert holds a seat, a sheet or a grant.

    Checked before the database is taken away; `plants_conflicts(reason)` marks tests that break it on purpose.
    """
    marker = request.node.get_closest_marker("django_db")
    asked = {"db", "transactional_db"} & set(request.fixturenames)
    if marker is None and not asked:
        yield
        return
    transactional = "transactional_db" in asked or (marker is not None and marker.kwargs.get("transaction", False))
    request.getfixturevalue("transactional_db" if transactional else "db")
    yield
    if request.node.get_closest_marker("plants_conflicts") is None:
        from tests import invariants

        invariants.check()


@dataclass(frozen=True)
class Site:
    """A running site: HTTP and WebSocket, as `make run` serves it."""

    url: str

    @property
    def socket_url(self) -> str:
        return self.url.replace("http://", "ws://")


@pytest.fixture
def site(transactional_db: None, settings: object) -> Iterator[Site]:
    """The whole ASGI application on a port of its own over this test's database."""
    import uvicorn

    from config.asgi import application

    port = free_port()
    settings.SITE_URL = f"http://127.0.0.1:{port}"
    server = uvicorn.Server(
        uvicorn.Config(
            application, host="127.0.0.1", port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=2
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the site did not start"
        assert time.monotonic() < until, "the site did not start in time"
        threading.Event().wait(0.02)
    yield Site(f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(20)


# Of a module, not of the session: while it runs, Playwright keeps an event loop in this thread, which no test of
# asynchronous code could share.
@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium driven by Playwright's synchronous API."""
    from playwright.sync_api import sync_playwright

    program = browsers.find()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


@pytest.fixture
def cast(db: None) -> object:
    """Somebody for every role, in verified organisations; nobody has a password."""
    from reviews.demo import people
    from tests.factories import worlds

    return worlds.reach("cast", people.assemble)


@pytest.fixture
def rules(cast: object, settings: object) -> None:
    """The `demo` rule set in force: periods of seconds, and no calendar of a coming year is needed."""
    from challenges.models import RuleSet
    from challenges.rules import PRESETS
    from reviews.demo.load import approve_rules
    from tests.factories import worlds

    def approve() -> None:
        for name, preset in PRESETS.items():  # a test that empties the database takes the migration's drafts with it
            RuleSet.objects.get_or_create(name=name, version=1, defaults={"rules": preset().model_dump(mode="json")})
        approve_rules(cast.operator, cast.decider)

    settings.RULE_SET = "demo"
    worlds.reach("rules", approve)
