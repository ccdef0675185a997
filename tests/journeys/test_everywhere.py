"""Every main page on a phone in the dark and on a desk in the light, and the language that stays once chosen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from challenges.models import (
    Award,
    Bid,
    Challenge,
    Contract,
    Milestone,
    Payment,
    Referral,
    RegionTarget,
    RuleSet,
    Transfer,
)
from reviews.actions import create_panel
from reviews.demo import walk
from reviews.demo.branches import bring_results
from reviews.models import Assignment, Panel, ScoreSheet
from tests.factories.life import challenge_at, new_challenge
from tests.factories.rows import figure_of
from tests.journeys.visitor import Visitor

Place = tuple[Any, tuple[str, ...]]


@dataclass
class Ground:
    """A draft, and a challenge whose first milestone is paid, with what belongs to it."""

    cast: Any
    draft: Challenge
    done: Challenge

    @classmethod
    def of(cls, cast: Any) -> "Ground":
        """Written and carried by the real steps."""
        return cls(cast, new_challenge(cast), challenge_at(cast, "delivering", title="煤层气井排采智能控制"))

    def one(self, model: Any, **where: Any) -> Any:
        """The challenge's award, contract or panel."""
        return model.objects.get(challenge=self.done, **where)


def _public(ground: Ground) -> Iterator[Place]:
    """Whoever is not signed in."""
    award = ground.one(Award)
    yield None, ("/", f"/challenges/{ground.done.pk}/", f"/awards/{award.pk}/", "/awards/")
    target = RegionTarget.objects.get(measure="platforms")
    yield None, ("/region/", "/region/funnel/", f"/region/targets/{target.pk}/")
    yield None, ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nothing-is-here/")


def _members(ground: Ground) -> Iterator[Place]:
    """The owner, the winning team and a reviewer."""
    cast, bid, contract = ground.cast, ground.one(Bid, state="awarded"), ground.one(Contract)
    sheet = ScoreSheet.objects.filter(bid=bid).select_related("assignment__expert__user").first()
    winner = cast.bidders[cast.leads.index(bid.lead)]
    yield (
        cast.owner,
        ("/work/", "/challenges/new/", f"/challenges/{ground.draft.pk}/edit/", f"/contracts/{contract.pk}/"),
    )
    yield winner, (f"/bids/{bid.pk}/", f"/bids/{bid.pk}/feedback/", "/bids/", "/contracts/", "/inbox/")
    yield sheet.assignment.expert.user, ("/reviews/?all=1", f"/sheets/{sheet.pk}/", "/experts/apply/")


def _more_of_members(ground: Ground) -> Iterator[Place]:
    """The rest of what members open, their own settings among it."""
    milestone = Milestone.objects.get(contract=ground.one(Contract), position=1)
    yield ground.cast.owner, (f"/milestones/{milestone.pk}/", "/organizations/", "/organizations/new/", "/profile/")
    yield ground.cast.owner, ("/accounts/email/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/")


def _operator(ground: Ground) -> Iterator[Place]:
    """The platform's own people who arrange."""
    done, panel = ground.done, ground.one(Panel)
    yield (
        ground.cast.operator,
        ("/work/", f"/challenges/{done.pk}/", "/challenges/import/", "/experts/", "/experts/add/"),
    )
    yield ground.cast.operator, ("/panels/", f"/panels/{panel.pk}/", "/rule-sets/", "/organizations/")


def _pool(ground: Ground) -> Iterator[Place]:
    """The pool of experts, for those who keep it and for one of it."""
    expert = Assignment.objects.filter(panel=ground.one(Panel), state="accepted").first().expert
    own = (f"/experts/{expert.pk}/", f"/experts/{expert.pk}/edit/")
    yield ground.cast.operator, (*own, "/experts/quality/", "/experts/specialties/", "/experts/invitations/")
    yield ground.cast.operator, ("/experts/import/",)
    yield expert.user, own


def _judging(ground: Ground) -> Iterator[Place]:
    """What a panel leaves behind, and one that has only begun."""
    done, panel = ground.done, ground.one(Panel)
    begun = challenge_at(ground.cast, "eligible", title="焦炉煤气制氢微量硫脱除")
    create_panel(begun, actor=ground.cast.operator)
    chair = panel.assignments.get(is_chair=True, state="accepted")
    proofs = (f"/challenges/{done.pk}/proof/", f"/challenges/{begun.pk}/proof/")
    yield None, (*proofs, "/verification/")
    yield ground.cast.operator, (*proofs, f"/challenges/{begun.pk}/conflicts/", f"/panels/{panel.pk}/consensus/")
    yield chair.expert.user, (f"/assignments/{chair.pk}/", f"/panels/{panel.pk}/", f"/panels/{panel.pk}/consensus/")


def _staff(ground: Ground) -> Iterator[Place]:
    """The platform's own people who decide, watch and pay."""
    cast, done, rules = ground.cast, ground.done, RuleSet.objects.get(name="demo")
    payment = Payment.objects.get(milestone__contract__challenge=done, milestone__position=1)
    figure = figure_of(cast)
    yield cast.operator, ("/region/", f"/region/targets/{figure.target_id}/figures/new/")
    yield cast.operator, (f"/region/figures/{figure.pk}/", "/region/funnel/")
    yield cast.decider, (f"/region/figures/{figure.pk}/", f"/rule-sets/{rules.pk}/", f"/payments/{payment.pk}/")
    yield cast.supervisor, ("/ledger/", f"/challenges/{done.pk}/ledger/")
    yield cast.finance, ("/work/", "/payments/")


def _results(ground: Ground) -> Iterator[Place]:
    """What came of a completed challenge, for everyone and for the parties."""
    cast, done = ground.cast, ground.done
    walk.carry(done, cast, to="completed", since="delivering")
    bring_results(done, cast)
    contract, transfer = ground.one(Contract), Transfer.objects.get()
    outcome = f"/outcomes/{transfer.outcome_id}/"
    yield None, ("/cases/", f"/cases/{done.pk}/", "/outcomes/", outcome, f"/transfers/{transfer.pk}/")
    agreed = f"/contracts/{contract.pk}/"
    yield walk.team_lead(contract.bid), (outcome, agreed, f"{agreed}outcomes/new/")
    follow_up, referral = contract.follow_ups.first(), Referral.objects.get()
    yield cast.operator, ("/transfers/", f"/follow-ups/{follow_up.pk}/", f"/referrals/{referral.pk}/", "/work/")


# What stands alone in the main part and is lower than a finger; a link in a sentence is as high as its line.
LOW = """() => [...document.querySelectorAll("main :is(a[href], button, summary, select)")]
    .filter((item) => getComputedStyle(item).display !== "inline" && item.closest(".visually-hidden") === null)
    .filter((item) => { const { height } = item.getBoundingClientRect(); return height > 0 && height < 43.5; })
    .map((item) => item.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("places", [_public, _members, _more_of_members, _operator, _pool, _judging, _staff, _results])
def test_every_page_on_a_phone_in_the_dark_and_a_desk_in_the_light(
    cast: Any, rules: None, visit: Callable[..., Visitor], places: Callable[[Ground], Iterator[Place]]
) -> None:
    for person, paths in places(Ground.of(cast)):
        visitor = visit(person, phone=True, dark=True)
        with visitor.expecting("nothing-is-here"):
            for path in paths:
                visitor.turn(phone=True, dark=True)
                visitor.go(path)
                low = visitor.page.evaluate(LOW)
                assert low == [], f"too low for a finger on {path}: {low}"
                visitor.turn()
                visitor.look()


@pytest.mark.parametrize("places", [_pool, _judging])
def test_pages_of_the_review_fit_a_phone_in_english_too(
    cast: Any, rules: None, visit: Callable[..., Visitor], places: Callable[[Ground], Iterator[Place]]
) -> None:
    for person, paths in places(Ground.of(cast)):
        visitor = visit(person, phone=True, language="en")
        for path in paths:
            visitor.go(path)


def test_language_is_kept_over_pages_and_after_signing_in(
    cast: Any, rules: None, visit: Callable[..., Visitor]
) -> None:
    posted = challenge_at(cast, "published")
    reader = visit(phone=True)
    html = reader.page.locator("html")
    reader.go("/")
    expect(html).to_have_attribute("lang", "zh-hans")
    reader.sees(reader.say("Challenges"))
    reader.page.get_by_role("button", name="English").click()
    expect(html).to_have_attribute("lang", "en")
    reader.language = "en"
    reader.look()
    reader.page.get_by_role("link", name=posted.title).click()
    expect(html).to_have_attribute("lang", "en")
    reader.sees("Technical targets")
    reader.look()
    reader.sign_in(cast.operator)
    reader.go("/work/")
    expect(html).to_have_attribute("lang", "en")
    reader.page.get_by_role("button", name="中文").click()
    expect(html).to_have_attribute("lang", "zh-hans")
    assert reader.page.url.endswith("/work/")
    reader.go("/inbox/")
    expect(html).to_have_attribute("lang", "zh-hans")


def test_theme_is_kept_over_pages(visit: Callable[..., Visitor]) -> None:
    reader = visit()
    html = reader.page.locator("html")
    reader.go("/")
    expect(html).to_have_attribute("data-bs-theme", "light")
    reader.page.locator("[data-theme-switch]").click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    reader.go("/accounts/login/")
    expect(html).to_have_attribute("data-bs-theme", "dark")


def test_print_of_a_notice_is_black_on_white_whatever_the_theme(
    cast: Any, rules: None, visit: Callable[..., Visitor]
) -> None:
    done = challenge_at(cast, "awarded")
    reader = visit(dark=True)
    reader.go(f"/awards/{Award.objects.get(challenge=done).pk}/")
    reader.page.emulate_media(media="print", color_scheme="dark")
    for words in (reader.page.locator("h1"), reader.page.locator(".prose").first):
        assert words.evaluate("(element) => getComputedStyle(element).color") == "rgb(0, 0, 0)"
    expect(reader.page.locator(".topbar")).to_be_hidden()
    expect(reader.page.get_by_role("main").get_by_role("table")).to_be_visible()


def test_print_of_a_ranking_bears_its_whole_hash(cast: Any, rules: None, visit: Callable[..., Visitor]) -> None:
    panel = Panel.objects.get(challenge=challenge_at(cast, "ranked"))
    reader = visit(cast.operator, dark=True)
    reader.go(f"/panels/{panel.pk}/")
    reader.page.emulate_media(media="print")
    printed = "(code) => getComputedStyle(code, '::after').content"
    assert panel.ranking.sha256 in reader.page.locator("#ranking .hash code").evaluate(printed)
