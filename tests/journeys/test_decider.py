"""The decider: publishes by keyboard alone, gives a key to the opening, proposes the award that the public reads."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.workflow import take
from challenges.models import Award, Challenge
from tests.factories.life import challenge_at
from tests.journeys.visitor import Visitor


@pytest.fixture(autouse=True)
def _rules(rules: None) -> None:
    """The demo rule set is in force."""


def test_decider_publishes_with_the_keyboard_alone(cast: Any, visit: Callable[..., Visitor]) -> None:
    vetted = challenge_at(cast, "vetted")
    decider = visit(cast.decider)
    decider.go("/work/")
    decider.page.keyboard.press("Tab")
    skip = decider.page.locator("a.skip")
    expect(skip).to_be_focused()
    decider.page.keyboard.press("Enter")
    decider.reach(decider.page.locator(f"main a[href*='{vetted.pk}']").first)
    decider.page.keyboard.press("Enter")
    decider.page.wait_for_url(f"**/{vetted.pk}/**")
    decider.look()
    if not decider.page.url.endswith("/publish/"):
        decider.reach(decider.link("Publish and open the list"))
        decider.page.keyboard.press("Enter")
        decider.page.wait_for_url("**/publish/")
        decider.look()
    decider.reach(decider.button("Publish and open the list"))
    decider.page.keyboard.press("Enter")
    decider.page.wait_for_url(f"**/challenges/{vetted.pk}/")
    decider.look()
    assert Challenge.objects.get(pk=vetted.pk).state == "published"


def test_decider_works_the_bars_and_menus_with_the_keyboard(cast: Any, visit: Callable[..., Visitor]) -> None:
    decider = visit(cast.decider, phone=True, dark=True)
    decider.go("/work/")
    menu = decider.page.locator("[data-toggle=side]")
    decider.reach(menu)
    decider.page.keyboard.press("Enter")
    expect(decider.page.locator("#side a:focus")).to_be_visible()
    decider.look(within="#side")
    decider.page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(decider.page.locator("#side")).to_be_hidden()
    account = decider.page.locator("details.menu summary")
    decider.reach(account)
    decider.page.keyboard.press("Enter")
    expect(decider.page.locator(".menu-body")).to_be_visible()
    decider.look(within=".topbar")
    decider.page.keyboard.press("Escape")
    expect(account).to_be_focused()
    expect(decider.page.locator(".menu-body")).to_be_hidden()


def test_decider_gives_a_key_to_the_opening(cast: Any, visit: Callable[..., Visitor]) -> None:
    closed = challenge_at(cast, "bidding_closed")
    decider = visit(cast.decider, phone=True)
    decider.go(f"/challenges/{closed.pk}/")
    decider.sees(decider.say("Nobody yet. How many bids there are is told to nobody before the opening."))
    for lead in cast.leads:
        decider.sees_not(lead.name)
    decider.link("Give my consent to open, as custodian").click()
    decider.look()
    decider.button("Give my consent to open, as custodian").click()
    decider.page.wait_for_url(f"**/challenges/{closed.pk}/")
    decider.sees(cast.decider.name)
    decider.look()
    take(closed, "consent_to_opening", actor=cast.operator)
    operator = visit(cast.operator, dark=True)
    operator.go(f"/challenges/{closed.pk}/")
    operator.link("Open the bids").click()
    operator.look()
    operator.button("Open the bids").click()
    operator.page.wait_for_url(f"**/challenges/{closed.pk}/")
    operator.sees(cast.leads[0].name)
    operator.look()


def test_decider_proposes_and_the_public_reads_the_notice(cast: Any, visit: Callable[..., Visitor]) -> None:
    ranked = challenge_at(cast, "ranked")
    best = ranked.bids.select_related("lead").order_by("rank").first()
    decider = visit(cast.decider)
    decider.go(f"/challenges/{ranked.pk}/")
    decider.link("Propose the award and open the public notice").click()
    decider.look()
    decider.page.locator("[name=bids]").nth(1).check()
    with decider.expecting("422"):
        decider.button("Propose the award and open the public notice").click()
        expect(decider.page.get_by_role("alert")).to_be_focused()
    decider.look()
    expect(decider.page.locator("[name=bids]").nth(1)).to_be_checked()
    decider.page.locator("[name=bids]").nth(1).uncheck()
    decider.page.locator(f"[name=bids][value='{best.pk}']").check()
    decider.button("Propose the award and open the public notice").click()
    decider.page.wait_for_url(f"**/challenges/{ranked.pk}/")
    decider.look()

    award = Award.objects.get(challenge=ranked)
    for options in ({"phone": True}, {"dark": True}):
        reader = visit(**options)
        reader.go(f"/challenges/{ranked.pk}/")
        reader.page.get_by_role("main").get_by_role("link", name=reader.say("Public notice of the award")).first.click()
        reader.page.wait_for_url(f"**/awards/{award.pk}/")
        reader.look()
        reader.sees(best.lead.name)
        reader.sees(f"{best.score:.2f}")
        for secret in (*(user.name for user in cast.reviewers), cast.bidders[0].name, "0355-5550007"):
            reader.sees_not(secret)
