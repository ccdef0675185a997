"""The last minute before a deadline: `python -m tests.bench.deadline --teams 200 --at-once 20`.

Starts the whole site (web, worker, beat, their servers) in a folder of its own, writes one complete bid for each team,
and then lets all teams upload their technical document and submit over the API, so many of them at once. Prints how
many requests were answered in a second, how long they took, and what was refused.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from config.journey.papers import pdf

ROOT = Path(__file__).resolve().parents[2]
READY = "Ready: "


@dataclass(frozen=True)
class Team:
    """One bid that lacks only its document, and who may sign for it."""

    bid: str
    token: str


@dataclass(frozen=True)
class Answer:
    """One request: its step, its status and its seconds."""

    step: str
    status: int
    seconds: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--teams", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bangdan-deadline-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {"VAR_DIR": folder, "DEMO": "1", "RULE_SET": "demo", "LOG_LEVEL": "WARNING"}
        site = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "stack", "--port", os.environ.get("PORT", "8000")],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            url = _ready(site)
            teams = _teams(given.teams)
            begin = time.perf_counter()
            answers = asyncio.run(_minute(url, teams, given.at_once))
            _print(answers, time.perf_counter() - begin)
        finally:
            site.terminate()
            site.wait(60)


def _ready(site: "subprocess.Popen[str]") -> str:
    assert site.stdout is not None
    for line in site.stdout:
        sys.stderr.write(line)
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    raise SystemExit("The site did not start.")


def _teams(count: int) -> list[Team]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from accounts import clock
    from accounts.models import ApiToken, OrganizationKind
    from challenges.models import Challenge
    from reviews.demo import people, walk
    from tests.factories.life import new_challenge

    cast = people.assemble()
    challenge: Challenge = walk.carry(new_challenge(cast), cast, to="published")
    sys.stderr.write(f"{clock.now():%H:%M:%S}  writing {count} bids\n")
    teams = []
    for number in range(count):
        person = people.account(f"minute{number}", f"投标人{number}", None)
        lead = people.organization(f"虚构团队{number}", 5000 + number, cast.operator, OrganizationKind.ENTERPRISE)
        people.join(person, lead)
        bid = walk.write_bid(challenge, person, lead=lead, percent=97)
        teams.append(Team(str(bid.pk), ApiToken.issue(person)[0]))
    return teams


async def _minute(url: str, teams: list[Team], at_once: int) -> list[Answer]:
    paper = pdf("技术方案", "总体思路、技术路线、验证方法与进度安排。" * 20)
    waiting, answers = list(teams), []

    async def hand() -> None:
        async with httpx.AsyncClient(base_url=f"{url}api/", timeout=120) as client:
            while waiting:
                team = waiting.pop()
                client.headers["Authorization"] = f"Bearer {team.token}"
                file: dict[str, Any] = {"files": {"file": ("技术方案.pdf", paper)}, "data": {"part": "technical"}}
                sent = (("upload", "documents", file), ("submit", "transitions/submit", {"json": {}}))
                for step, path, body in sent:
                    begin = time.perf_counter()
                    answer = await client.post(f"bids/{team.bid}/{path}", **body)
                    answers.append(Answer(step, answer.status_code, time.perf_counter() - begin))

    await asyncio.gather(*(hand() for _ in range(at_once)))
    return answers


def _print(answers: list[Answer], seconds: float) -> None:
    sys.stdout.write(f"{len(answers)} requests in {seconds:.1f} s, {60 * len(answers) / seconds:.0f} a minute\n")
    for step in ("upload", "submit"):
        took = [answer.seconds for answer in answers if answer.step == step]
        statuses = Counter(answer.status for answer in answers if answer.step == step)
        parts = quantiles(took, n=20)
        said = f"median {1000 * parts[9]:.0f} ms, p95 {1000 * parts[18]:.0f} ms, longest {1000 * max(took):.0f} ms"
        sys.stdout.write(f"{step}: {said}; answers {dict(statuses)}\n")


if __name__ == "__main__":
    main()
