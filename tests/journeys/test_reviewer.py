"""The reviewer, phone first: answers the invitation, scores, loses the network and nothing else, locks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.functions import Now
from playwright.sync_api import expect

from accounts.workflow import take
from challenges.models import Challenge
from reviews import actions as judging
from reviews.demo import walk
from reviews.models import Assignment, Panel, ScoreSheet
from tests.factories import reviews as court_room
from tests.factories.life import challenge_at
from tests.journeys.visitor import Visitor

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "WebSocket", "ERR_NETWORK")
COMMENT = "依据充分，承诺值与验证方法一一对应。"


@pytest.fixture
def invited(cast: Any, rules: None) -> Panel:
    """A panel whose experts have been drawn and asked."""
    challenge = challenge_at(cast, "eligible")
    panel = judging.create_panel(challenge, actor=cast.operator)
    panel = take(panel, "give_seed", actor=cast.supervisor, seed="监督员的随机种子 20261123")
    panel = take(panel, "draw", actor=cast.operator)
    return take(panel, "release", actor=cast.operator)


@pytest.fixture
def sheet(cast: Any, rules: None) -> ScoreSheet:
    """The first of a reviewer's sheets, blank."""
    challenge = challenge_at(cast, "under_review")
    rows = ScoreSheet.objects.filter(assignment__panel__challenge=challenge).select_related("assignment__expert__user")
    return rows.order_by("assignment", "bid__code").first()


def test_reviewer_accepts_the_invitation_on_a_phone(invited: Panel, visit: Callable[..., Visitor]) -> None:
    seat = Assignment.objects.filter(panel=invited, state="invited").select_related("expert__user").first()
    reviewer = visit(seat.expert.user, phone=True)
    reviewer.go("/work/")
    reviewer.sees(invited.challenge.title)
    reviewer.go("/reviews/")
    reviewer.link("Answer").click()
    reviewer.look()
    reviewer.link("Accept, and declare that I have no conflict of interest").click()
    reviewer.look()
    with reviewer.expecting("422"):
        reviewer.button("Accept, and declare that I have no conflict of interest").click()
        expect(reviewer.page.get_by_role("alert")).to_be_focused()
    reviewer.page.locator("[name=no_conflict]").check()
    reviewer.button("Accept, and declare that I have no conflict of interest").click()
    reviewer.page.wait_for_url(f"**/assignments/{seat.pk}/")
    reviewer.look()
    assert Assignment.objects.get(pk=seat.pk).state == "accepted"


def test_reviewer_loses_the_network_and_nothing_else(sheet: ScoreSheet, visit: Callable[..., Visitor]) -> None:
    reviewer = visit(sheet.assignment.expert.user, phone=True, dark=True)
    reviewer.go(f"/sheets/{sheet.pk}/")
    page, saved = reviewer.page, reviewer.page.locator("[data-saved-for=score-form]")
    scores, comments = page.locator("[name$=_score]"), page.locator("[name$=_comment]")
    scores.nth(0).fill("88")
    comments.nth(0).fill(COMMENT)
    expect(page.locator(".saved.is-saved")).to_be_visible()
    with reviewer.expecting(*OFFLINE):
        reviewer.context.set_offline(True)
        scores.nth(1).fill("76.5")
        comments.nth(1).fill("断网时写下的意见。")
        expect(saved).to_have_text(reviewer.say("Offline, kept on this device"))
        expect(page.locator("[data-offline]")).to_be_visible()
        reviewer.look()
        page.close(run_before_unload=False)  # the train enters the tunnel, the phone drops the page
        reviewer.context.set_offline(False)
        reviewer.page = page = reviewer.new_tab()
        reviewer.go(f"/sheets/{sheet.pk}/")
    expect(page.locator("[name$=_score]").nth(1)).to_have_value("76.5")
    expect(page.locator("[name$=_comment]").nth(1)).to_have_value("断网时写下的意见。")
    expect(page.locator(".saved.is-saved")).to_be_visible()
    kept = {entry["comment"] for entry in ScoreSheet.objects.get(pk=sheet.pk).scores.values()}
    assert kept >= {COMMENT, "断网时写下的意见。"}


def test_reviewer_comes_back_into_reach_and_the_page_catches_up(
    sheet: ScoreSheet, visit: Callable[..., Visitor]
) -> None:
    reviewer = visit(sheet.assignment.expert.user)
    reviewer.go(f"/sheets/{sheet.pk}/")
    expect(reviewer.page.locator("[data-pages] canvas").first).to_be_visible()
    with reviewer.expecting(*OFFLINE):
        reviewer.context.set_offline(True)
        reviewer.page.locator("[name$=_score]").nth(0).fill("91")
        expect(reviewer.page.locator(".saved.is-kept")).to_be_visible()
        reviewer.context.set_offline(False)
        expect(reviewer.page.locator(".saved.is-saved")).to_be_visible()
    expect(reviewer.page.locator("[data-offline]")).to_be_hidden()
    assert "91" in {entry["score"] for entry in ScoreSheet.objects.get(pk=sheet.pk).scores.values()}


def test_reviewer_scores_submits_and_locks(sheet: ScoreSheet, visit: Callable[..., Visitor]) -> None:
    reviewer = visit(sheet.assignment.expert.user, phone=True)
    reviewer.go("/reviews/")
    reviewer.page.get_by_role("link", name=sheet.bid.code).click()
    reviewer.look()
    page = reviewer.page
    scores, comments = page.locator("[name$=_score]"), page.locator("[name$=_comment]")
    for place in range(scores.count()):
        scores.nth(place).fill("80")
        if place:
            comments.nth(place).fill(COMMENT)
    with reviewer.expecting("422"):
        reviewer.button("Submit this sheet").click()
        expect(page.get_by_role("alert")).to_be_focused()
    expect(scores.last).to_have_value("80")
    reviewer.look()
    comments.nth(0).fill(COMMENT)
    reviewer.button("Submit this sheet").click()
    reviewer.link("Lock this sheet").click()
    reviewer.look()
    reviewer.button("Lock this sheet").click()
    expect(page.locator("[data-state=locked]").first).to_be_visible()
    reviewer.look()
    assert ScoreSheet.objects.get(pk=sheet.pk).state == "locked"
    assert reviewer.page.locator("main input:not([type=hidden]), main textarea").count() == 0


def test_reviewer_who_is_late_is_told_so_and_keeps_the_text(sheet: ScoreSheet, visit: Callable[..., Visitor]) -> None:
    reviewer = visit(sheet.assignment.expert.user, phone=True)
    reviewer.go(f"/sheets/{sheet.pk}/")
    comment = reviewer.page.locator("[name$=_comment]").first
    comment.fill(COMMENT)
    expect(reviewer.page.locator(".saved.is-saved")).to_be_visible()
    Challenge.objects.filter(pk=sheet.bid.challenge_id).update(review_ends_at=Now())
    with reviewer.expecting("409"):
        comment.fill("过了截止时间才写的意见。")
        expect(reviewer.page.locator(".saved.is-invalid")).to_contain_text(reviewer.say("Scoring is not open."))
    expect(comment).to_have_value("过了截止时间才写的意见。")
    reviewer.go(f"/sheets/{sheet.pk}/")
    reviewer.sees(reviewer.say("Scoring is not open."))
    reviewer.sees(COMMENT)
    expect(reviewer.page.locator("main textarea")).to_have_count(0)


def test_reviewer_sees_the_bid_but_not_whose_it_is(sheet: ScoreSheet, cast: Any, visit: Callable[..., Visitor]) -> None:
    reviewer = visit(sheet.assignment.expert.user)
    for path in (f"/sheets/{sheet.pk}/", f"/assignments/{sheet.assignment_id}/", "/reviews/", "/work/", "/inbox/"):
        reviewer.go(path)
        for lead, bidder in zip(cast.leads, cast.bidders, strict=True):
            reviewer.sees_not(lead.name)
            reviewer.sees_not(bidder.name)
    walk.fill(ScoreSheet.objects.select_related("assignment__expert__user", "bid__challenge").get(pk=sheet.pk))
    reviewer.go(f"/sheets/{sheet.pk}/")
    reviewer.sees_not(cast.leads[0].name)


def test_reviewer_votes_on_a_tie_and_the_supervisor_draws_the_lots(
    transactional_db: None, visit: Callable[..., Visitor]
) -> None:
    court = court_room.court(bids=3, experts=5)
    panel = court_room.consensus(court)
    first, *others = court_room.seats(panel, "accepted")
    reviewer = visit(first.expert.user, phone=True)
    reviewer.go("/work/")
    reviewer.link("Vote").click()
    reviewer.look()
    reviewer.link("Vote on the tie").click()
    reviewer.look()
    with reviewer.expecting("422"):
        reviewer.button("Vote on the tie").click()
        expect(reviewer.page.get_by_role("alert")).to_be_focused()
    reviewer.page.get_by_label("B1", exact=True).check()
    reviewer.look()
    reviewer.button("Vote on the tie").click()
    reviewer.page.wait_for_url(f"**/panels/{panel.pk}/")
    reviewer.look()
    reviewer.sees(reviewer.say("%(voted)s of %(members)s members have voted", voted=1, members=5))
    for seat, bid in zip(others, (court.bids[i] for i in (0, 1, 1, 2)), strict=True):
        take(panel, "vote", actor=seat.expert.user, bids=[str(bid.pk)])

    supervisor = visit(court.supervisor, dark=True)
    supervisor.go(f"/panels/{panel.pk}/")
    supervisor.link("Give the seed and draw the lots").click()
    supervisor.look()
    supervisor.page.locator("[name=seed]").fill("监督员抽签的种子 20261125")
    supervisor.button("Give the seed and draw the lots").click()
    supervisor.page.wait_for_url(f"**/panels/{panel.pk}/")
    supervisor.look()
    supervisor.sees(supervisor.say("The tie is decided."))
