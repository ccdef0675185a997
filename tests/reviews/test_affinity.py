"""Affinity: who writes of the same things fits, fields count as much as texts, forbidden pairs never appear."""

import numpy as np

from reviews.affinity import candidates
from reviews.matching import SCALE

BIDS = ("深紫外LED外延位错密度控制与AlN模板生长", "井下液压支架先导阀国产化与电液控制")
REVIEWERS = ("长期从事AlN单晶与深紫外LED外延生长", "煤矿液压支架与电液控制系统设计", "中药质量标准与快速检测")


def table(**more):
    found = candidates(BIDS, REVIEWERS, more.pop("fields", (1, 1, 1)), **more)
    pairs = zip(found.bid.tolist(), found.reviewer.tolist(), strict=True)
    return dict(zip(pairs, found.affinity.tolist(), strict=True))


def test_reviewer_of_the_same_matter_fits_best():
    given = table()
    assert max((given[0, place], place) for place in range(3))[1] == 0
    assert max((given[1, place], place) for place in range(3))[1] == 1
    assert all(0 <= value <= SCALE for value in given.values())


def test_field_counts_as_much_as_the_text():
    given, without = table(), table(fields=(0, 1, 1))
    assert given[0, 0] - without[0, 0] == SCALE // 2


def test_forbidden_pair_is_no_pair():
    assert set(table()) - set(table(forbidden=[(0, 0)])) == {(0, 0)}


def test_best_of_each_bid_and_of_each_reviewer_are_kept_and_no_more():
    given = table(most=1)
    assert {bid for bid, _reviewer in given} == {0, 1}
    assert {reviewer for _bid, reviewer in given} == {0, 1, 2}
    assert len(given) == 3


def test_empty_texts_and_empty_lists_have_their_answer():
    silent = candidates(["", ""], [""], [0.5])
    assert silent.affinity.tolist() == [SCALE // 4, SCALE // 4]
    assert candidates([], ["x"], [1]).bid.size == 0
    assert candidates(["x"], [], []).bid.size == 0


def test_order_of_equal_candidates_does_not_depend_on_chance():
    one = candidates(["甲"] * 4, ["乙"] * 4, [0.2] * 4, most=2)
    other = candidates(["甲"] * 4, ["乙"] * 4, [0.2] * 4, most=2)
    assert np.array_equal(one.reviewer, other.reviewer)
