"""Callers of the API, as the API's own tests have them."""

from tests.api.conftest import as_

__all__ = ["as_"]
