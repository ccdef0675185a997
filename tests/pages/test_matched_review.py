"""A large round from end to end on its pages: matched, released, scored, discussed bid by bid, minuted, ranked."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Notification
from reviews import ranking
from reviews.actions import compute_waiting, recheck_panels
from reviews.models import Assignment, Discussion, Matching, Panel, Ranking, Relation, ScoreSheet
from tests.factories import reviews as make
from tests.factories.reviews import Court
from tests.personas import fresh

pytestmark = pytest.mark.django_db
ASKED = {"per_bid": "3", "load_min": "0", "load_max": "4", "cap": "100", "worst_first": "on"}
TEXT = "我的依据是第三方检测报告。"


@pytest.fixture
def court() -> Court:
    return make.court(bids=6, experts=9)


def step(visit: Any, user: Any, kind: str, obj: Any, name: str, **inputs: Any) -> None:
    """Take a step on its page."""
    answer = visit(fresh(user)).post(reverse("step", args=[kind, obj.pk, name]), inputs)
    assert answer.status_code == 302, (name, answer.status_code, answer.content.decode()[-3000:])


def seats(panel: Panel) -> list[Assignment]:
    return list(panel.assignments.filter(state__in=("invited", "accepted")).select_related("expert__user"))


def score(visit: Any, panel: Panel, strict_on: str = "") -> None:
    """Everybody fills in, submits and locks their sheets of the part that is open."""
    for sheet in make.sheets(panel, state="open"):
        user, client = sheet.assignment.expert.user, visit(sheet.assignment.expert.user)
        first = min(other.assignment_id for other in make.sheets(panel, bid=sheet.bid))
        strict = sheet.bid.code == strict_on and sheet.assignment_id == first
        points = "40" if strict else str(70 + 3 * int(sheet.bid.code[1:]))
        rubric = panel.challenge.frozen_rubric
        typed = {f"{item.key}_score": points for item in rubric.criteria if item.part == sheet.part}
        typed |= {f"{item.key}_comment": "依据充分。" for item in rubric.criteria if item.part == sheet.part}
        url = reverse("sheet", args=[sheet.pk])
        answer = client.post(url, typed | {"version": sheet.version, "submit": "1"})
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        step(visit, user, "sheets", sheet, "lock")


def in_review(court: Court, visit: Any) -> Panel:
    """Formed, matched, released, accepted and started, each on its page."""
    client = visit(court.operator)
    client.post(reverse("panel_create", args=[court.challenge.pk]), {"way": "matched"})
    panel = Panel.objects.select_related("challenge").get()
    step(visit, court.supervisor, "panels", panel, "give_seed", seed=make.SEED)
    client.post(reverse("matching_start", args=[panel.pk]), ASKED)
    compute_waiting()
    step(visit, court.operator, "matchings", Matching.objects.get(), "release")
    for seat in seats(panel):
        step(visit, seat.expert.user, "assignments", seat, "accept", no_conflict="on")
    step(visit, court.operator, "challenges", court.challenge, "start_review")
    return Panel.objects.select_related("challenge").get()


def test_round_with_a_diverging_bid_is_finished(court: Court, visit: Any) -> None:
    panel = in_review(court, visit)
    score(visit, panel, strict_on="B1")
    assert ScoreSheet.objects.filter(part="commercial").count() == 18
    score(visit, panel, strict_on="B1")
    chair = next(seat.expert.user for seat in seats(panel) if seat.is_chair)
    step(visit, chair, "panels", panel, "open_consensus")
    of = Discussion.objects.select_related("panel", "bid").get()
    inside = set(of.voices().values_list("expert__user", flat=True))
    page = reverse("consensus", args=[panel.pk])
    for seat in seats(panel):
        answer = visit(seat.expert.user).get(page)
        assert answer.status_code == (200 if seat.expert.user_id in inside else 403)
        link = page in visit(seat.expert.user).get(reverse("panel", args=[panel.pk])).content.decode()
        assert link == (seat.expert.user_id in inside)
    text = visit(chair).get(page).content.decode()
    assert "B1" in text
    assert "B2" not in text
    readers = [seat.expert.user for seat in seats(panel) if seat.expert.user_id in inside and not seat.is_chair]
    outside = next(seat.expert.user for seat in seats(panel) if seat.expert.user_id not in inside)
    refused = visit(outside).post(
        reverse("step", args=["panels", panel.pk, "discuss"]), {"discussion": of.pk, "text": TEXT}
    )
    assert refused.status_code == 403
    for user in (readers[0], chair):
        step(visit, user, "panels", panel, "discuss", discussion=of.pk, text=TEXT)
    step(visit, chair, "panels", panel, "write_minutes", discussion=of.pk, text="分歧在于验证方法。")
    assert "分歧在于验证方法。" in visit(readers[1]).get(page).content.decode()
    for user in readers:
        step(visit, user, "panels", panel, "confirm_minutes", minutes=of.minutes.get().pk)
    step(visit, readers[0], "panels", panel, "dissent", text="我不同意多数意见。")
    assert "我不同意多数意见。" not in visit(readers[1]).get(page).content.decode()
    assert "我不同意多数意见。" in visit(court.supervisor).get(page).content.decode()
    for form in ("csv", "xlsx"):
        assert visit(readers[1]).get(reverse("scores_table", args=[panel.pk, form])).status_code == 200
    step(visit, chair, "challenges", court.challenge, "finish_review")
    snapshot = Ranking.objects.get().snapshot
    assert ranking.verify(snapshot) == []
    assert sorted(line["rank"] for line in snapshot["result"]["bids"]) == [1, 2, 3, 4, 5, 6]
    assert visit(court.operator).get(page).status_code == 200
    assert "我不同意多数意见。" in visit(court.operator).get(reverse("panel", args=[panel.pk])).content.decode()


def test_round_with_scores_that_agree_is_finished(court: Court, visit: Any) -> None:
    panel = in_review(court, visit)
    score(visit, panel)
    score(visit, panel)
    step(visit, court.operator, "panels", panel, "open_consensus")
    text = visit(court.supervisor).get(reverse("consensus", args=[panel.pk])).content.decode()
    assert "nothing asks for a written discussion" in text
    step(visit, court.operator, "challenges", court.challenge, "finish_review")
    assert ranking.verify(Ranking.objects.get().snapshot) == []


def test_consensus_over_the_api_tells_each_of_what_they_hear(court: Court, visit: Any, as_: Any) -> None:
    panel = in_review(court, visit)
    score(visit, panel, strict_on="B1")
    score(visit, panel, strict_on="B1")
    step(visit, court.operator, "panels", panel, "open_consensus")
    of = Discussion.objects.select_related("panel").get()
    chair = next(seat.expert.user for seat in seats(panel) if seat.is_chair)
    inside = set(of.voices().values_list("expert__user", flat=True))
    outside = next(seat.expert.user for seat in seats(panel) if seat.expert.user_id not in inside)
    path = f"panels/{panel.pk}"
    for name in ("scores", "consensus"):
        assert as_(outside).get(f"{path}/{name}").status_code == 403
    assert as_(chair).step(path, "discuss", discussion=str(of.pk), text=TEXT).status_code == 200
    assert as_(chair).step(path, "write_minutes", discussion=str(of.pk), text="分歧在于验证方法。").status_code == 200
    reader = next(seat.expert.user for seat in seats(panel) if seat.expert.user_id in inside and not seat.is_chair)
    [told] = as_(reader).get(f"{path}/consensus").json()["discussions"]
    assert as_(reader).step(path, "confirm_minutes", minutes=told["signed"]["minutes"]["id"]).status_code == 200
    [told] = as_(reader).get(f"{path}/consensus").json()["discussions"]
    assert (told["bid"], len(told["remarks"]), len(told["signed"]["confirmed_by"])) == ("B1", 1, 1)
    assert [bid["code"] for bid in as_(reader).get(f"{path}/scores").json()["bids"]] == ["B1"]


def test_freed_bid_is_told_to_its_reader_and_its_draft_to_the_operator(court: Court, visit: Any, as_: Any) -> None:
    panel = in_review(court, visit)
    seat = next(item for item in seats(panel) if not item.is_chair)
    user, mine = seat.expert.user, make.sheets(panel, assignment=seat)
    assert visit(user).get(reverse("sheet", args=[mine[0].pk])).status_code == 200
    url = reverse("assignment_tie", args=[seat.pk])
    answer = visit(user).post(url, {"kind": "coproject", "organization": mine[0].bid.lead_id}, follow=True)
    assert "The tie is declared." in answer.content.decode()
    assert visit(user).get(reverse("sheet", args=[mine[0].pk])).status_code == 403
    told = as_(user).post(
        f"assignments/{seat.pk}/ties", {"kind": "coproject", "organization": str(mine[1].bid.lead_id)}
    )
    assert told.status_code == 200, told.content
    assert Assignment.objects.get(pk=seat.pk).state == "accepted"
    assert seat.sheets.exclude(state="void").count() == len(mine) - 2
    assert Notification.objects.filter(kind="bids_taken", recipient=user).count() == 2
    work = visit(court.operator).get(reverse("work")).content.decode()
    assert "Reviewers are being matched to bids" in work
    compute_waiting()
    matching = Matching.objects.latest("created_at")
    work = visit(court.operator).get(reverse("work")).content.decode()
    assert reverse("matching", args=[matching.pk]) in work


def test_bid_that_nobody_else_may_read_is_named_and_the_round_goes_on(court: Court, visit: Any) -> None:
    panel = in_review(court, visit)
    bid = court.bids[0]
    readers = set(panel.pairs().filter(bid=bid).values_list("expert", flat=True))
    for expert in court.experts:
        if expert.pk not in readers:
            Relation.objects.create(expert=expert, kind="coproject", organization=bid.lead)
    gone = next(item for item in seats(panel) if item.expert_id in readers)
    Relation.objects.create(expert=gone.expert, kind="coproject", organization=bid.lead)
    recheck_panels()
    compute_waiting()
    matching = Matching.objects.latest("created_at")
    assert matching.state == "impossible"
    text = visit(court.operator).get(reverse("matching", args=[matching.pk])).content.decode()
    assert bid.code in text
    assert "fewer than 3 experts who may judge them" in text
    assert reverse("matching", args=[matching.pk]) in visit(court.operator).get(reverse("work")).content.decode()
    score(visit, panel)
    score(visit, panel)
    step(visit, court.operator, "panels", panel, "open_consensus")
    step(visit, court.operator, "challenges", court.challenge, "finish_review")
    [line] = [item for item in Ranking.objects.get().snapshot["result"]["bids"] if item["id"] == str(bid.pk)]
    assert line["rank"] is None
    assert "quorum" in line["flags"]
