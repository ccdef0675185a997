"""The draw is uniform, and whoever reads the public description can write it again.

Chi-square at a significance of 0.001 for each test, over draws made of the product's own numbers from fixed seeds: the
same draws in every run, so a failure is a defect and never bad luck.
"""

import hashlib
import json
from collections import Counter
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from reviews import draw as drawing

SIGNIFICANCE = 0.001
DRAWS = 1_000_000
POOL = 7
PANEL, ALTERNATES = 3, 2


def fits(counts, expected):
    """Whether the counts are what the expectation (cell → number) lets one expect, and no cell is hit besides."""
    assert set(counts) <= set(expected)
    statistic = sum((counts[cell] - number) ** 2 / number for cell, number in expected.items())
    return statistic < chi2.isf(SIGNIFICANCE, len(expected) - 1)


def test_a_million_draws_are_uniform_over_all_orders_places_and_chairs():
    """Every one of the 5,040 orders of seven is as likely; so is each member on each place, and each as chair."""
    numbers = drawing.numbers_from("a million draws")
    pool = bytes(range(POOL))
    orders, chairs = Counter(), Counter()
    for _draw in range(DRAWS):
        order = bytes(drawing.shuffled(pool, numbers))
        orders[order] += 1
        chairs[order[drawing._below(PANEL, numbers)]] += 1

    assert orders.total() == DRAWS
    assert fits(orders, dict.fromkeys(map(bytes, permutations(pool)), DRAWS / 5040))
    for place in range(POOL):
        on_place = Counter()
        for order, count in orders.items():
            on_place[order[place]] += count
        assert fits(on_place, dict.fromkeys(pool, DRAWS / POOL)), place
    assert fits(chairs, dict.fromkeys(pool, DRAWS / POOL))


def test_bias_of_one_in_fifty_would_be_found():
    """The test above can fail: with one member two percent likelier than fair on a place, it does not pass."""
    even, favoured = DRAWS / POOL, 0
    counts = Counter({member: round(even * (1.02 if member == favoured else 1 - 0.02 / 6)) for member in range(POOL)})

    assert not fits(counts, dict.fromkeys(range(POOL), even))


ORGANIZATIONS = ("甲", "甲", "甲", "甲", "乙", None, "丙")


def seated_by_hand(order, quota):
    taken, seats = [], []
    for member in order:
        house = ORGANIZATIONS[member]
        if house is None or taken.count(house) < quota:
            seats.append(member)
            taken.append(house)
    return seats[: PANEL + ALTERNATES]


@pytest.mark.parametrize("quota", [1, 2])
def test_quota_makes_nobody_impossible_and_skews_no_seat(quota):
    """Each seat's chances are those counted over all 5,040 orders, and each of the pool can have every panel seat."""
    chances = [Counter() for _seat in range(PANEL + ALTERNATES)]
    for order in permutations(range(POOL)):
        for seat, member in enumerate(seated_by_hand(order, quota)):
            chances[seat][member] += 1
    for seat in range(PANEL):
        assert set(chances[seat]) == set(range(POOL)), seat

    people = [{"id": n, "organization": house} for n, house in enumerate(ORGANIZATIONS)]
    numbers = drawing.numbers_from(f"quota of {quota}")
    found, draws = [Counter() for _seat in range(PANEL + ALTERNATES)], 50_000
    for _draw in range(draws):
        seats, _skipped = drawing._seated(drawing.shuffled(people, numbers), PANEL + ALTERNATES, quota)
        for seat, member in enumerate(seats):
            found[seat][member["id"]] += 1
    for seat, expected in enumerate(chances):
        if expected:
            assert fits(found[seat], {member: count * draws / 5040 for member, count in expected.items()}), seat


# A second program, from the page “How draw and ranking are computed” alone. It shares nothing with the first.


def text_of(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(value):
    return hashlib.sha256(value).hexdigest()


class Numbers:
    def __init__(self, seed):
        self.seed, self.i = seed.encode(), 0

    def choice(self, below):
        while True:
            number = int(sha256(self.seed + self.i.to_bytes(8, "big"))[:16], 16)
            self.i += 1
            if number < 2**64 - 2**64 % below:
                return number % below


def again(*, pool, exclusions, size, alternates, quota, platform, supervisor, context):
    members = sorted(
        ({"id": m["id"], "organization": m["organization"], "may_chair": m["may_chair"]} for m in pool),
        key=lambda member: member["id"],
    )
    left_out = sorted(
        ({"id": e["id"], "reasons": sorted(e["reasons"])} for e in exclusions), key=lambda entry: entry["id"]
    )
    pool_hash = sha256(text_of({"pool": members, "exclusions": left_out}))
    seed = sha256(
        text_of(
            {
                "algorithm": "bangdan-draw/1",
                "context": context,
                "platform_seed": platform,
                "pool_sha256": pool_hash,
                "supervisor_seed": supervisor,
            }
        )
    )
    numbers, order = Numbers(seed), list(members)
    for i in range(len(order) - 1, 0, -1):
        j = numbers.choice(i + 1)
        order[i], order[j] = order[j], order[i]
    seats, skipped, of_house = [], [], Counter()
    for member in order:
        if len(seats) == size + alternates:
            break
        house = member["organization"]
        if house is not None and of_house[house] == quota:
            skipped.append(member["id"])
            continue
        of_house[house] += 1
        seats.append(member)
    able = [member["id"] for member in seats[:size] if member["may_chair"]]
    if len(seats) < size or not able:
        return None
    chair = able[numbers.choice(len(able))]
    return {
        "pool_sha256": pool_hash,
        "platform_commitment": sha256(platform.encode()),
        "seed": seed,
        "order": [member["id"] for member in order],
        "skipped": [{"id": name, "reason": "organization_quota"} for name in skipped],
        "panel": [member["id"] for member in seats[:size]],
        "alternates": [member["id"] for member in seats[size:]],
        "chair": chair,
    }


names = st.text(alphabet="ab0é中𠀀", min_size=1, max_size=4)
words = st.text(max_size=12).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
members = st.fixed_dictionaries({"organization": st.none() | st.sampled_from("甲乙丙丁戊"), "may_chair": st.booleans()})


@given(
    pool=st.dictionaries(names, members, min_size=1, max_size=25),
    exclusions=st.dictionaries(names.map("x-".__add__), st.lists(st.sampled_from(["paid", "coauthor", "away"]))),
    size=st.sampled_from([1, 3, 5, 7]),
    alternates=st.integers(0, 4),
    quota=st.integers(1, 3),
    seeds=st.tuples(words.filter(bool), words.filter(bool)),
    context=st.dictionaries(names, words, max_size=2),
)
def test_second_program_from_the_description_draws_the_same(pool, exclusions, size, alternates, quota, seeds, context):
    people = [{"id": name, **member} for name, member in pool.items()]
    left_out = [{"id": name, "reasons": reasons} for name, reasons in exclusions.items()]
    expected = again(
        pool=people, exclusions=left_out, size=size, alternates=alternates, quota=quota,
        platform=seeds[0], supervisor=seeds[1], context=context,
    )  # fmt: skip
    try:
        transcript = drawing.draw(
            pool=people, exclusions=left_out, size=size, alternates=alternates, quota_per_organization=quota,
            platform_seed=seeds[0], supervisor_seed=seeds[1], context=context,
        )  # fmt: skip
    except drawing.PoolTooSmall:
        assert expected is None
        return
    assert expected is not None
    assert {key: transcript[key] for key in expected} == expected
    rest = {key: value for key, value in transcript.items() if key != "sha256"}
    assert transcript["sha256"] == sha256(text_of(rest))


def test_numbers_are_those_of_the_description():
    numbers, again_ = drawing.numbers_from("种子"), Numbers("种子")

    assert [next(numbers) for _n in range(50)] == [again_.choice(2**64) for _n in range(50)]
    assert all(one != other for one, other in pairwise(next(numbers) for _n in range(50)))
