"""Callers of the API, as the API's own tests have them, and visitors of the pages."""

from tests.api.conftest import as_
from tests.pages.conftest import visit

__all__ = ["as_", "visit"]
