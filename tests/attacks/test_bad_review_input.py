"""What a reviewer may send by mistake or on purpose: each has its clear answer, and nothing changes that should not."""

import pytest
from django.urls import reverse

from accounts.models import LedgerEntry, Notification
from accounts.workflow import Refused, take
from challenges.models import Challenge
from reviews.models import Amendment, Minutes, Panel, Ranking, Relation, Remark, ScoreSheet
from tests.factories import reviews as make
from tests.personas import fresh
from tests.reviews.test_consensus import apart, chair_of, sheet_of
from tests.test_races import at_once, refusals


@pytest.fixture
def given(db):
    return make.court(bids=1, experts=8)


@pytest.fixture
def panel(given):
    return make.scoring(given)


def marks():
    return LedgerEntry.objects.count(), Notification.objects.count()


def stored(sheet):
    return ScoreSheet.objects.values("state", "version", "scores").get(pk=sheet.pk)


@pytest.mark.parametrize("score", ["100.01", "-1", "1e3", "NaN", "85.555"])
def test_score_out_of_scale_is_refused_and_nothing_kept(panel, as_, score):
    sheet = make.sheets(panel)[0]
    reviewer, before = sheet.assignment.expert.user, (stored(sheet), marks())
    answer = as_(reviewer).patch(
        f"sheets/{sheet.pk}", {"version": 1, "scores": {"team": {"score": score, "comment": "好"}}}
    )
    assert answer.status_code == 422
    assert (stored(sheet), marks()) == before


@pytest.mark.parametrize("comment", ["", "   ", "\u3000\u3000", "\n\t "])
def test_comment_of_blanks_keeps_the_sheet_from_being_submitted(panel, as_, comment):
    sheet = make.sheets(panel)[0]
    caller = as_(sheet.assignment.expert.user)
    rubric = panel.challenge.frozen_rubric
    keys = [item.key for item in rubric.criteria if item.part == sheet.part]
    scores = {key: {"score": "80", "comment": comment} for key in keys}
    assert caller.patch(f"sheets/{sheet.pk}", {"version": 1, "scores": scores}).status_code == 200
    answer = caller.step(f"sheets/{sheet.pk}", "submit")
    assert answer.status_code == 409
    assert answer.json()["reason"]
    assert stored(sheet)["state"] == "open"


def test_comment_of_a_hundred_thousand_characters_is_refused_on_page_and_api(panel, as_, client):
    sheet = make.sheets(panel)[0]
    reviewer, before = sheet.assignment.expert.user, (stored(sheet), marks())
    scores = {"team": {"score": "80", "comment": "长" * 100_000}}
    assert as_(reviewer).patch(f"sheets/{sheet.pk}", {"version": 1, "scores": scores}).status_code == 422
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    form = {"version": "1", "team_score": "80", "team_comment": "长" * 100_000}
    answer = client.post(reverse("sheet_save", args=[sheet.pk]), form)
    assert answer.status_code == 422
    assert "team_comment" in answer.json()["errors"]
    assert (stored(sheet), marks()) == before


def test_stale_tab_of_a_recused_expert_and_anothers_sheet_change_nothing(panel, as_, client):
    mine, other = make.sheets(panel)[0], make.sheets(panel)[-1]
    reviewer = mine.assignment.expert.user
    assert other.assignment_id != mine.assignment_id
    take(mine.assignment, "recuse", actor=reviewer, reason="与揭榜方有合作。")
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    caller = as_(reviewer)
    for sheet in (mine, other):
        before = stored(sheet), marks()
        form = {"version": "1", "team_score": "99", "team_comment": "好"}
        scores = {"version": 1, "scores": {"team": {"score": "99", "comment": "好"}}}
        answers = [
            client.post(reverse("sheet_save", args=[sheet.pk]), form),
            client.post(reverse("sheet", args=[sheet.pk]), form),
            caller.patch(f"sheets/{sheet.pk}", scores),
            *(caller.step(f"sheets/{sheet.pk}", name) for name in ("submit", "lock", "reopen")),
        ]
        # Whoever held the seat is told on the page that it is theirs no longer; another's sheet is not there at all.
        on_pages = 403 if sheet == mine else 404
        assert [answer.status_code for answer in answers] == [on_pages] * 2 + [404] * 4
        assert (stored(sheet), marks()) == before


def test_replayed_steps_are_refused_with_a_reason_and_leave_no_trace(panel, as_):
    sheet = make.lock(make.sheets(panel)[0])
    caller, before = as_(sheet.assignment.expert.user), (stored(sheet), marks())
    scores = {"version": 1, "scores": {"team": {"score": "99", "comment": "好"}}}
    answers = [
        caller.step(f"sheets/{sheet.pk}", "submit"),
        caller.step(f"sheets/{sheet.pk}", "lock"),
        caller.patch(f"sheets/{sheet.pk}", scores),
        caller.step(f"assignments/{sheet.assignment_id}", "accept", no_conflict=True),
    ]
    assert [answer.status_code for answer in answers] == [409] * 4
    assert all(answer.json()["reason"] for answer in answers)
    assert (stored(sheet), marks()) == before


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_submit_once():
    panel = make.scoring(make.court(bids=1, experts=8))
    sheet = make.sheets(panel)[0]
    reviewer = sheet.assignment.expert.user
    ready = take(make.fill(sheet), "reopen", actor=reviewer)
    before = LedgerEntry.objects.filter(object_id=sheet.pk, action="submit").count()
    results = at_once(*[lambda: take(ready, "submit", actor=fresh(reviewer))] * 2)
    assert len(refusals(results)) == 1
    assert isinstance(refusals(results)[0], Refused)
    assert LedgerEntry.objects.filter(object_id=sheet.pk, action="submit").count() == before + 1


def test_panel_made_even_by_a_late_recusal_ranks_what_is_left(given):
    """No alternate can score any more: four sheets are a quorum, none is trimmed, and the fifth is named as void."""
    panel = make.consensus(given, {"B1": "80"})
    late = next(seat for seat in make.seats(panel, "accepted") if not seat.is_chair)
    take(late, "recuse", actor=late.expert.user, reason="刚得知有合作。")
    take(Challenge.objects.get(pk=given.challenge.pk), "finish_review", actor=given.operator)
    told = Ranking.objects.get().snapshot["result"]
    assert len(told["bids"][0]["sheets"]) == 4
    assert not any(sheet["trimmed"] for sheet in told["bids"][0]["sheets"])
    assert told["bids"][0]["rank"] == 1
    assert told["void"]


def test_panel_below_the_quorum_after_late_recusals_ranks_nobody_and_says_why(given):
    panel = make.consensus(given)
    for late in [seat for seat in make.seats(panel, "accepted") if not seat.is_chair][:3]:
        take(late, "recuse", actor=late.expert.user, reason="刚得知有合作。")
    take(Challenge.objects.get(pk=given.challenge.pk), "finish_review", actor=given.operator)
    told = Ranking.objects.get().snapshot["result"]["bids"][0]
    assert (told["rank"], told["flags"]) == (None, ["quorum"])


def test_fewer_eligible_experts_than_seats_is_told_before_the_seed_is_spent(given):
    for tied in given.experts[:4]:
        Relation.objects.create(expert=tied, kind="relative", person=given.owner)
    panel = make.create_panel(given.challenge, actor=given.operator)
    before = marks()
    with pytest.raises(Refused) as refusal:
        take(panel, "give_seed", actor=given.supervisor, seed=make.SEED)
    assert refusal.value.code == "pool_too_small"
    assert "1" in str(refusal.value.reason)
    assert marks() == before
    kept = Panel.objects.get()
    assert (kept.supervisor_seed, kept.frozen, kept.aliases) == ("", None, {})
    make.expert(given, "补充专家")
    assert take(kept, "give_seed", actor=given.supervisor, seed=make.SEED).pool_sha256


def test_all_scores_equal_is_a_tie_and_a_single_bid_is_none(db):
    """Never the order of ids: equal bids wait for the panel's vote, one bid has nobody to be equal with."""
    tests = {1: "", 2: "votes"}
    for bids, waits in tests.items():
        panel = make.consensus(make.court(bids=bids, experts=8))
        assert Panel.objects.get(pk=panel.pk).tie_waits_for() == waits


@pytest.mark.parametrize("text", ["", "   \n\t　 ", "长" * 100_000])
def test_texts_of_the_consensus_are_neither_blank_nor_endless(db, as_, text):
    _court, panel = apart()
    chair, path, before = chair_of(panel), f"panels/{panel.pk}", marks()
    sheet = sheet_of(panel, chair)
    reason = {"criterion": "innovation", "score": "77", "reason": text}
    answers = [
        as_(chair).step(path, "discuss", discussion=str(panel.discussions.get().pk), text=text),
        as_(chair).step(path, "write_minutes", text=text),
        as_(chair).step(path, "dissent", text=text),
        as_(chair).step(f"sheets/{sheet.pk}", "amend", **reason),
    ]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert marks() == before
    assert [kind.objects.count() for kind in (Remark, Minutes, Amendment)] == [0, 0, 0]
