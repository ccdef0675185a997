"""Asks the database how it answers each visit's queries: `python -m tests.bench.plans --challenges 10000`.

Every statement of every visit is explained with its real values, and what reads much to show little is printed: a scan
over a whole large table, a sort or a join over many rows, or a statement that takes long.
"""

import json
import sys
from typing import Any

from tests.bench import ground

MANY_ROWS = 3000
LONG_MS = 20.0


def main() -> None:
    """Explain and print."""
    given = ground.arguments(str(__doc__))
    ground.prepare(given)
    from django.db import connection
    from django.test import Client

    from tests.bench.visits import person, visits

    faults = 0
    for visit in visits():
        if visit.path is None or given.only not in visit.name:
            continue
        client = Client(headers={"accept-language": "zh-hans"})
        client.raise_request_exception = False
        user = person(visit.who)
        if user is not None:
            client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        client.get(visit.path)
        statements: list[tuple[str, Any]] = []

        def keep(execute: Any, sql: str, params: Any, many: bool, context: Any, kept: Any = statements) -> Any:
            kept.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            client.get(visit.path)
        for sql, params in statements:
            if not sql.startswith("SELECT"):
                continue
            found = _faults(connection, sql, params)
            if found:
                faults += 1
                sys.stdout.write(f"{visit.name} · {visit.who}\n" + "".join(f"    {line}\n" for line in found))
                sys.stdout.write(f"    {' '.join(sql.split())[-700:]}\n\n")
                sys.stdout.flush()
    sys.stdout.write(f"{faults} statements read much to show little\n")


def _faults(connection: Any, sql: str, params: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        answer = cursor.fetchone()[0]
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]
    found: list[str] = []
    _walk(plan["Plan"], found)
    long = plan["Execution Time"] > LONG_MS
    if long or found:
        found.insert(0, f"{plan['Execution Time']:.1f} ms, planned in {plan['Planning Time']:.1f} ms")
    return found


def _walk(node: dict[str, Any], found: list[str]) -> None:
    loops = node["Actual Loops"]
    rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * loops
    kind, table = node["Node Type"], node.get("Relation Name", "")
    if rows > MANY_ROWS and (table or kind in ("Sort", "Hash Join", "Nested Loop", "Aggregate", "SetOp", "Unique")):
        found.append(f"{kind} {table} {node.get('Index Name', '')}: {rows:,.0f} rows")
    for child in node.get("Plans", []):
        _walk(child, found)


if __name__ == "__main__":
    main()
