"""Writing and verifying the ledger.

Each chain is a list of entries linked by SHA-256: the hash of an entry covers its content and the hash before it.
Triggers keep rows from being changed; the chain shows it if somebody with the database's own rights did so anyway.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q, QuerySet

from accounts import clock
from accounts.models import LedgerEntry, User

GENESIS = "0" * 64

ChainFinder = Callable[[Any, uuid.UUID], QuerySet[Any]]
_finders: list[ChainFinder] = []


class Recorded(Protocol):
    """What the ledger can write an entry about."""

    _meta: ClassVar[Any]
    id: Any

    @property
    def ledger_chain(self) -> uuid.UUID: ...

    @property
    def ledger_challenge(self) -> uuid.UUID | None: ...


@dataclass(frozen=True)
class Verdict:
    """The answer of `verify`: how many entries were read, and the first that does not fit, if any."""

    entries: int
    broken_at: int | None = None
    head: str = GENESIS

    @property
    def intact(self) -> bool:
        return self.broken_at is None


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces, the form that is hashed."""
    return json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(entry: LedgerEntry) -> str:
    """SHA-256 over everything the entry says and the hash of the entry before it."""
    content = {
        "chain": entry.chain,
        "seq": entry.seq,
        "challenge": entry.challenge_id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "acting_as": entry.acting_as,
        "action": entry.action,
        "object": [entry.object_kind, entry.object_id],
        "source": entry.source,
        "target": entry.target,
        "data": entry.data,
        "previous": entry.previous,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def append(
    obj: Recorded,
    action: str,
    *,
    actor: User | None,
    acting_as: str,
    source: str = "",
    target: str = "",
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> LedgerEntry:
    """Add one entry to the object's chain; must run inside the transaction of the act it records."""
    chain = obj.ledger_chain
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(chain)])
    last = LedgerEntry.objects.filter(chain=chain).order_by("-seq").only("seq", "hash").first()
    entry = LedgerEntry(
        chain=chain,
        seq=last.seq + 1 if last else 1,
        challenge_id=obj.ledger_challenge,
        at=at or clock.now(),
        actor=actor,
        acting_as=acting_as,
        action=action,
        object_kind=obj._meta.model_name or "",
        object_id=obj.id,
        source=source,
        target=target,
        data=json.loads(canonical(data or {})),
        previous=last.hash if last else GENESIS,
    )
    entry.hash = digest(entry)
    entry.save(force_insert=True)
    return entry


def verify(chain: uuid.UUID) -> Verdict:
    """Recompute a whole chain and name the first entry that does not fit."""
    return verify_each([chain])[chain]


def verify_each(chains: Iterable[uuid.UUID]) -> dict[uuid.UUID, Verdict]:
    """The verdict on each of several chains, in one pass over their entries."""
    verdicts = {chain: Verdict(entries=0) for chain in chains}
    for entry in LedgerEntry.objects.filter(chain__in=list(verdicts)).order_by("chain", "seq").iterator():
        so_far = verdicts[entry.chain]
        if so_far.intact:
            count = so_far.entries + 1
            fits = entry.seq == count and entry.previous == so_far.head and entry.hash == digest(entry)
            verdicts[entry.chain] = Verdict(count, None if fits else entry.seq, entry.hash if fits else so_far.head)
    return verdicts


def head(chain: uuid.UUID) -> str:
    """The hash of a chain's last entry; another chain that quotes it anchors the whole."""
    last = LedgerEntry.objects.filter(chain=chain).order_by("-seq").values_list("hash", flat=True).first()
    return last or GENESIS


def register_chains(finder: ChainFinder) -> None:
    """Let an app say which of its chains on a challenge a person may read."""
    _finders.append(finder)


def readable(user: User | AnonymousUser, challenge_id: uuid.UUID) -> QuerySet[LedgerEntry]:
    """The entries on a challenge that this person may read, oldest first: chain by chain, as the policy says."""
    chains = Q(pk=None)
    for finder in _finders:
        chains |= Q(chain__in=finder(user, challenge_id))
    entries = LedgerEntry.objects.filter(chains, challenge_id=challenge_id)
    return entries.select_related("actor").order_by("at", "chain", "seq")


WITHHELD = ("recuse", "free_bids")  # the evidence of a conflict tells blind readers who stands behind a bid
INSIDE = ("draw", "invite", "find_tie", "count_votes")  # who was called, and how bids stand that a member never read
UNNAMED = ("reviewer", "chair", "public")  # whoever objects, or reads before they bid, is not the owner's to know


def tells_given(user: User | AnonymousUser, entry: LedgerEntry) -> bool:
    """Whether `user` learns what was given: who was drawn or called to a panel is told to who arranges or watches."""
    return names_actor(user, entry) and (entry.action not in INSIDE or _arranges(user))


def names_actor(user: User | AnonymousUser, entry: LedgerEntry) -> bool:
    """Whether `user` learns who acted: reviewers and the public are named to who arranges or watches alone."""
    if entry.acting_as not in UNNAMED and entry.action not in WITHHELD:
        return True
    if entry.actor_id is not None and entry.actor_id == user.pk:
        return True
    return _arranges(user)


def _arranges(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and bool({"operator", "supervisor"} & set(user.roles))
