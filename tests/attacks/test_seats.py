"""A reviewer reads the bids while the seat is held and the panel judges: neither before, nor after, nor beside it."""

import pytest

from accounts.models import ApiToken
from accounts.policy import can, visible
from accounts.workflow import take
from challenges.models import BidDocument, Challenge, Envelope
from reviews.demo import walk
from reviews.models import Assignment, ScoreSheet
from tests.factories.life import challenge_at
from tests.personas import fresh


def reviewer_of(challenge):
    seat = Assignment.objects.filter(panel__challenge=challenge, is_chair=False).order_by("pk").first()
    return fresh(seat.expert.user)


def readable(user):
    return set(visible(user, "envelope.read").values_list("part", flat=True))


@pytest.mark.django_db
def test_reviewer_reads_bids_only_while_the_panel_judges(cast, rules, as_):
    challenge = challenge_at(cast, "panel_ready")
    reviewer = reviewer_of(challenge)
    assert readable(reviewer) == set()
    challenge = walk.carry(challenge, cast, to="under_review", since="panel_ready")
    assert readable(reviewer) == {"technical"}
    challenge = walk.carry(challenge, cast, to="scored", since="under_review")
    assert readable(reviewer) == {"technical", "commercial"}
    walk.carry(challenge, cast, to="ranked", since="scored")
    assert readable(reviewer) == set()
    for envelope in Envelope.objects.select_related("bid__challenge"):
        assert not can(fresh(reviewer), "envelope.read", envelope)
    document = BidDocument.objects.filter(envelope__bid__challenge=challenge)[0]
    token = ApiToken.issue(reviewer)[0]
    answer = as_(reviewer).client.get(f"/documents/{document.pk}/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert as_(reviewer).get(f"documents/{document.pk}").status_code == 404


@pytest.mark.django_db
def test_own_sheet_stays_readable_after_the_end_without_the_bid(cast, rules, as_, visit):
    challenge = challenge_at(cast, "ranked")
    reviewer = reviewer_of(challenge)
    sheet = ScoreSheet.objects.filter(assignment__expert__user=reviewer, part="technical")[0]
    page = visit(reviewer).get(f"/sheets/{sheet.pk}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "机理研究与工程验证并行" not in text
    assert "依据充分，路线清楚" in text
    assert "机理研究与工程验证并行" not in as_(reviewer).get(f"sheets/{sheet.pk}").content.decode()


@pytest.mark.django_db
def test_who_scored_keeps_the_stake_when_the_panel_has_closed(cast, rules):
    challenge = challenge_at(cast, "ranked")
    reviewer = reviewer_of(challenge)
    reviewer.roles = ["decider"]
    reviewer.save()
    decision = can(fresh(reviewer), "challenge.propose_award", Challenge.objects.get(pk=challenge.pk))
    assert decision.code == "separation"


@pytest.mark.django_db
def test_recused_reviewer_keeps_the_stake_as_well(cast, rules):
    challenge = challenge_at(cast, "under_review")
    reviewer = reviewer_of(challenge)
    seat = Assignment.objects.get(panel__challenge=challenge, expert__user=reviewer)
    take(seat, "recuse", actor=reviewer, reason="与一家揭榜方有亲属关系。")
    assert readable(fresh(reviewer)) == set()
    reviewer.roles = ["operator"]
    reviewer.save()
    decision = can(fresh(reviewer), "challenge.propose_award", Challenge.objects.get(pk=challenge.pk))
    assert not decision
    bid = challenge.bids.first()
    assert can(fresh(reviewer), "bid.check_eligibility", bid).code == "separation"
