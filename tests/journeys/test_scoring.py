"""The score page at work: keyboard alone, two windows, a server that is gone, a sign-in that ended, the page kept."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.workflow import take
from reviews.models import ScoreSheet
from tests.factories.life import challenge_at
from tests.journeys.visitor import Visitor

COMMENT = "依据充分，承诺值与验证方法一一对应。"
ABANDONED = ("ERR_FAILED", "ERR_ABORTED")


@pytest.fixture
def sheets(cast: Any, rules: None) -> list[ScoreSheet]:
    """The sheets of one reviewer, blank."""
    challenge = challenge_at(cast, "under_review")
    rows = ScoreSheet.objects.filter(assignment__panel__challenge=challenge).select_related("assignment__expert__user")
    first = rows.order_by("assignment", "bid__code").first()
    return list(rows.filter(assignment=first.assignment).select_related("bid").order_by("bid__code"))


def test_reviewer_goes_from_bid_to_bid_and_submits_by_keyboard_alone(
    sheets: list[ScoreSheet], visit: Callable[..., Visitor]
) -> None:
    first, second, *_rest = sheets
    reviewer = visit(first.assignment.expert.user, language="en")
    reviewer.go(f"/sheets/{first.pk}/")
    page, keys = reviewer.page, reviewer.page.keyboard
    keys.press("Alt+KeyH")
    expect(page.get_by_role("dialog")).to_be_visible()
    reviewer.look()
    keys.press("Escape")
    keys.press("Alt+KeyN")
    page.wait_for_url(f"**/sheets/{second.pk}/")
    keys.press("Alt+KeyP")
    page.wait_for_url(f"**/sheets/{first.pk}/")
    scores = page.locator("[name$=_score]")
    for place in range(scores.count()):
        keys.press("Alt+KeyJ")
        expect(scores.nth(place)).to_be_focused()
        keys.type("82")
        keys.press("Tab")
        keys.type(COMMENT)
    keys.press("Alt+KeyK")
    expect(scores.nth(scores.count() - 2)).to_be_focused()
    keys.press("Alt+KeyO")
    expect(page.locator("#document")).to_be_focused()
    keys.press("Alt+KeyO")
    expect(scores.nth(scores.count() - 2)).to_be_focused()
    expect(page.locator(".saved.is-saved")).to_be_visible()
    keys.press("Alt+KeyS")
    lock = reviewer.link("Lock this sheet")
    reviewer.reach(lock)
    keys.press("Enter")
    button = reviewer.button("Lock this sheet")
    expect(button).to_be_visible()
    reviewer.look()
    reviewer.reach(button)
    keys.press("Enter")
    expect(page.locator("[data-state=locked]").first).to_be_visible()
    assert ScoreSheet.objects.get(pk=first.pk).state == "locked"


def test_two_windows_meet_and_both_texts_stand_on_the_page(
    sheets: list[ScoreSheet], visit: Callable[..., Visitor]
) -> None:
    sheet = sheets[0]
    reviewer = visit(sheet.assignment.expert.user, phone=True)
    reviewer.go(f"/sheets/{sheet.pk}/")
    here, there = reviewer.page, reviewer.new_tab()
    reviewer.go(f"/sheets/{sheet.pk}/", page=there)
    there.locator("[name$=_comment]").first.fill("另一个窗口写下的意见。")
    expect(there.locator(".saved.is-saved")).to_be_visible()
    mine = here.locator("[name$=_comment]").first
    with reviewer.expecting("409"):
        mine.fill("这个窗口写下的意见。")
        expect(here.locator(".saved.is-both")).to_be_visible()
    expect(here.locator("[data-other]")).to_contain_text("另一个窗口写下的意见。")
    expect(mine).to_have_value("这个窗口写下的意见。")
    reviewer.look(here)
    reviewer.button("Take this one").click()
    expect(mine).to_have_value("另一个窗口写下的意见。")
    mine.press_sequentially("两段都看过。")
    expect(here.locator(".saved.is-saved")).to_be_visible()
    kept = {entry["comment"] for entry in ScoreSheet.objects.get(pk=sheet.pk).scores.values()}
    assert "另一个窗口写下的意见。两段都看过。" in kept


def test_server_that_is_gone_and_comes_back_loses_nothing(
    sheets: list[ScoreSheet], visit: Callable[..., Visitor]
) -> None:
    sheet = sheets[0]
    reviewer = visit(sheet.assignment.expert.user, phone=True, dark=True)
    reviewer.go(f"/sheets/{sheet.pk}/")
    page, comment = reviewer.page, reviewer.page.locator("[name$=_comment]").first
    saving = f"**/sheets/{sheet.pk}/save/"
    with reviewer.expecting(*ABANDONED, "50[023]"):
        page.route(saving, lambda route: route.abort())
        comment.fill(COMMENT)
        expect(page.locator(".saved.is-kept")).to_be_visible()
        page.unroute(saving)
        page.route(saving, lambda route: route.fulfill(status=503, body="down"))
        comment.press_sequentially("服务器没有答复。")
        expect(page.locator(".saved.is-kept")).to_be_visible()
        page.unroute(saving)
        expect(page.locator(".saved.is-saved")).to_be_visible()
    kept = {entry["comment"] for entry in ScoreSheet.objects.get(pk=sheet.pk).scores.values()}
    assert COMMENT + "服务器没有答复。" in kept


def test_text_written_after_the_sign_in_ended_is_kept_and_put_back(
    sheets: list[ScoreSheet], visit: Callable[..., Visitor]
) -> None:
    sheet = sheets[0]
    user = sheet.assignment.expert.user
    reviewer = visit(user)
    reviewer.go(f"/sheets/{sheet.pk}/")
    page = reviewer.page
    reviewer.context.clear_cookies(name="sessionid")
    page.locator("[name$=_comment]").first.fill("退出登录以后写的意见。")
    expect(page.locator(".saved.is-left")).to_be_visible()
    assert ScoreSheet.objects.get(pk=sheet.pk).scores == {}
    reviewer.sign_in(user)
    reviewer.go(f"/sheets/{sheet.pk}/")
    expect(page.locator("[name$=_comment]").first).to_have_value("退出登录以后写的意见。")
    expect(page.locator(".saved.is-saved")).to_be_visible()


def test_recused_reviewers_open_tab_is_told_and_the_text_can_be_copied(
    sheets: list[ScoreSheet], visit: Callable[..., Visitor]
) -> None:
    sheet = sheets[0]
    reviewer = visit(sheet.assignment.expert.user)
    reviewer.go(f"/sheets/{sheet.pk}/")
    take(sheet.assignment, "recuse", actor=sheet.assignment.expert.user, reason="新发现的关系")
    comment = reviewer.page.locator("[name$=_comment]").first
    with reviewer.expecting("403"):
        comment.fill(COMMENT)
        expect(reviewer.page.locator(".saved.is-invalid")).to_contain_text(
            reviewer.say("You no longer hold this seat on the panel.")
        )
    expect(comment).to_have_value(COMMENT)


def test_phone_shows_the_sheet_first_and_the_document_one_tap_away(
    sheets: list[ScoreSheet], visit: Callable[..., Visitor]
) -> None:
    sheet = sheets[0]
    reviewer = visit(sheet.assignment.expert.user, phone=True)
    reviewer.go(f"/sheets/{sheet.pk}/")
    page = reviewer.page
    score = page.locator("[name$=_score]").first
    expect(score).to_be_in_viewport()
    expect(page.locator("#document")).not_to_be_in_viewport(ratio=0.1)
    assert score.get_attribute("inputmode") == "decimal"
    sizes = page.locator(".score input:visible, .score textarea:visible").evaluate_all(
        "(all) => all.map((el) => parseFloat(getComputedStyle(el).fontSize))"
    )
    assert min(sizes) >= 16
    bar = page.locator(".score-bar").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == pytest.approx(740, abs=1)
    page.get_by_role("link", name=reviewer.say("Document"), exact=True).click()
    expect(page.locator("#document")).to_be_in_viewport(ratio=0.3)
