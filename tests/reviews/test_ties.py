"""Ties that no score decides: the secret vote, the witnessed lots, and that anyone can count and draw them again."""

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.models import Bid, Challenge
from reviews import ranking, ties
from reviews.draw import commit
from reviews.models import Ballot, Panel, Ranking, TieBreak
from reviews.queries import tie_of
from tests.factories import reviews as make
from tests.factories.rankings import inputs
from tests.factories.reviews import Court

SEED = "监督员抽签的种子 20261125"


# Counting and drawing, without a database


def test_count_takes_one_bid_of_each_group_from_each_member() -> None:
    ballots = [{"reviewer": name, "bids": [bid, "d"]} for name, bid in (("r1", "a"), ("r2", "b"), ("r3", "a"))]
    assert ties.count([["a", "b"], ["c", "d"]], ballots) == {"a": 2, "b": 1, "c": 0, "d": 3}


@pytest.mark.parametrize(
    "ballots",
    [
        [("r1", ["a"]), ("r1", ["b"])],
        [("r1", [])],
        [("r1", ["a", "b"])],
        [("r1", ["x"])],
    ],
)
def test_ballot_that_names_not_one_of_each_does_not_count(ballots: list[tuple[str, list[str]]]) -> None:
    with pytest.raises(ValueError, match="does not count"):
        ties.count([["a", "b"]], [{"reviewer": name, "bids": bids} for name, bids in ballots])


def test_lots_do_not_depend_on_the_order_of_the_bids_but_on_both_seeds() -> None:
    def lots(groups: list[list[str]], platform: str = "p", supervisor: str = "s") -> dict[str, int]:
        drawn = ties.draw_lots(groups, platform_seed=platform, supervisor_seed=supervisor, context={})
        found: dict[str, int] = drawn["lots"]
        return found

    assert lots([["a", "b", "c"], ["d", "e"]]) == lots([["e", "d"], ["c", "b", "a"]])
    assert {lots([["a", "b"]], supervisor=str(number))["a"] for number in range(20)} == {1, 2}
    assert {lots([["a", "b"]], platform=str(number))["a"] for number in range(20)} == {1, 2}
    first = sum(lots([["a", "b", "c"]], platform=str(number))["a"] == 1 for number in range(3000))
    assert 900 < first < 1100


def test_lots_need_both_seeds() -> None:
    with pytest.raises(ValueError, match="both seeds"):
        ties.draw_lots([["a", "b"]], platform_seed="p", supervisor_seed="", context={})


def decided() -> dict[str, Any]:
    """A snapshot of three equal bids, the first place voted, the others drawn."""
    ballots = [{"reviewer": f"r{seat}", "bids": [bid]} for seat, bid in enumerate("aabbc")]
    drawn = ties.draw_lots([["a", "b"]], platform_seed="p", supervisor_seed="s", context={"challenge": "1"})
    votes = ties.count([["a", "b", "c"]], ballots)
    data = inputs({bid: [70, 75, 80, 85, 90] for bid in "abc"}, votes=votes, lots=drawn["lots"])
    data["tie_break"] = {"groups": [["a", "b", "c"]], "ballots": ballots, "draw": drawn}
    return ranking.snapshot(data)


def test_decided_tie_verifies_and_shares_no_rank() -> None:
    made = json.loads(json.dumps(decided()))
    assert ranking.verify(made) == []
    assert sorted(line["rank"] for line in made["result"]["bids"]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (lambda d: d["tie_break"]["ballots"][0].update(bids=["c"]), "not those of the ballots"),
        (lambda d: d["tie_break"]["ballots"].pop(), "not those of the ballots"),
        (lambda d: d["tie_break"]["ballots"][0].update(reviewer="r9"), "who scored no bid"),
        (lambda d: d["tie_break"]["ballots"][0].update(bids=["a", "b"]), "not a snapshot"),
        (lambda d: d["tie_break"]["draw"].update(supervisor_seed="t"), "does not replay"),
        (lambda d: d["tie_break"]["draw"]["lots"].update(a=3), "does not replay"),
        (lambda d: d["tie_break"].pop("draw"), "not those of the draw"),
        (lambda d: d.pop("tie_break"), "not those of the ballots"),
        (lambda d: d.update(tie_break=[]), "not a snapshot"),
    ],
)
def test_tampered_vote_or_draw_is_told_even_under_a_fresh_hash(tamper: Any, problem: str) -> None:
    data = deepcopy(decided()["inputs"])
    tamper(data)
    assert any(problem in told for told in ranking.verify(ranking.snapshot(data)))


def test_verify_replays_vote_and_lots_with_the_standard_library_alone(tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    file.write_text(json.dumps(decided()), encoding="utf-8")
    command = [sys.executable, "-S", "-m", "reviews.verify", "ranking", str(file), "--commitment"]
    project = Path(__file__).parent.parent.parent
    for seed, status in (("p", 0), ("q", 1)):
        done = subprocess.run([*command, commit(seed)], cwd=project, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (status, "")


# On a panel


def votes(panel: Panel, *codes: str) -> Panel:
    """Members vote in the order drawn, each for the bid of that code."""
    ids = {bid.code: str(bid.pk) for bid in Bid.objects.filter(challenge=panel.challenge)}
    for seat, code in zip(make.seats(panel, "accepted"), codes, strict=False):
        take(Panel.objects.get(pk=panel.pk), "vote", actor=seat.expert.user, bids=[ids[code]])
    return Panel.objects.get(pk=panel.pk)


def finish(court: Court) -> Challenge:
    court.challenge = take(court.challenge, "finish_review", actor=court.operator)
    return court.challenge


def ranks() -> dict[str, int | None]:
    return {bid.code: bid.rank for bid in Bid.objects.exclude(code="").order_by("code")}


@pytest.mark.django_db
def test_bids_that_differ_leave_nothing_to_vote_on() -> None:
    court = make.court(bids=2, experts=5)
    panel = make.consensus(court, {"B1": "70", "B2": "80"})
    assert not TieBreak.objects.exists()
    with pytest.raises(Refused) as refusal:
        votes(panel, "B1")
    assert refusal.value.code == "condition"
    assert not Notification.objects.filter(kind="tie_found").exists()


@pytest.mark.django_db
def test_one_bid_is_no_tie() -> None:
    court = make.court(bids=1, experts=5)
    make.consensus(court)
    assert finish(court).state == "ranked"


@pytest.mark.django_db
def test_tie_is_found_told_and_keeps_the_review_from_ending() -> None:
    court = make.court(bids=3, experts=5)
    panel = make.consensus(court, {"B3": "70"})
    tie = TieBreak.objects.get(panel=panel)
    assert [len(group) for group in tie.groups] == [2]
    assert tie.platform_commitment == commit(tie.platform_seed)
    assert Notification.objects.filter(kind="tie_found").count() == 5
    entry = LedgerEntry.objects.get(action="find_tie")
    assert entry.data["platform_commitment"] == tie.platform_commitment
    assert tie.platform_seed not in str(entry.data)
    with translation.override("en"), pytest.raises(Refused) as refusal:
        finish(court)
    assert "every member of the panel votes" in str(refusal.value)
    assert not Ranking.objects.exists()


@pytest.mark.django_db
def test_odd_panel_decides_between_two_and_the_review_ends() -> None:
    court = make.court(bids=3, experts=5)
    panel = votes(make.consensus(court, {"B3": "70"}), "B2", "B1", "B2", "B1")
    assert not LedgerEntry.objects.filter(action="count_votes").exists()
    with pytest.raises(Refused):
        finish(court)
    last = make.seats(panel, "accepted")[4]
    second = str(Bid.objects.get(code="B2").pk)
    take(panel, "vote", actor=last.expert.user, bids=[second])
    assert LedgerEntry.objects.get(action="count_votes").data["undecided"] == []
    assert Notification.objects.filter(kind="tie_decided", recipient=court.operator).count() == 1
    finish(court)
    assert ranks() == {"B1": 2, "B2": 1, "B3": 3}
    snapshot = Ranking.objects.get().snapshot
    assert ranking.verify(snapshot) == []
    assert snapshot["result"]["needs"] == []
    assert len(snapshot["inputs"]["tie_break"]["ballots"]) == 5


@pytest.mark.django_db
def test_nobody_learns_a_vote_before_all_are_in() -> None:
    court = make.court(bids=2, experts=5)
    panel = votes(make.consensus(court), "B1", "B1", "B2")
    named = {pk for ballot in Ballot.objects.all() for pk in ballot.bids}
    assert len(named) == 2
    for entry in LedgerEntry.objects.filter(action="vote"):
        assert entry.data == {}
    told = tie_of(panel)
    assert told is not None
    assert (told.votes, told.voted, told.members) == (None, 3, 5)
    votes_of_rest = make.seats(panel, "accepted")[3:]
    for seat in votes_of_rest:
        take(panel, "vote", actor=seat.expert.user, bids=[str(Bid.objects.get(code="B2").pk)])
    told = tie_of(panel)
    assert told is not None
    assert told.votes == {str(Bid.objects.get(code="B1").pk): 2, str(Bid.objects.get(code="B2").pk): 3}


@pytest.mark.django_db
def test_vote_is_a_members_once_and_for_a_tied_bid() -> None:
    court = make.court(bids=3, experts=6)
    panel = make.consensus(court, {"B3": "70"})
    seats = make.seats(panel, "accepted")
    best, third = (str(Bid.objects.get(code=code).pk) for code in ("B1", "B3"))
    outsider = next(e.user for e in court.experts if e.pk not in {seat.expert_id for seat in seats})
    for user in (court.operator, court.supervisor, court.owner, outsider):
        with pytest.raises(Denied):
            take(panel, "vote", actor=user, bids=[best])
    for bids in ([third], [], [best, best]):
        with pytest.raises(Refused) as refusal:
            take(panel, "vote", actor=seats[0].expert.user, bids=bids)
        assert refusal.value.code == "bids"
    assert not Ballot.objects.exists()
    assert not LedgerEntry.objects.filter(action="vote").exists()
    take(panel, "vote", actor=seats[0].expert.user, bids=[best])
    with pytest.raises(Denied) as denied:
        take(panel, "vote", actor=seats[0].expert.user, bids=[best])
    assert denied.value.code == "done"


def all_equal() -> tuple[Court, Panel]:
    """Three equal bids and a vote of two, two and one."""
    court = make.court(bids=3, experts=5)
    return court, votes(make.consensus(court), "B1", "B1", "B2", "B2", "B3")


@pytest.mark.django_db
def test_even_vote_goes_to_lots_that_the_supervisor_witnesses() -> None:
    court, panel = all_equal()
    tie = TieBreak.objects.get(panel=panel)
    assert [len(group) for group in tie.undecided] == [2]
    assert Notification.objects.get(kind="lot_seed_wanted").recipient == court.supervisor
    with translation.override("en"), pytest.raises(Refused) as refusal:
        finish(court)
    assert "supervisor gives the seed" in str(refusal.value)
    for user in (court.operator, make.seats(panel, "accepted")[0].expert.user):
        with pytest.raises(Denied):
            take(panel, "give_lot_seed", actor=user, seed=SEED)
    take(panel, "give_lot_seed", actor=court.supervisor, seed=SEED)
    with pytest.raises(Refused):
        take(panel, "give_lot_seed", actor=court.supervisor, seed="另一个更好的种子")
    tie = TieBreak.objects.get(panel=panel)
    assert commit(tie.draw["platform_seed"]) == LedgerEntry.objects.get(action="find_tie").data["platform_commitment"]
    assert LedgerEntry.objects.get(action="draw_lots").data["lots"] == tie.draw["lots"]
    finish(court)
    assert ranks()["B3"] == 3
    first = min(tie.draw["lots"], key=tie.draw["lots"].get)
    assert str(Bid.objects.get(rank=1).pk) == first
    assert ranking.verify(Ranking.objects.get().snapshot) == []


@pytest.mark.django_db
def test_lots_are_not_drawn_before_the_votes_are_counted() -> None:
    court = make.court(bids=2, experts=5)
    panel = votes(make.consensus(court), "B1", "B2")
    with pytest.raises(Refused) as refusal:
        take(panel, "give_lot_seed", actor=court.supervisor, seed=SEED)
    assert refusal.value.code == "condition"
    assert TieBreak.objects.get().draw is None


@pytest.mark.django_db
def test_recusal_in_the_consensus_begins_the_vote_anew() -> None:
    court = make.court(bids=2, experts=5, score_quorum=4)
    panel = votes(make.consensus(court), "B1", "B1")
    before = TieBreak.objects.get()
    leaving = make.seats(panel, "accepted")[0]
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    again = TieBreak.objects.get()
    assert again.pk != before.pk
    assert again.platform_commitment != before.platform_commitment
    assert not again.ballots.exists()
    panel = votes(panel, "B1", "B2", "B1", "B2")
    assert TieBreak.objects.get().waits_for == "seed"
    take(panel, "give_lot_seed", actor=court.supervisor, seed=SEED)
    finish(court)
    assert sorted(ranks().values()) == [1, 2]


@pytest.mark.django_db
def test_every_tie_of_a_ranking_is_on_the_same_ballot() -> None:
    court = make.court(bids=4, experts=5)
    panel = make.consensus(court, {"B1": "90", "B2": "90", "B3": "70", "B4": "70"})
    ids = {bid.code: str(bid.pk) for bid in court.bids}
    groups = [{code for code, pk in ids.items() if pk in group} for group in TieBreak.objects.get().groups]
    assert groups == [{"B1", "B2"}, {"B3", "B4"}]
    for seat in make.seats(panel, "accepted"):
        take(panel, "vote", actor=seat.expert.user, bids=[ids["B2"], ids["B3"]])
    finish(court)
    assert ranks() == {"B1": 2, "B2": 1, "B3": 3, "B4": 4}
