"""Several names in one sentence."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def listed(names: Iterable[object]) -> str:
    """The names with what the reader's language puts between them."""
    return pgettext("between the items of a list", ", ").join(str(name) for name in names)
