"""The ground the measurements stand on: servers, a database, and invented data of the size asked for."""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

NUMBERS = ("challenges", "bids", "experts", "sheets", "grants", "notifications")


def say(line: str) -> None:
    """To the error stream, so that a table can be kept by itself."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def arguments(description: str, **more: object) -> argparse.Namespace:
    """The numbers of `manage.py generate`, how often to measure, and which visits."""
    parser = argparse.ArgumentParser(description=description)
    for name in NUMBERS:
        parser.add_argument(f"--{name}", type=int, metavar="N")
    parser.add_argument("--times", type=int, default=7, help="how often each is measured (7)")
    parser.add_argument("--only", default="", help="only visits whose name holds this")
    return parser.parse_args()


def prepare(given: argparse.Namespace) -> None:
    """Servers of our own unless DATABASE_URL names one; the data is generated where it is not there yet."""
    stand()
    _load(given)


def stand() -> None:
    """The servers and Django on them, without any data."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    for name, value in (("SECRET_KEY", "only-for-measuring"), ("DEMO", "1"), ("LOG_LEVEL", "ERROR")):
        os.environ.setdefault(name, value)
    os.environ.setdefault("RULE_SET", "standard")
    _start_servers()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    django.setup()


def _start_servers() -> None:
    from config.local import servers
    from config.local.ports import free_port

    folder = Path(tempfile.mkdtemp(prefix="bangdan-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("VAR_DIR", str(folder))

    def access() -> servers.Access:
        return servers.Access(free_port(), "bangdan", "only-for-measuring", folder)

    if "REDIS_URL" not in os.environ:
        cache = access()
        atexit.register(servers.valkey(folder / "valkey", cache).stop)
        os.environ["REDIS_URL"] = f"redis://:{cache.secret}@127.0.0.1:{cache.port}/0"
    if "DATABASE_URL" not in os.environ:
        database = access()
        atexit.register(servers.postgres(folder / "postgres", database).stop)
        servers.create_database("bangdan", database)
        os.environ["DATABASE_URL"] = f"postgres://{database.user}:{database.secret}@127.0.0.1:{database.port}/bangdan"


def _load(given: argparse.Namespace) -> None:
    from django.core.management import call_command

    from accounts.models import User
    from challenges.models import RuleSet
    from reviews.demo import people
    from reviews.demo.load import approve_rules

    call_command("migrate", verbosity=0)
    if RuleSet.current() is None:
        staff = [people.account(f"bench-{role}", role, None, role) for role in ("operator", "decider")]
        approve_rules(*staff)
    if User.objects.filter(email="load-operator1@demo.example").exists():
        say("Measured on the data that is there.")
        return
    chosen = {name: getattr(given, name) for name in NUMBERS if getattr(given, name) is not None}
    call_command("generate", stdout=sys.stderr, **chosen)
