"""From the locked sheets to the ranking, its snapshot, the bids' places and what the teams read of it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.models import Bid, Challenge
from reviews import ranking
from reviews.actions import add_expert, apply_as_expert, declare_relation, edit_expert
from reviews.models import Panel, Ranking
from reviews.queries import own_feedback
from tests.factories import reviews as make
from tests.factories.reviews import Court

pytestmark = pytest.mark.django_db


def finish(court: Court) -> Challenge:
    court.challenge = take(court.challenge, "finish_review", actor=court.operator)
    return court.challenge


def ranked_lines() -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = Ranking.objects.get().snapshot["result"]["bids"]
    return lines


def places() -> dict[str, tuple[str, int | None, str | None]]:
    bids = Bid.objects.exclude(code="")
    return {bid.code: (bid.state, bid.rank, None if bid.score is None else str(bid.score)) for bid in bids}


def test_finish_ranks_the_bids_and_keeps_a_snapshot_that_recomputes() -> None:
    court = make.court(bids=2, experts=5)
    panel = make.consensus(court, {"B1": "70", "B2": "90.5"})
    challenge = finish(court)
    assert challenge.state == "ranked"
    assert Panel.objects.get(pk=panel.pk).state == "closed"
    assert places() == {"B1": ("ranked", 2, "70.00"), "B2": ("ranked", 1, "90.50")}
    stored = Ranking.objects.get()
    assert stored.sha256 == challenge.ranking_sha256 == stored.snapshot["sha256"]
    assert ranking.verify(stored.snapshot) == []
    assert stored.snapshot["result"]["needs"] == []
    assert len(stored.snapshot["inputs"]["sheets"]) == 10
    assert LedgerEntry.objects.filter(action="take_rank").count() == 2


def test_bid_below_the_threshold_is_passed_over_with_its_score() -> None:
    court = make.court(bids=2, experts=5)
    make.consensus(court, {"B1": "59.99", "B2": "60"})
    finish(court)
    assert places() == {"B1": ("not_awarded", None, "59.99"), "B2": ("ranked", 1, "60.00")}
    line = ranked_lines()[-1]
    assert line["id"] == str(court.bids[0].pk)
    assert line["below_threshold"] == [{"criterion": "total", "mean": "59.990000", "threshold": "60"}]


def test_ineligible_bid_is_not_ranked() -> None:
    court = make.court(bids=1, experts=5)
    make.bid(court, "不合格", state="ineligible")
    make.consensus(court)
    finish(court)
    assert places() == {"B1": ("ranked", 1, "80.00"), "B2": ("ineligible", None, None)}


def test_void_sheets_are_named_and_do_not_count() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    leaving = make.seats(panel, "accepted")[0]
    make.lock(make.sheets(panel, assignment=leaving)[0], "1")
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            make.lock(sheet)
    take(panel, "open_consensus", actor=court.operator)
    finish(court)
    assert places() == {"B1": ("ranked", 1, "80.00")}
    assert len(Ranking.objects.get().snapshot["result"]["void"]) == 1


def test_bid_without_the_quorum_of_the_rule_set_is_not_ranked() -> None:
    court = make.court(bids=1, experts=5, score_quorum=5)
    panel = make.scoring(court)
    leaving = make.seats(panel, "accepted")[0]
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            make.lock(sheet)
    take(panel, "open_consensus", actor=court.operator)
    finish(court)
    assert places() == {"B1": ("not_awarded", None, "80.00")}
    assert ranked_lines()[0]["flags"] == ["quorum"]


def test_finish_by_the_chair_is_allowed_and_by_others_denied() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.consensus(court)
    chair, member = sorted(make.seats(panel, "accepted"), key=lambda seat: not seat.is_chair)[:2]
    for user in (member.expert.user, court.supervisor, court.owner, court.bids[0].created_by):
        with pytest.raises(Denied):
            take(court.challenge, "finish_review", actor=user)
    assert not Ranking.objects.exists()
    assert take(court.challenge, "finish_review", actor=chair.expert.user).state == "ranked"


def test_finish_before_the_consensus_is_refused() -> None:
    court = make.court(bids=1, experts=5)
    make.scoring(court)
    with pytest.raises(Refused) as refusal:
        finish(court)
    assert refusal.value.code == "condition"
    assert not Ranking.objects.exists()


def test_finish_twice_is_refused() -> None:
    court = make.court(bids=1, experts=5)
    make.consensus(court)
    finish(court)
    with pytest.raises(Refused) as refusal:
        finish(court)
    assert refusal.value.code == "state"
    assert Ranking.objects.count() == 1


def test_snapshot_gives_rank_published_total_and_axes_of_each_bid() -> None:
    court = make.court(bids=1, experts=5)
    make.consensus(court)
    finish(court)
    [line] = ranked_lines()
    assert (line["rank"], line["published"], line["id"]) == (1, "80.00", str(court.bids[0].pk))
    assert set(line["axes"]) == {"quality", "sharing", "performance"}


def test_feedback_is_given_after_the_award_and_names_nobody() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    while left := make.sheets(panel, state="open"):
        for number, sheet in enumerate(left):
            filled = make.fill(sheet, comment=f"意见{9 - number}")
            take(filled, "lock", actor=sheet.assignment.expert.user)
    take(panel, "open_consensus", actor=court.operator)
    finish(court)
    bid = Bid.objects.get(pk=court.bids[0].pk)
    assert own_feedback(bid).criteria == []
    make.place(court.challenge, state="awarded")
    judged = own_feedback(Bid.objects.get(pk=bid.pk))
    assert (judged.score, judged.axes) == ("80.00", dict.fromkeys(("performance", "quality", "sharing"), "80.00"))
    feedback = judged.criteria
    assert [line.key for line in feedback] == [
        "innovation", "feasibility", "team", "sharing", "application", "budget",
    ]  # fmt: skip
    assert feedback[0].mean == "80.00"
    assert feedback[0].comments == ["意见5", "意见6", "意见7", "意见8", "意见9"]
    names = [expert.user.name for expert in court.experts]
    assert not any(name in str(feedback) for name in names)


def test_application_waits_for_an_operator_and_is_made_once() -> None:
    operator, user = make.person("运营员", "operator"), make.person("申请人")
    expert = apply_as_expert(user, fields=["hydrogen"], biography="电解槽研发", organization=make.company("单位"))
    assert expert.state == "applied"
    assert Notification.objects.get(kind="expert_applied").recipient == operator
    with pytest.raises(Refused) as refusal:
        apply_as_expert(user, fields=["hydrogen"])
    assert refusal.value.code == "exists"
    with pytest.raises(Denied):
        take(expert, "approve", actor=user)
    assert take(expert, "approve", actor=operator).state == "active"


@pytest.mark.parametrize("fields", [[], ["astrology"]])
def test_application_without_a_field_of_the_region_is_refused(fields: list[str]) -> None:
    with pytest.raises(ValidationError) as error:
        apply_as_expert(make.person("申请人"), fields=fields)
    assert list(error.value.message_dict) == ["fields"]


def test_staff_can_neither_apply_nor_be_added() -> None:
    operator, decider = make.person("运营员", "operator"), make.person("决策人", "decider")
    with pytest.raises(Denied):
        apply_as_expert(decider, fields=["hydrogen"])
    with pytest.raises(Refused):
        add_expert(decider, actor=operator, fields=["hydrogen"])


def test_profile_is_edited_by_its_expert_but_the_chair_by_operators() -> None:
    court = make.court(bids=0, experts=2)
    mine, other = court.experts
    given = {"fields": ["medicine"], "biography": "新", "organization": mine.organization}
    assert edit_expert(mine, actor=mine.user, **given).fields == ["medicine"]
    with pytest.raises(Denied):
        edit_expert(mine, actor=mine.user, **given, may_chair=False)
    with pytest.raises(Denied):
        edit_expert(other, actor=mine.user, **given)
    assert edit_expert(mine, actor=court.operator, **given, may_chair=False).may_chair is False


def test_tie_must_name_somebody_else() -> None:
    court = make.court(bids=0, experts=1)
    [expert] = court.experts
    with pytest.raises(ValidationError):
        declare_relation(expert, actor=expert.user, kind="relative")
    with pytest.raises(ValidationError):
        declare_relation(expert, actor=expert.user, kind="relative", person=expert.user)
    relation = declare_relation(expert, actor=expert.user, kind="relative", person=court.owner)
    assert relation.person == court.owner
