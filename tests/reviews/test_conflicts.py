"""Conflicts of interest: every tie is found with its evidence, stale and foreign ones are not, in constant queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from challenges.models import BidMember, BidPartner, Envelope
from reviews.conflicts import Conflict, conflicts
from reviews.models import Expert, Relation
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
    assert (few, queries()) == (10, 9)  # the first asks the time as well
    assert len(conflicts(court.challenge)) == 4
