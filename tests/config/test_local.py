"""The embedded servers one by one: they keep their data, they end with their parent, and trouble is one sentence."""

import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.local import environment, process, servers
from config.local.ports import Trouble, free_port, require_free
from config.local.process import Child, wait_for

ROOT = Path(__file__).resolve().parents[2]
GRACE_SECONDS = 20


def access(folder: Path, **changed: object) -> servers.Access:
    return servers.Access(**({"port": free_port(), "user": "bangdan", "secret": "pw", "logs": folder} | changed))


def connect(place: servers.Access) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=place.port, user=place.user, password=place.secret, dbname="postgres", autocommit=True
    )


def wait_until_gone(pid: int) -> None:
    """Return once the process, which is no child of ours, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], GRACE_SECONDS)[0], f"process {pid} is still there"
    finally:
        os.close(descriptor)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_postgres_stopped_and_started_again_keeps_its_data(tmp_path) -> None:
    place = access(tmp_path)
    first = servers.postgres(tmp_path / "postgres", place)
    with connect(place) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()

    second = servers.postgres(tmp_path / "postgres", place)
    try:
        with connect(place) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    finally:
        second.stop()


def test_postgres_killed_starts_again(tmp_path) -> None:
    place = access(tmp_path)
    killed = servers.postgres(tmp_path / "postgres", place)
    os.kill(killed.pid, signal.SIGKILL)
    killed.stop()
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    assert pid_file.exists()
    pid_file.write_text(pid_file.read_text().replace(str(killed.pid), str(os.getpid()), 1))

    again = servers.postgres(tmp_path / "postgres", place)
    again.stop()


def test_postgres_refuses_the_wrong_password(tmp_path) -> None:
    place = access(tmp_path)
    server = servers.postgres(tmp_path / "postgres", place)
    try:
        with pytest.raises(psycopg.OperationalError, match="password"):
            connect(servers.Access(place.port, place.user, "guessed", tmp_path))
    finally:
        server.stop()


def test_postgres_under_root_is_not_root_and_keeps_one_right(tmp_path) -> None:
    server = servers.postgres(tmp_path / "postgres", access(tmp_path))
    try:
        status = Path(f"/proc/{server.pid}/status").read_text()
    finally:
        server.stop()
    lines = dict(line.split(":\t", 1) for line in status.splitlines())

    assert lines["Uid"].split()[0] != "0"
    assert int(lines["CapEff"], 16) in {0, 1 << 1}


def test_postgres_of_another_version_is_left_alone(tmp_path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("17\n")

    with pytest.raises(Trouble, match="PostgreSQL 17"):
        servers.postgres(folder, access(tmp_path))


def test_store_keeps_the_server_that_wrote_its_data(tmp_path, monkeypatch) -> None:
    minio = tmp_path / "bin" / "minio"
    minio.parent.mkdir()
    minio.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(minio.parent))
    assert servers.store_kind(tmp_path) == "minio"

    (tmp_path / "nanio").mkdir()

    assert servers.store_kind(tmp_path) == "nanio"


def test_store_written_by_minio_without_minio_is_one_sentence(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "minio").mkdir()

    with pytest.raises(Trouble, match="MinIO"):
        servers.store_kind(tmp_path)


def test_servers_end_when_their_parent_is_killed(tmp_path) -> None:
    program = """
        import sys, threading
        from pathlib import Path
        from config.local import servers
        from config.local.ports import free_port
        folder = Path(sys.argv[1])
        def place(): return servers.Access(free_port(), "bangdan", "secret-of-eight", folder)
        started = [servers.postgres(folder / "postgres", place()), servers.valkey(folder / "valkey", place()),
                   servers.store(folder, place())]
        print(*(child.pid for child in started), flush=True)
        threading.Event().wait(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 3

    parent.kill()
    parent.wait()

    for pid in pids:
        wait_until_gone(pid)


def test_child_that_ends_at_once_is_told_with_its_last_words(tmp_path) -> None:
    child = Child(
        "helper",
        [sys.executable, "-c", "raise SystemExit('no such luck')"],
        log=tmp_path / "helper.log",
        env=os.environ,
        cwd=tmp_path,
    )

    with pytest.raises(Trouble, match="no such luck"):
        wait_for(child, lambda: False, seconds=20)


def test_child_on_a_full_disk_is_told_as_that(tmp_path) -> None:
    child = Child(
        "helper",
        [sys.executable, "-c", "open('/dev/full', 'wb', 0).write(b'x')"],
        log=tmp_path / "helper.log",
        env=os.environ,
        cwd=tmp_path,
    )

    with pytest.raises(Trouble, match=r"^The disk is full"):
        wait_for(child, lambda: False, seconds=20)


def test_child_whose_log_lies_on_the_full_disk_is_told_as_that(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(process, "SMALLEST_FREE", sys.maxsize)
    child = Child("helper", [sys.executable, "-c", "raise SystemExit(1)"], log=tmp_path / "log", env={}, cwd=tmp_path)

    with pytest.raises(Trouble, match=r"^The disk is full"):
        wait_for(child, lambda: False, seconds=20)


def test_port_in_use_is_one_sentence(taken_port) -> None:
    with pytest.raises(Trouble, match=rf"Port {taken_port} on 127\.0\.0\.1 is in use"):
        require_free("127.0.0.1", taken_port)


@pytest.mark.parametrize(
    ("host", "port"), [("no-such-host.invalid", 8000), ("127.0.0.1", 70000), ("203.0.113.7", 8000)]
)
def test_address_that_is_not_ours_is_one_sentence(host, port) -> None:
    with pytest.raises(Trouble) as trouble:
        require_free(host, port)
    assert "\n" not in str(trouble.value)


@pytest.fixture
def nothing_set(monkeypatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO", *(n for n in os.environ if n.startswith("S3_"))):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nothing_set")
def test_second_run_finds_the_secrets_and_ports_of_the_first(tmp_path) -> None:
    first = environment.prepare(tmp_path, host="127.0.0.1", port=8000)
    second = environment.prepare(tmp_path, host="127.0.0.1", port=8001)

    assert {n for n in first if first[n] != second[n]} == {"SITE_URL"}
    assert (tmp_path / "local.env").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("nothing_set")
def test_site_on_every_address_answers_to_the_one_that_others_use(tmp_path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            mine = "127.0.0.1"
        else:
            mine = probe.getsockname()[0]

    made = environment.prepare(tmp_path, host="0.0.0.0", port=8000)

    assert mine in made["ALLOWED_HOSTS"].split(",")


@pytest.mark.usefixtures("nothing_set")
def test_port_taken_meanwhile_is_chosen_anew(tmp_path) -> None:
    first = environment.prepare(tmp_path, host="127.0.0.1", port=8000)

    with socket.create_server(("127.0.0.1", int(first["VALKEY_PORT"]))):
        second = environment.prepare(tmp_path, host="127.0.0.1", port=8000)

    assert second["VALKEY_PORT"] != first["VALKEY_PORT"]
    assert second["VALKEY_PORT"] in second["REDIS_URL"]


@pytest.mark.usefixtures("nothing_set")
def test_port_set_by_hand_and_taken_is_one_sentence(tmp_path, taken_port, monkeypatch) -> None:
    monkeypatch.setenv("S3_PORT", str(taken_port))

    with pytest.raises(Trouble, match="in use"):
        environment.prepare(tmp_path, host="127.0.0.1", port=8000)


@pytest.mark.usefixtures("nothing_set")
def test_server_of_ones_own_is_used_and_remembered(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:secret@db.example/bangdan")

    made = environment.prepare(tmp_path, host="127.0.0.1", port=8000)

    assert made["DATABASE_URL"] == "postgres://me:secret@db.example/bangdan"
    assert "DATABASE_URL=postgres://me:secret@db.example/bangdan\n" in (tmp_path / "local.env").read_text()


def test_folder_held_by_a_living_run_is_one_sentence(tmp_path) -> None:
    held = environment.lock(tmp_path)
    environment.sign(held, "http://127.0.0.1:8000/")
    try:
        with pytest.raises(Trouble, match=r"running already, at http://127\.0\.0\.1:8000/"):
            environment.lock(tmp_path)
    finally:
        os.close(held)


def test_lock_of_a_run_that_ended_is_free_again(tmp_path) -> None:
    os.close(environment.lock(tmp_path))
    os.close(environment.lock(tmp_path))
