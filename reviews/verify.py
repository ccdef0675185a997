"""Recompute a published ranking or draw: `python -m reviews.verify ranking FILE`, `python -m reviews.verify draw FILE`.

Needs Python's standard library alone. Exit status: 0 true to the byte, 1 something differs, 2 the file cannot be read.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reviews import draw, ranking

VERIFIED, DIFFERENT, UNREADABLE = range(3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Recompute the file named on the command line, print what was found and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m reviews.verify", description="Recompute a published ranking or draw."
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    of_ranking = kinds.add_parser("ranking", help="a snapshot: inputs, result, sha256")
    of_ranking.add_argument("--sha256", help="the hash that was published")
    of_ranking.add_argument(
        "--commitment", help="the hash of the platform's seed for lots, as published before the vote"
    )
    of_draw = kinds.add_parser("draw", help="a transcript of a draw")
    of_draw.add_argument("--commitment", help="the hash of the platform's seed, as published before the draw")
    of_draw.add_argument("--pool", help="the hash of the frozen pool, as published before the draw")
    for kind in (of_ranking, of_draw):
        kind.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    try:
        content = _read(given.file)
    except (OSError, TypeError, ValueError, RecursionError) as error:
        sys.stderr.write(f"{given.file} cannot be read: {error}\n")
        return UNREADABLE
    if given.kind == "draw":
        problems = draw.verify(content, commitment=given.commitment, pool_sha256=given.pool)
    else:
        problems = ranking.verify(content)
        if given.sha256 not in (None, content.get("sha256")):
            problems.append("the hash is not the one that was published")
        if given.commitment is not None and not problems and given.commitment != _commitment(content):
            problems.append("the platform's seed for the lots is not the one committed to")
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    if problems:
        return DIFFERENT
    sys.stdout.write(f"True to the byte, SHA-256 {content['sha256']}\n")
    return VERIFIED


def _commitment(snapshot: dict[str, Any]) -> Any:
    """What the platform committed to before it drew lots, if it did."""
    return snapshot["inputs"].get("tie_break", {}).get("draw", {}).get("platform_commitment")


def _read(file: Path) -> dict[str, Any]:
    content = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise TypeError("it holds no object")
    return content


if __name__ == "__main__":
    sys.exit(main())
