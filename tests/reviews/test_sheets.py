"""Score sheets: what is kept and what is refused, locking, and the price part that opens exactly once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.models import LedgerEntry, Notification, User
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.models import BidGrant, Challenge
from reviews.actions import extend_review, remind_reviewers, save_scores
from reviews.forms import ScoreForm
from reviews.models import Panel, ScoreSheet
from reviews.queries import my_assignments, my_invitations, my_sheets, panel_progress
from tests.factories import reviews as make
from tests.factories.reviews import Court

ONE = {"innovation": {"score": "85.5", "comment": "问题抓得准。"}}


@pytest.fixture
def court(db: None) -> Court:
    return make.court(bids=2, experts=5)


@pytest.fixture
def panel(court: Court) -> Panel:
    return make.scoring(court)


@pytest.fixture
def sheet(panel: Panel) -> ScoreSheet:
    return make.sheets(panel)[0]


def save(sheet: ScoreSheet, scores: dict[str, object] | None = None, **change: object) -> ScoreSheet:
    given = {"actor": sheet.assignment.expert.user, "scores": scores or ONE, "version": sheet.version}
    return save_scores(sheet, **given | change)


def told(kind: str) -> int:
    return Notification.objects.filter(kind=kind).count()


def test_saving_keeps_scores_and_times_of_the_database(sheet: ScoreSheet) -> None:
    first = save(sheet)
    assert first.scores == ONE
    assert first.version == 2
    assert first.started_at == first.saved_at
    assert abs(first.saved_at - clock.now()) < timedelta(seconds=20)
    second = save(first, {"team": {"score": "", "comment": "  再想想  "}})
    assert second.scores == ONE | {"team": {"score": "", "comment": "再想想"}}
    assert second.started_at == first.started_at < second.saved_at


@pytest.mark.parametrize(
    ("given", "kept"), [("0", "0"), (100, "100"), ("８５．５", "85.5"), (85.25, "85.25"), (None, "")]
)
def test_scores_within_the_scale_are_kept_as_decimal_text(sheet: ScoreSheet, given: object, kept: str) -> None:
    saved = save(sheet, {"innovation": {"score": given, "comment": ""}})
    assert saved.scores["innovation"]["score"] == kept


@pytest.mark.parametrize("given", ["-1", "100.01", "101", "85.555", "abc", "1e2", "NaN", "1_0", "8 5", True, ["85"]])
def test_scores_outside_the_scale_are_refused_by_field(sheet: ScoreSheet, given: object) -> None:
    with pytest.raises(ValidationError) as error:
        save(sheet, {"innovation": {"score": given, "comment": "好"}})
    assert list(error.value.message_dict) == ["innovation_score"]
    assert ScoreSheet.objects.get(pk=sheet.pk).scores == {}


@pytest.mark.parametrize("comment", ["长" * 5001, "坏\x00字"])
def test_comment_that_cannot_be_kept_is_refused_by_field(sheet: ScoreSheet, comment: str) -> None:
    with pytest.raises(ValidationError) as error:
        save(sheet, {"innovation": {"score": "85", "comment": comment}})
    assert list(error.value.message_dict) == ["innovation_comment"]


def test_comment_of_the_longest_length_is_kept_after_trimming(sheet: ScoreSheet) -> None:
    saved = save(sheet, {"innovation": {"score": "85", "comment": "长" * 5000 + "  \n"}})
    assert len(saved.scores["innovation"]["comment"]) == 5000


@pytest.mark.parametrize("scores", [{"papers": {"score": "9"}}, {"budget": {"score": "9"}}, {"team": "9"}])
def test_criterion_that_is_not_of_this_sheet_is_refused(sheet: ScoreSheet, scores: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as error:
        save(sheet, scores)
    assert list(error.value.message_dict) == ["__all__"]


def test_saving_over_another_tab_is_refused(sheet: ScoreSheet) -> None:
    save(sheet)
    with pytest.raises(Refused) as refusal:
        save(sheet, {"innovation": {"score": "1", "comment": "旧页面"}})
    assert refusal.value.code == "version"
    assert ScoreSheet.objects.get(pk=sheet.pk).scores == ONE


def test_saving_a_submitted_sheet_is_refused_until_it_is_taken_back(sheet: ScoreSheet) -> None:
    submitted = make.fill(sheet)
    with pytest.raises(Refused) as refusal:
        save(submitted)
    assert refusal.value.code == "state"
    reopened = take(submitted, "reopen", actor=sheet.assignment.expert.user)
    assert save(reopened).scores["innovation"] == ONE["innovation"]


def test_saving_after_the_review_period_is_refused(sheet: ScoreSheet) -> None:
    make.place(sheet.assignment.panel.challenge, review_ends_at=clock.now())
    with pytest.raises(Refused) as refusal:
        save(sheet)
    assert refusal.value.code == "condition"


def test_saving_by_anyone_else_is_denied(court: Court, panel: Panel, sheet: ScoreSheet) -> None:
    peer = next(seat.expert.user for seat in make.seats(panel, "accepted") if seat.pk != sheet.assignment_id)
    root = User.objects.create_superuser("root@example.org", None, name="超级用户")
    for user in (peer, court.operator, court.supervisor, court.owner, root):
        with pytest.raises(Denied):
            save(sheet, actor=user)
    assert ScoreSheet.objects.get(pk=sheet.pk).version == 1


def test_saving_after_the_recusal_is_denied(sheet: ScoreSheet) -> None:
    seat = sheet.assignment
    take(seat, "recuse", actor=seat.expert.user, reason="新发现的关系")
    with pytest.raises(Denied):
        save(sheet)


def test_submitting_without_every_score_and_comment_is_refused(sheet: ScoreSheet) -> None:
    user = sheet.assignment.expert.user
    with pytest.raises(Refused):
        take(save(sheet), "submit", actor=user)
    keys = [item.key for item in sheet.assignment.panel.challenge.frozen_rubric.criteria if item.part == "technical"]
    silent = save(ScoreSheet.objects.get(pk=sheet.pk), {key: {"score": "80", "comment": "  "} for key in keys})
    with pytest.raises(Refused):
        take(silent, "submit", actor=user)


def test_queries_of_saving_submitting_and_locking_are_few(panel: Panel, sheet: ScoreSheet) -> None:
    user = sheet.assignment.expert.user
    keys = [item.key for item in panel.challenge.frozen_rubric.criteria if item.part == "technical"]
    with CaptureQueriesContext(connection) as saving:
        sheet = save(sheet, {key: {"score": "80", "comment": "好"} for key in keys})
    with CaptureQueriesContext(connection) as submitting:
        sheet = take(sheet, "submit", actor=user)
    with CaptureQueriesContext(connection) as locking:
        take(sheet, "lock", actor=user)
    assert (len(saving), len(submitting), len(locking)) == (5, 8, 13)


def test_locked_sheet_cannot_be_taken_back(sheet: ScoreSheet) -> None:
    locked = make.lock(sheet)
    with pytest.raises(Refused) as refusal:
        take(locked, "reopen", actor=sheet.assignment.expert.user)
    assert refusal.value.code == "state"


def test_price_part_opens_with_the_last_technical_sheet(court: Court, panel: Panel) -> None:
    *others, last = make.sheets(panel)
    for sheet in others:
        make.lock(sheet)
    assert not BidGrant.objects.filter(permission__codename="price_bid").exists()
    assert not ScoreSheet.objects.filter(part="commercial").exists()
    make.lock(last)
    assert ScoreSheet.objects.filter(part="commercial", state="open").count() == 10
    assert BidGrant.objects.filter(permission__codename="price_bid").count() == 10
    assert told("pricing_opened") == 5
    assert told("all_sheets_locked") == 0


def test_last_sheet_of_all_tells_the_panel_and_the_operator(panel: Panel) -> None:
    for _part in ("technical", "commercial"):
        for sheet in make.sheets(panel, state="open"):
            make.lock(sheet)
    assert told("all_sheets_locked") == 6


def test_rubric_without_a_price_part_goes_straight_to_the_consensus(db: None) -> None:
    court = make.court(bids=1, experts=5, review_class="basic")
    for sheet in make.sheets(make.scoring(court)):
        make.lock(sheet)
    assert not ScoreSheet.objects.filter(part="commercial").exists()
    assert told("all_sheets_locked") == 6


def test_price_part_waits_for_the_alternate(db: None) -> None:
    court = make.court(bids=1, experts=6)
    panel = make.scoring(court)
    leaving, *others = make.seats(panel, "accepted")
    for seat in others:
        make.lock(make.sheets(panel, assignment=seat)[0])
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    assert not ScoreSheet.objects.filter(part="commercial").exists()
    alternate = make.seats(panel, "invited")[0]
    take(alternate, "accept", actor=alternate.expert.user, no_conflict=True)
    make.lock(make.sheets(panel, assignment=alternate)[0])
    assert ScoreSheet.objects.filter(part="commercial").count() == 5


def test_price_part_opens_when_the_last_late_reviewer_is_recused(court: Court, panel: Panel) -> None:
    late, *others = make.seats(panel, "accepted")
    for seat in others:
        for sheet in make.sheets(panel, assignment=seat):
            make.lock(sheet)
    take(late, "recuse", actor=court.operator, reason="长期联系不上")
    assert ScoreSheet.objects.filter(part="commercial", state="open").count() == 8
    assert not ScoreSheet.objects.filter(part="commercial", assignment=late).exists()


def test_consensus_before_every_sheet_is_locked_is_refused(panel: Panel) -> None:
    chair = next(seat for seat in make.seats(panel, "accepted") if seat.is_chair)
    with pytest.raises(Refused) as refusal:
        take(panel, "open_consensus", actor=chair.expert.user)
    assert refusal.value.code == "condition"


def test_consensus_while_an_invitation_is_open_is_refused(db: None) -> None:
    court = make.court(bids=1, experts=6, review_class="basic")
    panel = make.scoring(court)
    leaving = make.seats(panel, "accepted")[0]
    take(leaving, "recuse", actor=leaving.expert.user, reason="新发现的关系")
    for sheet in make.sheets(panel, state="open"):
        make.lock(sheet)
    with pytest.raises(Refused) as refusal:
        take(panel, "open_consensus", actor=court.operator)
    assert refusal.value.code == "invited"


@pytest.mark.django_db(transaction=True)
def test_two_last_locks_at_the_same_moment_open_the_price_part_once() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    first, second, *others = make.sheets(panel)
    for sheet in others:
        make.lock(sheet)
    ready = [make.fill(first), make.fill(second)]
    start, failures = threading.Barrier(2), []

    def lock(sheet: ScoreSheet) -> None:
        try:
            user = User.objects.get(expert__assignments__sheets=sheet.pk)
            start.wait(20)
            take(sheet, "lock", actor=user)
        except Exception as error:  # shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=lock, args=[sheet]) for sheet in ready]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert ScoreSheet.objects.filter(part="commercial").count() == 5
    assert BidGrant.objects.filter(permission__codename="price_bid").count() == 5
    assert told("pricing_opened") == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["submit", "lock"])
def test_two_of_the_same_step_at_once_are_one(step: str) -> None:
    sheet = make.sheets(make.scoring(make.court(bids=1, experts=5)))[0]
    keys = [item.key for item in sheet.assignment.panel.challenge.frozen_rubric.criteria if item.part == "technical"]
    ready = save(sheet, {key: {"score": "80", "comment": "好"} for key in keys})
    ready = ready if step == "submit" else take(ready, "submit", actor=sheet.assignment.expert.user)
    start, codes = threading.Barrier(2), []

    def go() -> None:
        try:
            user = User.objects.get(pk=sheet.assignment.expert.user_id)
            mine = make.sheets(sheet.assignment.panel, pk=ready.pk)[0]
            start.wait(20)
            take(mine, step, actor=user)
            codes.append("done")
        except Refused as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _person in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(codes) == ["done", "state"]
    assert LedgerEntry.objects.filter(object_id=ready.pk, action=step).count() == 1


def test_late_reviewers_are_reminded_once(court: Court, panel: Panel) -> None:
    assert remind_reviewers() == 0
    challenge = Challenge.objects.get()
    make.place(challenge, review_ends_at=clock.now() + timedelta(days=2))
    done, *late = make.seats(panel, "accepted")
    for sheet in make.sheets(panel, assignment=done):
        make.lock(sheet)
    assert remind_reviewers() == 4
    assert remind_reviewers() == 0
    reminded = Notification.objects.filter(kind="review_due").values_list("recipient", flat=True)
    assert set(reminded) == {seat.expert.user_id for seat in late}


def test_reminders_read_as_much_for_two_panels_as_for_one(django_assert_num_queries: Any, db: None) -> None:
    for panels in (1, 2):
        court = make.court(bids=1, experts=5)
        make.scoring(court)
        make.place(court.challenge, review_ends_at=clock.now() + timedelta(days=2))
        with django_assert_num_queries(2):  # all who are late, and the rows of the one panel with news
            assert remind_reviewers() == 5
        assert Notification.objects.filter(kind="review_due").count() == 5 * panels
        with django_assert_num_queries(1):
            assert remind_reviewers() == 0


def test_review_that_is_over_or_far_from_its_end_reminds_nobody(court: Court, panel: Panel) -> None:
    for days in (-1, 20):
        make.place(court.challenge, review_ends_at=clock.now() + timedelta(days=days))
        assert remind_reviewers() == 0


def test_extension_reopens_an_overdue_review_for_the_operator_alone(court: Court, sheet: ScoreSheet) -> None:
    challenge = Challenge.objects.get()
    make.place(challenge, review_ends_at=clock.now())
    with pytest.raises(Denied):
        extend_review(challenge, actor=sheet.assignment.expert.user, reason="请多给几天")
    with pytest.raises(Refused):
        extend_review(challenge, actor=court.operator, reason=" ")
    extended = extend_review(challenge, actor=court.operator, reason="两位专家出差")
    assert extended.review_ends_at > clock.now()
    assert save(sheet).version == 2


def test_extension_before_the_scoring_is_refused(court: Court) -> None:
    with pytest.raises(Refused) as refusal:
        extend_review(court.challenge, actor=court.operator, reason="提前延长")
    assert refusal.value.code == "state"


def test_form_shows_the_criteria_of_its_part_and_gives_what_is_saved(sheet: ScoreSheet) -> None:
    form = ScoreForm(sheet=sheet)
    keys = [line.criterion.key for line in form.lines]
    assert keys == ["innovation", "feasibility", "team", "sharing", "application"]
    data = {"version": "1", "innovation_score": "85.50", "innovation_comment": " 好 "}
    form = ScoreForm(data, sheet=sheet)
    assert form.is_valid()
    saved = save(sheet, form.scores)
    assert saved.scores["innovation"] == {"score": "85.50", "comment": "好"}
    assert ScoreForm(sheet=saved).initial["innovation_score"] == "85.50"


@pytest.mark.parametrize("score", ["101", "-1", "85.555", "高"])
def test_form_names_the_field_that_is_wrong(sheet: ScoreSheet, score: str) -> None:
    form = ScoreForm({"version": "1", "team_score": score}, sheet=sheet)
    assert list(form.errors) == ["team_score"]


def test_screens_list_what_is_mine(court: Court) -> None:
    panel = make.drawn(court)
    user = make.seats(panel)[0].expert.user
    assert [seat.expert.user for seat in my_invitations(user)] == [user]
    make.accept_all(panel)
    take(court.challenge, "start_review", actor=court.operator)
    mine = list(my_sheets(user))
    assert [(sheet.bid.code, sheet.part) for sheet in mine] == [("B1", "technical"), ("B2", "technical")]
    make.lock(mine[0])
    [seat] = my_assignments(user)
    assert (seat.sheets_total, seat.sheets_open) == (2, 1)
    assert not my_invitations(user).exists()
    assert not my_sheets(court.operator).exists()


def test_progress_tells_how_far_everyone_is_in_one_query(panel: Panel) -> None:
    first, second = make.seats(panel, "accepted")[:2]
    one, two = make.sheets(panel, assignment=first)
    make.lock(one)
    make.fill(two)
    save(make.sheets(panel, assignment=second)[0])
    with CaptureQueriesContext(connection) as captured:
        progress = panel_progress(panel)
    assert len(captured) == 1
    assert progress[0].is_chair
    far = {line.assignment.pk: (line.total, line.started, line.submitted, line.locked) for line in progress}
    assert far[first.pk] == (2, 2, 1, 1)
    assert far[second.pk] == (2, 1, 0, 0)
