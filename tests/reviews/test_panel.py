"""The panel: commitment, draw, invitations, alternates, the chair, the start of scoring."""

import json
from datetime import timedelta

import pytest

from accounts import ledger
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.models import BidGrant, Challenge
from reviews import draw as lots
from reviews.actions import create_panel, lapse_invitations
from reviews.models import Assignment, Expert, Panel, Relation, ScoreSheet
from tests.factories import reviews as make
from tests.factories.reviews import Court

pytestmark = pytest.mark.django_db


@pytest.fixture
def court() -> Court:
    return make.court()


def told(kind: str) -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("recipient__name")
    return list(rows.values_list("recipient__name", flat=True))


def fresh(panel: Panel) -> Panel:
    return Panel.objects.get(pk=panel.pk)


def test_creation_commits_to_a_seed_and_tells_the_supervisor(court: Court) -> None:
    panel = create_panel(court.challenge, actor=court.operator)
    assert panel.state == "forming"
    assert panel.size == 5
    assert lots.commit(panel.platform_seed) == panel.platform_commitment
    entry = LedgerEntry.objects.get(chain=panel.pk, action="create")
    assert entry.data["platform_commitment"] == panel.platform_commitment
    assert "pool_sha256" not in entry.data
    assert panel.platform_seed not in json.dumps(entry.data)
    assert told("seed_wanted") == ["监督员"]


def test_creation_twice_is_refused(court: Court) -> None:
    create_panel(court.challenge, actor=court.operator)
    with pytest.raises(Refused) as refusal:
        create_panel(court.challenge, actor=court.operator)
    assert refusal.value.code == "panel_exists"


def test_creation_before_the_opening_is_refused(court: Court) -> None:
    make.place(court.challenge, state="bidding_closed")
    with pytest.raises(Refused) as refusal:
        create_panel(court.challenge, actor=court.operator)
    assert refusal.value.code == "state"


def test_creation_by_anyone_else_is_denied_and_leaves_nothing(court: Court) -> None:
    before = LedgerEntry.objects.count()
    for user in (court.supervisor, court.owner, court.experts[0].user, court.bids[0].created_by):
        with pytest.raises(Denied):
            create_panel(court.challenge, actor=user)
    assert not Panel.objects.exists()
    assert LedgerEntry.objects.count() == before


def test_draw_without_the_second_seed_is_refused(court: Court) -> None:
    panel = create_panel(court.challenge, actor=court.operator)
    with pytest.raises(Refused, match=r"种子|seed"):
        take(panel, "draw", actor=court.operator)
    assert not Assignment.objects.exists()


def test_second_seed_is_given_once_by_the_supervisor(court: Court) -> None:
    panel = create_panel(court.challenge, actor=court.operator)
    with pytest.raises(Denied):
        take(panel, "give_seed", actor=court.operator, seed=make.SEED)
    panel = take(panel, "give_seed", actor=court.supervisor, seed=make.SEED)
    with pytest.raises(Refused):
        take(panel, "give_seed", actor=court.supervisor, seed="another one")


def test_draw_invites_the_panel_and_replays_to_the_byte(court: Court) -> None:
    panel = make.drawn(court)
    assert panel.state == "drawn"
    stored = fresh(panel).transcript
    assert lots.verify(stored, panel.platform_commitment) == []
    seats = make.seats(panel)
    assert [str(seat.expert_id) for seat in seats] == fresh(panel).drawn["panel"]
    assert [str(seat.expert_id) for seat in seats if seat.is_chair] == [fresh(panel).drawn["chair"]]
    assert len(stored["alternates"]) == 3
    assert all(seat.respond_by - panel.drawn_at >= timedelta(days=3) for seat in seats)
    assert sorted(told("invited")) == sorted(seat.expert.user.name for seat in seats)
    assert ledger.verify(panel.pk).intact


def test_draw_twice_is_refused(court: Court) -> None:
    panel = make.drawn(court)
    with pytest.raises(Refused) as refusal:
        take(panel, "draw", actor=court.operator)
    assert refusal.value.code == "state"
    assert Assignment.objects.count() == 5


def test_draw_leaves_out_conflicts_with_their_reasons(court: Court) -> None:
    conflicted = make.expert(court, "有关专家", organization=court.bids[0].lead)
    panel = make.drawn(court)
    assert panel.drawn["exclusions"] == {str(conflicted.pk): ["employer"]}
    assert str(conflicted.pk) not in panel.drawn["order"]


def test_draw_holds_the_quota_of_an_organization() -> None:
    court = make.court(experts=3)
    one = make.company("一家单位")
    for number in range(6):
        make.expert(court, f"同单位{number}", organization=one)
    panel = make.drawn(court)
    drawn = [*panel.drawn["panel"], *panel.drawn["alternates"]]
    assert Expert.objects.filter(pk__in=drawn, organization=one).count() == 2
    assert len(panel.drawn["panel"]) == 5


def test_draw_takes_only_the_field_when_it_suffices(court: Court) -> None:
    other = make.expert(court, "外行", fields=["medicine"])
    panel = make.drawn(court)
    assert panel.transcript["context"]["pool"] == "optoelectronics"
    assert str(other.pk) not in panel.drawn["order"]


def test_draw_widens_to_all_fields_and_says_so() -> None:
    court = make.court(experts=4)
    other = make.expert(court, "外行", fields=["medicine"])
    panel = make.drawn(court)
    assert panel.transcript["context"]["pool"] == "all fields"
    assert str(other.pk) in panel.drawn["panel"]


def test_draw_ignores_experts_who_are_paused_or_gone(court: Court) -> None:
    paused = take(court.experts[0], "pause", actor=court.operator)
    gone = court.experts[1]
    gone.user.is_active = False
    gone.user.save()
    panel = make.drawn(court)
    assert not {str(paused.pk), str(gone.pk)} & set(panel.drawn["order"])


def test_draw_from_too_small_a_pool_says_how_many_are_missing() -> None:
    court = make.court(experts=3)
    make.expert(court, "有关专家", organization=court.challenge.owner)
    with pytest.raises(Refused) as refusal:
        make.drawn(court)
    assert refusal.value.code == "pool_too_small"
    assert "2" in str(refusal.value.reason)
    assert Panel.objects.get().state == "forming"


def test_draw_without_anyone_to_chair_is_refused() -> None:
    court = make.court(experts=5)
    Expert.objects.update(may_chair=False)
    with pytest.raises(Refused) as refusal:
        make.drawn(court)
    assert refusal.value.code == "pool_too_small"


def test_acceptance_without_the_declaration_is_refused(court: Court) -> None:
    seat = make.seats(make.drawn(court))[0]
    with pytest.raises(Refused) as refusal:
        take(seat, "accept", actor=seat.expert.user, no_conflict=False)
    assert refusal.value.code == "no_conflict"


def test_acceptance_with_a_conflict_found_since_is_refused_with_the_evidence(court: Court) -> None:
    seat = make.seats(make.drawn(court))[0]
    Relation.objects.create(expert=seat.expert, kind="consulting", organization=court.bids[0].lead)
    with pytest.raises(Refused) as refusal:
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    assert refusal.value.code == "conflict"
    assert court.bids[0].lead.name in str(refusal.value.reason)
    assert Assignment.objects.get(pk=seat.pk).state == "invited"


def test_acceptance_of_anothers_seat_is_denied(court: Court) -> None:
    first, second = make.seats(make.drawn(court))[:2]
    with pytest.raises(Denied):
        take(first, "accept", actor=second.expert.user, no_conflict=True)


def test_acceptance_after_the_time_to_answer_is_refused(court: Court) -> None:
    seat = make.seats(make.drawn(court))[0]
    make.place(seat, respond_by=seat.panel.drawn_at)
    with pytest.raises(Refused) as refusal:
        take(Assignment.objects.get(pk=seat.pk), "accept", actor=seat.expert.user, no_conflict=True)
    assert refusal.value.code == "lapsed"


def test_decline_calls_the_first_alternate(court: Court) -> None:
    panel = make.drawn(court)
    seat = next(seat for seat in make.seats(panel) if not seat.is_chair)
    seat = take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    assert seat.state == "replaced"
    called = Assignment.objects.latest("created_at")
    assert str(called.expert_id) == panel.drawn["alternates"][0]
    assert called.state == "invited"


def test_alternate_with_a_conflict_found_since_is_passed_over(court: Court) -> None:
    panel = make.drawn(court)
    first = Expert.objects.get(pk=panel.drawn["alternates"][0])
    Relation.objects.create(expert=first, kind="relative", person=court.bids[0].created_by)
    seat = make.seats(panel)[0]
    take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    called = set(map(str, Assignment.objects.values_list("expert_id", flat=True)))
    assert panel.drawn["alternates"][0] not in called
    assert panel.drawn["alternates"][1] in called


def test_alternate_who_would_break_the_quota_is_passed_over(court: Court) -> None:
    panel = make.drawn(court)
    staying = make.seats(panel)[1:3]
    first = Expert.objects.get(pk=panel.drawn["alternates"][0])
    for expert in (first, *(seat.expert for seat in staying)):
        make.place(expert, organization=court.experts[0].organization)
    seat = make.seats(panel)[0]
    take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    assert not Assignment.objects.filter(expert=first).exists()


def test_drawn_order_goes_on_after_the_alternates() -> None:
    court = make.court(experts=7, panel_alternates=1)
    panel = make.drawn(court)
    for _turn in range(2):
        seat = make.seats(panel, "invited")[0]
        take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    assert {str(seat.expert_id) for seat in make.seats(panel)} == set(panel.drawn["order"][2:])


def test_seat_nobody_is_left_for_is_told_to_the_operators() -> None:
    court = make.court(experts=5)
    seat = make.seats(make.drawn(court))[0]
    seat = take(seat, "decline", actor=seat.expert.user, reason="时间冲突")
    assert seat.state == "declined"
    assert told("seat_empty") == ["运营员"]


def test_chair_who_falls_is_followed_by_the_first_accepted_in_the_drawn_order(court: Court) -> None:
    panel = make.drawn(court)
    accepted = make.accept_all(panel)
    chair = next(seat for seat in accepted if seat.is_chair)
    heirs = [seat for seat in make.seats(panel, "accepted") if not seat.is_chair]
    Expert.objects.filter(pk=heirs[0].expert_id).update(may_chair=False)
    take(chair, "recuse", actor=chair.expert.user, reason="新发现的关系")
    now = [seat for seat in make.seats(panel) if seat.is_chair]
    assert [seat.pk for seat in now] == [heirs[1].pk]
    assert LedgerEntry.objects.filter(chain=panel.pk, action="become_chair", object_id=heirs[1].pk).exists()
    assert told("chair_named") == [heirs[1].expert.user.name]


def test_lapsed_invitation_goes_to_the_alternate(court: Court) -> None:
    panel = make.drawn(court)
    late, *_others = make.seats(panel)
    make.place(late, respond_by=panel.drawn_at)
    assert lapse_invitations() == 1
    assert lapse_invitations() == 0
    assert Assignment.objects.get(pk=late.pk).state == "replaced"
    assert Assignment.objects.filter(panel=panel, state="invited").count() == 5
    entry = LedgerEntry.objects.get(object_id=late.pk, action="decline")
    assert entry.acting_as == "platform"


def test_review_with_an_unanswered_seat_is_refused(court: Court) -> None:
    panel = make.drawn(court)
    for seat in make.seats(panel)[1:]:
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    with pytest.raises(Refused):
        take(court.challenge, "start_review", actor=court.operator)
    assert not ScoreSheet.objects.exists()


def test_review_with_a_conflict_found_since_is_refused(court: Court) -> None:
    panel = make.drawn(court)
    seat = make.accept_all(panel)[0]
    Relation.objects.create(expert=seat.expert, kind="relative", person=court.bids[0].created_by)
    with pytest.raises(Refused) as refusal:
        take(court.challenge, "start_review", actor=court.operator)
    assert refusal.value.code == "conflict"
    assert Challenge.objects.get().state == "opened"
    assert fresh(panel).state == "drawn"


def test_review_starts_with_a_technical_sheet_and_grant_for_each_reviewer_and_eligible_bid(court: Court) -> None:
    rejected = make.bid(court, "不合格", state="ineligible")
    panel = make.scoring(court)
    assert panel.state == "scoring"
    given = set(ScoreSheet.objects.values_list("assignment__expert__user", "bid", "part"))
    users = [seat.expert.user_id for seat in make.seats(panel, "accepted")]
    assert given == {(user, bid.pk, "technical") for user in users for bid in court.bids[:2]}
    grants = BidGrant.objects.filter(permission__codename__in=("score_bid", "price_bid"))
    assert set(grants.values_list("user", "content_object", "permission__codename")) == {
        (user, bid, "score_bid") for user, bid, _part in given
    }
    assert not grants.filter(content_object=rejected).exists()
    assert len(told("scoring_opened")) == 5


def test_recusal_while_scoring_voids_sheets_ends_grants_and_seats_an_alternate_with_sheets(court: Court) -> None:
    panel = make.scoring(court)
    leaving = make.seats(panel, "accepted")[0]
    make.lock(make.sheets(panel, assignment=leaving)[0])
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    assert set(leaving.sheets.values_list("state", flat=True)) == {"void"}
    assert not BidGrant.objects.filter(user=leaving.expert.user).exists()
    alternate = make.seats(panel, "invited")[0]
    assert not alternate.sheets.exists()
    take(alternate, "accept", actor=alternate.expert.user, no_conflict=True)
    assert alternate.sheets.filter(state="open", part="technical").count() == 2
    assert BidGrant.objects.filter(user=alternate.expert.user, permission__codename="score_bid").count() == 2


def test_recusal_by_the_operator_is_allowed_and_by_the_owner_denied(court: Court) -> None:
    first, second = make.seats(make.drawn(court))[:2]
    with pytest.raises(Denied):
        take(first, "recuse", actor=court.owner, reason="不喜欢")
    assert take(second, "recuse", actor=court.operator, reason="举报查实").state == "replaced"


def test_recusal_after_the_end_is_refused(court: Court) -> None:
    panel = make.consensus(court, {"B1": "70"})
    court.challenge = take(court.challenge, "finish_review", actor=court.operator)
    seat = make.seats(panel, "accepted")[0]
    with pytest.raises(Refused) as refusal:
        take(seat, "recuse", actor=seat.expert.user, reason="晚了")
    assert refusal.value.code == "state"


def test_pool_is_frozen_before_the_second_seed_and_cannot_be_steered_after_it(court: Court) -> None:
    panel = create_panel(court.challenge, actor=court.operator)
    panel = take(panel, "give_seed", actor=court.supervisor, seed=make.SEED)
    entry = LedgerEntry.objects.get(chain=panel.pk, action="give_seed")
    assert entry.data["pool_sha256"] == panel.pool_sha256
    late = make.expert(court, "事后入库的专家")
    panel = take(panel, "draw", actor=court.operator)
    assert panel.transcript["pool_sha256"] == panel.pool_sha256
    assert str(late.pk) not in panel.drawn["order"]
    assert lots.verify(panel.transcript, panel.platform_commitment) == []


def test_drawn_expert_hindered_since_the_freeze_is_passed_over_for_the_next(court: Court) -> None:
    expected = create_panel(court.challenge, actor=court.operator)
    expected = take(expected, "give_seed", actor=court.supervisor, seed=make.SEED)
    for expert in court.experts[:2]:
        Relation.objects.create(expert=expert, kind="relative", person=court.owner)
    panel = take(take(expected, "draw", actor=court.operator), "release", actor=court.operator)
    invited = {str(seat.expert_id) for seat in make.seats(panel)}
    tied = {str(expert.pk) for expert in court.experts[:2]}
    assert lots.verify(panel.transcript, panel.platform_commitment) == []
    assert tied <= set(panel.drawn["order"])
    assert not tied & invited
    free = [pk for pk in dict.fromkeys((*panel.drawn["panel"], *panel.drawn["alternates"])) if pk not in tied]
    assert invited == set(free[:5])
    assert sum(seat.is_chair for seat in make.seats(panel)) == 1


def test_two_draws_share_no_name_of_an_expert_or_organization(court: Court) -> None:
    first = make.drawn(court)
    make.place(first, state="closed")
    second = make.drawn(court)
    assert set(first.drawn["order"]) == set(second.drawn["order"])
    for key in ("id", "organization"):
        one, other = ({entry[key] for entry in panel.transcript["pool"]} for panel in (first, second))
        assert not one & other
