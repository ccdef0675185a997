"""Everything between a fresh clone and a running site or test suite, with the standard library alone.

`install.py run --host H --port P`, `install.py test [pytest arguments]`, `install.py lint`. What is there already, and
was made from the same lock files, is left alone. Whatever goes wrong is told in one sentence.
"""

import argparse
import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

try:
    from config.local.ports import Trouble, require_free
except ImportError:  # run as a script: the package itself needs what is not installed yet
    sys.path.insert(0, str(Path(__file__).parent))
    from ports import Trouble, require_free  # type: ignore[import-not-found,no-redef]

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = BASE_DIR / "config" / "requirements"
FRONTEND = BASE_DIR / "config" / "frontend"
LOCALE = BASE_DIR / "config" / "locale"
PR_SET_PDEATHSIG = 1

DISK_FULL = "The disk is full: {place} could not be written. Free about 2 GB and run again."
NOT_WRITABLE = "{place} cannot be written ({reason}); run from a folder of your own that is not read-only."
NO_NETWORK = "{what} could not be reached; check the network (or the proxy and {tool} settings) and run again."
HINTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("No space left on device", "ENOSPC"), "The disk is full. Free about 2 GB and run again."),
    (("Read-only file system", "EROFS"), "The disk is read-only here; clone into a folder that you may write."),
    (("DO NOT MATCH THE HASHES", "EINTEGRITY"), "A download does not match its locked hash, so it was not installed."),
    (("Permission denied", "EACCES"), "A file could not be written for lack of permission; is the folder yours?"),
)
PIP_OFFLINE = ("NewConnectionError", "ConnectionError", "Temporary failure in name resolution", "from versions: none",
               "ConnectTimeoutError", "ProxyError", "Name or service not known", "Read timed out")  # fmt: skip
NPM_OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "ECONNRESET", "network request")


def say(line: str) -> None:
    """One line of progress, at once."""
    print(line, flush=True)


def run_site(arguments: Sequence[str]) -> NoReturn:
    """Install what the site needs and become `manage.py stack`."""
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True)
    options = parser.parse_args(arguments)
    if not options.port.isdecimal():
        raise Trouble(f"PORT is a number from 1 to 65535, not {options.port!r}.")
    require_free(options.host, int(options.port))
    require_writable(var_dir())
    with one_at_a_time():
        install("local")
        prepare_pages()
    become("manage.py", "stack", "--host", options.host, "--port", options.port)


def run_tests(arguments: Sequence[str]) -> NoReturn:
    """Install what the tests need, Chromium among it, and become pytest."""
    with one_at_a_time():
        install("dev")
        prepare_pages()
    run([str(PYTHON), "-m", "config.local.chromium"], PIP_OFFLINE, what="Chromium's download", tool="apt", quiet=False)
    become("-m", "pytest", *(arguments or ["-n", "3", "--dist", "loadscope", "--no-loadscope-reorder"]))


def run_lint(_arguments: Sequence[str]) -> None:
    """Install the tools and run every check that needs no server."""
    with one_at_a_time():
        install("dev")
    os.environ |= {"DEBUG": "1"}
    failed = [
        name
        for name, command in {
            "ruff check": ["ruff", "check"],
            "ruff format": ["ruff", "format", "--check"],
            "mypy": ["mypy", "."],
            "import-linter": ["lint-imports"],
        }.items()
        if not _passes(name, command)
    ]
    if failed:
        raise Trouble(f"Not clean: {', '.join(failed)}.")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the checkout while installing, so that two makes at once do not write one .venv; leaves no file behind."""
    folder = os.open(BASE_DIR, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another make is installing here; waiting for it …")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install(kind: str) -> None:
    """Make .venv hold exactly what requirements/<kind>.txt locks, unless it does already."""
    require_writable(BASE_DIR)
    if not _runs(PYTHON):
        say(f"Making .venv with Python {sys.version_info[0]}.{sys.version_info[1]} …")
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            explain(made.stdout + made.stderr)
            raise Trouble(
                "Python's venv does not work here; on Debian install the package python3-venv, then run again."
            )
    locks = {name: _digest(REQUIREMENTS / f"{name}.txt") for name in ("local", "dev")}
    stamp = VENV / "installed"
    installed = stamp.read_text().split() if stamp.is_file() else []
    if locks[kind] in installed or (kind == "local" and locks["dev"] in installed):
        return
    say("Installing Python packages, some minutes on the first run …")
    pip_install(f"{kind}.txt")
    stamp.write_text(locks[kind] + "\n")


def pip_install(lock_file: str) -> None:
    """Install one lock file, every file checked against its hash."""
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input"]
    pip += ["--retries", "2", "--timeout", "20", "--require-hashes", "-r", str(REQUIREMENTS / lock_file)]
    run(pip, PIP_OFFLINE, what="The Python package index", tool="pip")


def prepare_pages() -> None:
    """The files that come from npm, and the message catalogues compiled."""
    lock_file = FRONTEND / "package-lock.json"
    if lock_file.is_file():
        stamp = FRONTEND / "node_modules" / ".installed"
        if not stamp.is_file() or stamp.read_text() != _digest(lock_file):
            say("Installing the pages' styles and scripts from npm …")
            npm = find_npm()
            command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
            run(command, NPM_OFFLINE, what="The npm registry", tool="npm", cwd=FRONTEND)
            stamp.write_text(_digest(lock_file))
    compile_catalogues()


def compile_catalogues() -> None:
    """The messages as gettext reads them, for every catalogue that is newer than what was compiled of it."""
    stale = [
        source
        for source in LOCALE.glob("*/LC_MESSAGES/django.po")
        if not source.with_suffix(".mo").is_file() or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]
    for source in stale:
        target = source.with_suffix(".mo")
        run([str(PYTHON), "-m", "babel.messages.frontend", "compile", "-i", str(source), "-o", str(target)], ())


def find_npm() -> list[str]:
    """npm from PATH, else from the package that brings one, fetched only then."""
    if (npm := shutil.which("npm")) and (node := shutil.which("node")) and _runs(Path(node)):
        return [npm]
    bundled = VENV / "bin" / "npm"
    if not bundled.is_file():
        say("There is no npm here; fetching one into .venv …")
        try:
            pip_install("node.txt")
        except Trouble as trouble:
            raise Trouble(f"There is no npm, and none could be fetched. {trouble} Or install Node.js.") from trouble
    return [str(bundled)]


def run(
    command: Sequence[str],
    offline: Sequence[str],
    *,
    what: str = "",
    tool: str = "",
    cwd: Path = BASE_DIR,
    quiet: bool = True,
) -> None:
    """Run a step with its progress shown; raise `Trouble` with the reason if it fails."""
    environment = os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment.pop("PYTHONHOME", None)
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    heard: list[str] = []
    try:
        for line in process.stdout or ():
            heard.append(line)
            _show(line.rstrip(), quiet=quiet)
    finally:
        if sys.exc_info()[0] is not None:
            process.terminate()
        process.wait()
    if process.returncode != 0:
        text = "".join(heard)
        explain(text)
        if any(sign in text for sign in offline):
            raise Trouble(NO_NETWORK.format(what=what, tool=tool))
        last = next((line.strip() for line in reversed(heard) if line.strip()), f"exit code {process.returncode}")
        raise Trouble(f"`{Path(command[0]).name} {' '.join(command[1:4])} …` failed: {last}")


def explain(text: str) -> None:
    """Raise `Trouble` if the output names a cause we know."""
    for signs, sentence in HINTS:
        if any(sign in text for sign in signs):
            raise Trouble(sentence)


def require_writable(folder: Path) -> None:
    """Make the folder and write a byte there, or say why not."""
    probe = folder / f".write-test-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x" * 4096)
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror, str(folder)) from fault
    finally:
        with suppress(OSError):
            probe.unlink()


def var_dir() -> Path:
    """Where the site keeps its data."""
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute()


def become(*arguments: str) -> NoReturn:
    """Replace this process with .venv's Python, so that signals reach it without a go-between."""
    if "MAKELEVEL" in os.environ and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # a make that is killed takes the site with it
    os.chdir(BASE_DIR)
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    for caught in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(caught, signal.SIG_DFL)
    os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606


def _show(line: str, *, quiet: bool) -> None:
    if not line:
        return
    if not quiet:
        say(line)
    elif line.startswith(("Collecting ", "Downloading ", "Installing collected", "added ")):
        words = line.partition(" (from ")[0].partition("==")[0]
        if sys.stdout.isatty():
            print(
                f"\r\033[K  {words[:70]}", end="" if not line.startswith(("Installing", "added")) else "\n", flush=True
            )
        elif line.startswith(("Collecting", "Installing", "added")):
            say(f"  {words[:70]}")


def _passes(name: str, command: Sequence[str]) -> bool:
    say(f"== {name}")
    program = [str(VENV / "bin" / command[0]), *command[1:]]
    return subprocess.run(program, cwd=BASE_DIR, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _runs(program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _os_sentence(fault: OSError) -> str:
    place = fault.filename or BASE_DIR
    if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DISK_FULL.format(place=place)
    return NOT_WRITABLE.format(place=place, reason=fault.strerror)


def main(arguments: Sequence[str]) -> int:
    """Do one of run, test and lint; 1 and a sentence on standard error when something is in the way."""
    steps: dict[str, Callable[[Sequence[str]], None]] = {"run": run_site, "test": run_tests, "lint": run_lint}
    for caught in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(caught, signal.default_int_handler)
    try:
        steps[arguments[0]](arguments[1:])
    except Trouble as trouble:
        print(f"\n{trouble}" if sys.stdout.isatty() else trouble, file=sys.stderr, flush=True)
        return 1
    except OSError as fault:
        print(_os_sentence(fault), file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr, flush=True)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
