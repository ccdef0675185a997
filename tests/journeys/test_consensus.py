"""The consensus in a browser: charts with their tables in both lights, a discussion, an amended score, the minutes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from reviews.models import Amendment
from tests.journeys.visitor import Visitor
from tests.pages.test_consensus import closed
from tests.reviews.test_consensus import apart, chair_of, others_of, sheet_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_panel_discusses_amends_and_minutes_in_a_browser(visit: Callable[..., Visitor]) -> None:
    _court, panel = apart()
    member, page = others_of(panel)[0], f"/panels/{panel.pk}/consensus/"
    reader = visit(member)
    reader.go(page)
    expect(reader.page.locator(".chart:has(canvas)")).to_have_count(3)
    for phone, dark in ((False, True), (True, False), (True, True), (False, False)):
        reader.turn(phone=phone, dark=dark)
        reader.look()
    reader.link("Write to the discussion").click()
    reader.look()
    reader.field("Text").fill("我的依据是第三方检测报告。")
    reader.button("Write to the discussion").click()
    reader.go(page)
    reader.sees("我的依据是第三方检测报告。")
    reader.go(f"/sheets/{sheet_of(panel, member).pk}/steps/amend/")
    reader.field("Score from now on").fill("77")
    reader.field("Reason").fill("核对附件后认可第三方检测安排。")
    reader.button("Amend a score of mine").click()
    reader.go(page)
    reader.sees("核对附件后认可第三方检测安排。")
    assert Amendment.objects.get().made_by == member
    chair = visit(chair_of(panel), phone=True, language="en")
    chair.go(page)
    chair.link("Write the minutes").click()
    chair.look()
    chair.field("Minutes").fill("经讨论，分歧在于验证方法。")
    chair.button("Write the minutes").click()
    chair.go(page)
    chair.sees("经讨论，分歧在于验证方法。")
    reader.go(page)
    reader.link("Confirm the minutes").click()
    reader.button("Confirm the minutes").click()
    reader.go(page)
    reader.sees("1 / 4")


def test_operator_looks_at_how_reviews_are_done(visit: Callable[..., Visitor]) -> None:
    court, _panel = closed([60, 70, 70, 70, 80])
    operator = visit(court.operator)
    operator.go("/experts/quality/")
    expect(operator.page.locator(".chart:has(canvas)")).to_have_count(5)
    for phone, dark in ((True, False), (False, True)):
        operator.turn(phone=phone, dark=dark)
        operator.look()
