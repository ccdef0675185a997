"""People with browsers, at a whole running site over the test's database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Site


@pytest.fixture
def visit(browser: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Opens a browser for a person: `visit(user, phone=True, dark=True, language="en")`; nobody when left out."""
    from tests.journeys.visitor import Visitor

    there: list[Visitor] = []

    def open_browser(user: Any = None, **options: Any) -> Visitor:
        there.append(Visitor(browser, site.url, user, **options))
        return there[-1]

    yield open_browser
    for visitor in there:
        visitor.context.close()
    for visitor in there:
        visitor.is_untroubled()
