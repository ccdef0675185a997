"""What the local site keeps between runs: the lock on its folder, its secrets and ports, the settings these make."""

import errno
import fcntl
import os
import secrets
import shlex
import socket
import time
from contextlib import suppress
from pathlib import Path

from config.local.ports import Trouble, free_port, require_free

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LEAVING_SECONDS = 30
PORTS = ("POSTGRES_PORT", "VALKEY_PORT", "S3_PORT")


def var_dir() -> Path:
    """Where the local site keeps everything: `VAR_DIR`, else var/ in the checkout."""
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute()


def lock(folder: Path) -> int:
    """Hold `folder` for this run and return the lock's descriptor; the kernel drops it when the last holder ends.

    The children hold it too, so that a run that follows a killed one waits until its servers have gone.
    """
    path = folder / "stack.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    until = time.monotonic() + LEAVING_SECONDS
    while not _try_lock(descriptor):
        holder = path.read_text().split()
        if holder and _is_running(int(holder[0])):
            raise Trouble(f"This site is running already, at {holder[1]} (process {holder[0]}); stop that one first.")
        if time.monotonic() > until:
            raise Trouble(f"Servers of an earlier run still hold {folder}; see `ps`, or set VAR_DIR to another folder.")
        time.sleep(0.2)
    return descriptor


def sign(descriptor: int, url: str) -> None:
    """Leave our process id and address in the lock for whoever finds it taken."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {url}\n".encode(), 0)


def prepare(folder: Path, *, host: str, port: int) -> dict[str, str]:
    """The whole environment of this run, remembered in local.env so that a second run finds its data again.

    What the person has set in the environment goes before what an earlier run chose.
    """
    path = folder / "local.env"
    remembered = _read(path)
    chosen = {name: remembered.get(name) or secrets.token_urlsafe(24) for name in ("LOCAL_PASSWORD",)}
    chosen["SECRET_KEY"] = remembered.get("SECRET_KEY") or secrets.token_urlsafe(50)
    for name in PORTS:
        chosen[name] = _port(name, remembered)
    password = chosen["LOCAL_PASSWORD"]
    chosen |= {
        "DATABASE_URL": f"postgres://bangdan:{password}@127.0.0.1:{chosen['POSTGRES_PORT']}/bangdan",
        "REDIS_URL": f"redis://:{password}@127.0.0.1:{chosen['VALKEY_PORT']}/0",
        "S3_ENDPOINT": f"127.0.0.1:{chosen['S3_PORT']}",
        "S3_ACCESS_KEY": "bangdan",
        "S3_SECRET_KEY": password,
        "S3_SECURE": "0",
        "SITE_URL": f"http://{in_url(host)}:{port}",
        "ALLOWED_HOSTS": ",".join(_names(host)),
        "DEMO": remembered.get("DEMO", "1"),
        "DEMO_PASSWORD": remembered.get("DEMO_PASSWORD", "bangdan-demo-2026"),
    }
    effective = {name: os.environ.get(name) or value for name, value in chosen.items()}
    if os.environ.get("S3_ENDPOINT"):
        effective |= {name: os.environ.get(name, "") for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_SECURE")}
    _write(path, effective)
    return dict(os.environ) | effective | {"VAR_DIR": str(folder), "PYTHONUNBUFFERED": "1"}


def _port(name: str, remembered: dict[str, str]) -> str:
    if wish := os.environ.get(name):
        if not wish.isdecimal():
            raise Trouble(f"{name} is a port number, not {wish!r}.")
        require_free("127.0.0.1", int(wish))
        return wish
    if earlier := remembered.get(name):
        with suppress(Trouble):
            require_free("127.0.0.1", int(earlier))
            return earlier
    return str(free_port())


def _names(host: str) -> list[str]:
    names = ["127.0.0.1", "localhost", "[::1]", host]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  (every address of this machine was asked for)
        names += [socket.gethostname(), socket.getfqdn()]
        with suppress(OSError):
            names += [str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None)]
        names += [in_url(address) for address in _outer_addresses()]
    return list(dict.fromkeys(names))


def _outer_addresses() -> list[str]:
    """The addresses by which others reach this machine: where a datagram to far away would leave from; none is sent."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found.append(str(probe.getsockname()[0]))
    return found


def in_url(host: str) -> str:
    """The host as a URL writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name: "".join(shlex.split(value)) for name, sign_, value in lines if sign_}


def _write(path: Path, values: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    fresh.write_text("# Written by `make run`; read by every manage.py command.\n" + "\n".join(lines) + "\n")
    fresh.replace(path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
