"""The board and the page of the consensus: marks without scores, then scores, discussion, minutes; who sees which."""

import csv
import html
import io

import openpyxl
from django.urls import reverse

from accounts.models import User
from accounts.workflow import take
from reviews import board
from reviews.actions.sheets import save_scores
from reviews.models import Amendment, Panel, Remark
from reviews.tasks import tell_board
from tests.factories import reviews as make
from tests.reviews.test_consensus import apart, chair_of, others_of, people, settle, sheet_of
from tests.reviews.test_quality import closed


def lock_all_of(panel, user, score="80"):
    for sheet in make.sheets(panel, assignment__expert__user=user, state="open"):
        make.lock(sheet, score)


def test_member_sees_others_progress_only_once_their_own_sheets_are_locked(db, visit):
    given = make.court(bids=2)
    panel = make.scoring(given)
    member, peer = others_of(panel)[:2]
    lock_all_of(panel, peer)
    page = reverse("panel", args=[panel.pk])
    before = visit(member).get(page).content.decode()
    assert "My progress" in before
    assert 'aria-label="locked"' not in before
    lock_all_of(panel, member)
    after = visit(member).get(page).content.decode()
    assert "My progress" not in after
    assert after.count('aria-label="locked"') == 4


def test_unfinished_member_reads_the_same_page_whatever_the_others_do(db, visit):
    given = make.court(bids=2)
    panel = make.scoring(given)
    member, *rest = others_of(panel)
    page, client = reverse("panel", args=[panel.pk]), visit(member)

    def read():
        text = client.get(page).content.decode()
        return text[text.index('id="board"') : text.index("</table>", text.index('id="board"'))]

    before = read()
    for user in [*rest, chair_of(panel)]:
        lock_all_of(panel, user, "61.5")
    assert read() == before


def test_chart_of_equal_scores_says_so_and_not_a_range(db, visit):
    panel = make.consensus(make.court(bids=2))
    text = visit(chair_of(panel)).get(reverse("consensus", args=[panel.pk])).content.decode()
    assert "Every total is 80.00 points" in text
    assert "No reviewer is stricter than another" in text


def test_codes_of_equal_bids_are_listed_as_the_language_lists(db, client):
    panel = make.consensus(make.court(bids=2))
    client.force_login(chair_of(panel), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("step", args=["panels", panel.pk, "vote"])
    assert "B1、B2" in client.get(page, headers={"accept-language": "zh-hans"}).content.decode()
    assert "B1, B2" in client.get(page, headers={"accept-language": "en"}).content.decode()


def test_nudges_of_the_board_go_to_those_who_may_watch_alone(db, monkeypatch):
    given = make.court(bids=1)
    panel = make.scoring(given)
    done, *late = others_of(panel)
    lock_all_of(panel, done)
    told = []
    monkeypatch.setattr("config.realtime.nudge", lambda user, what: told.append((user, what)))
    tell_board(str(panel.pk))
    assert {user for user, _what in told} == {given.operator.pk, given.supervisor.pk, chair_of(panel).pk, done.pk}
    assert not {user.pk for user in late} & set(board.watchers(panel))
    assert {str(what) for _user, what in told} == {str({"type": "changed", "about": f"board:{panel.pk}"})}


def test_board_is_told_of_the_first_save_and_of_the_lock(db, monkeypatch, django_capture_on_commit_callbacks):
    given = make.court(bids=1)
    panel = make.scoring(given)
    told = []
    monkeypatch.setattr(tell_board, "delay", told.append)
    sheet = make.sheets(panel)[0]
    user, key = sheet.assignment.expert.user, sheet.assignment.panel.challenge.frozen_rubric.criteria[0].key
    for _save in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            scores = {key: {"score": "70", "comment": ""}}
            sheet = save_scores(sheet, actor=user, scores=scores, version=sheet.version)
    assert told == [str(panel.pk)]
    with django_capture_on_commit_callbacks(execute=True):
        make.lock(sheet)
    assert len(told) == 2


def test_scores_are_out_of_reach_before_every_sheet_is_locked(db, visit):
    given = make.court(bids=1)
    panel = make.scoring(given)
    for user in (given.operator, given.supervisor, *people(panel)):
        for name, more in (("consensus", []), ("scores_table", ["csv"]), ("scores_table", ["xlsx"])):
            assert visit(user).get(reverse(name, args=[panel.pk, *more])).status_code == 403


def test_consensus_page_is_the_panels_and_the_supervisors_until_the_end(db, visit):
    given, panel = apart()
    decider = make.person("决策者", "decider")
    page = reverse("consensus", args=[panel.pk])
    for user in (*people(panel), given.supervisor):
        text = visit(user).get(page).content.decode()
        assert "The scores of B1 lie more than 20 points apart" in text
        assert given.bids[0].lead.name not in text
    assert visit(given.operator).get(page).status_code == 403
    for user in (decider, given.owner, given.bids[0].created_by):
        assert visit(user).get(page).status_code == 404
    settle(panel)
    take(panel, "dissent", actor=others_of(panel)[0], text="我不同意多数意见，理由如下。")
    assert "我不同意多数意见" not in visit(given.operator).get(reverse("panel", args=[panel.pk])).content.decode()
    take(given.challenge, "finish_review", actor=given.operator)
    for user in (given.operator, decider):
        assert visit(user).get(page).status_code == 200
        assert "我不同意多数意见" in visit(user).get(reverse("panel", args=[panel.pk])).content.decode()
    for user in (given.owner, given.bids[0].created_by):
        assert visit(user).get(page).status_code == 404


def test_member_discusses_amends_and_confirms_on_pages(db, visit):
    given, panel = apart()
    thread, member = panel.discussions.get(), others_of(panel)[0]
    page, client = reverse("consensus", args=[panel.pk]), visit(member)
    step = reverse("step", args=["panels", panel.pk, "discuss"])
    assert step in client.get(page).content.decode()
    assert client.post(step, {"discussion": thread.pk, "text": "  "}).status_code == 422
    assert client.post(step, {"discussion": thread.pk, "text": "依据<b>检测报告</b>。"}).status_code == 302
    assert "依据&lt;b&gt;检测报告&lt;/b&gt;。" in client.get(page).content.decode()
    sheet = sheet_of(panel, member)
    url = reverse("step", args=["sheets", sheet.pk, "amend"])
    assert client.post(url, {"criterion": "innovation", "score": "101", "reason": "太高了一些"}).status_code == 422
    assert client.post(url, {"criterion": "innovation", "score": "77", "reason": "依据检测报告"}).status_code == 302
    assert Amendment.objects.get().after == "77"
    assert "依据检测报告" in visit(given.supervisor).get(page).content.decode()
    assert visit(chair_of(panel)).post(
        url, {"criterion": "innovation", "score": "99", "reason": "主席改分"}
    ).status_code in (403, 404)
    minutes = reverse("step", args=["panels", panel.pk, "write_minutes"])
    assert client.get(minutes).status_code == 403
    assert visit(chair_of(panel)).post(minutes, {"text": "经讨论，各自说明了依据。"}).status_code == 302
    confirm = reverse("step", args=["panels", panel.pk, "confirm_minutes"])
    assert client.post(confirm, {"minutes": panel.minutes.get().pk}).status_code == 302
    assert client.get(confirm).status_code == 403
    assert visit(given.supervisor).get(step).status_code == 403
    assert Remark.objects.count() == 1


def test_scores_are_taken_away_as_numbers_and_names_as_text(db, visit):
    given, panel = apart()
    User.objects.filter(pk=people(panel)[0].pk).update(name='=HYPERLINK("http://x","点")')
    client = visit(given.supervisor)
    answer = client.get(reverse("scores_table", args=[panel.pk, "csv"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][1:3] == ["B1", "B2"]
    assert any(row[0] == '\'=HYPERLINK("http://x","点")' for row in rows)
    answer = client.get(reverse("scores_table", args=[panel.pk, "xlsx"]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.data_type == "n" and cell.value == 60 for cell in cells)
    assert client.get(reverse("scores_table", args=[panel.pk, "pdf"])).status_code == 404


def test_consensus_asks_as_many_queries_for_three_bids_as_for_one(db, visit, django_assert_max_num_queries):
    counts = []
    for bids in (1, 3):
        given = make.court(bids=bids, experts=5)
        scores = {f"B{number}": str(60 + number) for number in range(1, bids + 1)}
        panel = make.consensus(given, scores)
        client = visit(given.supervisor)
        with django_assert_max_num_queries(30) as captured:
            client.get(reverse("consensus", args=[panel.pk]))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_operator_reminds_on_the_panels_page_once(db, visit):
    given = make.court(bids=1)
    panel = make.scoring(given)
    page, step = reverse("panel", args=[panel.pk]), reverse("step", args=["panels", panel.pk, "remind"])
    client = visit(given.operator)
    assert step in client.get(page).content.decode()
    assert client.post(step).status_code == 302
    text = client.get(page).content.decode()
    assert step not in text
    assert "reminded a short while ago" in text
    assert client.post(step).status_code == 409
    assert Panel.objects.get(pk=panel.pk).reminded_at is not None


def test_quality_page_names_nobody_but_who_is_asked_for(db, visit):
    court, panel = closed([60, 70, 70, 70, 80])
    client = visit(court.operator)
    names = [seat.expert.user.name for seat in make.seats(panel, "accepted")]
    text = client.get(reverse("quality")).content.decode()
    assert "n = 5 reviewers, 25 sheets" in text
    assert not [name for name in names if name in text]
    seat = make.seats(panel, "accepted")[0]
    text = client.get(reverse("quality"), {"expert": seat.expert_id}).content.decode()
    assert [name for name in names if name in text] == [names[0]]
    assert "-10.0" in text
    assert "Kendall's tau-b" in html.unescape(text)
    assert text.count('<td class="num">1.00</td>') == 1  # one panel, all of its members in one order
    for form in ("csv", "xlsx"):
        assert client.get(reverse("quality_table", args=[form])).status_code == 200
    for user in (court.owner, seat.expert.user, make.person("决策者", "decider")):
        assert visit(user).get(reverse("quality")).status_code == 403
