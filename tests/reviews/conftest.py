"""After every test of reviews with a database: no conflicted expert holds a seat, a sheet or a grant."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_conflicted_pair(request: pytest.FixtureRequest) -> Iterator[None]:
    """Checked before the database is taken away; `plants_conflicts(reason)` marks tests that break it on purpose."""
    marker = request.node.get_closest_marker("django_db")
    asked = {"db", "transactional_db"} & set(request.fixturenames)
    if marker is None and not asked:
        yield
        return
    transactional = "transactional_db" in asked or (marker is not None and marker.kwargs.get("transaction", False))
    request.getfixturevalue("transactional_db" if transactional else "db")
    yield
    if request.node.get_closest_marker("plants_conflicts") is None:
        from tests import invariants

        invariants.check()
