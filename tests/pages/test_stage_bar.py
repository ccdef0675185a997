"""The stage bar stands on every page of a challenge, those where work is done among them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from challenges.actions import start_bid
from challenges.models import Award, Bid, Challenge, Contract, Milestone, Payment
from reviews.models import Panel, ScoreSheet
from tests.factories.life import challenge_at, new_challenge

pytestmark = pytest.mark.django_db

BAR = '<nav class="stages'


def _ended(cast: Any) -> Iterator[tuple[Any, str]]:
    """Whoever works on a challenge whose first milestone is paid, with the pages of it they open."""
    done = challenge_at(cast, "delivering")
    award, contract, panel = (model.objects.get(challenge=done) for model in (Award, Contract, Panel))
    bid = Bid.objects.get(challenge=done, state="awarded")
    sheet = ScoreSheet.objects.filter(bid=bid).select_related("assignment__expert__user").first()
    reviewer = sheet.assignment.expert.user
    milestone = Milestone.objects.get(contract=contract, position=2)
    payment = Payment.objects.get(milestone=milestone)
    yield None, reverse("challenge", args=[done.pk])
    yield None, reverse("award", args=[award.pk])
    yield cast.owner, reverse("contract", args=[contract.pk])
    yield cast.owner, reverse("milestone", args=[milestone.pk])
    yield cast.owner, reverse("bid_feedback", args=[bid.pk])
    yield cast.finance, reverse("payment", args=[payment.pk])
    yield cast.operator, reverse("panel", args=[panel.pk])
    yield cast.operator, reverse("bid", args=[bid.pk])
    yield cast.supervisor, reverse("challenge_ledger", args=[done.pk])
    yield reviewer, reverse("sheet", args=[sheet.pk])
    yield reviewer, reverse("assignment", args=[sheet.assignment_id])
    yield cast.decider, reverse("step", args=["challenges", done.pk, "complete"])
    yield cast.decider, reverse("step", args=["payments", payment.pk, "freeze"])
    yield reviewer, reverse("step", args=["assignments", sheet.assignment_id, "recuse"])


def _open(cast: Any) -> Iterator[tuple[Any, str]]:
    """Drafts and bids being written."""
    draft, posted = new_challenge(cast), challenge_at(cast, "published")
    bid = start_bid(posted, actor=cast.bidders[0], lead=cast.leads[0])
    yield cast.owner, reverse("challenge_edit", args=[draft.pk])
    yield cast.owner, reverse("step", args=["challenges", draft.pk, "submit"])
    yield cast.bidders[1], reverse("bid_create", args=[posted.pk])
    yield cast.bidders[0], reverse("bid_part", args=[bid.pk, "technical"])


@pytest.mark.parametrize("pages", [_ended, _open])
def test_every_page_of_a_challenge_has_the_stage_bar(visit, cast, rules, pages):
    answers = {url: visit(person).get(url) for person, url in pages(cast)}
    assert {
        url: answer.status_code for url, answer in answers.items() if answer.status_code not in (200, 403, 409)
    } == {}
    assert [url for url, answer in answers.items() if BAR not in answer.content.decode()] == []


def test_step_of_no_challenge_has_no_stage_bar(visit, cast):
    answer = visit(cast.operator).get(reverse("step", args=["organizations", cast.leads[0].pk, "suspend"]))
    assert answer.status_code == 200
    assert BAR not in answer.content.decode()


def test_brief_bar_is_marked_for_phones(visit, cast, rules):
    challenge: Challenge = challenge_at(cast, "vetted")
    step = visit(cast.decider).get(reverse("step", args=["challenges", challenge.pk, "publish"])).content.decode()
    page = visit(cast.decider).get(reverse("challenge", args=[challenge.pk])).content.decode()
    assert 'class="stages is-brief"' in step
    assert 'class="stages"' in page
