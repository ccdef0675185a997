"""One way to write JSON, so that whoever recomputes a result gets the same bytes and the same hash."""

import hashlib
import json
from typing import Any, Never


def canonical(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no blanks; ValueError for floats, which do not survive every reader alike."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    json.loads(text, parse_float=_refuse, object_pairs_hook=len)  # read for its floats, not to keep it
    return text.encode()


def digest(value: Any) -> str:
    """The SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse(number: str) -> Never:
    reason = f"{number} is a float; write it as text"
    raise ValueError(reason)
