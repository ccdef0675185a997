"""Pages that live: a step by one is seen by the other without a reload, and what was missed comes once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.workflow import take
from challenges.models import Challenge
from reviews.demo import walk
from tests.factories.life import challenge_at, new_challenge
from tests.journeys.visitor import Visitor, deliver

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "WebSocket", "ERR_NETWORK")


@pytest.fixture(autouse=True)
def _rules(rules: None) -> None:
    """The demo rule set is in force."""


def listen(person: Visitor, path: str) -> None:
    """Open a page and wait until it is told what happens."""
    person.go(path)
    expect(person.page.locator("body[data-live]")).to_be_attached()
    person.page.wait_for_function("sessionStorage.length + localStorage.length > 0")


def test_a_step_by_one_is_told_to_the_other_without_a_reload(cast: Any, visit: Callable[..., Visitor]) -> None:
    submitted = challenge_at(cast, "submitted")
    deliver()
    owner, operator = visit(cast.owner, phone=True), visit(cast.operator)
    listen(owner, f"/challenges/{submitted.pk}/")
    owner.page.evaluate("window.notReloaded = true")
    operator.go(f"/challenges/{submitted.pk}/steps/return_for_revision/")
    operator.page.locator("[name=reason]").fill("请补充测试方法。")
    operator.button("Return to the owner for revision").click()
    operator.page.wait_for_url(lambda url: "/steps/" not in url)
    operator.look()

    deliver()
    expect(owner.page.locator("[data-bell] [data-unread]")).to_have_text("1")
    toast = owner.page.locator(".toast-item")
    expect(toast).to_have_count(1)
    expect(toast).to_contain_text("请补充测试方法。")
    expect(owner.page.locator(".stages [data-state=draft]")).to_be_visible()
    owner.sees("请补充测试方法。")
    expect(owner.page.locator("[data-announce]")).to_contain_text(submitted.title)
    assert owner.page.evaluate("window.notReloaded")
    owner.look()
    toast.get_by_role("link").click()
    owner.page.wait_for_url(f"**/challenges/{submitted.pk}/")
    expect(owner.page.locator("[data-bell] [data-unread]")).to_be_hidden()


def test_what_was_missed_offline_comes_once(cast: Any, visit: Callable[..., Visitor]) -> None:
    first, second = new_challenge(cast), new_challenge(cast, title="煤层气井排采智能控制")
    operator = visit(cast.operator)
    listen(operator, "/work/")
    with operator.expecting(*OFFLINE):
        operator.context.set_offline(True)
        expect(operator.page.locator("[data-offline]")).to_be_visible()
        for draft in (first, second):
            walk.submit(Challenge.objects.get(pk=draft.pk), cast)
        deliver()
        operator.context.set_offline(False)
        expect(operator.page.locator(".toast-item")).to_have_count(2)
    expect(operator.page.locator("[data-bell] [data-unread]")).to_have_text("2")
    deliver()
    operator.page.evaluate("dispatchEvent(new Event('online'))")
    operator.go("/inbox/")
    expect(operator.page.locator("#results .row-item")).to_have_count(2)
    expect(operator.page.locator(".toast-item")).to_have_count(0)


def test_two_press_at_once_and_the_slower_is_told(cast: Any, visit: Callable[..., Visitor]) -> None:
    vetted = challenge_at(cast, "vetted")
    one, other = visit(cast.decider), visit(cast.decider2, phone=True)
    for decider in (one, other):
        decider.go(f"/challenges/{vetted.pk}/steps/publish/")
    one.button("Publish and open the list").click()
    one.page.wait_for_url(f"**/challenges/{vetted.pk}/")
    with other.expecting("409"):
        other.button("Publish and open the list").click()
        other.sees(other.say("This step is not open in the present state; somebody may have acted before you."))
        other.look()
    assert Challenge.objects.get(pk=vetted.pk).published_by_id == cast.decider.pk


def test_a_page_that_is_typed_in_is_left_alone(cast: Any, visit: Callable[..., Visitor]) -> None:
    posted = challenge_at(cast, "published")
    deliver()
    bidder = visit(cast.bidders[0])
    walk.one_bid(posted, cast.bidders[0], lead_number=0, cast=cast)
    listen(bidder, f"/challenges/{posted.pk}/")
    bidder.page.locator("#questions textarea").fill("能否延期？")
    amended = take(posted, "request_amendment", actor=cast.operator, text="技术指标二改为不低于百分之九。")
    take(amended, "amend_notice", actor=cast.decider)
    deliver()
    expect(bidder.page.locator(".toast-item")).to_have_count(1)
    expect(bidder.page.locator("#questions textarea")).to_have_value("能否延期？")
    bidder.look()
