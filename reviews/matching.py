"""Who reads which bids of a large round: the best matching under conflicts, loads and a cap against collusion.

Given the affinity of every pair that may be (conflicts are simply no pairs), each bid gets `per_bid` reviewers and each
reviewer between `load_min` and `load_max` bids, so that the sum of affinities is as large as it can be. This is a flow
of least cost from bids to reviewers; its constraint matrix is totally unimodular, so the whole-numbered optimum found
here equals the bound of the linear programme (Ahuja, Magnanti, Orlin: Network Flows, 1993, ch. 11).

* Fairness (`worst_first`): the largest affinity t is found for which everybody can be served by pairs of at least t;
  the sum is then maximised among those pairs, so that no bid has a weaker reviewer than it must.
* Randomisation (`cap` below 1): no pair is certain beforehand. The best marginal probabilities, none above the cap, are
  found by the same flow in fractions of `GRAIN`, then rounded at random so that every pair has exactly its probability
  and every load stays whole (Jecmen et al., NeurIPS 2020; dependent rounding after Gandhi et al., J. ACM 53, 2006).

Affinities are whole numbers from 0 to `SCALE`. The result does not depend on the order of the pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

SCALE = 1000
GRAIN = 20  # caps are whole multiples of a twentieth

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """The pairs that may be, column by column: places of bid and reviewer in their lists, and the affinity."""

    bid: Numbers
    reviewer: Numbers
    affinity: Numbers

    def sorted(self) -> "Pairs":
        """In the order of bids and reviewers, whatever order they came in."""
        order = np.lexsort((self.reviewer, self.bid))
        return Pairs(self.bid[order], self.reviewer[order], self.affinity[order])

    def at_least(self, affinity: int) -> "Pairs":
        """Those of at least this affinity."""
        keep = self.affinity >= affinity
        return Pairs(self.bid[keep], self.reviewer[keep], self.affinity[keep])


@dataclass(frozen=True)
class Wish:
    """What is asked of a matching; loads and numbers per bid are counts, `cap` a probability."""

    bids: int
    reviewers: int
    per_bid: int
    load_max: int
    load_min: int = 0
    worst_first: bool = False
    cap: float = 1.0


@dataclass(frozen=True)
class Matching:
    """Which pairs were chosen (places in the sorted pairs), the sum of their affinities, and what the sum could be.

    `bound` is the optimum of the linear programme: equal to `total` without a cap, the expected total with one.
    """

    pairs: Pairs
    chosen: Numbers
    total: int
    bound: float
    weakest: int


class Impossible(Exception):
    """No matching fulfils the wish. Says which bids stay short of reviewers and why, and who gets too few bids.

    `lacking`: bid → how many of its `per_bid` reviewers cannot be found; of these, `too_few_pairs` have fewer pairs
    than they need, the others could only be served by reviewers who are full. `idle`: reviewer → bids short of
    `load_min`.
    """

    def __init__(self, *, lacking: dict[int, int], too_few_pairs: frozenset[int], idle: dict[int, int]) -> None:
        super().__init__(f"{len(lacking)} bids lack reviewers, {len(idle)} reviewers lack bids")
        self.lacking, self.too_few_pairs, self.idle = lacking, too_few_pairs, idle


def match(pairs: Pairs, wish: Wish, *, seed: str = "") -> Matching:
    """The best matching, the same for the same input and seed. Raises Impossible; ValueError for a wish of nonsense."""
    if not (wish.per_bid > 0 and 0 <= wish.load_min <= wish.load_max and 0 < wish.cap <= 1):
        raise ValueError("per_bid, load_min <= load_max and 0 < cap <= 1 are needed")
    pairs = pairs.sorted()
    grain = 1 if wish.cap == 1 else GRAIN
    most = max(1, int(wish.cap * grain + 1e-9))
    flow = _flow(pairs, wish, grain=grain, most=most)
    if wish.worst_first:
        pairs, flow = _worst_first(pairs, wish, flow, grain=grain, most=most)
    bound = float((flow * pairs.affinity).sum()) / grain
    chosen = np.flatnonzero(flow) if grain == 1 else _rounded(pairs, flow, grain, Random(seed))  # noqa: S311  (replayed, not secret)
    affinities = pairs.affinity[chosen]
    return Matching(pairs, chosen, int(affinities.sum()), bound, int(affinities.min(initial=SCALE)))


def _flow(pairs: Pairs, wish: Wish, *, grain: int, most: int) -> Numbers:
    """How much of each pair flows, 0 to `most`, at the least cost; Impossible when something is missing."""
    # Dearer than the affinities of any chain of exchanges that could save one missing reviewer.
    dear = SCALE * (wish.bids + wish.reviewers + 1)
    bids, reviewers = np.arange(wish.bids), np.arange(wish.reviewers)
    source, sink = wish.bids + wish.reviewers, wish.bids + wish.reviewers + 1
    network = min_cost_flow.SimpleMinCostFlow()
    add = network.add_arcs_with_capacity_and_unit_cost

    def arcs(tail: Numbers, head: Numbers, capacity: int, cost: Numbers | int) -> Numbers:
        size = max(tail.size, head.size)
        columns = [np.broadcast_to(np.asarray(item, dtype=np.int64), size) for item in (tail, head, capacity, cost)]
        return np.asarray(add(*columns), dtype=np.int64)

    node = wish.bids + reviewers
    between = arcs(pairs.bid, wish.bids + pairs.reviewer, most, -pairs.affinity)
    arcs(np.full(1, source), bids, wish.per_bid * grain, 0)
    short = arcs(bids, np.full(1, sink), wish.per_bid * grain, dear)
    least = arcs(node, np.full(1, sink), wish.load_min * grain, -dear)
    arcs(node, np.full(1, sink), (wish.load_max - wish.load_min) * grain, 0)
    demand = wish.bids * wish.per_bid * grain
    network.set_node_supply(source, demand)
    network.set_node_supply(sink, -demand)
    status = network.solve()
    if status != network.OPTIMAL:
        raise RuntimeError(f"the flow was not solved: {status}")
    missing = -(-np.asarray(network.flows(short)) // grain)
    idle = wish.load_min - np.asarray(network.flows(least)) // grain
    if missing.any() or idle.any():
        few = np.bincount(pairs.bid, minlength=wish.bids) * most < wish.per_bid * grain
        raise Impossible(
            lacking={int(bid): int(missing[bid]) for bid in np.flatnonzero(missing)},
            too_few_pairs=frozenset(int(bid) for bid in np.flatnonzero(few & (missing > 0))),
            idle={int(person): int(idle[person]) for person in np.flatnonzero(idle)},
        )
    return np.asarray(network.flows(between), dtype=np.int64)


def _worst_first(pairs: Pairs, wish: Wish, flow: Numbers, *, grain: int, most: int) -> tuple[Pairs, Numbers]:
    """The largest floor of affinity under which everybody is still served, found by halving, and the flow above it."""
    floors = np.unique(pairs.affinity)
    best = pairs, flow
    low, high = 0, len(floors) - 1
    while low < high:
        middle = (low + high + 1) // 2
        above = pairs.at_least(int(floors[middle]))
        try:
            best = above, _flow(above, wish, grain=grain, most=most)
            low = middle
        except Impossible:
            high = middle - 1
    return best


def _rounded(pairs: Pairs, flow: Numbers, grain: int, chance: Random) -> Numbers:
    """One whole matching drawn at random with each pair's probability flow / grain; every bid's number is kept.

    Fractions are walked along a cycle, or a path between reviewers whose loads are no whole numbers, and pushed up and
    down in turn until one of them is whole; which way is drawn so that no probability changes. A load ends at the whole
    number below or above its expectation.
    """
    left = flow.copy()
    touching: dict[int, set[int]] = {}
    fractions = np.flatnonzero(left % grain)
    bids, reviewers = pairs.bid[fractions].tolist(), (-1 - pairs.reviewer[fractions]).tolist()
    ends = dict(zip(fractions.tolist(), zip(bids, reviewers, strict=True), strict=True))
    for edge, nodes in ends.items():
        for node in nodes:
            touching.setdefault(node, set()).add(edge)
    while touching:
        walk = _walk(touching, ends)
        up, down = walk[::2], walk[1::2]
        raise_by = min([grain - int(left[e]) for e in up] + [int(left[e]) for e in down])
        lower_by = min([int(left[e]) for e in up] + [grain - int(left[e]) for e in down])
        step = raise_by if chance.randrange(raise_by + lower_by) < lower_by else -lower_by
        for edges, way in ((up, step), (down, -step)):
            for edge in edges:
                left[edge] += way
                if left[edge] % grain == 0:
                    _forget(edge, ends, touching)
    return np.flatnonzero(left)


def _walk(touching: dict[int, set[int]], ends: Mapping[int, tuple[int, int]]) -> list[int]:
    """The edges of a cycle of fractions, or of a path that cannot be made longer at either end."""
    # A node with one fraction begins a path; where there is none, every walk closes a cycle.
    start = next((node for node, edges in touching.items() if len(edges) == 1), next(iter(touching)))
    seen, node = {start: 0}, start
    walk: list[int] = []
    while True:
        edge = next((item for item in touching[node] if not walk or item != walk[-1]), None)
        if edge is None:
            return walk
        first, second = ends[edge]
        node = second if node == first else first
        walk.append(edge)
        if node in seen:
            return walk[seen[node] :]
        seen[node] = len(walk)


def _forget(edge: int, ends: Mapping[int, tuple[int, int]], touching: dict[int, set[int]]) -> None:
    for node in ends[edge]:
        touching[node].discard(edge)
        if not touching[node]:
            del touching[node]
