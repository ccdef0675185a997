"""A reviewer judges blind: no tie of theirs or of a peer's tells who stands behind a bid."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts import ledger
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can
from accounts.workflow import Refused
from reviews import actions
from reviews.models import Assignment, Panel
from tests.factories import reviews as make
from tests.personas import fresh

pytestmark = pytest.mark.django_db


def seated(given: make.Court) -> Assignment:
    """One accepted seat of a panel at work."""
    return make.seats(make.scoring(given), "accepted")[0]


def test_recused_expert_is_not_told_whose_parent_their_employer_became(as_):
    given = make.court(bids=2, experts=8)
    seat = seated(given)
    lead = given.bids[0].lead
    lead.parent = seat.expert.organization
    lead.save()
    assert actions.recheck_panels(seat.expert) == 1
    left = Assignment.objects.get(pk=seat.pk)
    assert lead.name in left.reason
    own = as_(fresh(seat.expert.user)).get(f"assignments/{seat.pk}").json()
    assert seat.expert.organization.name in own["reason"]
    assert lead.name not in str(own)
    assert lead.name in as_(fresh(given.operator)).get(f"assignments/{seat.pk}").json()["reason"]


def test_peers_learn_from_the_ledger_of_no_party_behind_a_bid(as_):
    given = make.court(bids=2, experts=8)
    seat = seated(given)
    lead = given.bids[0].lead
    actions.declare_on_seat(seat, actor=seat.expert.user, kind="consulting", organization=lead)
    panel = Panel.objects.get(pk=seat.panel_id)
    peer = make.seats(panel, "accepted")[0].expert.user
    entries = list(ledger.readable(peer, given.challenge.pk).filter(action="recuse"))
    assert entries
    assert not any(ledger.names_actor(peer, entry) for entry in entries)
    assert all(ledger.names_actor(given.operator, entry) for entry in entries)
    assert lead.name not in str(as_(fresh(peer)).get(f"challenges/{given.challenge.pk}/ledger", size=100).json())


def test_answer_to_a_late_tie_is_the_same_whether_it_hits_or_not(client, as_):
    given = make.court(bids=2, experts=9)
    seats = make.seats(make.scoring(given), "accepted")
    for hits, misses, lead in ((seats[0], seats[1], given.bids[0].lead), (seats[2], seats[3], given.bids[1].lead)):
        answers = []
        for seat, organization in ((hits, lead), (misses, make.company("无关"))):
            user = fresh(seat.expert.user)
            if seat in seats[:2]:
                client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
                tie = {"kind": "consulting", "organization": organization.uscc}
                answer = client.post(reverse("assignment_tie", args=[seat.pk]), tie)
                said = {str(message) for message in get_messages(answer.wsgi_request)}
            else:
                tie = {"kind": "consulting", "organization": str(organization.pk)}
                answer = as_(user).post(f"assignments/{seat.pk}/ties", tie)
                said = sorted(answer.json())
            answers.append((answer.status_code, said))
        assert answers[0] == answers[1]
        assert Assignment.objects.get(pk=hits.pk).state == "replaced"
        assert Assignment.objects.get(pk=misses.pk).state == "accepted"


def test_expert_with_a_seat_enters_few_ties_a_day_by_whatever_way_and_operators_see_it(as_, client):
    given = make.court(bids=2, experts=8)
    former = [make.company(f"旧{number}") for number in range(5)]
    for expert in given.experts:  # before any seat a profile is filled in as it comes
        for organization in former:
            actions.declare_relation(expert, actor=expert.user, kind="coauthor", organization=organization)
    seat = seated(given)
    early, user = seat.expert, seat.expert.user
    actions.declare_on_seat(seat, actor=user, kind="consulting", organization=make.company("甲"))
    tie = actions.declare_relation(seat.expert, actor=user, kind="consulting", organization=make.company("乙"))
    actions.correct_relation(tie, actor=user, reason="写错了", kind="consulting", organization=make.company("丙"))
    kept = LedgerEntry.objects.count()
    other = make.company("丁")
    with pytest.raises(Denied) as denied:
        actions.declare_on_seat(seat, actor=user, kind="consulting", organization=given.bids[0].lead)
    assert denied.value.code == "too_many"
    with pytest.raises(Refused) as refusal:
        actions.declare_relation(seat.expert, actor=user, kind="consulting", organization=other)
    assert refusal.value.code == "too_many"
    with pytest.raises(Refused):
        actions.correct_relation(tie, actor=user, reason="又错了", kind="consulting", organization=other)
    path = f"experts/{early.pk}/relations"
    assert as_(fresh(user)).post(path, {"kind": "consulting", "organization": str(other.pk)}).status_code == 409
    assert LedgerEntry.objects.count() == kept
    assert Assignment.objects.get(pk=seat.pk).state == "accepted"
    assert Notification.objects.filter(kind="tie_entered_late", recipient=given.operator).count() == 3
    client.force_login(given.operator, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("expert", args=[early.pk]), headers={"accept-language": "en"}).content.decode()
    assert "3 ties were entered or corrected by the expert" in page
    actions.declare_relation(seat.expert, actor=given.operator, kind="consulting", organization=other)
    seat = Assignment.objects.select_related("panel", "expert__user").get(pk=seat.pk)
    assert not can(user, "assignment.declare_tie", seat)
    later = Assignment.objects.select_related("panel", "expert__user").get(pk=seat.pk)
    later.expert.now += timedelta(days=1, minutes=1)
    assert can(user, "assignment.declare_tie", later)
