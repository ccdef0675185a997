"""Search by words, served by an index: Chinese by pairs of neighbouring characters, other words from their beginning.

A table that is searched keeps the terms of its words in a column `search` with an index; the database fills it.
"""

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Func, GeneratedField, QuerySet


class Words(Func):
    """The terms of one column or two."""

    function = "words_of"
    output_field = SearchVectorField()


class TermsQuery(SearchQuery):
    """Every term of a string."""

    SEARCH_TYPES = {"plain": "search_query"}


def words_column(*columns: str) -> GeneratedField:
    """The column `search` over these; stored, since an index alone would have words cut anew for each row found."""
    return GeneratedField(expression=Words(*columns), output_field=SearchVectorField(), db_persist=True)


def holding(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows whose words hold every term of `text`; all rows if nothing is asked for."""
    words = text.replace("\x00", "").strip()
    return rows.filter(search=TermsQuery(words)) if words else rows
