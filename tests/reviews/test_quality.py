"""What scores say side by side, and how reviews are done: the measures against sums done by hand."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import sqrt
from random import Random

import pgtrigger
import pytest
from scipy.stats import kendalltau

from accounts.workflow import take
from reviews import quality, ranking
from reviews.agreement import mean_tau, rounds
from reviews.analysis import analyse
from reviews.models import Ranking
from tests.factories import reviews as make
from tests.factories.rankings import inputs


def test_analysis_tells_spread_severity_and_n_in_points():
    found = analyse(ranking.snapshot(inputs({"a": [70, 80, 90], "b": [60, 60, 90]})))
    assert [(bid.id, bid.n, bid.mean, bid.spread, bid.diverges) for bid in found.bids] == [
        ("a", 3, Decimal("80.00"), Decimal("20.00"), False),
        ("b", 3, Decimal("70.00"), Decimal("30.00"), True),
    ]
    assert [(item.deviation, item.n) for item in found.reviewers] == [
        (Decimal("-10.00"), 2), (Decimal("-5.00"), 2), (Decimal("15.00"), 2),
    ]  # fmt: skip
    assert sum(item.deviation for item in found.reviewers) == 0


def closed(scores, *, comment="依据充分，路线清楚，验证安排与指标逐项对应。"):
    """A closed panel of five bids; each member, in the order drawn, gives one score plus the number of the bid."""
    court = make.court(bids=5, experts=5, spread_limit=Decimal(100))
    panel = make.scoring(court)
    while left := make.sheets(panel, state="open"):
        order = [seat.pk for seat in make.seats(panel, "accepted")]
        for sheet in left:
            score = scores[order.index(sheet.assignment_id)] + int(sheet.bid.code[1:])
            user = sheet.assignment.expert.user
            take(make.fill(sheet, str(score), comment), "lock", actor=user)
    take(panel, "open_consensus", actor=court.operator)
    take(court.challenge, "finish_review", actor=court.operator)
    return court, panel


@pytest.mark.django_db
def test_quality_is_severity_distance_time_and_short_comments(django_assert_num_queries):
    _court, panel = closed([60, 70, 70, 70, 80])
    with django_assert_num_queries(2):
        found = {item.expert: item for item in quality.qualities(days=365)}
    strict, middle, mild = (found[make.seats(panel, "accepted")[place].expert_id] for place in (0, 1, 4))
    assert [round(item.severity, 6) for item in (strict, middle, mild)] == [-10, 0, 10]
    assert [round(item.distance, 6) for item in (strict, middle, mild)] == [Decimal("12.5"), 0, Decimal("12.5")]
    assert {item.bids for item in found.values()} == {5}
    assert all(0 <= item.used < 1 for item in found.values())
    assert {round(item.short) for item in found.values()} == {0}


@pytest.mark.django_db
def test_short_comments_are_counted_and_distributions_sum_to_n():
    closed([60, 70, 70, 70, 80], comment="好。")
    people = quality.qualities(days=365)
    assert {item.short for item in people} == {100}
    for measure in quality.MEASURES:
        told = quality.distribution(measure, people)
        assert told.bins is not None
        assert sum(count for _label, count in told.bins) == told.n == 5
    fewer = quality.distribution(quality.MEASURES[0], people[:4])
    assert (fewer.bins, fewer.middle, fewer.n) == (None, None, 4)


@pytest.mark.django_db
def test_open_panels_and_few_bids_say_nothing():
    court = make.court(bids=5, experts=5)
    make.consensus(court, {f"B{number}": str(60 + number) for number in range(1, 6)})
    assert quality.qualities(days=365) == []
    few = make.court(bids=4, experts=5)
    make.consensus(few, {f"B{number}": str(60 + number) for number in range(1, 5)})
    take(few.challenge, "finish_review", actor=few.operator)
    assert quality.qualities(days=365) == []


def by_counting(own, others) -> float | None:
    """Tau-b as its definition reads: pairs in one order less pairs in opposite orders, each side's ties left out."""
    same = opposite = tied_here = tied_there = 0
    pairs = list(combinations(range(len(own)), 2))
    for a, b in pairs:
        same += (own[a] > own[b]) == (others[a] > others[b]) and own[a] != own[b] and others[a] != others[b]
        opposite += (own[a] > own[b]) != (others[a] > others[b]) and own[a] != own[b] and others[a] != others[b]
        tied_here += own[a] == own[b]
        tied_there += others[a] == others[b]
    below = (len(pairs) - tied_here) * (len(pairs) - tied_there)
    return (same - opposite) / sqrt(below) if below and len(own) >= 3 else None


def rank_anew(panel, totals) -> None:
    """The totals of the closed panel's ranking: {bid: {seat: total}}."""
    lines = [
        {"id": bid, "sheets": [{"reviewer": seat, "total": str(total)} for seat, total in row.items()]}
        for bid, row in totals.items()
    ]
    with pgtrigger.ignore():
        Ranking.objects.filter(panel=panel).update(snapshot={"result": {"bids": lines}})


@pytest.mark.django_db
@pytest.mark.parametrize("bids", [2, 3, 9])
def test_agreement_is_tau_b_counted_by_hand_and_by_another_library(bids):
    _court, panel = closed([60, 70, 70, 70, 80])
    seats = make.seats(panel, "accepted")
    dice = Random(bids)
    for _round in range(12):  # few values make many ties; not everyone reads every bid
        totals = {
            f"b{number}": {
                str(seat.pk): dice.choice(("61.5", "70", "70.01", "80"))
                for seat in seats
                if seat in seats[:2] or dice.random() < 0.7
            }
            for number in range(bids)
        }
        rank_anew(panel, totals)
        found = rounds(days=365)
        for seat in seats:
            mine = [row for row in totals.values() if str(seat.pk) in row and len(row) > 1]
            own = [Fraction(row[str(seat.pk)]) for row in mine]
            others = [(sum(map(Fraction, row.values())) - Fraction(row[str(seat.pk)])) / (len(row) - 1) for row in mine]
            [told] = found.get(seat.expert_id, [None])
            if len(mine) < 2:
                assert told is None
                continue
            wanted = by_counting(own, others)
            assert told.bids == len(mine)
            assert (told.tau is None) == (wanted is None)
            if wanted is not None:
                places = {value: place for place, value in enumerate(sorted({*own, *others}))}
                library = kendalltau([places[value] for value in own], [places[value] for value in others])
                assert float(told.tau) == pytest.approx(wanted, abs=1e-9)
                assert float(told.tau) == pytest.approx(library.statistic, abs=1e-9)


@pytest.mark.django_db
def test_agreement_of_one_order_is_whole_and_of_no_order_is_nothing():
    _court, panel = closed([60, 70, 70, 70, 80])
    people = quality.qualities(days=365)
    assert {round(item.order, 9) for item in people} == {1}
    seats = make.seats(panel, "accepted")
    rank_anew(panel, {f"b{number}": {str(seat.pk): 70 for seat in seats} for number in range(5)})
    assert {item.tau for told in rounds(days=365).values() for item in told} == {None}
    assert mean_tau([item for told in rounds(days=365).values() for item in told]) is None
