"""Matches 10,000 bids with 2,000 reviewers, five each of fifty candidates: `python -m tests.bench.bench_matching`.

Prints seconds, peak memory and, with --bound, the optimum of the same linear programme by HiGHS through SciPy.
"""

import resource
import sys
import time

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from reviews.matching import SCALE, Pairs, Wish, match

BIDS, REVIEWERS, PER_BID, CANDIDATES = 10_000, 2_000, 5, 50
WISHES = {
    "best sum": Wish(BIDS, REVIEWERS, PER_BID, load_max=35, load_min=15),
    "worst served first": Wish(BIDS, REVIEWERS, PER_BID, load_max=35, load_min=15, worst_first=True),
    "no pair above a half": Wish(BIDS, REVIEWERS, PER_BID, load_max=35, load_min=15, cap=0.5),
}


def candidates() -> Pairs:
    """Deterministic random affinities."""
    chance = np.random.default_rng(20_261_123)
    reviewer = np.concatenate([chance.choice(REVIEWERS, CANDIDATES, replace=False) for _bid in range(BIDS)])
    return Pairs(np.repeat(np.arange(BIDS), CANDIDATES), reviewer, chance.integers(0, SCALE + 1, BIDS * CANDIDATES))


def bound(pairs: Pairs, wish: Wish) -> float:
    """The optimum of the linear programme."""
    place, ones = np.arange(pairs.bid.size), np.ones(pairs.bid.size)
    of_bid = sparse.csr_matrix((ones, (pairs.bid, place)))
    of_reviewer = sparse.csr_matrix((ones, (pairs.reviewer, place)))
    answer = linprog(
        -pairs.affinity.astype(float),
        A_ub=sparse.vstack([of_reviewer, -of_reviewer]),
        b_ub=np.r_[np.full(REVIEWERS, wish.load_max), np.full(REVIEWERS, -wish.load_min)],
        A_eq=of_bid,
        b_eq=np.full(BIDS, PER_BID),
        bounds=(0, wish.cap),
    )
    return -answer.fun


def main() -> None:
    """Each wish once."""
    pairs = candidates()
    for name, wish in WISHES.items():
        begin = time.perf_counter()
        found = match(pairs, wish, seed="bench")
        seconds = time.perf_counter() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = f"{name}: total {found.total}, bound {found.bound:.1f}, weakest {found.weakest}"
        sys.stdout.write(f"{line}, {seconds:.1f} s, {peak:.0f} MiB\n")
        if "--bound" in sys.argv and not wish.worst_first:
            begin = time.perf_counter()
            sys.stdout.write(f"  HiGHS: {bound(pairs, wish):.1f}, {time.perf_counter() - begin:.1f} s\n")


if __name__ == "__main__":
    main()
