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

* Quota (`quota`): no bid has more than so many reviewers of one organisation. A bid's reviewers of one organisation
  hang on a node of their own between them and the bid, whose capacity is the quota: still a flow. Under a cap only the
  best `quota` candidates of each organisation are left to a bid, since rounding keeps the bid's number, not its parts.
* Pairs that are kept (`kept`: matched before, or required) stand; only what they leave is matched.

Affinities are whole numbers from 0 to `SCALE`. The result does not depend on the order of the pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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

    def only(self, keep: NDArray[np.bool_]) -> "Pairs":
        """Those marked."""
        return Pairs(self.bid[keep], self.reviewer[keep], self.affinity[keep])

    def at_least(self, affinity: int) -> "Pairs":
        """Those of at least this affinity."""
        return self.only(self.affinity >= affinity)


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
    quota: int = 0  # of one organisation for one bid; 0: as many as you like


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
    than they need and `over_quota` have too few organisations among them; the others could only be served by reviewers
    who are full. `idle`: reviewer → bids short of `load_min`.
    """

    def __init__(
        self,
        *,
        lacking: dict[int, int],
        too_few_pairs: frozenset[int],
        idle: dict[int, int],
        over_quota: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(f"{len(lacking)} bids lack reviewers, {len(idle)} reviewers lack bids")
        self.lacking, self.too_few_pairs, self.idle, self.over_quota = lacking, too_few_pairs, idle, over_quota


@dataclass(frozen=True)
class _Demand:
    """What is left to match: reviewers per bid, loads per reviewer, and room per pair under the quota."""

    needs: Numbers
    most: Numbers
    least: Numbers
    house: Numbers | None  # of each reviewer, negative for none
    taken: Mapping[tuple[int, int], int]
    quota: int

    def rooms(self, pairs: Pairs) -> tuple[Numbers, Numbers, Numbers]:
        """Of each pair the number of its group (bid and organisation; -1: none); of each group its bid and its room."""
        none = np.full(pairs.bid.size, -1, dtype=np.int64)
        if self.house is None or not self.quota or not pairs.bid.size:
            return none, none[:0], none[:0]
        house = self.house[pairs.reviewer]
        width = int(self.house.max(initial=0)) + 1
        keys, place = np.unique(np.where(house < 0, -1, pairs.bid * width + house), return_inverse=True)
        bid, of = keys // width, keys % width
        room = [self.quota - self.taken.get(key, 0) for key in zip(bid.tolist(), of.tolist(), strict=True)]
        group = np.where(house < 0, -1, place)
        return group, bid, np.maximum(np.asarray(room, dtype=np.int64), 0)


def match(
    pairs: Pairs, wish: Wish, *, seed: str = "", kept: Pairs | None = None, house: Numbers | None = None
) -> Matching:
    """The best matching beside the pairs `kept`, the same for the same input and seed; `house` numbers the
    organisation of each reviewer, negative for none. Raises Impossible; ValueError for a wish of nonsense.
    """
    if not (wish.per_bid > 0 and 0 <= wish.load_min <= wish.load_max and 0 < wish.cap <= 1):
        raise ValueError("per_bid, load_min <= load_max and 0 < cap <= 1 are needed")
    grain = 1 if wish.cap == 1 else GRAIN
    most = max(1, int(wish.cap * grain + 1e-9))
    pairs, demand = _left(pairs, wish, kept, house)
    if grain > 1:
        pairs = _within_quota(pairs, demand)
    flow = _flow(pairs, demand, grain=grain, most=most)
    if wish.worst_first:
        pairs, flow = _worst_first(pairs, demand, flow, grain=grain, most=most)
    bound = float((flow * pairs.affinity).sum()) / grain
    chosen = np.flatnonzero(flow) if grain == 1 else _rounded(pairs, flow, grain, Random(seed))  # noqa: S311  (replayed, not secret)
    affinities = pairs.affinity[chosen]
    return Matching(pairs, chosen, int(affinities.sum()), bound, int(affinities.min(initial=SCALE)))


def _left(pairs: Pairs, wish: Wish, kept: Pairs | None, house: Numbers | None) -> tuple[Pairs, _Demand]:
    """The pairs and the demand that the kept pairs leave."""
    pairs = pairs.sorted()
    needs = np.full(wish.bids, wish.per_bid, dtype=np.int64)
    most, least = (np.full(wish.reviewers, load, dtype=np.int64) for load in (wish.load_max, wish.load_min))
    taken: dict[tuple[int, int], int] = {}
    if kept is not None and kept.bid.size:
        standing = kept.bid * wish.reviewers + kept.reviewer
        pairs = pairs.only(~np.isin(pairs.bid * wish.reviewers + pairs.reviewer, standing))
        load = np.bincount(kept.reviewer, minlength=wish.reviewers)
        needs = needs - np.bincount(kept.bid, minlength=wish.bids)
        most, least = most - load, least - load
        if house is not None:
            for key in zip(kept.bid.tolist(), house[kept.reviewer].tolist(), strict=True):
                taken[key] = taken.get(key, 0) + 1
    demand = _Demand(np.maximum(needs, 0), np.maximum(most, 0), np.maximum(least, 0), house, taken, wish.quota)
    return pairs, replace(demand, least=np.minimum(demand.least, demand.most))


def _within_quota(pairs: Pairs, demand: _Demand) -> Pairs:
    """Of each bid and organisation only as many of the best pairs as it has room for."""
    group, _bid, room = demand.rooms(pairs)
    if not room.size:
        return pairs
    order = np.lexsort((pairs.reviewer, -pairs.affinity, group))
    ordered = group[order]
    begin = np.searchsorted(ordered, ordered)  # where each group begins
    keep = np.empty(group.size, dtype=bool)
    keep[order] = (ordered < 0) | (np.arange(group.size) - begin < room[ordered])
    return pairs.only(keep)


def _flow(pairs: Pairs, demand: _Demand, *, grain: int, most: int) -> Numbers:
    """How much of each pair flows, 0 to `most`, at the least cost; Impossible when something is missing."""
    bids, reviewers = np.arange(demand.needs.size), np.arange(demand.most.size)
    # Dearer than the affinities of any chain of exchanges that could save one missing reviewer.
    dear = SCALE * (bids.size + reviewers.size + 1)
    source, sink = bids.size + reviewers.size, bids.size + reviewers.size + 1
    network = min_cost_flow.SimpleMinCostFlow()
    add = network.add_arcs_with_capacity_and_unit_cost

    def arcs(tail: Numbers, head: Numbers, capacity: Numbers | int, cost: Numbers | int) -> Numbers:
        size = max(tail.size, head.size)
        columns = [np.broadcast_to(np.asarray(item, dtype=np.int64), size) for item in (tail, head, capacity, cost)]
        return np.asarray(add(*columns), dtype=np.int64)

    node = bids.size + reviewers
    group, of_bid, room = demand.rooms(pairs)
    held = np.bincount(group[group >= 0], minlength=room.size) * most > room * grain
    through = np.where((group >= 0) & np.append(held, False)[group], sink + 1 + group, pairs.bid)
    between = arcs(through, bids.size + pairs.reviewer, most, -pairs.affinity)
    tight = np.flatnonzero(held)
    if tight.size:
        arcs(of_bid[tight], sink + 1 + tight, room[tight] * grain, 0)
    arcs(np.full(1, source), bids, demand.needs * grain, 0)
    short = arcs(bids, np.full(1, sink), demand.needs * grain, dear)
    least = arcs(node, np.full(1, sink), demand.least * grain, -dear)
    arcs(node, np.full(1, sink), (demand.most - demand.least) * grain, 0)
    wanted = int(demand.needs.sum()) * grain
    network.set_node_supply(source, wanted)
    network.set_node_supply(sink, -wanted)
    status = network.solve()
    if status != network.OPTIMAL:
        raise RuntimeError(f"the flow was not solved: {status}")
    missing = -(-np.asarray(network.flows(short)) // grain)
    idle = demand.least - np.asarray(network.flows(least)) // grain
    if missing.any() or idle.any():
        short_of = missing > 0
        there = np.bincount(pairs.bid, minlength=bids.size) * most
        beyond = np.bincount(group[group >= 0], minlength=room.size) * most - room * grain
        within = there - np.bincount(of_bid[tight], weights=beyond[tight], minlength=bids.size).astype(np.int64)
        few = there < demand.needs * grain
        raise Impossible(
            lacking={int(bid): int(missing[bid]) for bid in np.flatnonzero(short_of)},
            too_few_pairs=frozenset(np.flatnonzero(few & short_of).tolist()),
            over_quota=frozenset(np.flatnonzero(~few & (within < demand.needs * grain) & short_of).tolist()),
            idle={int(person): int(idle[person]) for person in np.flatnonzero(idle)},
        )
    return np.asarray(network.flows(between), dtype=np.int64)


def _worst_first(pairs: Pairs, demand: _Demand, flow: Numbers, *, grain: int, most: int) -> tuple[Pairs, Numbers]:
    """The largest floor of affinity under which everybody is still served, found by halving, and the flow above it."""
    floors = np.unique(pairs.affinity)
    best = pairs, flow
    low, high = 0, len(floors) - 1
    while low < high:
        middle = (low + high + 1) // 2
        above = pairs.at_least(int(floors[middle]))
        try:
            best = above, _flow(above, demand, grain=grain, most=most)
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
