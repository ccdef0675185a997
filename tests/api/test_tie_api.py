"""A tie over the API: voted on and drawn in the one form for every step, told to nobody before its time."""

import pytest

from reviews import ranking
from reviews.models import TieBreak
from tests.factories import reviews as make


def step_of(body, name):
    return next(item for item in body["transitions"] if item["name"] == name)


@pytest.mark.django_db
def test_tie_is_voted_on_and_drawn_over_the_api(as_):
    court = make.court(bids=3, experts=5)
    panel = make.consensus(court)
    path, members = f"panels/{panel.pk}", [as_(seat.expert.user) for seat in make.seats(panel, "accepted")]
    supervisor, operator = as_(court.supervisor), as_(court.operator)
    tie = members[0].get(path).json()["tie"]
    [group] = tie["groups"]
    assert [bid["code"] for bid in group] == ["B1", "B2", "B3"]
    assert (tie["waits_for"], tie["voted"], tie["members"], tie["votes"], tie["draw"]) == ("votes", 0, 5, None, None)
    assert step_of(members[0].get(path).json(), "vote")["allowed"]
    assert members[0].step(path, "vote").status_code == 422
    assert members[0].step(path, "vote", tie_1="nonsense").status_code == 422
    assert operator.step(path, "vote", tie_1=group[0]["id"]).status_code == 403
    assert operator.step(f"challenges/{court.challenge.pk}", "finish_review").status_code == 409
    for member, place in zip(members, (0, 0, 1, 1, 2), strict=True):
        answer = member.step(path, "vote", tie_1=group[place]["id"])
        assert answer.status_code == 200, answer.content
        assert answer.json()["tie"]["votes"] is None or member is members[-1]
    again = members[0].step(path, "vote", tie_1=group[0]["id"])
    assert (again.status_code, again.json()["code"]) == (403, "done")
    told = supervisor.get(path).json()
    assert told["tie"]["waits_for"] == "seed"
    assert sorted(told["tie"]["votes"].values()) == [1, 2, 2]
    assert TieBreak.objects.get().platform_seed not in str(told)
    assert supervisor.step(path, "give_lot_seed", seed="short").status_code == 422
    drawn = supervisor.step(path, "give_lot_seed", seed="监督员抽签的种子").json()["tie"]
    assert sorted(drawn["draw"]["lots"].values()) == [1, 2]
    assert operator.step(f"challenges/{court.challenge.pk}", "finish_review").status_code == 200
    snapshot = operator.get(f"challenges/{court.challenge.pk}/ranking").json()["snapshot"]
    assert ranking.verify(snapshot) == []


@pytest.mark.django_db
def test_vote_without_a_tie_is_refused_with_the_reason(as_):
    court = make.court(bids=1, experts=5)
    panel = make.consensus(court)
    member = as_(make.seats(panel, "accepted")[0].expert.user)
    assert member.get(f"panels/{panel.pk}").json()["tie"] is None
    answer = member.step(f"panels/{panel.pk}", "vote")
    assert (answer.status_code, answer.json()["code"]) == (409, "condition")
