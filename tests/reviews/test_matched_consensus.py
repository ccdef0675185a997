"""The consensus of a matched panel: bid by bid among its readers and the chair, and nobody else hears of it."""

import json
from typing import Any

import pytest
from django.utils.translation import override

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied, can, visible
from accounts.workflow import Refused, take
from reviews import board, ranking
from reviews.models import Assignment, Confirmation, Discussion, Minutes, Panel, Ranking, Remark
from reviews.work import work_of
from reviews.work.meeting import with_meeting
from tests.factories import reviews as make
from tests.factories.reviews import Court
from tests.personas import fresh
from tests.reviews.test_rounds import scoring

pytestmark = pytest.mark.django_db
FAR = ("B1", "B4")  # bids whose readers lie far apart
TEXT = "我的依据是第三方检测报告。"


@pytest.fixture
def court() -> Court:
    return make.court(bids=6, experts=9)


def met(court: Court, far: tuple[str, ...] = FAR) -> Panel:
    """A consensus with scores far apart on the bids of these codes, and close on the others."""
    panel = scoring(court)
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            first = min(other.assignment_id for other in make.sheets(panel, bid=sheet.bid))
            strict = sheet.bid.code in far and sheet.assignment_id == first
            make.lock(sheet, "40" if strict else str(70 + 3 * int(sheet.bid.code[1:])))
    return take(panel, "open_consensus", actor=court.operator)


def waits(panel: Panel) -> str:
    """What the consensus waits for, as the end of the review and as the work page ask it."""
    asked = panel.consensus_waits_for()
    assert with_meeting(Panel.objects.filter(pk=panel.pk), "pk").get().waits == asked
    return asked


def members(panel: Panel) -> list[Assignment]:
    return list(panel.assignments.filter(state="accepted").select_related("expert__user"))


def chair(panel: Panel) -> Any:
    return next(seat.expert.user for seat in members(panel) if seat.is_chair)


def thread(panel: Panel, code: str = "B1") -> Discussion:
    return Discussion.objects.select_related("panel", "bid").get(panel=panel, bid__code=code)


def readers(of: Discussion) -> list[Any]:
    """Who read the bid, but for the chair."""
    seats = of.voices().filter(is_chair=False).select_related("expert__user")
    return [fresh(seat.expert.user) for seat in seats]


def outsider(of: Discussion) -> Any:
    """A member who read other bids alone."""
    inside = set(of.voices().values_list("pk", flat=True))
    return next(fresh(seat.expert.user) for seat in members(of.panel) if seat.pk not in inside)


def settle(panel: Panel, of: Discussion) -> None:
    """Discussed by a reader and the chair, minuted, and confirmed by all the others."""
    for user in (readers(of)[0], chair(panel)):
        take(panel, "discuss", actor=user, discussion=of, text=TEXT)
    take(panel, "write_minutes", actor=chair(panel), discussion=of, text="分歧在于验证方法，各自说明了依据。")
    for user in readers(of):
        take(panel, "confirm_minutes", actor=user, minutes=of.minutes.first())


def test_discussion_is_heard_by_its_readers_the_chair_and_the_supervisor_alone(court: Court) -> None:
    panel = met(court)
    assert {item.bid.code for item in panel.discussions.all()} == set(FAR)
    decider, stranger = make.person("决策者", "decider"), make.person("路人")
    people = [court.operator, court.supervisor, court.owner, decider, stranger, court.bids[0].created_by]
    people += [fresh(seat.expert.user) for seat in members(panel)]
    for state in ("consensus", "closed"):
        make.place(panel, state=state)
        for user in people:
            for action in ("discussion.view", "discussion.join"):
                seen = set(visible(user, action).values_list("bid__code", flat=True))
                may = {item.bid.code for item in Discussion.objects.all() if can(user, action, item)}
                assert seen == may, (state, action, user)
            read = {sheet.bid.code for sheet in make.sheets(panel, assignment__expert__user=user)} & set(FAR)
            sees = set(visible(user, "discussion.view").values_list("bid__code", flat=True))
            joins = set(visible(user, "discussion.join").values_list("bid__code", flat=True))
            all_of_it = set(FAR) if user in (court.supervisor, chair(panel)) else read
            after = set(FAR) if state == "closed" and user in (court.operator, decider) else set()
            assert sees == all_of_it | after
            assert joins == (set() if state == "closed" or user == court.supervisor else all_of_it)


def test_reader_of_other_bids_neither_writes_nor_confirms_nor_dissents(court: Court) -> None:
    panel = met(court, far=("B1",))
    of, other = thread(panel), outsider(thread(panel))
    before = LedgerEntry.objects.count(), Notification.objects.count()
    for step, inputs in (
        ("discuss", {"discussion": of, "text": TEXT}),
        ("confirm_minutes", {}),
        ("dissent", {"text": TEXT}),
        ("write_minutes", {"discussion": of, "text": TEXT}),
    ):
        with pytest.raises((Denied, Refused)):
            take(panel, step, actor=other, **inputs)
        assert not can(other, f"panel.{step}", panel)
    assert not can(other, "panel.read_scores", panel)
    assert (LedgerEntry.objects.count(), Notification.objects.count()) == before
    assert not Remark.objects.exists()


def test_reader_of_one_discussed_bid_is_denied_another(court: Court) -> None:
    panel = met(court)
    of, other = thread(panel, "B1"), thread(panel, "B4")
    for user in set(readers(of)) - set(readers(other)):
        with pytest.raises(Denied):
            take(panel, "discuss", actor=user, discussion=other, text=TEXT)
        take(panel, "discuss", actor=user, discussion=of, text=TEXT)
    assert not other.remarks.exists()


def test_end_of_the_review_waits_for_each_discussion_by_itself(court: Court) -> None:
    panel = met(court)
    first, second = thread(panel, "B1"), thread(panel, "B4")
    settle(panel, first)
    assert waits(panel) == "discussion"
    take(panel, "discuss", actor=readers(second)[0], discussion=second, text=TEXT)
    assert waits(panel) == "discussion"
    take(panel, "discuss", actor=chair(panel), discussion=second, text=TEXT)
    assert waits(panel) == "minutes"
    with pytest.raises(Refused) as refusal:
        take(panel, "write_minutes", actor=chair(panel), text="没有说是哪一份。")
    assert refusal.value.code == "discussion"
    take(panel, "write_minutes", actor=chair(panel), discussion=second, text="分歧在于样本数。")
    assert waits(panel) == "confirmation"
    with pytest.raises(Refused):
        take(court.challenge, "finish_review", actor=court.operator)
    voices = second.voices().count()
    for confirmed, user in enumerate(readers(second), start=2):
        take(panel, "confirm_minutes", actor=user, minutes=second.minutes.get())
        assert (waits(panel) == "") == (2 * confirmed > voices)
    assert take(court.challenge, "finish_review", actor=court.operator).state == "ranked"
    assert ranking.verify(Ranking.objects.get().snapshot) == []


def test_minutes_written_anew_are_confirmed_anew_and_by_who_read_them(court: Court) -> None:
    panel = met(court, far=("B1",))
    of = thread(panel)
    settle(panel, of)
    old, user = of.minutes.get(), readers(of)[0]
    with pytest.raises(Denied) as denied:
        take(panel, "confirm_minutes", actor=user)
    assert denied.value.code == "done"
    take(panel, "write_minutes", actor=chair(panel), discussion=of, text="更正：分歧在于样本数。")
    assert waits(panel) == "confirmation"
    with pytest.raises(Refused) as refusal:
        take(panel, "confirm_minutes", actor=user, minutes=old)
    assert refusal.value.code == "version"
    take(panel, "confirm_minutes", actor=user)
    assert Confirmation.objects.filter(minutes=Minutes.objects.first()).count() == 1
    with pytest.raises(Denied):
        take(panel, "write_minutes", actor=user, discussion=of, text="我来写纪要。")


def test_those_concerned_are_told_and_nobody_else(court: Court) -> None:
    panel = met(court, far=("B1",))
    of = thread(panel)
    voices = {user.pk for user in readers(of)} | {chair(panel).pk}

    def told(kind: str) -> set[Any]:
        return set(Notification.objects.filter(kind=kind).values_list("recipient", flat=True))

    settle(panel, of)
    sheet = make.sheets(panel, assignment__expert__user=readers(of)[0], bid=of.bid, part="technical")[0]
    take(sheet, "amend", actor=readers(of)[0], criterion="innovation", score="75", reason=TEXT)
    take(panel, "dissent", actor=readers(of)[0], text="我不同意多数意见，理由如下。")
    assert told("discussion_opened") == voices
    assert told("discussed") == voices
    assert told("minutes_written") == voices - {chair(panel).pk}
    assert told("score_amended") == voices - {readers(of)[0].pk}
    assert told("minority_reported") == {chair(panel).pk, court.supervisor.pk} - {readers(of)[0].pk}


def test_board_tells_each_of_the_bids_they_hear_of(court: Court) -> None:
    panel = met(court)
    of, report = thread(panel), "我不同意多数意见，理由如下。"
    settle(panel, of)
    take(panel, "dissent", actor=readers(of)[0], text=report)
    for user in [court.supervisor, *(fresh(seat.expert.user) for seat in members(panel))]:
        if not can(user, "panel.read_scores", panel):
            continue
        threads = list(board.heard(panel, user))
        codes = [item.bid.code for item in threads]
        scores, talk = board.scores(panel, threads), board.talk(panel, user, threads)
        assert [bid.code for bid, _line in scores.bids] == codes
        seats = set(Assignment.objects.filter(sheets__bid__in=[item.bid_id for item in threads]))
        assert {seat for seat, _item, _totals in scores.reviewers} == seats
        assert [item.discussion.bid.code for item in talk.threads] == codes
        reads_reports = user in (court.supervisor, chair(panel), readers(of)[0])
        assert [item.text for item in talk.reports] == ([report] if reads_reports else [])


def test_panels_chain_does_not_say_which_bids_are_discussed(court: Court) -> None:
    panel = met(court)
    settle(panel, thread(panel))
    actions = ("open_discussion", "discuss", "write_minutes", "confirm_minutes")
    said = json.dumps(list(LedgerEntry.objects.filter(action__in=actions).values_list("data", flat=True)))
    assert not [bid for bid in court.bids if str(bid.pk) in said]
    assert len(LedgerEntry.objects.get(action="open_discussion").data["sha256"]) == 64


def test_bid_that_all_its_readers_have_left_asks_for_nothing(court: Court) -> None:
    panel = met(court, far=("B1",))
    of = thread(panel)
    assert waits(panel) == "discussion"
    for user in readers(of):
        seat = panel.assignments.get(expert__user=user)
        take(seat, "recuse", actor=user, reason="新发现的关系")
    if of.voices().filter(sheets__bid=of.bid, sheets__state="locked").exists():  # the chair read it too
        user = chair(panel)
        take(panel.assignments.get(expert__user=user), "recuse", actor=user, reason="新发现的关系")
    assert panel.discussions.filter(bid=of.bid).wait_for() == ""
    assert waits(panel) in ("", "discussion")  # who left may have brought other bids' scores apart


def test_scores_that_agree_ask_for_nothing(court: Court) -> None:
    panel = met(court, far=())
    assert waits(panel) == ""
    assert not can(members(panel)[0].expert.user, "panel.read_scores", panel) or members(panel)[0].is_chair
    assert take(court.challenge, "finish_review", actor=court.operator).state == "ranked"


def test_work_page_of_a_reader_names_what_waits_for_them_alone(court: Court) -> None:
    panel = met(court, far=("B1",))
    of = thread(panel)

    def asked(user: Any) -> list[str]:
        with override("en"):
            return [item.what for item in work_of(fresh(user), "reviewer").later]

    voice, word = "The discussion of diverging scores waits for your word", "The minutes wait for your confirmation"
    first, *others = readers(of)
    aside = outsider(of)
    assert [asked(first), asked(aside)] == [[voice], []]
    take(panel, "discuss", actor=first, discussion=of, text=TEXT)
    assert asked(first) == []
    take(panel, "discuss", actor=chair(panel), discussion=of, text=TEXT)
    assert asked(chair(panel)) == ["Write the minutes of the consensus"]
    take(panel, "write_minutes", actor=chair(panel), discussion=of, text="分歧在于样本数。")
    assert [asked(user) for user in (first, *others, aside)] == [*([[word]] * (1 + len(others))), []]
    take(panel, "confirm_minutes", actor=first)
    assert asked(first) == []
