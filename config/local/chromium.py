"""A Chromium for the browser tests: one that is there, else Debian's package as root, else Playwright's own build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> str | None:
    """The Chromium to drive: `CHROMIUM`, then PATH; None leaves the choice to Playwright's own build."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


def has_playwrights_own() -> bool:
    """Whether Playwright has downloaded its Chromium already."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def ensure() -> str:
    """Get a Chromium if none is there; returns where it came from, or exits with the sentence that says how to."""
    if program := find():
        return f"Chromium: {program}"
    if has_playwrights_own():
        return "Chromium: Playwright's own build"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _apt("chromium")
        if program := find():
            return f"Chromium: {program}, from Debian's package"
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode == 0:
        return "Chromium: Playwright's own build, downloaded now"
    raise SystemExit(
        "The browser tests need Chromium and none could be fetched: install the package `chromium` of your system, "
        "or set CHROMIUM to the program."
    )


def ensure_chinese_font() -> None:
    """As root on Debian, install a font with Chinese glyphs; elsewhere screenshots show boxes, and no test minds."""
    if os.geteuid() == 0 and shutil.which("apt-get") and not Path("/usr/share/fonts/opentype/noto").is_dir():
        _apt("fonts-noto-cjk")


def _apt(package: str) -> None:
    print(f"Installing {package} with apt-get …", flush=True)
    install = ("install", "-y", "-q", "--no-install-recommends", package)
    if not _apt_get(*install):
        _apt_get("update", "-q")
        _apt_get(*install)


def _apt_get(*arguments: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command, nothing = ["apt-get", *arguments], subprocess.DEVNULL
    return subprocess.run(command, env=environment, stdin=nothing, stdout=nothing, check=False).returncode == 0


if __name__ == "__main__":
    print(ensure(), flush=True)
    ensure_chinese_font()
