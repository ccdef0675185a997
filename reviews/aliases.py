"""Names that hold for one draw alone, so that its transcript can be public.

A transcript tells who was left out and for what. Under an id that also stands elsewhere (in another draw, a list, an
address) that could be joined with a name, so a draw calls every expert and every organisation by a random one.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Entries = Iterable[Mapping[str, Any]]


def new_alias() -> str:
    """64 random bits in hexadecimal."""
    return secrets.token_hex(8)


def under_aliases(
    pool: Entries, exclusions: Entries, *, new: Callable[[], str] = new_alias
) -> tuple[dict[str, Any], dict[str, str]]:
    """{"pool", "exclusions"} as `reviews.draw` takes them, with every id replaced, and alias → id of the experts."""
    members, left_out = list(pool), list(exclusions)
    named = {str(entry["id"]): new() for entry in (*members, *left_out)}
    houses = {house: new() for house in dict.fromkeys(entry["organization"] for entry in members) if house}
    hidden = {
        "pool": [
            {**entry, "id": named[str(entry["id"])], "organization": houses.get(entry["organization"])}
            for entry in members
        ],
        "exclusions": [{**entry, "id": named[str(entry["id"])]} for entry in left_out],
    }
    return hidden, {alias: pk for pk, alias in named.items()}
