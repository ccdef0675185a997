"""What a test begins with, built once by the real steps and put back row by row for the tests that follow.

A world is what the database holds after a known row of builders in the transaction of a test, and nothing else. When
something else was written in between, or there is no such transaction, the builder simply runs.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from django.db import connection

Value = TypeVar("Value")
Path = tuple[str, ...]
Writes = dict[str, int]

# Deadlines stand in the rows as they were set: what was built long ago is built again.
FRESH_FOR = 300


@dataclass(frozen=True)
class World:
    """The rows that its last builder left, as one statement, and what that builder answered."""

    rows: str
    value: object
    built_at: float


@dataclass(frozen=True)
class Place:
    """Where a transaction stands: the builders so far, and the writes counted when the last of them was through."""

    transaction: str
    path: Path
    writes: Writes


_worlds: dict[Path, World] = {}
_here: list[Place] = []


def reach(name: str, build: Callable[[], Value]) -> Value:
    """What `build` answers, with the database as it leaves it; `name` holds all that its doing depends on."""
    if not connection.in_atomic_block:
        return build()
    place = _place()
    if place is None:
        return build()
    path = (*place.path, name)
    world = _worlds.get(path)
    if world is not None and time.monotonic() - world.built_at < FRESH_FOR:
        _execute(world.rows)
        value = cast(Value, copy.deepcopy(world.value))
    else:
        value = build()
        written = [table for table, count in _writes().items() if place.writes.get(table, 0) != count]
        _worlds[path] = World(_rows_of(written), copy.deepcopy(value), time.monotonic())
    _here[:] = [Place(_transaction(), path, _writes())]
    return value


def _place() -> Place | None:
    """Where the transaction stands; None where something was written that no builder names."""
    transaction, writes = _transaction(), _writes()
    if not transaction:
        return Place("", (), writes)
    if _here and _here[0].transaction == transaction and _here[0].writes == writes:
        return _here[0]
    return None


def _transaction() -> str:
    """The transaction's number; empty before its first write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(pg_current_xact_id_if_assigned()::text, '')")
        number: str = cursor.fetchone()[0]
    return number


def _writes() -> Writes:
    """How many rows this connection wrote in each table, by the database's own count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())


def _rows_of(tables: list[str]) -> str:
    """Statements that make these tables hold what they hold now, whatever their triggers say."""
    statements = ["SET LOCAL session_replication_role = replica"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns = cursor.fetchone()[0]
            cursor.execute(f"SELECT quote_literal(coalesce(jsonb_agg(row), '[]')) FROM public.\"{table}\" row")
            rows = cursor.fetchone()[0]
            place = f'public."{table}"'
            kept = f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{place}, {rows})"
            statements += [f"DELETE FROM {place}", f"INSERT INTO {place} ({columns}) OVERRIDING SYSTEM VALUE {kept}"]
    return ";\n".join([*statements, "SET LOCAL session_replication_role = origin"])


def _execute(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)
