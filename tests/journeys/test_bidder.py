"""The bidder: finds a challenge, writes beside a second tab, seals the bid; a rival sees nothing of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from challenges import actions
from challenges.models import Bid, Challenge
from reviews.demo import papers, walk
from tests.factories.life import challenge_at, new_challenge
from tests.journeys.visitor import Visitor

PROPOSAL = {
    "name": "技术方案（匿名）.pdf",
    "mimeType": "application/pdf",
    "buffer": papers.pdf("技术方案", "两步生长法。"),
}
SUMMARY = "高温氢化物气相外延与图形化衬底结合"


@pytest.fixture
def posted(cast: Any, rules: None) -> Challenge:
    """A challenge that is open for bids."""
    return challenge_at(cast, "published")


def start(posted: Challenge, cast: Any) -> Bid:
    """The first team's draft."""
    return actions.start_bid(posted, actor=cast.bidders[0], lead=cast.leads[0])


def test_bidder_finds_the_challenge_by_chinese_words_and_filters(
    cast: Any, posted: Challenge, visit: Callable[..., Visitor]
) -> None:
    other = new_challenge(cast, title="煤层气井排采智能控制", industry="coal_chemical", kind="frontier")
    walk.carry(other, cast, to="published")
    bidder = visit(cast.bidders[0], phone=True)
    bidder.go("/")
    titles = bidder.page.locator("#results .row-title")
    expect(titles).to_have_count(2)
    bidder.page.get_by_role("searchbox").fill("缺陷密度")
    expect(titles).to_have_count(1)
    expect(titles).to_have_text([posted.title])
    bidder.look()
    bidder.page.get_by_role("searchbox").fill("")
    expect(titles).to_have_count(2)

    bidder.button("Filters").click()
    bidder.page.locator("[name=industry]").select_option("coal_chemical")
    expect(titles).to_have_text([other.title])
    bidder.page.wait_for_url("**/?industry=coal_chemical")
    bidder.look()
    bidder.go(bidder.page.url)
    expect(titles).to_have_text([other.title])
    bidder.page.locator("#results .row-title a").click()
    bidder.look()
    bidder.sees(other.title)


def test_bidder_starts_a_bid_and_it_saves_as_one_types(
    posted: Challenge, cast: Any, visit: Callable[..., Visitor]
) -> None:
    bidder = visit(cast.bidders[0])
    bidder.go(f"/challenges/{posted.pk}/")
    bidder.link("Write a bid").click()
    bidder.look()
    bidder.button("Begin the bid").click()
    bidder.page.wait_for_url("**/edit/technical/")
    bidder.look()
    expect(bidder.page.locator("label[for=id_summary]")).to_contain_text(bidder.say("needed to submit"))
    bidder.page.locator("[name=summary]").press_sequentially(SUMMARY)
    saved = bidder.page.locator("[data-saved-for=part-form]")
    expect(saved).to_have_text(said(bidder, "Saved {}"))
    bidder.look()
    bidder.page.reload()
    expect(bidder.page.locator("[name=summary]")).to_have_value(SUMMARY)
    expect(saved).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    assert Bid.objects.get(challenge=posted).content("technical")["summary"] == SUMMARY


def said(visitor: Visitor, message: str) -> re.Pattern[str]:
    """A saved line with its time."""
    return re.compile(re.escape(visitor.say(message)).replace(r"\{\}", r"\d\d:\d\d:\d\d"))


def test_the_slower_of_two_tabs_is_told_and_keeps_its_text(
    posted: Challenge, cast: Any, visit: Callable[..., Visitor]
) -> None:
    url = f"/bids/{start(posted, cast).pk}/edit/technical/"
    bidder = visit(cast.bidders[0], dark=True)
    bidder.go(url)
    other = bidder.new_tab()
    bidder.go(url, page=other)
    other.locator("[name=approach]").fill("在第二个标签页里写的路线")
    expect(other.locator(".saved.is-saved")).to_be_visible()
    with bidder.expecting("409"):
        bidder.page.bring_to_front()
        bidder.page.locator("[name=approach]").fill("在第一个标签页里写的路线")
        expect(bidder.page.locator(".saved.is-conflict")).to_be_visible()
    expect(bidder.page.locator("[name=approach]")).to_have_value("在第一个标签页里写的路线")
    bidder.look()
    assert Bid.objects.get(challenge=posted).content("technical")["approach"] == "在第二个标签页里写的路线"


def test_bidder_fills_in_every_part_and_submits_sealed(
    posted: Challenge, cast: Any, visit: Callable[..., Visitor]
) -> None:
    bid = start(posted, cast)
    bidder = visit(cast.bidders[0], phone=True)
    bidder.go(f"/bids/{bid.pk}/edit/technical/")
    for place, value in enumerate(("4e8", "9", "Ex ib I Mb")):
        bidder.page.locator("[name^=target-]").nth(place).fill(value)
    for name in ("summary", "approach", "schedule", "risks"):
        bidder.page.locator(f"[name={name}]").fill(SUMMARY)
    expect(bidder.page.locator(".saved.is-saved")).to_be_visible()
    bidder.page.locator("form[data-upload] [type=file]").set_input_files(PROPOSAL)
    expect(bidder.page.locator(".document .row-name")).to_have_text([PROPOSAL["name"]])
    bidder.look()

    bidder.page.locator("#bid-parts").get_by_role("link", name=bidder.say("Commercial")).click()
    bidder.page.locator("[name=price]").fill("1950")
    bidder.page.locator("[name=budget]").fill("设备四成，材料三成，人员三成。")
    expect(bidder.page.locator(".saved.is-saved")).to_be_visible()
    bidder.look()

    bidder.page.locator("#bid-parts").get_by_role("link", name=bidder.say("Identity")).click()
    bidder.page.locator("[name=leader]").fill("林工")
    bidder.page.locator("[name=team]").fill("做过同类外延三年。")
    expect(bidder.page.locator(".saved.is-saved")).to_be_visible()
    bidder.look()

    bidder.page.locator("#bid-parts").get_by_role("link", name=bidder.say("Pledge")).click()
    bidder.page.locator("[name=pledged]").check()
    bidder.button("Save").click()
    bidder.look()
    expect(bidder.page.locator("#bid-parts .text-done")).to_have_count(4)

    bidder.link("Submit sealed…").click()
    bidder.look()
    bidder.button("Submit sealed").click()
    bidder.page.wait_for_url(f"**/bids/{bid.pk}/")
    bidder.look()
    sealed = Bid.objects.get(pk=bid.pk)
    assert sealed.state == "submitted"
    bidder.sees(sealed.receipt_number)
    bidder.sees(sealed.sha256)


def test_a_rival_and_the_platform_see_nothing_of_a_sealed_bid(
    posted: Challenge, cast: Any, visit: Callable[..., Visitor]
) -> None:
    bid = walk.one_bid(posted, cast.bidders[0], lead_number=0, cast=cast)
    for person, phone in ((cast.bidders[1], True), (cast.operator, False)):
        visitor = visit(person, phone=phone)
        with visitor.expecting("404"):
            visitor.go(f"/bids/{bid.pk}/")
        for path in ("/bids/", f"/challenges/{posted.pk}/", "/work/", "/inbox/"):
            visitor.go(path)
            visitor.sees_not(cast.leads[0].name)
            visitor.sees_not(bid.receipt_number)
            visitor.sees_not(str(bid.pk))
