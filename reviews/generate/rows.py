"""Rows on their way into the database: buffered table by table and written with COPY, parents before children."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model
from django.db.models.fields import NOT_PROVIDED

BUFFERED = 40_000


class _Table:
    """One table's columns, what they hold when nothing is said, and the rows not written yet."""

    def __init__(self, model: type[Model]) -> None:
        self.name = model._meta.db_table
        # Generated and numbered columns are made by the database itself.
        self.fields: list[Field[Any, Any]] = [
            field for field in model._meta.concrete_fields if not (field.generated or isinstance(field, AutoField))
        ]
        self.places = {field.attname: place for place, field in enumerate(self.fields)}
        self.json = {field.attname for field in self.fields if isinstance(field, JSONField)}
        self.template = [self._default(field) for field in self.fields]
        self.rows: list[list[Any]] = []
        self.written = 0

    def _default(self, field: Field[Any, Any]) -> Any:
        if field.primary_key or field.db_default is not NOT_PROVIDED:
            return NOT_PROVIDED
        value = field.get_default()
        return json.dumps(value) if field.attname in self.json and value is not None else value

    def add(self, values: dict[str, Any]) -> None:
        row = self.template.copy()
        for name, value in values.items():
            if name in self.json and value is not None and not isinstance(value, str):
                value = json.dumps(value, ensure_ascii=False)  # noqa: PLW2901  (text is JSON already)
            row[self.places[name]] = value
        self.rows.append(row)

    def write(self) -> None:
        columns = ", ".join(f'"{field.column}"' for field in self.fields)
        with connection.cursor() as cursor, cursor.copy(f'COPY "{self.name}" ({columns}) FROM STDIN') as copy:
            for row in self.rows:
                copy.write_row(row)
        self.written += len(self.rows)
        self.rows.clear()


class Rows:
    """All tables in the order of their first use; a parent is named before its children."""

    def __init__(self, *models: type[Model]) -> None:
        self._tables = {model: _Table(model) for model in models}
        self._buffered = 0

    def add(self, model: type[Model], **values: Any) -> None:
        """Keep one row, by column; what is not named gets the model's default. JSON may be given as text."""
        self._tables[model].add(values)
        self._buffered += 1

    def breathe(self) -> None:
        """Write what has been kept if it is much; call where every row's parent is among them or written."""
        if self._buffered >= BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Write everything kept."""
        for table in self._tables.values():
            if table.rows:
                table.write()
        self._buffered = 0

    def written(self) -> dict[type[Model], int]:
        """How many rows were written to each table."""
        return {model: table.written for model, table in self._tables.items()}
