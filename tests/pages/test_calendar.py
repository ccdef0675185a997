"""The calendar's table: entered by an operator, approved by a decider, and what it does to what counts working days."""

from datetime import date

import chinese_calendar
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import translation

from accounts.workflow import find
from challenges.calendar import in_force
from challenges.models import CalendarYear, Challenge
from challenges.rules import Period
from reviews.work import work_of
from tests.factories.life import challenge_at
from tests.factories.reviews import place
from tests.factories.rows import calendar_of

pytestmark = pytest.mark.django_db
YEAR = 2060
GIVEN = {
    "year": YEAR,
    "title": "国务院办公厅关于2060年部分节假日安排的通知",
    "number": "示例〔2059〕1号",
    "off": "2060-01-01\n2060-10-01 - 2060-10-07",
    "worked": "2060-10-09",
}


def step(client, calendar, name, **data):
    return client.post(reverse("step", args=["calendar-years", calendar.pk, name]), data)


def test_operator_enters_a_year_and_a_decider_puts_it_in_force(cast, visit):
    answer = visit(cast.operator).post(reverse("calendar_enter"), GIVEN)
    entered = CalendarYear.objects.get()
    assert answer.url == reverse("calendar_year", args=[entered.pk])
    assert (len(entered.off), entered.worked, entered.state) == (8, [date(YEAR, 10, 9)], "proposed")
    assert visit().get(answer.url).status_code == 404
    assert in_force() == {}
    waiting = "The calendar of a year waits for approval"
    assert waiting in [item.what for item in work_of(cast.decider, "decider").later]
    assert step(visit(cast.operator), entered, "approve").status_code == 403
    assert step(visit(cast.decider), entered, "approve").status_code == 302
    assert set(in_force()) == {YEAR}
    page = visit().get(answer.url).content.decode()
    assert GIVEN["number"] in page
    assert "2060-10-07" in page


def test_correction_is_a_new_version_that_retires_the_one_before(cast, visit):
    first = calendar_of(cast)
    step(visit(cast.decider), first, "approve")
    form = visit(cast.operator).get(reverse("calendar_enter"), {"from": first.pk}).content.decode()
    assert "2060-10-01" in form
    visit(cast.operator).post(reverse("calendar_enter"), GIVEN)
    second = CalendarYear.objects.get(version=2)
    step(visit(cast.decider), second, "approve")
    assert CalendarYear.objects.get(pk=first.pk).state == "retired"
    assert date(YEAR, 10, 7) in in_force()[YEAR].off


def test_what_was_entered_is_neither_changed_nor_deleted_even_in_the_database(cast):
    entered = calendar_of(cast)
    for change in (lambda rows: rows.update(off=[]), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change(CalendarYear.objects.filter(pk=entered.pk))
    assert CalendarYear.objects.get(pk=entered.pk).off == entered.off


def test_rejected_version_counts_nothing_and_keeps_its_reason(cast, visit):
    entered = calendar_of(cast)
    assert step(visit(cast.decider), entered, "reject", reason="与公告原文不一致。").status_code == 302
    assert in_force() == {}
    assert "与公告原文不一致" in visit(cast.operator).get(reverse("calendar_year", args=[entered.pk])).content.decode()


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"off": "十月一日"}, 422, "is no date like"),
        ({"off": "2060-10-07 - 2060-10-01"}, 422, "ends before it begins"),
        ({"off": ""}, 422, "Enter"),
        ({"off": "2059-12-28"}, 409, "does not lie in the year"),
        ({"worked": "2060-10-11"}, 409, "no Saturday or Sunday"),
        ({"off": "2060-10-09"}, 409, "off and worked"),
    ],
)
def test_days_that_cannot_be_true_are_refused_and_nothing_typed_is_lost(cast, visit, wrong, status, words):
    answer = visit(cast.operator).post(reverse("calendar_enter"), GIVEN | wrong)
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page or (status == 422 and "required" in page)
    assert GIVEN["number"] in page
    assert not CalendarYear.objects.exists()


def test_only_operators_enter(cast, visit):
    assert visit(cast.decider).post(reverse("calendar_enter"), GIVEN).status_code == 403
    assert not CalendarYear.objects.exists()


def test_api_enters_and_shows_a_year(cast, client):
    client.force_login(cast.operator)
    given = {**GIVEN, "off": ["2060-01-01"], "worked": ["2060-10-09"]}
    made = client.post("/api/calendar-years", given, content_type="application/json")
    assert (made.status_code, made.json()["disputed"]) == (201, [])
    again = client.post("/api/calendar-years", given | {"worked": ["2060-10-11"]}, content_type="application/json")
    assert again.status_code == 409


def test_award_is_refused_with_who_can_mend_it_while_sources_differ(cast, rules, visit):
    challenge = challenge_at(cast, "ranked")
    frozen = {**challenge.rules, "notice": Period(working_days=5).model_dump(mode="json")}
    place(challenge, rules=frozen)
    with translation.override("en"):
        assert find(Challenge.objects.get(pk=challenge.pk), "propose_award", cast.decider).allowed
        year = challenge.now.year
        off = [day for day in chinese_calendar.constants.holidays if day.year == year]
        worked = [day for day in chinese_calendar.constants.workdays if day.year == year]
        wrong = next(day for day in (date(year, 6, n) for n in range(1, 30)) if chinese_calendar.is_workday(day))
        listed = {"off": "\n".join(map(str, [*off, wrong])), "worked": "\n".join(map(str, set(worked) - {wrong}))}
        visit(cast.operator).post(reverse("calendar_enter"), GIVEN | listed | {"year": year})
        entered = CalendarYear.objects.get()
        assert f"{wrong}" in visit(cast.decider).get(reverse("calendar_year", args=[entered.pk])).content.decode()
        step(visit(cast.decider), entered, "approve")
        refused = find(Challenge.objects.get(pk=challenge.pk), "propose_award", cast.decider)
    assert not refused.allowed
    assert f"{wrong}" in str(refused.reason)
    assert "operator" in str(refused.reason)
