"""Conflicts of interest: every tie is found with its evidence, stale and foreign ones are not, in constant queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.actions import accept_membership, offer_membership, place_under
from accounts.models import Membership, Organization, User
from accounts.policy import Denied
from accounts.workflow import Refused
from challenges.models import BidMember, BidPartner, Challenge, Envelope
from reviews.actions import declare_relation, edit_expert, recheck_panels
from reviews.actions.panels import pool_of
from reviews.conflicts import Conflict, conflicts, find, hindrances
from reviews.models import Absence, Assignment, Expert, Panel, Relation
from tests.factories import reviews as make
from tests.factories.reviews import Court

pytestmark = pytest.mark.django_db
DAYS_OF_WINDOW = 3 * 365


@pytest.fixture
def court() -> Court:
    return make.court(bids=2, experts=1)


def found(court: Court, expert: Expert) -> list[Conflict]:
    return conflicts(court.challenge, [expert]).get(expert.pk, [])


def codes(court: Court, expert: Expert) -> list[str]:
    return [conflict.code for conflict in found(court, expert)]


def test_expert_without_ties_has_none(court: Court) -> None:
    assert conflicts(court.challenge) == {}


@pytest.mark.parametrize("side", ["owner", "lead", "partner"])
def test_employer_on_a_side_is_found(court: Court, side: str) -> None:
    organization = make.company("在榜单位")
    if side == "owner":
        organization = court.challenge.owner
    elif side == "lead":
        organization = court.bids[0].lead
    else:
        with make.pgtrigger.ignore():
            BidPartner.objects.create(bid=court.bids[0], organization=organization)
    expert = make.expert(court, "有关专家", organization=organization)
    [conflict] = found(court, expert)
    assert conflict.code == "employer"
    assert organization.name in conflict.evidence
    assert "有关专家" in conflict.evidence


def test_membership_in_force_counts_as_employer(court: Court) -> None:
    expert = make.expert(court, "兼职专家")
    make.join(expert.user, court.bids[0].lead)
    assert codes(court, expert) == ["employer"]


def test_parent_of_a_side_is_found(court: Court) -> None:
    group = make.company("集团")
    court.bids[0].lead.parent = group
    court.bids[0].lead.save()
    [conflict] = found(court, make.expert(court, "集团专家", organization=group))
    assert conflict.code == "affiliate"
    assert court.bids[0].lead.name in conflict.evidence


def test_subsidiary_of_a_side_is_found(court: Court) -> None:
    expert = make.expert(court, "子公司专家", organization=make.company("子公司", parent=court.challenge.owner))
    assert codes(court, expert) == ["affiliate"]


def test_former_employer_within_the_window_is_found(court: Court) -> None:
    expert = make.expert(court, "前员工")
    make.join(expert.user, court.challenge.owner, ended_days_ago=DAYS_OF_WINDOW - 5)
    [conflict] = found(court, expert)
    assert conflict.code == "former_employer"
    assert court.challenge.owner.name in conflict.evidence


def test_former_employer_before_the_window_is_free(court: Court) -> None:
    expert = make.expert(court, "老员工")
    make.join(expert.user, court.challenge.owner, ended_days_ago=DAYS_OF_WINDOW + 5)
    assert codes(court, expert) == []


def test_window_comes_from_the_rule_set() -> None:
    court = make.court(bids=1, experts=0, conflict_window_years=10)
    expert = make.expert(court, "老员工")
    make.join(expert.user, court.challenge.owner, ended_days_ago=DAYS_OF_WINDOW + 5)
    assert codes(court, expert) == ["former_employer"]


def test_member_of_an_opened_bid_is_found(court: Court) -> None:
    expert = make.expert(court, "队员")
    with make.pgtrigger.ignore():
        BidMember.objects.create(bid=court.bids[1], user=expert.user, name="队员")
    assert codes(court, expert) == ["bid_team"]


@pytest.mark.parametrize(("state", "expected"), [("draft", []), ("withdrawn", ["bid_team"])])
def test_team_of_a_sealed_bid_counts_unless_it_is_a_draft(court: Court, state: str, expected: list[str]) -> None:
    sealed = make.bid(court, "未开标", state=state)
    expert = make.expert(court, "撤回者")
    make.assign_perm("view_bid", expert.user, sealed)
    assert codes(court, expert) == expected
    assert all(sealed.lead.name not in conflict.evidence for conflict in found(court, expert))


def test_reviewers_own_grant_is_no_conflict(court: Court) -> None:
    expert = make.expert(court, "评审")
    make.assign_perm("score_bid", expert.user, court.bids[0])
    assert codes(court, expert) == []


@pytest.mark.parametrize("kind", ["coauthor", "coproject", "shareholder", "consulting", "former_employer"])
@pytest.mark.parametrize(("days", "counts"), [(None, True), (DAYS_OF_WINDOW - 5, True), (DAYS_OF_WINDOW + 5, False)])
def test_dated_relation_counts_within_the_window(court: Court, kind: str, days: int | None, counts: bool) -> None:
    expert = make.expert(court, "合作者")
    until = None if days is None else (clock.now() - timedelta(days=days)).date()
    Relation.objects.create(expert=expert, kind=kind, organization=court.bids[0].lead, until=until)
    assert codes(court, expert) == ([kind] if counts else [])


@pytest.mark.parametrize("kind", ["relative", "supervision"])
def test_kin_and_teachers_never_age(court: Court, kind: str) -> None:
    expert = make.expert(court, "导师")
    student = court.bids[0].members.get().user
    until = (clock.now() - timedelta(days=20 * 365)).date()
    Relation.objects.create(expert=expert, kind=kind, person=student, until=until)
    [conflict] = found(court, expert)
    assert conflict.code == kind
    assert student.name in conflict.evidence


def test_relation_to_somebody_elsewhere_is_free(court: Court) -> None:
    expert = make.expert(court, "旁人")
    Relation.objects.create(expert=expert, kind="relative", person=make.person("路人"))
    Relation.objects.create(expert=expert, kind="shareholder", organization=make.company("别家"))
    assert codes(court, expert) == []


def test_staff_and_those_who_acted_are_found(court: Court) -> None:
    expert = make.expert(court, "身兼二职")
    expert.user.roles = ["finance"]
    expert.user.save()
    make.place(court.challenge, executors=[expert.user.pk])
    court.challenge = type(court.challenge).objects.get(pk=court.challenge.pk)
    assert codes(court, expert) == ["staff", "acted"]


def test_name_a_bidder_asks_to_avoid_is_found(court: Court) -> None:
    with make.pgtrigger.ignore():
        Envelope.objects.filter(bid=court.bids[0], part="identity").update(
            content={"avoid": "张三、被回避者，李四\n多余的第四人"}
        )
    assert codes(court, make.expert(court, "被回避者")) == ["avoided"]
    assert codes(court, make.expert(court, "多余的第四人")) == []


def test_number_of_queries_does_not_grow_with_experts_and_bids(court: Court) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            conflicts(court.challenge)
        return len(captured)

    court.challenge = type(court.challenge).objects.get(pk=court.challenge.pk)
    few = queries()
    for number in range(4):
        make.bid(court, f"后来者{number}")
        expert = make.expert(court, f"后来专家{number}", organization=court.bids[0].lead)
        Relation.objects.create(expert=expert, kind="coauthor", organization=court.challenge.owner)
    assert (few, queries()) == (2, 1)  # the first asks the time as well
    assert len(conflicts(court.challenge)) == 4


def hindered(court: Court, expert: Expert) -> list[str]:
    return [conflict.code for conflict in hindrances(court.challenge, [expert]).get(expert.pk, [])]


def test_conflict_with_one_bid_names_it_and_one_with_the_owner_names_none(court: Court) -> None:
    expert = make.expert(court, "有关专家", organization=court.bids[1].lead)
    Relation.objects.create(expert=expert, kind="consulting", organization=court.challenge.owner)
    assert {(item.code, item.bid) for item in find(court.challenge)[expert.pk]} == {
        ("employer", court.bids[1].pk),
        ("consulting", None),
    }
    about_the_other = find(court.challenge, experts=[expert], bids=[court.bids[0]])[expert.pk]
    assert [item.code for item in about_the_other] == ["consulting"]


def test_evidence_says_when_and_from_which_source(court: Court) -> None:
    expert = make.expert(court, "合作者")
    now = clock.now().date()
    Relation.objects.create(
        expert=expert,
        kind="coauthor",
        person=court.bids[0].members.get().user,
        since=now - timedelta(days=400),
        until=now - timedelta(days=30),
        source="《示范学报》",
    )
    [conflict] = found(court, expert)
    member = court.bids[0].members.get().name
    for word in ("合作者", member, "《示范学报》", str((now - timedelta(days=30)).year)):
        assert word in conflict.evidence


def test_absence_during_the_review_keeps_from_the_draw_but_is_no_conflict(court: Court) -> None:
    today = clock.now().date()
    away, back = make.expert(court, "出国"), make.expert(court, "回国")
    Absence.objects.create(expert=away, since=today + timedelta(days=3), until=today + timedelta(days=5))
    Absence.objects.create(expert=back, since=today - timedelta(days=9), until=today - timedelta(days=2))
    assert (hindered(court, away), hindered(court, back)) == (["away"], [])
    assert codes(court, away) == []


def other_panel(court: Court, expert: Expert, *, state: str = "scoring", days_ago: int = 1, **seat: Any) -> Panel:
    """A panel of another challenge of the same industry with a seat for the expert."""
    challenge = Challenge.objects.create(
        owner=court.challenge.owner,
        title="另一榜",
        industry=court.challenge.industry,
        kind="bottleneck",
        rules=court.challenge.rules,
    )
    panel = Panel.objects.create(
        challenge=challenge, size=5, created_by=court.operator, platform_commitment="c", platform_seed="s"
    )
    make.place(panel, state=state, drawn_at=clock.now() - timedelta(days=days_ago))
    given = Assignment.objects.create(panel=panel, expert=expert)
    make.place(given, **({"state": "accepted"} | seat))
    return panel


def test_workload_counts_panels_at_work_up_to_the_experts_own_number(court: Court) -> None:
    busy, idle = make.expert(court, "忙人"), make.expert(court, "闲人")
    make.place(busy, panels_at_most=1)
    other_panel(court, busy)
    other_panel(court, idle, state="closed", days_ago=9)
    assert (hindered(court, busy), hindered(court, idle)) == (["workload"], [])


def test_third_panel_in_a_row_is_left_out(court: Court) -> None:
    regular, other = make.expert(court, "常客"), make.expert(court, "新人")
    for days in (2, 3):
        other_panel(court, regular, state="closed", days_ago=days)
    assert hindered(court, regular) == ["consecutive"]
    other_panel(court, other, state="closed", days_ago=1)
    assert hindered(court, regular) == []


def test_chair_of_two_panels_within_a_year_may_be_a_member_only(court: Court) -> None:
    chair, former = make.expert(court, "组长"), make.expert(court, "前组长")
    for days in (100, 300):
        other_panel(court, chair, state="closed", days_ago=days, is_chair=True)
        other_panel(court, former, state="closed", days_ago=days + 300, is_chair=True)
    other_panel(court, make.expert(court, "旁人"), state="closed")
    assert (hindered(court, chair), hindered(court, former)) == (["chairs"], [])
    pool, _exclusions, _whence = pool_of(court.challenge)
    able = {entry["id"]: entry["may_chair"] for entry in pool}
    assert (able[str(chair.pk)], able[str(former.pk)]) == (False, True)


def test_tie_declared_while_scoring_recuses_at_once_and_calls_the_alternate() -> None:
    court = make.court(bids=2, experts=8)
    panel = make.scoring(court)
    seat = make.seats(panel, "accepted")[0]
    make.lock(make.sheets(panel, assignment=seat)[0])
    declare_relation(seat.expert, actor=seat.expert.user, kind="consulting", organization=court.bids[0].lead)
    seat = Assignment.objects.get(pk=seat.pk)
    assert seat.state == "replaced"
    assert court.bids[0].lead.name in seat.reason
    assert set(seat.sheets.values_list("state", flat=True)) == {"void"}
    assert [str(seat.expert_id) for seat in make.seats(panel, "invited")] == panel.drawn["alternates"][:1]
    assert recheck_panels() == 0


def test_membership_that_begins_recuses_and_one_elsewhere_does_not() -> None:
    court = make.court(bids=1, experts=8)
    panel = make.drawn(court)
    first, second = make.seats(panel)[:2]
    lead, elsewhere = court.bids[0].lead, make.company("别家")
    for organization, person in ((lead, first), (elsewhere, second)):
        Membership.objects.create(user=court.owner, organization=organization, role="admin")
        admin, invited = User.objects.get(pk=court.owner.pk), person.expert.user
        accept_membership(offer_membership(organization, actor=admin, user=invited, role="member"), actor=invited)
    assert Assignment.objects.get(pk=first.pk).state == "replaced"
    assert Assignment.objects.get(pk=second.pk).state == "invited"


def test_organisation_placed_under_a_bidder_recuses_its_people_and_never_goes_in_a_circle() -> None:
    court = make.court(bids=1, experts=8)
    panel = make.drawn(court)
    seat = make.seats(panel)[0]
    employer, lead = seat.expert.organization, court.bids[0].lead
    place_under(employer, actor=court.operator, parent=lead)
    assert Assignment.objects.get(pk=seat.pk).state == "replaced"
    with pytest.raises(Refused) as refusal:
        place_under(lead, actor=court.operator, parent=Organization.objects.get(pk=employer.pk))
    assert refusal.value.code == "circle"
    with pytest.raises(Denied):
        place_under(lead, actor=court.owner, parent=None)


def test_employer_who_is_left_is_remembered_as_the_former_one(court: Court) -> None:
    expert = make.expert(court, "跳槽者", organization=court.bids[0].lead)
    edit_expert(
        expert,
        actor=court.operator,
        fields=expert.fields,
        biography="",
        organization=make.company("新单位"),
    )
    assert codes(court, expert) == ["former_employer"]
