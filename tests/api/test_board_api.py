"""The board, the scores side by side and the consensus over the API, in the same sight as the pages."""

import pytest

from accounts.workflow import take
from tests.factories import reviews as make
from tests.reviews.test_consensus import apart, chair_of, others_of, people, settle, sheet_of


@pytest.mark.django_db
def test_progress_and_scores_follow_the_policy(as_):
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    path = f"panels/{panel.pk}"
    member = as_(others_of(panel)[0])
    denied = member.get(f"{path}/progress")
    assert denied.status_code == 403
    assert set(denied.json()) == {"code", "reason"}
    for user in (court.operator, court.supervisor, chair_of(panel)):
        told = as_(user).get(f"{path}/progress").json()
        assert (told["locked"], told["total"], len(told["rows"])) == (0, 5, 5)
        assert told["rows"][0]["marks"] == [{"bid": "B1", "part": "technical", "mark": "waiting"}]
        assert as_(user).get(f"{path}/scores").status_code == 403
    assert as_(court.owner).get(f"{path}/progress").status_code == 404


@pytest.mark.django_db
def test_consensus_is_held_over_the_api(as_):
    court, panel = apart()
    path, member = f"panels/{panel.pk}", others_of(panel)[0]
    told = as_(member).get(f"{path}/scores").json()
    assert [(bid["code"], bid["n"], bid["diverges"]) for bid in told["bids"]] == [("B1", 5, True), ("B2", 5, False)]
    assert len(told["reviewers"]) == 5
    assert as_(court.operator).get(f"{path}/scores").status_code == 403
    [thread] = as_(member).get(f"{path}/consensus").json()["discussions"]
    assert as_(member).step(path, "discuss", discussion=thread["id"], text="").status_code == 422
    assert as_(member).step(path, "discuss", discussion=thread["id"], text="依据检测报告。").status_code == 200
    sheet = sheet_of(panel, member)
    step = {"criterion": "innovation", "score": "77", "reason": "依据检测报告。"}
    assert as_(member).step(f"sheets/{sheet.pk}", "amend", **(step | {"criterion": "nothing"})).status_code == 422
    amended = as_(member).step(f"sheets/{sheet.pk}", "amend", **step)
    assert amended.status_code == 200, amended.content
    assert amended.json()["amendments"][0]["after"] == "77"
    assert as_(people(panel)[0]).step(f"sheets/{sheet.pk}", "amend", **step).status_code in (200, 403, 409)
    settle(panel)
    take(panel, "dissent", actor=member, text="我不同意多数意见，理由如下。")
    told = as_(court.supervisor).get(f"{path}/consensus").json()
    assert len(told["discussions"][0]["remarks"]) == 3
    assert len(told["confirmed_by"]) == 2
    assert told["minority_reports"][0]["author"] == str(member)
    assert as_(court.operator).step(f"challenges/{court.challenge.pk}", "finish_review").status_code == 200
    assert as_(court.operator).get(f"{path}/consensus").status_code == 200


@pytest.mark.django_db
def test_quality_is_for_operators_and_supervisors_and_names_nobody(as_):
    court = make.court(bids=1, experts=5)
    for user in (court.operator, court.supervisor):
        told = as_(user).get("review-quality").json()
        assert {item["measure"] for item in told} == {"severity", "distance", "order", "used", "short"}
        assert all(item["bins"] is None for item in told)
    assert as_(court.owner).get("review-quality").status_code == 403
