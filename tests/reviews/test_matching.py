"""Matching: the total equals the bound of the linear programme, caps and floors hold, the impossible is named."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from reviews.matching import SCALE, Impossible, Matching, Pairs, Wish, match


def pairs(*columns: tuple[int, int, int]) -> Pairs:
    bid, reviewer, affinity = np.array(columns, dtype=np.int64).reshape(-1, 3).T
    return Pairs(bid, reviewer, affinity)


def everyone(bids: int, reviewers: int, seed: int, *, share: float = 1.0) -> Pairs:
    """Random affinities for a share of all pairs."""
    chance = np.random.default_rng(seed)
    bid, reviewer = np.divmod(np.flatnonzero(chance.random(bids * reviewers) < share), reviewers)
    return Pairs(bid, reviewer, chance.integers(0, SCALE + 1, bid.size))


def bound(found: Pairs, wish: Wish) -> float | None:
    """The same question as a linear programme, by HiGHS; None where it has no answer."""
    size = found.bid.size
    of_bid, of_reviewer = np.zeros((wish.bids, size)), np.zeros((wish.reviewers, size))
    of_bid[found.bid, np.arange(size)] = of_reviewer[found.reviewer, np.arange(size)] = 1
    answer: Any = linprog(
        -found.affinity.astype(float),
        A_ub=np.vstack([of_reviewer, -of_reviewer]),
        b_ub=np.r_[np.full(wish.reviewers, wish.load_max), np.full(wish.reviewers, -wish.load_min)],
        A_eq=of_bid,
        b_eq=np.full(wish.bids, wish.per_bid),
        bounds=(0, wish.cap),
    )
    return -answer.fun if answer.status == 0 else None


def holds(found: Matching, wish: Wish) -> None:
    """Numbers per bid and loads are as wished, and no pair stands twice."""
    bid, reviewer = found.pairs.bid[found.chosen], found.pairs.reviewer[found.chosen]
    assert (np.bincount(bid, minlength=wish.bids) == wish.per_bid).all()
    loads = np.bincount(reviewer, minlength=wish.reviewers)
    assert loads.min() >= wish.load_min
    assert loads.max() <= wish.load_max
    assert len(set(zip(bid.tolist(), reviewer.tolist(), strict=True))) == len(found.chosen)


@given(
    bids=st.integers(1, 8),
    reviewers=st.integers(1, 8),
    per_bid=st.integers(1, 4),
    load_min=st.integers(0, 3),
    room=st.integers(0, 6),
    share=st.sampled_from([0.4, 0.7, 1.0]),
    cap=st.sampled_from([1.0, 0.5, 0.75]),
    seed=st.integers(0, 10_000),
)
def test_total_equals_the_bound_of_the_linear_programme_or_both_say_no(
    bids: int, reviewers: int, per_bid: int, load_min: int, room: int, share: float, cap: float, seed: int
) -> None:
    given_pairs = everyone(bids, reviewers, seed, share=share)
    wish = Wish(bids, reviewers, per_bid, load_min + room, load_min, cap=cap)
    best = bound(given_pairs, wish) if given_pairs.bid.size else None
    if best is None:
        with pytest.raises(Impossible) as refused:
            match(given_pairs, wish, seed=str(seed))
        assert refused.value.lacking or refused.value.idle
        return
    found = match(given_pairs, wish, seed=str(seed))
    holds(found, wish)
    assert found.bound == pytest.approx(best)
    if cap == 1:
        assert found.total == found.bound


def test_order_of_the_pairs_changes_nothing() -> None:
    given_pairs, wish = everyone(12, 9, 1), Wish(12, 9, 3, 5, cap=0.5)
    shuffled = np.random.default_rng(2).permutation(given_pairs.bid.size)
    again = Pairs(given_pairs.bid[shuffled], given_pairs.reviewer[shuffled], given_pairs.affinity[shuffled])
    one, other = match(given_pairs, wish, seed="s"), match(again, wish, seed="s")
    assert one.chosen.tolist() == other.chosen.tolist()
    assert match(given_pairs, wish, seed="t").chosen.tolist() != one.chosen.tolist()


def test_worst_first_gives_no_bid_a_weaker_reviewer_than_it_must() -> None:
    # The largest sum, 1000 + 300, leaves the second bid with 300; at least 500 for both is possible.
    given_pairs = pairs((0, 0, 1000), (0, 1, 500), (1, 0, 700), (1, 1, 300))
    wish = Wish(2, 2, 1, 1)
    assert (match(given_pairs, wish).total, match(given_pairs, wish).weakest) == (1300, 300)
    fair = match(given_pairs, Wish(2, 2, 1, 1, worst_first=True))
    assert (fair.total, fair.weakest) == (1200, 500)


@given(seed=st.integers(0, 500))
def test_worst_first_is_the_largest_floor_there_is(seed: int) -> None:
    given_pairs, wish = everyone(6, 5, seed, share=0.8), Wish(6, 5, 2, 4, worst_first=True)
    try:
        fair = match(given_pairs, wish)
    except Impossible:
        return
    holds(fair, wish)
    with pytest.raises(Impossible):
        match(given_pairs.at_least(fair.weakest + 1), wish)


def test_no_pair_is_likelier_than_the_cap_and_each_as_likely_as_it_should() -> None:
    given_pairs, wish = everyone(5, 5, 3), Wish(5, 5, 2, 3, cap=0.6)
    drawn = 3000
    times = np.zeros(given_pairs.bid.size)
    totals = []
    for seed in range(drawn):
        found = match(given_pairs, wish, seed=str(seed))
        times[found.chosen] += 1
        totals.append(found.total)
    holds(found, wish)
    # Four standard deviations of a share of 3,000 draws are at most 0.037.
    assert (times / drawn).max() <= 0.6 + 0.037
    assert np.mean(totals) == pytest.approx(found.bound, rel=0.01)


def test_impossible_names_the_bids_without_enough_pairs_and_those_whose_reviewers_are_full() -> None:
    few = pairs((0, 0, 5), (1, 0, 5), (1, 1, 5), (2, 0, 5), (2, 1, 5))
    with pytest.raises(Impossible) as refused:
        match(few, Wish(3, 2, 2, 3))
    assert refused.value.lacking == {0: 1}
    assert refused.value.too_few_pairs == {0}
    with pytest.raises(Impossible) as refused:
        match(everyone(4, 2, 1), Wish(4, 2, 1, 1))
    assert len(refused.value.lacking) == 2
    assert not refused.value.too_few_pairs


def test_impossible_names_the_reviewers_below_the_least_load() -> None:
    with pytest.raises(Impossible) as refused:
        match(pairs((0, 0, 9), (1, 0, 9), (1, 1, 9)), Wish(2, 3, 1, 2, load_min=1))
    assert refused.value.idle == {2: 1}


@pytest.mark.parametrize(
    "wish", [Wish(1, 1, 0, 1), Wish(1, 1, 1, 1, load_min=2), Wish(1, 1, 1, 1, cap=0), Wish(1, 1, 1, 1, cap=1.5)]
)
def test_wish_of_nonsense_is_refused(wish: Wish) -> None:
    with pytest.raises(ValueError, match="needed"):
        match(pairs((0, 0, 1)), wish)


@given(seed=st.integers(0, 200), quota=st.integers(1, 3), cap=st.sampled_from([1.0, 0.5]))
def test_quota_holds_for_every_bid(seed: int, quota: int, cap: float) -> None:
    given_pairs, house = everyone(5, 9, seed), np.array([0, 0, 0, 0, 1, 1, 1, -1, -1])
    wish = Wish(5, 9, 2, 5, cap=cap, quota=quota)
    found = match(given_pairs, wish, seed="s", house=house)
    holds(found, wish)
    for bid in range(5):
        houses = house[found.pairs.reviewer[found.chosen][found.pairs.bid[found.chosen] == bid]]
        assert all((houses == one).sum() <= quota for one in (0, 1))
    assert match(given_pairs, Wish(5, 9, 2, 5, cap=cap), seed="s").bound >= found.bound


def test_quota_makes_nobody_impossible_whom_a_bid_could_have() -> None:
    # Each of the three is needed; leaving only the best of the house to every bid would leave two idle.
    given_pairs, house = everyone(3, 3, 4), np.zeros(3, dtype=np.int64)
    found = match(given_pairs, Wish(3, 3, 1, 1, quota=1), house=house)
    assert sorted(found.pairs.reviewer[found.chosen].tolist()) == [0, 1, 2]


def test_impossible_names_the_bids_whose_reviewers_are_of_too_few_organizations() -> None:
    with pytest.raises(Impossible) as refused:
        match(everyone(2, 4, 1), Wish(2, 4, 3, 4, quota=2), house=np.zeros(4, dtype=np.int64))
    assert refused.value.over_quota == {0, 1}
    assert not refused.value.too_few_pairs


def test_kept_pairs_stand_and_count_for_needs_loads_and_quota() -> None:
    given_pairs, house = everyone(2, 4, 6), np.array([0, 0, 1, 1])
    kept = pairs((0, 0, 10), (1, 2, 10))
    found = match(given_pairs, Wish(2, 4, 2, 1, quota=1), kept=kept, house=house)
    chosen = set(zip(found.pairs.bid[found.chosen].tolist(), found.pairs.reviewer[found.chosen].tolist(), strict=True))
    assert chosen == {(0, 3), (1, 1)}
