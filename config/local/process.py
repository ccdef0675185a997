"""A child process that never outlives its parent."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.local.ports import Trouble

STOP_SECONDS = 15
SMALLEST_FREE = 1_000_000
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP = 28, 4
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The unprivileged account a server runs as when we are root; PostgreSQL refuses to be root."""

    uid: int
    gid: int


class Child:
    """A server or process of ours: in a session of its own, logging to a file, told to stop when we die."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        account: Account | None = None,
        keep_open: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        parent = os.getpid()

        def before_exec() -> None:
            if account is not None:
                _become(account)
            if _libc is not None:
                _libc.prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
                if os.getppid() != parent:
                    os._exit(1)

        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=tuple(keep_open),
                preexec_fn=before_exec,  # noqa: PLW1509  (no thread is running yet where children are started)
            )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Send the signal on which it shuts down in order; a process that has ended is left alone."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)

    def stop(self) -> None:
        """Ask, wait, and after 15 seconds end it and all it started."""
        self.ask_to_stop()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for the person who must find out why it ended."""
        with self.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 16_384))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def wait_for(child: Child, answers: Callable[[], bool], *, seconds: float) -> None:
    """Return once `answers()` is true; `Trouble` when the child ends first or the time is over."""
    until = time.monotonic() + seconds
    while not answers():
        if child.exit_code() is not None:
            raise Trouble(ended(child))
        if time.monotonic() > until:
            raise Trouble(f"{child.name} did not answer within {seconds:.0f} seconds; see {child.log}.")
        time.sleep(0.05)


def is_disk_full(folder: Path, said: str) -> bool:
    """Whether what was said, or what is left where `folder` lies, tells that the disk is full.

    A log that lies on the full disk itself is cut before the line that says so.
    """
    return "No space left on device" in said or shutil.disk_usage(folder).free < SMALLEST_FREE


def ended(child: Child) -> str:
    """The sentence for a child that ended by itself, with the end of its log."""
    words = child.last_words()
    if is_disk_full(child.log.parent, words):
        return f"The disk is full: {child.name} could not write. Free some space and run again."
    return f"{child.name} stopped by itself (exit code {child.exit_code()}). The end of {child.log}:\n{words}"


def _become(account: Account) -> None:
    """Give up root, but keep the right to pass through folders, which a clone under /root needs.

    Widening the folders' modes instead would outlive us and open the person's home.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)  # else access(2) ignores the right
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if _libc is not None:
        header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
        bit = 1 << CAP_DAC_OVERRIDE
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        if _libc.capset(header, sets) == 0:
            _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
