"""A large round: reviewers are matched to bids, drafts are released, and whoever leaves frees their bids."""

import json
from collections import Counter

import pytest
from django.core.exceptions import ValidationError

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can, visible
from accounts.workflow import Refused, take
from challenges.models import BidGrant, Challenge
from reviews.actions import compute_waiting, create_panel, start_matching, wish_pair
from reviews.models import Assignment, Expert, Match, Matching, Panel, Relation, ScoreSheet
from tests.factories import reviews as make
from tests.factories.reviews import Court

pytestmark = pytest.mark.django_db
ASKED = {"per_bid": 3, "load_min": 0, "load_max": 4, "cap": 100, "worst_first": True}


@pytest.fixture
def court() -> Court:
    return make.court(bids=6, experts=9)


def drafted(panel: Panel, court: Court, **asked: object) -> Matching:
    start_matching(panel, actor=court.operator, **(ASKED | asked))
    compute_waiting()
    return Matching.objects.latest("created_at")


def released(court: Court, **asked: object) -> Panel:
    panel = make.matched(court)
    take(drafted(panel, court, **asked), "release", actor=court.operator)
    return Panel.objects.get(pk=panel.pk)


def accepted(panel: Panel) -> None:
    for seat in Assignment.objects.filter(panel=panel, state="invited").select_related("expert__user"):
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)


def scoring(court: Court) -> Panel:
    panel = released(court)
    accepted(panel)
    court.challenge = take(court.challenge, "start_review", actor=court.operator)
    return Panel.objects.get(pk=panel.pk)


def pairs(matching: Matching) -> set[tuple[object, object]]:
    return set(matching.matches.values_list("bid", "expert"))


def told(kind: str) -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__name", flat=True))


def test_matching_serves_every_bid_within_loads_and_tells_operators_alone(court: Court) -> None:
    panel = make.matched(court)
    matching = drafted(panel, court)
    assert matching.state == "draft"
    assert matching.result["total"] == matching.result["bound"]
    assert Counter(matching.matches.values_list("bid", flat=True)) == {bid.pk: 3 for bid in court.bids}
    assert max(Counter(matching.matches.values_list("expert", flat=True)).values()) <= 4
    assert told("matching_computed") == {"运营员"}
    assert not Assignment.objects.exists()
    assert not Notification.objects.filter(recipient__expert__isnull=False, kind="invited").exists()


def test_draft_of_a_matching_is_in_sight_of_operators_alone(court: Court) -> None:
    matching = drafted(make.matched(court), court)
    expert = Expert.objects.get(pk=matching.matches.first().expert_id).user
    for user in (court.supervisor, expert, court.owner, court.bids[0].created_by, make.person("决策者", "decider")):
        assert not can(user, "matching.view", matching)
        assert not visible(user, "matching.view").exists()
    assert visible(court.operator, "matching.view").count() == 1
    take(matching, "release", actor=court.operator)
    assert can(court.supervisor, "matching.view", Matching.objects.get())
    assert not can(expert, "matching.view", Matching.objects.get())


def test_matching_forbids_a_pair_in_conflict_and_leaves_out_who_may_judge_nothing(court: Court) -> None:
    of_one, of_all = court.experts[:2]
    Relation.objects.create(expert=of_one, kind="coproject", organization=court.bids[0].lead)
    Relation.objects.create(expert=of_all, kind="consulting", organization=court.challenge.owner)
    matching = drafted(make.matched(court), court)
    assert (court.bids[0].pk, of_one.pk) not in pairs(matching)
    assert of_all.pk not in {expert for _bid, expert in pairs(matching)}
    assert matching.result["forbidden"] == {"coproject": 1}
    assert matching.result["excluded"] == {"consulting": 1}
    assert matching.result["chair"] != str(of_one.pk)


def test_matching_holds_the_quota_of_an_organization(court: Court) -> None:
    Expert.objects.filter(pk__in=[expert.pk for expert in court.experts[:6]]).update(
        organization=court.experts[0].organization
    )
    matching = drafted(make.matched(court), court, per_bid=4)
    house = court.experts[0].organization_id
    for bid in court.bids:
        assert matching.matches.filter(bid=bid, expert__organization=house).count() <= 2


def test_matching_that_is_impossible_names_the_bids_and_the_constraint(court: Court) -> None:
    for expert in court.experts[:7]:
        Relation.objects.create(expert=expert, kind="coproject", organization=court.bids[2].lead)
    matching = drafted(make.matched(court), court)
    assert matching.state == "impossible"
    problem = matching.result["problems"][0]
    assert (problem["constraint"], problem["bids"], problem["missing"]) == ("candidates", [court.bids[2].code], 1)
    assert told("matching_impossible") == {"运营员"}
    assert not matching.matches.exists()
    full = drafted(Panel.objects.get(), court, load_max=1)
    assert {"full"} <= {item["constraint"] for item in full.result["problems"]}
    with pytest.raises(Refused):
        take(full, "release", actor=court.operator)


def test_matching_that_needs_fewer_experts_than_a_panel_has_says_so(court: Court) -> None:
    matching = drafted(make.matched(court), court, load_max=6)
    assert matching.state == "impossible"
    assert [item["constraint"] for item in matching.result["problems"]] == ["few"]


def test_matching_with_a_quorum_too_small_or_loads_the_wrong_way_is_refused(court: Court) -> None:
    panel = make.matched(court)
    with pytest.raises(Refused) as refusal:
        start_matching(panel, actor=court.operator, **(ASKED | {"per_bid": 2}))
    assert refusal.value.code == "quorum"
    with pytest.raises(ValidationError):
        start_matching(panel, actor=court.operator, **(ASKED | {"load_min": 6}))
    assert not Matching.objects.exists()


def test_matching_of_a_drawn_panel_and_a_draw_of_a_matched_one_are_refused(court: Court) -> None:
    panel = create_panel(court.challenge, actor=court.operator)
    with pytest.raises(Refused) as refusal:
        start_matching(panel, actor=court.operator, **ASKED)
    assert refusal.value.code == "way"


def test_draw_of_a_matched_panel_is_refused(court: Court) -> None:
    with pytest.raises(Refused):
        take(make.matched(court), "draw", actor=court.operator)


def test_matching_by_anyone_but_an_operator_is_denied_and_leaves_nothing(court: Court) -> None:
    panel = make.matched(court)
    before = LedgerEntry.objects.count()
    for user in (court.supervisor, court.owner, court.experts[0].user):
        with pytest.raises(Denied):
            start_matching(panel, actor=user, **ASKED)
        with pytest.raises(Denied):
            wish_pair(panel, actor=user, bid=court.bids[0], expert=court.experts[0], wish="forbid", reason="理由充分")
    assert LedgerEntry.objects.count() == before


def test_computing_again_uses_what_was_wished_of_single_pairs(court: Court) -> None:
    panel = make.matched(court)
    first = drafted(panel, court)
    bid, expert = next(iter(first.matches.values_list("bid", "expert")))
    other = next(item for item in court.experts if (bid, item.pk) not in pairs(first))
    bid, expert = court.challenge.bids.get(pk=bid), Expert.objects.get(pk=expert)
    wish_pair(panel, actor=court.operator, bid=bid, expert=expert, wish="forbid", reason="同门，虽未申报")
    wish_pair(panel, actor=court.operator, bid=bid, expert=other, wish="require", reason="唯一熟悉该工艺者")
    second = drafted(panel, court)
    assert Matching.objects.get(pk=first.pk).state == "discarded"
    assert (bid.pk, expert.pk) not in pairs(second)
    assert (bid.pk, other.pk) in pairs(second)
    wish_pair(panel, actor=court.operator, bid=bid, expert=expert, wish="free", reason="查无此事")
    wish_pair(panel, actor=court.operator, bid=bid, expert=other, wish="free", reason="不再需要")
    assert pairs(drafted(panel, court)) == pairs(first)


def test_pair_in_conflict_cannot_be_required(court: Court) -> None:
    Relation.objects.create(expert=court.experts[0], kind="coproject", organization=court.bids[0].lead)
    with pytest.raises(Refused) as refusal:
        wish_pair(
            make.matched(court), actor=court.operator, bid=court.bids[0], expert=court.experts[0], wish="require",
            reason="他最懂",
        )  # fmt: skip
    assert refusal.value.code == "conflict"


def test_release_invites_those_matched_and_the_review_hands_out_matched_bids_alone(court: Court) -> None:
    panel = scoring(court)
    matching = Matching.objects.get()
    given = set(ScoreSheet.objects.values_list("bid", "assignment__expert"))
    assert given == pairs(matching)
    grants = BidGrant.objects.filter(permission__codename="score_bid")
    assert {(grant.content_object_id, grant.user.expert.pk) for grant in grants} == given
    assert panel.size == len({expert for _bid, expert in given})
    assert panel.assignments.filter(is_chair=True).count() == 1


def test_release_with_a_conflict_found_since_is_refused(court: Court) -> None:
    matching = drafted(make.matched(court), court)
    bid, expert = next(iter(matching.matches.values_list("bid", "expert")))
    lead = next(item.lead for item in court.bids if item.pk == bid)
    Relation.objects.create(expert_id=expert, kind="coproject", organization=lead)
    with pytest.raises(Refused) as refusal:
        take(matching, "release", actor=court.operator)
    assert refusal.value.code == "conflict"
    assert Panel.objects.get().state == "forming"
    assert not Assignment.objects.exists()


def test_matching_of_a_challenge_that_ended_is_not_released(court: Court) -> None:
    matching = drafted(make.matched(court), court)
    make.place(court.challenge, state="no_award")
    with pytest.raises(Refused):
        take(matching, "release", actor=court.operator)
    assert not Assignment.objects.exists()


def test_review_does_not_start_before_every_bid_has_its_reviewers(court: Court) -> None:
    panel = released(court)
    seats = list(Assignment.objects.filter(panel=panel).select_related("expert__user"))
    for seat in seats[1:]:
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    with pytest.raises(Refused):
        take(court.challenge, "start_review", actor=court.operator)
    take(seats[0], "accept", actor=seats[0].expert.user, no_conflict=True)
    take(court.challenge, "start_review", actor=court.operator)
    assert Challenge.objects.get().state == "under_review"


def test_decline_matches_the_freed_bids_again_and_keeps_the_other_pairs(court: Court) -> None:
    panel = released(court)
    before = pairs(Matching.objects.get())
    seat = Assignment.objects.filter(panel=panel, is_chair=False).select_related("expert__user").first()
    take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    assert told("bids_freed") == {"运营员"}
    compute_waiting()
    again = Matching.objects.latest("created_at")
    assert again.state == "draft"
    stay = {pair for pair in before if pair[1] != seat.expert_id}
    assert stay <= pairs(again)
    assert seat.expert_id not in {expert for _bid, expert in pairs(again)}
    assert again.result["kept"] == len(stay)
    chair = Assignment.objects.get(panel=panel, is_chair=True).expert_id
    assert again.result["chair"] == str(chair)
    take(again, "release", actor=court.operator)
    assert Assignment.objects.get(panel=panel, is_chair=True).expert_id == chair
    accepted(panel)
    take(court.challenge, "start_review", actor=court.operator)


def test_second_decline_discards_the_draft_of_the_first_and_frees_both(court: Court) -> None:
    panel = released(court)
    seats = list(Assignment.objects.filter(panel=panel, is_chair=False).select_related("expert__user")[:2])
    for seat in seats:
        take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
        compute_waiting()
    first, second = Matching.objects.exclude(state="released").order_by("created_at")
    assert (first.state, second.state) == ("discarded", "draft")
    assert not {seat.expert_id for seat in seats} & {expert for _bid, expert in pairs(second)}


def test_recusal_while_scoring_hands_the_freed_bids_to_others_once_released(court: Court) -> None:
    panel = scoring(court)
    seat = panel.assignments.filter(is_chair=False, state="accepted").select_related("expert__user").first()
    freed = set(seat.sheets.values_list("bid", flat=True))
    make.lock(make.sheets(panel, assignment=seat)[0])
    take(seat, "recuse", actor=seat.expert.user, reason="新发现的关系")
    assert set(seat.sheets.values_list("state", flat=True)) == {"void"}
    compute_waiting()
    take(Matching.objects.latest("created_at"), "release", actor=court.operator)
    accepted(panel)
    alive = ScoreSheet.objects.exclude(state="void")
    assert Counter(alive.values_list("bid", flat=True)) == {bid.pk: 3 for bid in court.bids}
    assert freed <= set(alive.values_list("bid", flat=True))


def test_member_of_a_matched_panel_reads_peers_on_their_own_bids_alone(court: Court) -> None:
    panel = scoring(court)
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            make.lock(sheet, {"B1": "90", "B2": "80"}.get(sheet.bid.code, "60"))
    chair = panel.assignments.select_related("expert__user").get(is_chair=True)
    panel = take(panel, "open_consensus", actor=chair.expert.user)
    for seat in panel.assignments.select_related("expert__user"):
        mine = set(seat.sheets.values_list("bid", flat=True))
        seen = visible(seat.expert.user, "sheet.view")
        assert {sheet.bid_id for sheet in seen} == mine
        for sheet in make.sheets(panel):
            assert bool(can(seat.expert.user, "sheet.view", sheet)) == (sheet.bid_id in mine)
    assert panel.tie_waits_for() == "seed"
    take(panel, "give_lot_seed", actor=court.supervisor, seed=make.SEED)
    take(court.challenge, "finish_review", actor=court.operator)
    assert Challenge.objects.get().state == "ranked"
    assert can(court.supervisor, "panel.view_ranking", Panel.objects.get())
    assert not can(chair.expert.user, "panel.view_ranking", Panel.objects.get())


def test_invitations_of_a_matched_panel_are_taken_back_and_sent_again(court: Court) -> None:
    panel = released(court)
    chair = panel.assignments.get(is_chair=True).expert_id
    panel = take(panel, "take_back", actor=court.operator)
    assert set(panel.assignments.values_list("state", flat=True)) == {"taken_back"}
    panel = take(panel, "release", actor=court.operator)
    assert set(panel.assignments.values_list("state", flat=True)) == {"invited"}
    assert panel.assignments.get(is_chair=True).expert_id == chair


def test_computing_twice_and_after_discarding_changes_nothing(court: Court) -> None:
    panel = make.matched(court)
    start_matching(panel, actor=court.operator, **ASKED)
    with pytest.raises(Refused) as refusal:
        start_matching(panel, actor=court.operator, **ASKED)
    assert refusal.value.code == "waiting"
    take(Matching.objects.get(), "discard", actor=court.operator)
    assert compute_waiting() == 0
    start_matching(panel, actor=court.operator, **ASKED)
    assert compute_waiting() == 1
    assert compute_waiting() == 0
    assert Match.objects.count() == 18


def test_panel_chain_says_nothing_of_drafts_or_wishes(court: Court) -> None:
    panel = make.matched(court)
    wish_pair(panel, actor=court.operator, bid=court.bids[0], expert=court.experts[0], wish="forbid", reason="不宜公开")
    take(drafted(panel, court), "release", actor=court.operator)
    text = json.dumps(list(LedgerEntry.objects.filter(chain=panel.pk).values_list("data", flat=True)))
    assert str(court.bids[0].pk) not in text
    assert "不宜公开" not in text
