"""A draw stays a draft until its invitations are sent, and these can be taken back while nobody has answered."""

import json

import pytest
from django.urls import reverse

from accounts import ledger
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can, visible
from accounts.workflow import Refused, take
from reviews.models import Assignment, Expert, Panel, Relation
from tests.factories import reviews as make
from tests.factories.reviews import Court

pytestmark = pytest.mark.django_db


@pytest.fixture
def court() -> Court:
    return make.court()


def drawn_experts(panel: Panel) -> list[Expert]:
    people = Expert.objects.select_related("user").in_bulk(panel.drawn["panel"])
    return list(people.values())


def told(kind: str) -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__name", flat=True))


def test_draft_tells_and_seats_nobody(court: Court) -> None:
    panel = make.draft(court)
    assert panel.state == "drawn"
    assert panel.released_at is None
    assert not Assignment.objects.exists()
    assert not Notification.objects.filter(recipient__expert__isnull=False, kind="invited").exists()
    with pytest.raises(Refused):
        take(court.challenge, "start_review", actor=court.operator)


def test_draft_is_seen_by_operators_and_supervisors_alone(court: Court, visit) -> None:
    panel = make.draft(court)
    someone = drawn_experts(panel)[0]
    decider = make.person("决策者", "decider")
    page = reverse("panel", args=[panel.pk])
    for user in (court.operator, court.supervisor):
        text = visit(user).get(page).content.decode()
        assert "A draft: nobody has been invited yet." in text
        assert someone.user.name in text
    outside = (someone.user, decider, court.owner, court.bids[0].created_by, make.person("路人"))
    for user in outside:
        client = visit(user)
        assert client.get(page).status_code == 404
        assert not visible(user, "panel.view").exists()
        assert not can(user, "panel.view", panel)
        assert not visible(user, "assignment.view").exists()
        assert not ledger.readable(user, court.challenge.pk).filter(chain=panel.pk).exists()
        work = client.get(reverse("work")).content.decode()
        assert court.challenge.title not in work or user in (court.owner, court.bids[0].created_by, decider)
    assert court.challenge.title not in visit(someone.user).get(reverse("work")).content.decode()
    assert court.challenge.title not in visit(someone.user).get(reverse("reviews")).content.decode()


def test_release_lists_whom_it_invites_and_invites_them(court: Court, visit) -> None:
    panel = make.draft(court)
    names = {expert.user.name for expert in drawn_experts(panel)}
    client, step = visit(court.operator), reverse("step", args=["panels", panel.pk, "release"])
    text = client.get(step).content.decode()
    assert all(f"<span>{name}</span>" in text for name in names)
    assert client.post(step).status_code == 302
    panel.refresh_from_db()
    assert panel.released_at is not None
    assert told("invited") == names
    assert [str(seat.expert_id) for seat in make.seats(panel)] == panel.drawn["panel"]
    assert [str(seat.expert_id) for seat in make.seats(panel) if seat.is_chair] == [panel.drawn["chair"]]
    with pytest.raises(Refused):
        take(panel, "release", actor=court.operator)


def test_release_passes_over_whoever_has_a_conflict_by_now(court: Court) -> None:
    panel = make.draft(court)
    tied = Expert.objects.get(pk=panel.drawn["chair"])
    Relation.objects.create(expert=tied, kind="consulting", organization=court.bids[0].lead)
    take(panel, "release", actor=court.operator)
    invited = {str(seat.expert_id) for seat in make.seats(panel)}
    assert str(tied.pk) not in invited
    assert panel.drawn["alternates"][0] in invited
    assert len(invited) == 5
    assert sum(seat.is_chair for seat in make.seats(panel)) == 1
    assert tied.user.name not in told("invited")


def test_release_and_taking_back_by_anyone_but_the_operators_is_denied(court: Court) -> None:
    panel, before = make.draft(court), LedgerEntry.objects.count()
    for user in (court.supervisor, court.owner, court.experts[0].user):
        for name in ("release", "take_back"):
            with pytest.raises(Denied):
                take(panel, name, actor=user)
    assert LedgerEntry.objects.count() == before
    assert not Assignment.objects.exists()


def test_invitations_nobody_answered_are_taken_back_and_the_same_experts_invited_again(court: Court) -> None:
    panel = make.drawn(court)
    before = {seat.pk for seat in make.seats(panel)}
    panel = take(panel, "take_back", actor=court.operator)
    assert panel.released_at is None
    assert set(Assignment.objects.values_list("state", flat=True)) == {"taken_back"}
    assert len(told("invitation_taken_back")) == 5
    seat = Assignment.objects.select_related("expert__user").first()
    with pytest.raises(Refused):
        take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    panel = take(panel, "release", actor=court.operator)
    assert {seat.pk for seat in make.seats(panel, "invited")} == before
    assert [str(seat.expert_id) for seat in make.seats(panel) if seat.is_chair] == [panel.drawn["chair"]]
    make.accept_all(panel)
    assert Panel.objects.get().is_complete()


def test_invitations_are_not_taken_back_once_somebody_answered(court: Court) -> None:
    panel = make.drawn(court)
    seat = make.seats(panel)[0]
    take(seat, "accept", actor=seat.expert.user, no_conflict=True)
    with pytest.raises(Refused, match=r"answered|答复"):
        take(panel, "take_back", actor=court.operator)
    assert Assignment.objects.filter(state="invited").count() == 4


def test_draft_over_the_api_shows_the_draw_to_those_in_charge(court: Court, visit) -> None:
    panel = make.draft(court)
    shown = json.loads(visit(court.operator).get(f"/api/panels/{panel.pk}").content)
    assert shown["released_at"] is None
    assert shown["seats"] == []
    assert shown["transcript"]["panel"] == panel.transcript["panel"]
    assert visit(drawn_experts(panel)[0].user).get(f"/api/panels/{panel.pk}").status_code == 404


def test_panel_of_a_challenge_that_ended_invites_nobody(db):
    court = make.court()
    panel = make.draft(court)
    make.place(court.challenge, state="no_award")
    with pytest.raises(Refused) as refusal:
        take(panel, "release", actor=court.operator)
    assert refusal.value.code == "condition"
    assert not make.seats(panel)
