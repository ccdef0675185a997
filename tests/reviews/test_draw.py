import copy
import hashlib
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import draw as drawing
from reviews.draw import PoolTooSmall, commit, draw, pool_hash, verify


def people(count, *, organizations=None):
    return [
        {"id": f"e{n:03}", "organization": f"o{n % organizations}" if organizations else None} for n in range(count)
    ]


def drawn(pool, **changes):
    given_values = {"size": 5, "alternates": 2, "quota_per_organization": 2}
    return draw(**{"pool": pool, "platform_seed": "p", "supervisor_seed": "s", **given_values, **changes})


pools = st.lists(
    st.tuples(st.uuids().map(str), st.none() | st.sampled_from("ABCDEFGH")),
    min_size=9,
    max_size=30,
    unique_by=lambda entry: entry[0],
).map(lambda entries: [{"id": identifier, "organization": organization} for identifier, organization in entries])
seeds = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())


def test_draw_is_the_same_forever():
    """A published transcript must replay in years to come; if this value changes, the algorithm's name must too."""
    transcript = drawn(people(12, organizations=6), context={"panel": "甲"})

    assert transcript["algorithm"] == "bangdan-draw/1"
    assert transcript["panel"] == ["e002", "e001", "e003", "e005", "e009"]
    assert (transcript["chair"], transcript["alternates"]) == ("e002", ["e006", "e008"])
    assert transcript["sha256"] == "c55214829e9f68b3d807169f6b37b754f441f7624677e879f07a12dfa8dac8fd"


def test_draw_is_what_its_description_says():
    """The same recomputed in the words of the module's description, sharing no code with it."""
    pool = people(9)
    transcript = drawn(pool)
    numbers = []
    for count in range(200):
        block = hashlib.sha256(transcript["seed"].encode() + count.to_bytes(8, "big")).hexdigest()
        numbers.append(int(block[:16], 16))
    order = sorted(entry["id"] for entry in pool)
    for last in range(8, 0, -1):
        chosen = numbers.pop(0) % (last + 1)
        order[last], order[chosen] = order[chosen], order[last]

    assert transcript["order"] == order
    assert transcript["panel"] == order[:5]
    assert transcript["alternates"] == order[5:7]
    assert transcript["chair"] == order[:5][numbers.pop(0) % 5]


@given(pools, seeds, seeds, st.randoms(use_true_random=False))
def test_order_of_the_pool_changes_nothing(pool, platform, supervisor, shuffler):
    shuffled = list(pool)
    shuffler.shuffle(shuffled)
    options = {"size": 3, "alternates": 1, "platform_seed": platform, "supervisor_seed": supervisor}
    try:
        transcript = drawn(pool, **options)
    except PoolTooSmall as too_small:
        with pytest.raises(PoolTooSmall, match=str(too_small)):
            drawn(shuffled, **options)
    else:
        assert drawn(shuffled, **options) == transcript


@given(pools, seeds, seeds, st.sampled_from([1, 3, 5]), st.integers(0, 4), st.integers(1, 3))
def test_panel_and_alternates_keep_size_and_quota(pool, platform, supervisor, size, alternates, quota):
    organization = {entry["id"]: entry["organization"] for entry in pool}
    limited = Counter(value for value in organization.values() if value)
    room = sum(min(count, quota) for count in limited.values()) + sum(value is None for value in organization.values())
    options = {"size": size, "alternates": alternates, "platform_seed": platform, "supervisor_seed": supervisor}
    if room < size:
        with pytest.raises(PoolTooSmall):
            drawn(pool, quota_per_organization=quota, **options)
        return
    transcript = drawn(pool, quota_per_organization=quota, **options)
    everybody = transcript["panel"] + transcript["alternates"]

    assert len(transcript["panel"]) == size
    assert len(transcript["alternates"]) == min(alternates, room - size)
    assert len(set(everybody)) == len(everybody)
    assert all(count <= quota for value, count in Counter(map(organization.get, everybody)).items() if value)
    assert transcript["chair"] in transcript["panel"]
    assert sorted(transcript["order"]) == sorted(organization)
    assert all(organization[entry["id"]] for entry in transcript["skipped"])
    assert verify(json.loads(json.dumps(transcript)), commitment=commit(platform)) == []


def test_everybody_is_drawn_about_equally_often():
    """4,000 draws of 3 out of 10: each expects 1,200 seats and 400 chairs, five standard deviations allowed."""
    seats, chairs = Counter(), Counter()
    for n in range(4_000):
        transcript = drawn(people(10), size=3, alternates=0, platform_seed=str(n))
        seats.update(transcript["panel"])
        chairs[transcript["chair"]] += 1

    assert all(abs(seats[entry["id"]] - 1_200) < 145 for entry in people(10))
    assert all(abs(chairs[entry["id"]] - 400) < 95 for entry in people(10))


def test_number_beyond_the_even_share_is_passed_over():
    numbers = iter([2**64 - 1, 2**64 - 2, 7])

    assert drawing._below(5, numbers) == (2**64 - 2) % 5
    assert drawing._below(3, iter([2**64 - 1, 4])) == 1
    assert drawing._below(2**63 + 1, iter([2**64 - 1, 2**63 + 1, 12])) == 12


def test_each_input_moves_the_draw():
    pool = people(40)
    first = drawn(pool)

    for changed in (
        drawn(pool, platform_seed="q"),
        drawn(pool, supervisor_seed="q"),
        drawn(pool, context={"panel": "another"}),
        drawn(people(41)),
        drawn(pool, exclusions=[{"id": "x", "reasons": ["same_organization"]}]),
    ):
        assert changed["order"] != first["order"]


def test_chair_is_one_who_may_be():
    pool = [{**entry, "may_chair": entry["id"] == "e003"} for entry in people(5)]

    assert drawn(pool, alternates=0)["chair"] == "e003"
    with pytest.raises(PoolTooSmall) as refused:
        drawn([{**entry, "may_chair": False} for entry in people(5)])
    assert refused.value.what == "chair"


def test_pool_that_cannot_fill_the_panel_is_refused():
    with pytest.raises(PoolTooSmall) as refused:
        drawn(people(12, organizations=2))

    assert (refused.value.what, refused.value.needed, refused.value.found) == ("panel", 5, 4)


def test_fewer_alternates_than_wanted_are_told():
    transcript = drawn(people(6))

    assert (transcript["alternates_wanted"], len(transcript["alternates"])) == (2, 1)


def test_exclusions_are_kept_with_their_reasons():
    entries = [{"id": "z", "reasons": ["paid", "coauthor"]}, {"id": "y", "reasons": ["same_organization"]}]
    transcript = drawn(people(9), exclusions=entries)

    assert transcript["exclusions"] == [
        {"id": "y", "reasons": ["same_organization"]},
        {"id": "z", "reasons": ["coauthor", "paid"]},
    ]
    assert transcript["pool_sha256"] == pool_hash(reversed(people(9)), reversed(entries))


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 4},
        {"size": 0},
        {"size": -1},
        {"alternates": -1},
        {"quota_per_organization": 0},
        {"platform_seed": ""},
        {"supervisor_seed": ""},
        {"pool": people(9) + people(1)},
        {"pool": [{"id": 3, "organization": None}]},
        {"pool": [{"id": "", "organization": None}]},
        {"pool": []},
    ],
)
def test_draw_that_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match=r"."):
        drawn(**{"pool": people(9), **changes})


def test_commitment_is_the_hash_of_the_seed():
    assert commit("p") == hashlib.sha256(b"p").hexdigest()
    assert drawn(people(9))["platform_commitment"] == commit("p")
    assert len({drawing.new_seed() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (lambda t: t["panel"].reverse(), "panel differs"),
        (lambda t: t.update(chair=t["alternates"][0]), "chair differs"),
        (lambda t: t["pool"].pop(), "pool_sha256 differs"),
        (lambda t: t["pool"].reverse(), "pool differs"),
        (lambda t: t["exclusions"].append({"id": "x", "reasons": []}), "pool_sha256 differs"),
        (lambda t: t.update(supervisor_seed="another"), "order differs"),
        (lambda t: t.update(platform_seed="another"), "platform_commitment differs"),
        (lambda t: t.update(sha256=""), "sha256 differs"),
        (lambda t: t.update(note="x"), "note is no part"),
        (lambda t: t.pop("chair"), "chair differs"),
        (lambda t: t.pop("pool"), "not a transcript"),
        (lambda t: t.update(size="5"), "not a transcript"),
        (lambda t: t.update(context=[]), "context differs"),
        (lambda t: t.update(pool=[1]), "not a transcript"),
    ],
)
def test_tampered_transcript_is_told(tamper, problem):
    transcript = copy.deepcopy(drawn(people(12, organizations=6)))
    tamper(transcript)

    assert any(problem in told for told in verify(transcript))


def test_another_seed_than_the_committed_is_told():
    assert verify(drawn(people(9)), commitment=commit("q")) == ["the platform's seed is not the one committed to"]
