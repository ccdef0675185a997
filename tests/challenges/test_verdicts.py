"""A measured value against its goal: comparator, tolerance, uncertainty, text."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.verdicts import Goal, Margins, meets, share_met

NUMBERS = st.decimals(min_value=-(10**20), max_value=10**20, places=15)
UNCERTAIN = st.decimals(min_value=0, max_value=10**10, places=15)
PER_CENT = st.decimals(min_value=0, max_value=100, places=2)


@pytest.mark.parametrize(
    ("comparator", "goal", "measured", "met"),
    [
        (">=", "8", "8", True),
        (">=", "8", "7.999999999999999", False),
        ("<=", "500000000", "5e8", True),
        ("<=", "500000000", "500000000.000000000000001", False),
        ("=", "5", "5.000", True),
        ("=", "5", "5.001", False),
    ],
)
def test_bound_itself_meets_and_the_next_value_does_not(comparator, goal, measured, met):
    assert meets(Goal(comparator, goal), number=Decimal(measured), margins=Margins()) is met


@pytest.mark.parametrize(
    ("measured", "met"), [("Ex ib I Mb", True), ("  Ex ib I Mb ", True), ("Ex ib  I Mb", False), ("", False)]
)
def test_text_is_compared_exactly_after_trimming(measured, met):
    assert meets(Goal("=", "Ex ib I Mb"), number=None, text=measured, margins=Margins()) is met


@pytest.mark.parametrize("goal", ["NaN", "Infinity"])
def test_words_that_only_look_like_numbers_are_text(goal):
    assert meets(Goal("=", goal), number=None, text=goal, margins=Margins())
    assert not meets(Goal("=", goal), number=Decimal(1), margins=Margins())


def test_nothing_measured_meets_nothing():
    assert not meets(Goal(">=", "0"), number=None, margins=Margins())


def test_guard_band_takes_its_share_of_the_uncertainty():
    goal, stated = Goal(">=", "8"), Decimal("0.4")
    for share, value, met in ((0, "8", True), (50, "8.2", True), (50, "8.19", False), (100, "8.4", True)):
        margins = Margins(guard_band=Decimal(share))
        assert meets(goal, number=Decimal(value), uncertainty=stated, margins=margins) is met


def test_equality_is_met_within_the_tolerance_less_the_guard_band():
    margins = Margins(guard_band=Decimal(100), tolerance=Decimal(10))
    for uncertainty, value, met in (("0", "220", True), ("0", "220.1", False), ("5", "215", True), ("5", "216", False)):
        given_ = {"number": Decimal(value), "uncertainty": Decimal(uncertainty)}
        assert meets(Goal("=", "200"), **given_, margins=margins) is met


@given(NUMBERS, NUMBERS, UNCERTAIN, PER_CENT, PER_CENT)
def test_verdict_is_that_of_exact_fractions(agreed, number, uncertainty, band, tolerance):
    margins = Margins(guard_band=band, tolerance=tolerance)
    a, n = Fraction(agreed), Fraction(number)
    guard = Fraction(uncertainty) * Fraction(band) / 100
    expected = {
        ">=": n - a >= guard,
        "<=": a - n >= guard,
        "=": abs(n - a) + guard <= abs(a) * Fraction(tolerance) / 100,
    }
    for comparator, met in expected.items():
        goal = Goal(comparator, f"{agreed:f}")
        assert meets(goal, number=number, uncertainty=uncertainty, margins=margins) is met


@given(NUMBERS, NUMBERS, UNCERTAIN, PER_CENT, st.decimals(min_value=0, max_value=10**6, places=3))
def test_a_better_value_is_never_judged_worse(agreed, number, uncertainty, band, better):
    margins = Margins(guard_band=band)
    for comparator, sign in ((">=", 1), ("<=", -1)):
        goal = Goal(comparator, f"{agreed:f}")
        if meets(goal, number=number, uncertainty=uncertainty, margins=margins):
            assert meets(goal, number=number + sign * better, uncertainty=uncertainty, margins=margins)


@given(st.lists(st.booleans(), max_size=50))
def test_share_counts_every_target_the_same(verdicts):
    share = share_met(verdicts)
    assert Decimal(0) <= share <= Decimal(100)
    assert share == (Decimal(100) * sum(verdicts) / len(verdicts) if verdicts else 100)
    assert (share == 100) is all(verdicts)
