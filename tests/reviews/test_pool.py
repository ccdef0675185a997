"""The pool kept by its experts: profiles, ties that are never deleted, absences, invitations, late declarations."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError

from accounts import clock, ledger
from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can
from accounts.workflow import Refused, take
from reviews import actions
from reviews.conflicts import own_conflicts
from reviews.models import Assignment, Expert, ExpertInvitation, Specialty
from tests.factories import reviews as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def court() -> make.Court:
    return make.court(bids=2, experts=1)


def edit(expert: Expert, actor, **profile):
    return actions.edit_expert(Expert.objects.get(pk=expert.pk), actor=actor, **profile)


def seated(given: make.Court) -> Assignment:
    """One accepted seat of a panel at work."""
    panel = make.scoring(given)
    return make.seats(panel, "accepted")[0]


def test_profile_keeps_what_is_not_given_and_the_ledger_says_what_changed(court):
    expert = court.experts[0]
    uv = Specialty.objects.get(name="紫外与深紫外光源")
    edit(expert, expert.user, specialties={uv: 3}, languages=["zh", "de"], panels_at_most=2)
    found = Expert.objects.get(pk=expert.pk)
    assert (found.fields, found.languages, found.panels_at_most) == (["optoelectronics"], ["zh", "de"], 2)
    assert [(item.specialty, item.level) for item in found.expertise.all()] == [(uv, 3)]
    entry = LedgerEntry.objects.filter(object_id=expert.pk, action="edit").get()
    assert entry.data["changed"] == ["languages", "panels_at_most", "specialties"]
    assert "biography" not in entry.data
    edit(expert, expert.user, panels_at_most=2)
    assert LedgerEntry.objects.filter(object_id=expert.pk, action="edit").count() == 1


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"panels_at_most": 21}, "panels_at_most"),
        ({"languages": ["klingon"]}, "languages"),
        ({"fields": []}, "fields"),
    ],
)
def test_profile_that_does_not_hold_is_refused_and_nothing_is_written(court, profile, field):
    expert = court.experts[0]
    before = LedgerEntry.objects.count()
    with pytest.raises(ValidationError) as caught:
        edit(expert, expert.user, **profile)
    assert field in caught.value.message_dict
    assert LedgerEntry.objects.count() == before


def test_specialty_needs_its_field(court):
    fuel = Specialty.objects.get(name="燃料电池")
    with pytest.raises(ValidationError, match="燃料电池"):
        edit(court.experts[0], court.operator, specialties={fuel: 1})


def test_employer_in_the_pool_is_the_operators_to_change_and_is_remembered(court):
    expert, other = court.experts[0], make.company("新单位")
    old = expert.organization
    with pytest.raises(Denied):
        edit(expert, expert.user, organization=other)
    with pytest.raises(Denied):
        edit(expert, expert.user, employed_since=date(2020, 1, 1))
    edit(expert, court.operator, employed_since=date(2020, 1, 1))
    with pytest.raises(ValidationError):
        edit(expert, court.operator, organization=other, employed_since=date(2019, 1, 1))
    edit(expert, court.operator, organization=other, employed_since=date(2024, 5, 1))
    former = expert.relations.get(kind="former_employer")
    assert (former.organization, former.since, former.until) == (old, date(2020, 1, 1), date(2024, 5, 1))
    assert Expert.objects.get(pk=expert.pk).employed_since == date(2024, 5, 1)


def test_tie_is_corrected_with_its_trace_and_operators_are_told(court):
    expert, wrong, right = court.experts[0], make.company("误填单位"), make.company("正确单位")
    tie = actions.declare_relation(expert, actor=expert.user, kind="consulting", organization=wrong)
    with pytest.raises(Refused):
        actions.correct_relation(tie, actor=expert.user, reason="没有变化", kind="consulting")
    actions.correct_relation(
        tie, actor=expert.user, reason="单位填错了", kind="consulting", organization=right, until=date(2025, 1, 1)
    )
    assert [item.organization for item in expert.relations.all()] == [right]
    entry = LedgerEntry.objects.get(object_id=expert.pk, action="correct_relation")
    assert entry.data["before"]["organization"] == str(wrong.pk)
    assert entry.data["after"]["until"] == "2025-01-01"
    assert entry.data["reason"] == "单位填错了"
    assert ledger.verify(expert.pk).intact
    assert Notification.objects.filter(kind="tie_corrected", recipient=court.operator).exists()


def test_stranger_touches_nothing_of_a_profile(court):
    expert, stranger = court.experts[0], make.person("路人")
    tie = actions.declare_relation(expert, actor=expert.user, kind="consulting", organization=make.company("某单位"))
    day = clock.now().date() + timedelta(days=3)
    before = LedgerEntry.objects.count()
    for attempt in (
        lambda: edit(expert, stranger, panels_at_most=1),
        lambda: actions.correct_relation(tie, actor=stranger, reason="理由理由", kind="relative"),
        lambda: actions.add_absence(expert, actor=stranger, since=day, until=day),
        lambda: actions.add_specialty(actor=stranger, industry="hydrogen", name="新方向", name_en="New"),
        lambda: actions.invite_expert(actor=stranger, email="x@example.org", name="某"),
        lambda: actions.import_experts(None, actor=stranger),
    ):
        with pytest.raises(Denied):
            attempt()
    assert LedgerEntry.objects.count() == before


def test_absence_is_noted_and_struck_with_its_trace(court):
    expert, today = court.experts[0], clock.now().date()
    days = {"since": today + timedelta(days=1), "until": today + timedelta(days=9)}
    absence = actions.add_absence(expert, actor=expert.user, **days)
    for bad in (
        days,
        {"since": today, "until": today - timedelta(days=1)},
        {"since": today - timedelta(days=9), "until": today - timedelta(days=8)},
        {"since": today + timedelta(days=20), "until": today + timedelta(days=2000)},
    ):
        with pytest.raises(ValidationError):
            actions.add_absence(expert, actor=expert.user, **bad)
    actions.strike_absence(absence, actor=expert.user)
    with pytest.raises(Refused):
        actions.strike_absence(absence, actor=expert.user)
    acts = LedgerEntry.objects.filter(object_id=expert.pk).values_list("action", flat=True)
    assert list(acts).count("add_absence") == list(acts).count("strike_absence") == 1


def test_invitation_is_mailed_once_answered_by_applying_and_asked_once(court):
    asked = actions.invite_expert(actor=court.operator, email="Asked@Example.org", name="受邀人", message="久仰。")
    with pytest.raises(Refused):
        actions.invite_expert(actor=court.operator, email="asked@example.org", name="受邀人")
    assert actions.send_invitations() == 1
    assert actions.send_invitations() == 0
    [letter] = mail.outbox
    assert letter.to == ["asked@example.org"]
    assert "/accounts/signup/?next=/experts/apply/" in letter.body
    assert "久仰。" in letter.body
    with pytest.raises(Refused):
        take(asked, "resend", actor=court.operator)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=True):
        person = make.person("受邀人")
    person.email = "asked@example.org"
    person.save()
    actions.apply_as_expert(person, fields=["hydrogen"])
    assert ExpertInvitation.objects.get().state == "answered"
    with pytest.raises(Refused):
        actions.invite_expert(actor=court.operator, email="asked@example.org", name="受邀人")


def test_mail_that_fails_is_owed_still_and_a_withdrawn_one_is_not_sent(court, settings):
    asked = actions.invite_expert(actor=court.operator, email="one@example.org", name="甲")
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    assert actions.send_invitations() == 0
    assert ExpertInvitation.objects.get(pk=asked.pk).mail_due_at is not None
    assert take(asked, "withdraw", actor=court.operator).mail_due_at is None
    assert actions.invite_expert(actor=court.operator, email="one@example.org", name="甲").state == "open"


def test_late_tie_recuses_at_once_and_tells_no_more_than_was_declared():
    given = make.court(bids=2, experts=8)
    seat = seated(given)
    lead = given.bids[0].lead
    assert own_conflicts(seat) == []
    actions.declare_on_seat(seat, actor=seat.expert.user, kind="consulting", organization=make.company("无关单位"))
    assert Assignment.objects.get(pk=seat.pk).state == "accepted"
    actions.declare_on_seat(seat, actor=seat.expert.user, kind="consulting", organization=lead)
    left = Assignment.objects.get(pk=seat.pk)
    assert left.state in ("recused", "replaced")
    assert set(left.sheets.values_list("state", flat=True)) == {"void"}
    assert lead.name in left.told
    assert given.bids[0].code not in left.told
    assert Notification.objects.filter(kind="you_were_recused", recipient=seat.expert.user).exists()
    assert own_conflicts(left) == []
    with pytest.raises(Denied):
        actions.declare_on_seat(left, actor=seat.expert.user, kind="consulting", organization=given.bids[1].lead)


def test_conflicts_of_the_pool_are_for_who_arranges_and_only_after_the_opening(court):
    for person, allowed in (
        (court.operator, True), (court.supervisor, True), (court.owner, False), (court.experts[0].user, False),
        (court.bids[0].created_by, False), (make.person("决策者", "decider"), False),
    ):  # fmt: skip
        assert bool(can(person, "conflict.view", court.challenge)) == allowed
    make.place(court.challenge, opened_at=None)
    court.challenge.refresh_from_db(fields=["opened_at"])
    assert can(court.operator, "conflict.view", court.challenge).code == "state"
