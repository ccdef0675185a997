"""Every field of a transcript and of a snapshot, changed in every way its kind allows: each change is told."""

import copy

import pytest

from reviews import draw as drawing
from reviews import ranking, ties
from reviews.canonical import digest
from tests.factories.rankings import QUALITY, inputs

PLATFORM, SUPERVISOR = "平台的种子", "监督的种子"


def transcript():
    pool = [
        {"id": f"e{n:02}", "organization": f"o{n % 5}" if n % 4 else None, "may_chair": n % 3 > 0} for n in range(14)
    ]
    return drawing.draw(
        pool=pool, size=5, alternates=3, quota_per_organization=1, platform_seed=PLATFORM, supervisor_seed=SUPERVISOR,
        exclusions=[{"id": "x1", "reasons": ["away", "paid"]}, {"id": "x2", "reasons": ["coauthor"]}],
        context={"challenge": "JB-1", "panel": "p"},
    )  # fmt: skip


def snapshot():
    """Five reviewers, a void sheet, a threshold, and a tie decided by vote and by lots."""
    criteria = ({**QUALITY, "weight": 60, "threshold": 40}, {"key": "b", "weight": 40, "scale": 100, "core": False})
    scores = {bid: [(80, 70)] * 5 for bid in "abc"} | {"d": [(30, 90), (35, 80), (20, 70), (30, 60), (25, 50)]}
    data = inputs(scores, criteria=criteria)
    data["sheets"].append({"id": "void", "void": True})
    groups = [["a", "b", "c"]]
    votes = [("r0", "a"), ("r1", "a"), ("r2", "a"), ("r3", "b"), ("r4", "c")]
    ballots = [{"reviewer": who, "bids": [bid]} for who, bid in votes]
    counted = ties.count(groups, ballots)
    lots = ties.draw_lots([["b", "c"]], platform_seed=PLATFORM, supervisor_seed=SUPERVISOR, context={"panel": "p"})
    for bid in data["bids"]:
        bid |= {"tie_vote": counted.get(bid["id"]), "drawn_lot": lots["lots"].get(bid["id"])}
    data["tie_break"] = {"groups": groups, "ballots": ballots, "draw": lots}
    return ranking.snapshot(data)


def others(value):
    """Values that this one could be replaced by."""
    match value:
        case bool():
            return [not value, None]
        case None:
            return ["x", 0]
        case int():
            return [value + 1, value - 1, str(value)]
        case str():
            return [f"{value}0", value[:-1], value.swapcase() if value.swapcase() != value else f" {value}", None]
        case list():
            turned = [list(reversed(value))] if value != value[::-1] else []
            return [[*value, *value[:1]] if value else ["x"], value[:-1] if value else None, *turned]
        case dict():
            return [{**value, "extra": "x"}, *({k: v for k, v in value.items() if k != key} for key in value)]
    raise TypeError(value)


def tampered(whole, path=()):
    """Every place in it with every other value there: (path, the whole as changed)."""
    here = whole
    for step in path:
        here = here[step]
    for other in others(here):
        if not path:
            yield path, other
            continue
        changed = copy.deepcopy(whole)
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other
        yield path, changed
    keys = here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
    for key in keys:
        yield from tampered(whole, (*path, key))


def test_every_change_of_a_transcript_is_told():
    true = transcript()
    assert drawing.verify(true) == []
    missed, tried = [], 0
    for path, changed in tampered(true):
        tried += 1
        if not drawing.verify(changed):
            missed.append(path)
        rehashed = changed | {"sha256": digest({key: value for key, value in changed.items() if key != "sha256"})}
        if rehashed != true and not drawing.verify(rehashed):
            missed.append(("rehashed", *path))
    assert missed == []
    assert tried > 300


@pytest.mark.parametrize("change", ["platform_seed", "pool", "supervisor_seed"])
def test_draw_made_anew_from_other_inputs_breaks_what_was_published_before_it(change):
    """A draw that is true to itself: only the commitment and the pool's hash, published before, tell it apart."""
    true = transcript()
    given = {key: true[key] for key in ("pool", "size", "platform_seed", "supervisor_seed", "exclusions", "context")}
    given |= {"alternates": true["alternates_wanted"], "quota_per_organization": true["quota_per_organization"]}
    given[change] = given["pool"][1:] if change == "pool" else "another"
    forged = drawing.draw(**given)
    told = drawing.verify(forged, commitment=true["platform_commitment"], pool_sha256=true["pool_sha256"])
    assert drawing.verify(forged) == []
    assert (
        told
        == {
            "platform_seed": ["the platform's seed is not the one committed to"],
            "pool": ["the pool is not the one that was frozen"],
            "supervisor_seed": [],  # the supervisor alone can tell, who gave it
        }[change]
    )


def test_every_change_of_a_snapshot_is_told():
    true = snapshot()
    assert ranking.verify(true) == []
    missed, tried = [], 0
    for path, changed in tampered(true):
        tried += 1
        if not ranking.verify(changed):
            missed.append(path)
    assert missed == []
    assert tried > 800


def test_snapshot_whose_result_was_changed_and_hashed_anew_is_told():
    true = snapshot()
    missed = []
    for path, changed in tampered(true["result"], ()):
        forged = {"inputs": true["inputs"], "result": changed}
        if not ranking.verify(forged | {"sha256": digest(forged)}):
            missed.append(path)
    assert missed == []


def test_snapshot_made_anew_from_other_inputs_has_another_hash_than_the_published():
    true = snapshot()
    accepted = []
    for path, changed in tampered(true["inputs"], ()):
        try:
            forged = ranking.snapshot(changed)
        except (ranking.InvalidInput, AttributeError, TypeError, ValueError, KeyError):
            continue
        if forged["sha256"] == true["sha256"]:
            accepted.append(path)
    # Lists are put in the order of their ids: another order of the same entries is the same input.
    assert set(accepted) <= {("bids",), ("sheets",), ("criteria",)}
