"""The way from a fresh clone: old Pythons, ports, disks and registries that fail are told in one sentence."""

import ast
import errno
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.local import bootstrap, install
from config.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "config/local/bootstrap.py", *arguments],
        cwd=ROOT,
        env=os.environ | changed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode != 0
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_bootstrap_can_be_read_by_old_pythons() -> None:
    ast.parse((ROOT / "config/local/bootstrap.py").read_text(), feature_version=(3, 6))


def test_old_python_with_no_newer_one_on_path_is_one_sentence(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(bootstrap.sys, "argv", ["bootstrap.py", "test"])
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap.main() == 1

    assert capsys.readouterr().err == (
        "Python 3.11 or newer is needed, this is 3.9: install one, then make test PYTHON=/path/to/it\n"
    )


def test_newer_python_that_does_not_run_is_passed_over(monkeypatch, tmp_path) -> None:
    broken, good = tmp_path / "python3.14", tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")
    good.symlink_to(sys.executable)
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap.newer_python() == str(good)


def test_site_on_a_port_in_use_is_one_sentence(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])

        done = run("run", "--host", "127.0.0.1", "--port", port, VAR_DIR=str(tmp_path))

    assert_one_sentence(done, f"Port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", ""])
def test_site_on_a_port_that_is_none_is_one_sentence(tmp_path, port) -> None:
    done = run("run", "--host", "127.0.0.1", f"--port={port}", VAR_DIR=str(tmp_path))

    assert_one_sentence(done, "PORT is a number from 1 to 65535")


@pytest.mark.parametrize("place", ["/proc/bangdan", "/dev/null", "/dev/full/var"])
def test_site_whose_folder_cannot_be_written_is_one_sentence(place) -> None:
    done = run("run", "--host", "127.0.0.1", "--port", str(free_port()), VAR_DIR=place)

    assert_one_sentence(done, place)


def test_stack_whose_folder_cannot_be_written_is_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "stack"],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": "/proc/bangdan"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert_one_sentence(done, "/proc/bangdan")


def test_second_make_waits_until_the_first_has_installed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(install, "BASE_DIR", tmp_path)
    order = []
    waits = threading.Event()
    monkeypatch.setattr(install, "say", lambda line: order.append(line) or waits.set())

    def second() -> None:
        with install.one_at_a_time():
            order.append("second")

    with install.one_at_a_time():
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        order.append("first")
    thread.join(10)

    assert order == ["Another make is installing here; waiting for it …", "first", "second"]
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_named_as_that() -> None:
    assert install._os_sentence(OSError(errno.ENOSPC, "No space left on device", "x")).startswith("The disk is full")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("npm error code ENOSPC", "The disk is full"),
        ("OSError: [Errno 30] Read-only file system: '.venv'", "read-only"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "locked hash"),
    ],
)
def test_known_cause_in_a_tools_output_is_named(output, sentence) -> None:
    with pytest.raises(install.Trouble, match=sentence):
        install.explain(output)


def test_package_index_out_of_reach_is_one_sentence(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "away.txt").write_text(f"not-installed-here==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(install, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")

    with pytest.raises(install.Trouble, match="The Python package index could not be reached"):
        install.pip_install("away.txt")


def test_npm_registry_out_of_reach_is_one_sentence(tmp_path) -> None:
    shell = "echo 'npm error code ECONNREFUSED'; exit 1"

    with pytest.raises(install.Trouble, match="The npm registry could not be reached"):
        install.run(["sh", "-c", shell], install.NPM_OFFLINE, what="The npm registry", tool="npm", cwd=tmp_path)


def test_machine_without_npm_gets_one_from_its_package(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install, "VENV", tmp_path)
    asked = []

    def fetch(lock_file: str) -> None:
        asked.append(lock_file)

    monkeypatch.setattr(install, "pip_install", fetch)

    assert install.find_npm() == [str(tmp_path / "bin" / "npm")]
    assert asked == ["node.txt"]


@pytest.mark.parametrize("name", ["base", "local", "dev", "node"])
def test_lock_file_pins_every_package_by_hash_and_names_no_index(name) -> None:
    text = (ROOT / "config/requirements" / f"{name}.txt").read_text()
    packages = [block for block in text.replace("\\\n", " ").splitlines() if block and block[0] != "#"]

    assert packages
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []
    assert "://" not in text
