"""Times every list and page as the people who use them: `python -m tests.bench.pages --challenges 2000`.

Starts its own PostgreSQL and Valkey unless DATABASE_URL and REDIS_URL name some, generates the data where it is not
there, and prints for each visit the answer's status and size, the queries it took and the median time in one process.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from statistics import median
from typing import Any

from tests.bench import ground

MOST_LIST, MOST_SCORE, MOST_OBJECT = 10, 12, 25


def main() -> None:
    """Measure and print."""
    given = ground.arguments(str(__doc__))
    ground.prepare(given)
    _size()
    _line("what", "who", "answer", "kB", "queries", "ms")
    slow = []
    for most, name, who, status, size, queries, seconds in chain(_visits(given), _scoring(given)):
        mark = " <" if isinstance(queries, int) and queries > most else ""
        _line(name, who, status, size, f"{queries}{mark}", seconds)
        if mark:
            slow.append(name)
    sys.stdout.write(f"\n{len(slow)} above their number of queries: {', '.join(slow) or 'none'}\n")


def _line(name: str, who: str, *cells: Any) -> None:
    sys.stdout.write(f"{name:<48} {who:<11} " + " ".join(f"{cell!s:>9}" for cell in cells) + "\n")
    sys.stdout.flush()


def _size() -> None:
    from django.apps import apps

    models = (
        "challenges.Challenge",
        "challenges.Bid",
        "challenges.BidGrant",
        "reviews.ScoreSheet",
        "accounts.LedgerEntry",
    )
    counts = [f"{apps.get_model(name).objects.count():,} {name.split('.')[1]}" for name in models]
    sys.stdout.write(", ".join(counts) + "\n\n")


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements sent meanwhile; BEGIN and COMMIT are not among them, savepoints are."""
    from django.db import connection

    sent: list[str] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield sent


def _clients() -> Any:
    from django.test import Client

    from tests.bench.visits import person

    known: dict[str, Client] = {}

    def of(who: str) -> Client:
        if who not in known:
            known[who] = Client(headers={"accept-language": "zh-hans"})
            user = person(who)
            if user is not None:
                known[who].force_login(user, "django.contrib.auth.backends.ModelBackend")
        return known[who]

    return of


def _visits(given: Any) -> Any:
    from django.conf import settings

    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    from tests.bench.visits import visits

    client_of = _clients()
    for visit in visits():
        if given.only not in visit.name:
            continue
        if visit.path is None:
            yield MOST_LIST, visit.name, visit.who, "not there", "", "", ""
            continue
        client = client_of(visit.who)
        client.raise_request_exception = False
        client.get(visit.path)
        with counting() as queries:
            answer = client.get(visit.path)
        seconds = []
        for _time in range(given.times if answer.status_code == 200 else 0):
            begin = time.perf_counter()
            client.get(visit.path)
            seconds.append(time.perf_counter() - begin)
        shown = f"{1000 * median(seconds):.0f}" if seconds else ""
        most = MOST_LIST if visit.is_list else MOST_OBJECT
        yield most, visit.name, visit.who, answer.status_code, f"{len(answer.content) / 1024:.0f}", len(queries), shown


def _scoring(given: Any) -> Any:
    """Saving, submitting and locking a sheet, each time another one, over page and API alike."""
    from django.urls import NoReverseMatch, reverse

    from reviews.models import ScoreSheet
    from tests.bench.visits import person

    if given.only not in "score":
        return
    reviewer = person("reviewer")
    mine = ScoreSheet.objects.filter(assignment__expert__user=reviewer, assignment__panel__state="scoring")
    opened = list(mine.filter(state="open").order_by("pk").values_list("pk", flat=True))
    client = _clients()("reviewer")
    steps: dict[str, list[tuple[int, float]]] = {}
    statuses: dict[str, int] = {}

    def timed(name: str, path: str, data: dict[str, Any]) -> None:
        begin = time.perf_counter()
        with counting() as queries:
            answer = client.post(path, data)
        steps.setdefault(name, []).append((len(queries), time.perf_counter() - begin))
        statuses[name] = max(answer.status_code, statuses.get(name, 0))

    try:
        for pk in opened[: given.times]:
            timed("score save", reverse("sheet_save", args=[pk]), _filled(pk))
            timed("score save and submit", reverse("sheet", args=[pk]), _filled(pk) | {"submit": "1"})
            timed("score reopen", reverse("step", args=["sheets", pk, "reopen"]), {})
            timed("score submit", reverse("step", args=["sheets", pk, "submit"]), {})
            timed("score lock", reverse("step", args=["sheets", pk, "lock"]), {})
    except NoReverseMatch:
        yield MOST_SCORE, "score save", "reviewer", "not there", "", "", ""
    if not opened:
        yield MOST_SCORE, "score save", "reviewer", "no sheet", "", "", ""
    for name, found in steps.items():
        most = max(count for count, _seconds in found)
        # A lock may hand out the price part to everyone, so its number is not the one of saving.
        limit = MOST_OBJECT if name == "score lock" else MOST_SCORE
        yield (
            limit,
            name,
            "reviewer",
            statuses[name],
            "",
            most,
            f"{1000 * median(seconds for _count, seconds in found):.0f}",
        )


_turn = iter(range(10_000))


def _filled(pk: Any) -> dict[str, Any]:
    from reviews.models import ScoreSheet

    sheet = ScoreSheet.objects.select_related("assignment__panel__challenge").get(pk=pk)
    rubric = sheet.assignment.panel.challenge.frozen_rubric
    data: dict[str, Any] = {"version": sheet.version}
    for item in rubric.criteria:
        if item.part == sheet.part:
            data[f"{item.key}_score"] = 60 + next(_turn) % 30
            data[f"{item.key}_comment"] = "依据充分。"
    return data


if __name__ == "__main__":
    main()
