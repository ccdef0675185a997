"""The consensus: discussion where scores diverge, one's own scores alone amended, minutes, minority reports."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can
from accounts.workflow import Refused, take
from challenges.models import Bid
from reviews import ranking
from reviews.actions.ranking import ranked_now
from reviews.models import (
    Amendment,
    Discussion,
    Minutes,
    Panel,
    Ranking,
    Remark,
    ScoreSheet,
    TieBreak,
)
from tests.factories import reviews as make
from tests.factories.reviews import Court

REASON = "讨论后认为验证方法更充分，上调。"


def met(court: Court, scores: list[dict[str, str]]) -> Panel:
    """A consensus in which the members, in the order drawn, gave these scores by the bid's code."""
    panel = make.scoring(court)
    while left := make.sheets(panel, state="open"):
        order = [seat.pk for seat in make.seats(panel, "accepted")]
        for sheet in left:
            make.lock(sheet, scores[order.index(sheet.assignment_id)].get(sheet.bid.code, "80"))
    return take(Panel.objects.get(pk=panel.pk), "open_consensus", actor=court.operator)


def apart(**numbers: Any) -> tuple[Court, Panel]:
    """Two bids, on the first of which the members are far apart."""
    court = make.court(bids=2, experts=6, **numbers)
    given = [{"B1": score, "B2": "70"} for score in ("60", "85", "86", "87", "88")]
    return court, met(court, given)


def people(panel: Panel) -> list[Any]:
    return [seat.expert.user for seat in make.seats(panel, "accepted")]


def chair_of(panel: Panel) -> Any:
    return next(seat.expert.user for seat in make.seats(panel, "accepted") if seat.is_chair)


def others_of(panel: Panel) -> list[Any]:
    return [user for user in people(panel) if user != chair_of(panel)]


def sheet_of(panel: Panel, user: Any, code: str = "B1") -> ScoreSheet:
    return make.sheets(panel, assignment__expert__user=user, bid__code=code, part="technical")[0]


def amend(panel: Panel, user: Any, score: str, *, code: str = "B1", by: Any = None) -> ScoreSheet:
    inputs = {"criterion": "innovation", "score": score, "reason": REASON}
    return take(sheet_of(panel, user, code), "amend", actor=by or user, **inputs)


def settle(panel: Panel) -> None:
    """Discussed by two, minuted, and confirmed by a majority."""
    for thread in panel.discussions.all():
        for user in people(panel)[:2]:
            take(panel, "discuss", actor=user, discussion=thread, text="我的依据是第三方检测报告。")
    take(panel, "write_minutes", actor=chair_of(panel), text="经讨论，分歧在于验证方法，各自说明了依据。")
    for user in others_of(panel)[:2]:
        take(panel, "confirm_minutes", actor=user)


@pytest.mark.django_db
def test_diverging_scores_open_a_discussion_that_the_end_of_the_review_waits_for() -> None:
    court, panel = apart()
    thread = Discussion.objects.get(panel=panel)
    assert (thread.bid.code, Decimal(thread.spread) > 20) == ("B1", True)
    assert Notification.objects.filter(kind="discussion_opened").count() == 5
    waits = []
    with translation.override("en"):
        for step in ("discussion", "discussion", "minutes", "confirmation"):
            assert panel.consensus_waits_for() == step
            with pytest.raises(Refused) as refusal:
                take(court.challenge, "finish_review", actor=court.operator)
            waits.append(str(refusal.value))
            if step == "discussion":
                user = people(panel)[len(waits) - 1]
                take(panel, "discuss", actor=user, discussion=thread, text="我的依据是第三方检测报告。")
            elif step == "minutes":
                take(panel, "write_minutes", actor=chair_of(panel), text="分歧在于验证方法。")
    assert "two members" in waits[0]
    assert "chair writes the minutes" in waits[2]
    assert "more than half" in waits[3]
    for user in others_of(panel)[:2]:
        take(panel, "confirm_minutes", actor=user)
    assert take(court.challenge, "finish_review", actor=court.operator).state == "ranked"


@pytest.mark.django_db
def test_two_remarks_of_one_member_are_no_discussion() -> None:
    _court, panel = apart()
    thread = Discussion.objects.get(panel=panel)
    for _turn in range(2):
        take(panel, "discuss", actor=people(panel)[0], discussion=thread, text="我坚持原来的评分。")
    assert panel.consensus_waits_for() == "discussion"


@pytest.mark.django_db
def test_scores_that_agree_ask_for_nothing() -> None:
    court = make.court(bids=2, experts=5)
    panel = make.consensus(court, {"B1": "80", "B2": "70"})
    assert panel.consensus_waits_for() == ""
    with pytest.raises(Refused) as refusal:
        take(panel, "discuss", actor=people(panel)[0], discussion=None, text="一切都好，无需讨论。")
    assert refusal.value.code == "condition"
    assert take(court.challenge, "finish_review", actor=court.operator).state == "ranked"


@pytest.mark.django_db
def test_another_panels_discussion_is_refused() -> None:
    _court, panel = apart()
    _other, elsewhere = apart()
    with pytest.raises(Refused) as refusal:
        take(panel, "discuss", actor=people(panel)[0], discussion=elsewhere.discussions.get(), text="写错了地方。")
    assert refusal.value.code == "discussion"
    assert not Remark.objects.exists()


@pytest.mark.django_db
def test_amended_score_counts_and_the_locked_sheet_stays_as_it_was() -> None:
    court, panel = apart()
    user = people(panel)[0]
    before = sheet_of(panel, user)
    after = amend(panel, user, "75.5")
    assert after.scores == before.scores
    assert after.amended_scores["innovation"] == "75.5"
    row = Amendment.objects.get()
    assert (row.before, row.after, row.reason, row.made_by) == ("60", "75.5", REASON, user)
    entry = LedgerEntry.objects.get(action="amend")
    assert (entry.data["before"], entry.data["after"], entry.data["reason"]) == ("60", "75.5", REASON)
    assert Notification.objects.filter(kind="score_amended").count() == 4
    settle(panel)
    take(court.challenge, "finish_review", actor=court.operator)
    snapshot = Ranking.objects.get().snapshot
    [sheet] = [item for item in snapshot["inputs"]["sheets"] if "amendments" in item]
    assert sheet["scores"]["innovation"] == "75.5"
    assert sheet["amendments"] == [{"criterion": "innovation", "before": "60", "after": "75.5"}]
    assert ranking.verify(snapshot) == []


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (lambda sheet: sheet["scores"].update(innovation="99"), "does not hold its amended scores"),
        (lambda sheet: sheet["amendments"].append({"criterion": "innovation", "before": "1", "after": "2"}), "follow"),
        (lambda sheet: sheet["amendments"][0].pop("after"), "not a snapshot"),
        (lambda sheet: sheet.update(amendments="none"), "not a snapshot"),
    ],
)
@pytest.mark.django_db
def test_tampered_amendment_is_told_even_under_a_fresh_hash(tamper: Any, problem: str) -> None:
    _court, panel = apart()
    amend(panel, people(panel)[0], "75.5")
    inputs = ranked_now(panel)["inputs"]
    tamper(next(item for item in inputs["sheets"] if "amendments" in item))
    assert any(problem in told for told in ranking.verify(ranking.snapshot(inputs)))


@pytest.mark.django_db
def test_nobody_amends_anothers_score_and_the_chair_neither() -> None:
    court, panel = apart()
    user = others_of(panel)[0]
    sheet = sheet_of(panel, user)
    for other in (chair_of(panel), others_of(panel)[1], court.operator, court.supervisor, court.owner):
        with pytest.raises(Denied):
            amend(panel, user, "90", by=other)
        with pytest.raises(DatabaseError, match="own reviewer alone"), transaction.atomic():
            Amendment.objects.create(
                sheet=sheet, made_by=other, criterion="innovation", before="60", after="90", reason=REASON
            )
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
        ScoreSheet.objects.filter(pk=sheet.pk).update(scores={})
    assert not Amendment.objects.exists()
    assert not LedgerEntry.objects.filter(action="amend").exists()


@pytest.mark.django_db
def test_records_of_the_consensus_are_there_to_stay() -> None:
    _court, panel = apart()
    settle(panel)
    amend(panel, people(panel)[0], "70")
    take(panel, "dissent", actor=others_of(panel)[0], text="我不同意多数意见，理由如下。")
    kept: list[Any] = [*Discussion.objects.all(), *Remark.objects.all(), *Minutes.objects.all()]
    kept += [*Amendment.objects.all(), *panel.minority_reports.all(), *Minutes.objects.get().confirmations.all()]
    assert len(kept) == 1 + 2 + 1 + 1 + 1 + 2
    for row in kept:
        for statement in (f'UPDATE "{row._meta.db_table}" SET id = id', f'DELETE FROM "{row._meta.db_table}"'):
            with pytest.raises(DatabaseError, match=r"Cannot (update|delete)"), transaction.atomic():
                connection.cursor().execute(statement)


@pytest.mark.parametrize("score", ["100.01", "-1", "abc", "", "60", "1e1"])
@pytest.mark.django_db
def test_amendment_to_no_score_or_the_same_one_is_refused(score: str) -> None:
    _court, panel = apart()
    with pytest.raises(Exception) as refusal:  # noqa: PT011  (a refusal or an error of the field)
        amend(panel, people(panel)[0], score)
    assert type(refusal.value).__name__ in ("Refused", "ValidationError")
    assert not Amendment.objects.exists()


@pytest.mark.django_db
def test_amendment_outside_the_meeting_is_refused() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    sheet = make.lock(make.sheets(panel)[0])
    user = sheet.assignment.expert.user
    with pytest.raises(Refused) as refusal:
        take(sheet, "amend", actor=user, criterion="innovation", score="70", reason=REASON)
    assert refusal.value.code == "condition"
    other, closed = apart()
    settle(closed)
    take(other.challenge, "finish_review", actor=other.operator)
    with pytest.raises(Refused):
        amend(closed, people(closed)[0], "70")


@pytest.mark.django_db
def test_recused_member_amends_nothing() -> None:
    _court, panel = apart(score_quorum=4)
    seat = make.seats(panel, "accepted")[0]
    take(seat, "recuse", actor=seat.expert.user, reason="新发现的关系")
    with pytest.raises((Denied, Refused)):
        amend(panel, seat.expert.user, "70")
    assert not can(seat.expert.user, "panel.read_scores", panel)


@pytest.mark.django_db
def test_amendment_that_makes_bids_equal_calls_the_vote_and_one_that_does_not_leaves_ballots() -> None:
    court = make.court(bids=3, experts=5)
    panel = make.consensus(court, {"B3": "70"})
    tie, user = TieBreak.objects.get(), people(panel)[0]
    take(panel, "vote", actor=user, bids=[str(Bid.objects.get(code="B1").pk)])
    amend(panel, user, "71", code="B3")
    assert TieBreak.objects.get().pk == tie.pk
    assert tie.ballots.count() == 1
    for member in people(panel)[:3]:  # three of five: the trimmed mean moves
        amend(panel, member, "60", code="B1")
    assert not TieBreak.objects.exists()


@pytest.mark.django_db
def test_counted_votes_rest_on_scores_that_stand() -> None:
    court = make.court(bids=2, experts=5)
    panel = make.consensus(court)
    first = str(Bid.objects.get(code="B1").pk)
    for user in people(panel):
        take(panel, "vote", actor=user, bids=[first])
    with pytest.raises(Refused) as refusal:
        amend(panel, people(panel)[0], "70")
    assert refusal.value.code == "condition"


@pytest.mark.django_db
def test_amendment_that_drives_scores_apart_opens_another_discussion() -> None:
    _court, panel = apart()
    for item in make.sheets(panel, assignment__expert__user=people(panel)[1], bid__code="B2", part="technical"):
        for key in item.scores:
            take(item, "amend", actor=people(panel)[1], criterion=key, score="10", reason=REASON)
    assert {thread.bid.code for thread in panel.discussions.all()} == {"B1", "B2"}


@pytest.mark.django_db
def test_minutes_are_the_chairs_and_a_new_text_is_confirmed_anew() -> None:
    _court, panel = apart()
    settle(panel)
    assert panel.consensus_waits_for() == ""
    read = Minutes.objects.get()
    user = others_of(panel)[0]
    with pytest.raises(Denied):
        take(panel, "write_minutes", actor=user, text="我来写纪要。")
    with pytest.raises(Denied) as denied:
        take(panel, "confirm_minutes", actor=user)
    assert denied.value.code == "done"
    take(panel, "write_minutes", actor=chair_of(panel), text="更正：分歧在于验证方法与样本数。")
    assert panel.consensus_waits_for() == "confirmation"
    with pytest.raises(Refused) as refusal:
        take(panel, "confirm_minutes", actor=user, minutes=read)
    assert refusal.value.code == "version"
    take(panel, "confirm_minutes", actor=user, minutes=panel.minutes.first())
    assert Minutes.objects.count() == 2


@pytest.mark.django_db
def test_minority_report_is_made_once_and_told_to_panel_and_supervisor() -> None:
    court, panel = apart()
    user = others_of(panel)[0]
    take(panel, "dissent", actor=user, text="我不同意多数意见，理由如下。")
    told = set(Notification.objects.filter(kind="minority_reported").values_list("recipient", flat=True))
    assert told == {item.pk for item in people(panel) if item != user} | {court.supervisor.pk}
    with pytest.raises(Denied) as denied:
        take(panel, "dissent", actor=user, text="我再补充一点不同意见。")
    assert denied.value.code == "done"


@pytest.mark.django_db
def test_texts_of_the_consensus_are_not_in_the_ledger_but_their_hashes() -> None:
    _court, panel = apart()
    settle(panel)
    take(panel, "dissent", actor=others_of(panel)[0], text="我不同意多数意见，理由如下。")
    for entry in LedgerEntry.objects.filter(action__in=("discuss", "write_minutes", "dissent")):
        assert len(entry.data["sha256"]) == 64
        assert "text" not in entry.data


@pytest.mark.django_db
def test_reminder_reaches_those_who_are_late_and_waits_before_the_next() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    done = make.lock(make.sheets(panel)[0]).assignment.expert.user
    for user in (court.supervisor, court.owner, *[one for one in others_of(panel) if one != chair_of(panel)]):
        with pytest.raises(Denied):
            take(panel, "remind", actor=user)
    take(panel, "remind", actor=court.operator)
    told = set(Notification.objects.filter(kind="reminded").values_list("recipient", flat=True))
    assert told == {user.pk for user in people(panel) if user != done}
    assert LedgerEntry.objects.get(action="remind").data == {}
    with pytest.raises(Refused) as refusal:
        take(panel, "remind", actor=chair_of(panel))
    assert refusal.value.code == "condition"
    with pgtrigger.ignore():
        Panel.objects.filter(pk=panel.pk).update(reminded_at=panel.now - timedelta(days=1, seconds=1))
    take(panel, "remind", actor=chair_of(panel))
    assert LedgerEntry.objects.filter(action="remind").count() == 2


@pytest.mark.django_db
def test_nobody_is_reminded_of_what_is_locked() -> None:
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            make.lock(sheet)
    with pytest.raises(Refused):
        take(panel, "remind", actor=court.operator)
    assert not Notification.objects.filter(kind="reminded").exists()
