"""A panel drawn at random in a way that anyone can replay, with nothing but the standard library.

1. The platform makes a seed and publishes its SHA-256 (FIPS 180-4) before the pool is frozen (`commit`).
2. The pool is frozen, with who was left out and for what, and its hash is published (`pool_hash`): SHA-256 of the
   canonical JSON (`reviews.canonical`) of both lists in the order of their ids. Only then is there a second seed, the
   supervisor's: neither side can steer the draw, nor can the pool change after it.
3. The seed of the draw is the SHA-256, in hexadecimal, of the canonical JSON of the algorithm's name, the context, both
   seeds and the pool's hash.
4. SHA-256 of that seed's text and a counter (8 bytes, big-endian, from 0) gives one number per count: its first 8
   bytes, big-endian. A choice below b passes over numbers from 2^64 - (2^64 mod b) on and takes the rest modulo b
   (rejection sampling), so no choice is likelier than another.
5. The pool in the order of its ids is shuffled from the end: for i from the last place down to the second, it changes
   places with a choice below i + 1 (Fisher-Yates in the form of R. Durstenfeld, Algorithm 235, CACM 7(7), 1964).
   Whoever comes first is seated; whoever would be one too many of an organisation is skipped. After the panel come the
   alternates. The quota counts both together, so that any alternate may take any seat. Every order is as likely as any
   other and in some of them each comes first, so no quota makes anyone of the pool impossible.
6. One more choice of the same numbers picks the chair among the members, in the order drawn, who may be one.

Where the order of a panel is used up before its seats are filled, an order of other experts is drawn after it
(`supplement`): steps 1 to 5 with a commitment, a frozen pool, a second seed and an algorithm's name of its own, up to
the shuffle. Nobody is seated, skipped or made chair by it: whenever a seat is empty the first in this order follows who
has no hindrance then and fits the quota beside those who hold seats. Its context names the draw it comes after by its
SHA-256; a panel may have several, each after the one before.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from reviews.canonical import canonical, digest

ALGORITHM = "bangdan-draw/1"
SUPPLEMENT = "bangdan-supplement/1"
_WORD = 2**64

Json = dict[str, Any]
T = TypeVar("T")


class PoolTooSmall(ValueError):
    """The pool cannot fill what is needed (`what`: panel or chair) under the quota; nobody is drawn."""

    def __init__(self, what: str, *, needed: int, found: int) -> None:
        super().__init__(f"{needed} needed for the {what}, {found} found")
        self.what, self.needed, self.found = what, needed, found


def new_seed() -> str:
    """256 random bits in hexadecimal: too many for anyone to guess from the commitment."""
    return secrets.token_hex(32)


def commit(seed: str) -> str:
    """The SHA-256 of the seed's UTF-8 bytes, published before the pool is frozen."""
    return hashlib.sha256(seed.encode()).hexdigest()


def pool_hash(pool: Iterable[Mapping[str, Any]], exclusions: Iterable[Mapping[str, Any]] = ()) -> str:
    """The hash of who may be drawn and who is excluded and why, in any order."""
    return digest({"exclusions": _exclusions(exclusions), "pool": _pool(pool)})


def draw(
    *,
    pool: Iterable[Mapping[str, Any]],
    size: int,
    alternates: int,
    platform_seed: str,
    supervisor_seed: str,
    quota_per_organization: int,
    exclusions: Iterable[Mapping[str, Any]] = (),
    context: Mapping[str, str] | None = None,
) -> Json:
    """The transcript of the draw: what went in, who is `panel`, `chair` and `alternates`, and its SHA-256.

    `pool`: {id, organization (text or None, which no quota counts), may_chair? (True)}; `exclusions`: {id, reasons}.
    Fewer alternates than asked for are no error; a panel that cannot be filled is PoolTooSmall.
    """
    members, left_out = _pool(pool), _exclusions(exclusions)
    if size < 1 or size % 2 == 0 or alternates < 0 or quota_per_organization < 1:
        raise ValueError("a panel has an odd size, no negative number of alternates and a quota of at least one")
    began = _begun(ALGORITHM, members, left_out, platform_seed, supervisor_seed, context)
    numbers = numbers_from(began["seed"])
    order = shuffled(members, numbers)
    seated, skipped = _seated(order, size + alternates, quota_per_organization)
    panel = seated[:size]
    if len(panel) < size:
        raise PoolTooSmall("panel", needed=size, found=len(panel))
    chairs = [member["id"] for member in panel if member["may_chair"]]
    if not chairs:
        raise PoolTooSmall("chair", needed=1, found=0)
    transcript: Json = began | {
        "size": size,
        "alternates_wanted": alternates,
        "quota_per_organization": quota_per_organization,
        "order": [member["id"] for member in order],
        "skipped": [{"id": identifier, "reason": "organization_quota"} for identifier in skipped],
        "panel": [member["id"] for member in panel],
        "chair": chairs[_below(len(chairs), numbers)],
        "alternates": [member["id"] for member in seated[size:]],
    }
    return transcript | {"sha256": digest(transcript)}


def supplement(
    *,
    pool: Iterable[Mapping[str, Any]],
    platform_seed: str,
    supervisor_seed: str,
    exclusions: Iterable[Mapping[str, Any]] = (),
    context: Mapping[str, str] | None = None,
) -> Json:
    """The transcript of a supplementary draw: what went in, the `order` of the whole pool, and its SHA-256."""
    members = _pool(pool)
    transcript = _begun(SUPPLEMENT, members, _exclusions(exclusions), platform_seed, supervisor_seed, context)
    transcript["order"] = [member["id"] for member in shuffled(members, numbers_from(transcript["seed"]))]
    return transcript | {"sha256": digest(transcript)}


def _begun(
    algorithm: str,
    pool: list[Json],
    exclusions: list[Json],
    platform_seed: str,
    supervisor_seed: str,
    context: Mapping[str, str] | None,
) -> Json:
    """What went into a draw, and the seed that follows from it."""
    if not platform_seed or not supervisor_seed:
        raise ValueError("both seeds are needed")
    frozen = digest({"exclusions": exclusions, "pool": pool})
    seed_of = {
        "algorithm": algorithm,
        "context": dict(context or {}),
        "platform_seed": platform_seed,
        "pool_sha256": frozen,
        "supervisor_seed": supervisor_seed,
    }
    return seed_of | {
        "pool": pool,
        "exclusions": exclusions,
        "platform_commitment": commit(platform_seed),
        "seed": digest(seed_of),
    }


def verify(transcript: Json, commitment: str | None = None, pool_sha256: str | None = None) -> list[str]:
    """What differs when the draw, or the supplementary one, is replayed; nothing if it is true to the byte.

    Pass commitment and pool's hash as they were published beforehand: those inside the transcript prove only that it
    fits itself.
    """
    try:
        again = _again(transcript)
        told = {key: canonical(value) for key, value in transcript.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return [f"not a transcript of a draw: {error!r}"]
    problems = [f"{key} differs" for key in again if told.get(key) != canonical(again[key])]
    problems += [f"{key} is no part of a transcript" for key in told if key not in again]
    if commitment is not None and commitment != again["platform_commitment"]:
        problems.append("the platform's seed is not the one committed to")
    if pool_sha256 is not None and pool_sha256 != again["pool_sha256"]:
        problems.append("the pool is not the one that was frozen")
    return problems


def _again(transcript: Json) -> Json:
    """The same draw made anew from what went into it, by the algorithm it names."""
    went_in = {key: transcript[key] for key in ("pool", "platform_seed", "supervisor_seed", "exclusions", "context")}
    if transcript["algorithm"] == SUPPLEMENT:
        return supplement(**went_in)
    return draw(
        **went_in,
        size=transcript["size"],
        alternates=transcript["alternates_wanted"],
        quota_per_organization=transcript["quota_per_organization"],
    )


def _pool(pool: Iterable[Mapping[str, Any]]) -> list[Json]:
    members = [
        {
            "id": _text(member["id"]),
            "organization": None if member["organization"] is None else _text(member["organization"]),
            "may_chair": member.get("may_chair", True) is True,
        }
        for member in pool
    ]
    return _in_order(members)


def _exclusions(exclusions: Iterable[Mapping[str, Any]]) -> list[Json]:
    return _in_order(
        [
            {"id": _text(entry["id"]), "reasons": sorted(_text(reason) for reason in entry["reasons"])}
            for entry in exclusions
        ]
    )


def _in_order(entries: list[Json]) -> list[Json]:
    if len({entry["id"] for entry in entries}) < len(entries):
        raise ValueError("an id stands there twice")
    return sorted(entries, key=lambda entry: str(entry["id"]))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("ids, organizations and reasons are texts")
    return value


def numbers_from(seed: str) -> Iterator[int]:
    """The endless sequence of 64-bit numbers that a seed stands for."""
    count = 0
    while True:
        block = hashlib.sha256(seed.encode() + count.to_bytes(8, "big")).digest()
        yield int.from_bytes(block[:8], "big")
        count += 1


def _below(bound: int, numbers: Iterator[int]) -> int:
    """The next number below `bound`, every one of them equally likely."""
    fair = _WORD - _WORD % bound
    return next(number for number in numbers if number < fair) % bound


def shuffled(members: Sequence[T], numbers: Iterator[int]) -> list[T]:
    """The members in the order that these numbers draw (Fisher-Yates from the end)."""
    order = list(members)
    for last in range(len(order) - 1, 0, -1):
        chosen = _below(last + 1, numbers)
        order[last], order[chosen] = order[chosen], order[last]
    return order


def _seated(order: Sequence[Json], seats: int, quota: int) -> tuple[list[Json], list[str]]:
    """Who gets one of the seats, in the order drawn, and the ids passed over for their organisation's quota."""
    taken: Counter[str] = Counter()
    seated: list[Json] = []
    skipped: list[str] = []
    for member in order:
        if len(seated) == seats:
            break
        organization = member["organization"]
        if organization is not None and taken[organization] == quota:
            skipped.append(member["id"])
            continue
        if organization is not None:
            taken[organization] += 1
        seated.append(member)
    return seated, skipped
