"""The score page: blind, beside the document, kept as typed, submitted and locked."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import LedgerEntry, Notification
from accounts.workflow import take
from challenges.rules import rubric_of
from tests.factories import reviews as court_room
from tests.reviews.test_consensus import REASON, amend, apart, people, sheet_of


def form_of(sheet, score="80", comment="依据充分，路线清楚。"):
    rubric = sheet.assignment.panel.challenge.frozen_rubric
    data = {"version": sheet.version}
    for item in rubric.criteria:
        if item.part == sheet.part:
            data |= {f"{item.key}_score": score, f"{item.key}_comment": comment}
    return data


def own_sheets(given):
    panel = court_room.scoring(given)
    seat = court_room.seats(panel, "accepted")[0]
    return seat.expert.user, court_room.sheets(panel, assignment=seat)


def test_reviews_list_what_is_left_and_the_rest_on_request(db, visit):
    reviewer, (first, second) = own_sheets(court_room.court())
    court_room.lock(first)
    client = visit(reviewer)
    left = client.get(reverse("reviews")).content.decode()
    assert reverse("sheet", args=[second.pk]) in left
    assert reverse("sheet", args=[first.pk]) not in left
    assert reverse("sheet", args=[first.pk]) in client.get(reverse("reviews"), {"all": 1}).content.decode()


def test_reviews_show_an_invitation_until_it_is_answered(db, visit):
    panel = court_room.drawn(court_room.court())
    seat = court_room.seats(panel, "invited")[0]
    client = visit(seat.expert.user)
    assert "Invitations that wait for your answer" in client.get(reverse("reviews")).content.decode()
    page = client.get(reverse("assignment", args=[seat.pk])).content.decode()
    assert reverse("step", args=["assignments", seat.pk, "accept"]) in page
    assert reverse("step", args=["assignments", seat.pk, "recuse"]) in page


def test_score_page_names_the_bid_by_its_code_alone(db, visit):
    given = court_room.court()
    reviewer, (sheet, _other) = own_sheets(given)
    page = visit(reviewer).get(reverse("sheet", args=[sheet.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert sheet.bid.code in text
    assert sheet.bid.lead.name not in text
    assert not any(member.name in text for member in sheet.bid.members.all())


def test_score_page_guides_the_reader_in_the_language_of_the_page(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    team = next(item for item in sheet.assignment.panel.challenge.frozen_rubric.criteria if item.key == "team")
    client = visit(reviewer)
    english = client.get(reverse("sheet", args=[sheet.pk])).content.decode()
    assert team.guide_en in english
    assert team.guide not in english
    client.cookies["django_language"] = "zh-hans"
    assert team.guide in client.get(reverse("sheet", args=[sheet.pk])).content.decode()


def test_guide_of_an_older_rule_set_is_in_english_where_it_is_the_standard_one():
    team = rubric_of("basic").criteria[2]
    older, own = (team.model_copy(update={"guide_en": "", **more}) for more in ({}, {"guide": "看团队。"}))
    with translation.override("en"):
        assert older.shown_guide == team.guide_en
        assert own.shown_guide == "看团队。"


def test_score_page_is_out_of_sight_for_everyone_else(db, visit):
    given = court_room.court()
    _reviewer, (sheet, _other) = own_sheets(given)
    peer = court_room.seats(sheet.assignment.panel, "accepted")[1].expert.user
    for user in (peer, given.operator, given.supervisor, given.owner):
        assert visit(user).get(reverse("sheet", args=[sheet.pk])).status_code == 404


def test_autosave_answers_with_the_next_version(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    data = form_of(sheet, score="")
    answer = visit(reviewer).post(reverse("sheet_save", args=[sheet.pk]), data)
    assert answer.status_code == 200
    assert answer.json()["version"] == sheet.version + 1
    assert answer.json()["saved_at"]


def test_autosave_from_an_older_tab_is_refused_and_loses_nothing(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    client, url = visit(reviewer), reverse("sheet_save", args=[sheet.pk])
    client.post(url, form_of(sheet, comment="第一个窗口写的。"))
    answer = client.post(url, form_of(sheet, comment="第二个窗口写的。"))
    assert answer.status_code == 409
    assert "reload" in answer.json()["reason"]
    kept = court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0]
    assert {entry["comment"] for entry in kept.scores.values()} == {"第一个窗口写的。"}


def test_autosave_tells_a_score_outside_the_scale_at_its_field(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    answer = visit(reviewer).post(reverse("sheet_save", args=[sheet.pk]), form_of(sheet, score="101"))
    assert answer.status_code == 422
    assert "innovation_score" in answer.json()["errors"]


def test_submit_without_a_comment_keeps_what_was_typed(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    data = form_of(sheet, score="77") | {"team_comment": "", "submit": "1"}
    answer = visit(reviewer).post(reverse("sheet", args=[sheet.pk]), data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Write a comment" in text
    assert 'value="77"' in text
    kept = court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0]
    assert kept.state == "open"
    assert kept.scores["innovation"]["score"] == "77"
    assert f'name="version" value="{kept.version}"' in text


def test_submit_leads_to_the_review_with_its_total_and_the_lock(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    answer = visit(reviewer).post(
        reverse("sheet", args=[sheet.pk]), form_of(sheet, score="80") | {"submit": "1"}, follow=True
    )
    text = answer.content.decode()
    assert reverse("step", args=["sheets", sheet.pk, "lock"]) in text
    assert reverse("step", args=["sheets", sheet.pk, "reopen"]) in text
    assert "76.00" in text  # 80 % of the 95 points of the technical part
    assert "data-autosave" not in text


def test_score_page_leads_to_the_bid_before_and_after(db, visit):
    reviewer, (first, second) = own_sheets(court_room.court())
    client = visit(reviewer)
    assert f'data-key="n" rel="next" href="{reverse("sheet", args=[second.pk])}"' in (
        client.get(reverse("sheet", args=[first.pk])).content.decode()
    )
    assert f'data-key="p" rel="prev" href="{reverse("sheet", args=[first.pk])}"' in (
        client.get(reverse("sheet", args=[second.pk])).content.decode()
    )


def test_saving_and_submitting_a_sheet_ask_few_queries(db, visit, django_assert_max_num_queries):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    client = visit(reviewer)
    with django_assert_max_num_queries(12):
        client.post(reverse("sheet_save", args=[sheet.pk]), form_of(sheet))
    kept = court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0]
    with django_assert_max_num_queries(16):  # 12 and the savepoints of a test
        client.post(reverse("sheet", args=[sheet.pk]), form_of(kept) | {"submit": "1"})
    assert court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0].state == "submitted"


def test_reviews_ask_as_many_queries_for_three_bids_as_for_one(db, visit, django_assert_num_queries):
    for bids in (1, 3):
        reviewer, _sheets = own_sheets(court_room.court(bids=bids))
        client = visit(reviewer)
        with django_assert_num_queries(6):
            client.get(reverse("reviews"))


def test_two_windows_submitting_see_both_texts_and_the_next_submit_counts(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    client, url = visit(reviewer), reverse("sheet", args=[sheet.pk])
    client.post(reverse("sheet_save", args=[sheet.pk]), form_of(sheet, score="70", comment="第一个窗口写的。"))
    answer = client.post(url, form_of(sheet, score="90", comment="第二个窗口写的。") | {"submit": "1"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "第一个窗口写的。" in text
    assert "第二个窗口写的。" in text
    kept = court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0]
    assert f'name="version" value="{kept.version}"' in text
    again = form_of(kept, score="90", comment="第二个窗口写的。") | {"submit": "1"}
    assert client.post(url, again).status_code == 302
    kept = court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0]
    assert kept.state == "submitted"
    assert {entry["comment"] for entry in kept.scores.values()} == {"第二个窗口写的。"}


def test_autosave_of_an_older_tab_brings_the_other_text_along(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    client, url = visit(reviewer), reverse("sheet_save", args=[sheet.pk])
    client.post(url, form_of(sheet, score="70", comment="第一个窗口写的。"))
    answer = client.post(url, form_of(sheet, comment="第二个窗口写的。")).json()
    assert answer["fields"]["team_comment"] == "第一个窗口写的。"
    assert answer["fields"]["team_score"] == "70"
    again = form_of(sheet, comment="第二个窗口写的。") | {"version": answer["version"]}
    assert client.post(url, again).status_code == 200


@pytest.mark.parametrize("comment", ["长" * 100_000, "   \n\t　"])
def test_comment_too_long_or_of_spaces_alone_is_refused_with_the_text_kept(db, visit, comment):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    data = form_of(sheet) | {"team_comment": comment, "submit": "1"}
    answer = visit(reviewer).post(reverse("sheet", args=[sheet.pk]), data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_team_comment_error"' in text
    assert comment.strip() in text
    assert "maxlength" not in text
    assert court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0].state == "open"


def test_stale_tab_of_a_recused_expert_is_told_why_and_keeps_nothing(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    client, data = visit(reviewer), form_of(sheet)
    take(sheet.assignment, "recuse", actor=reviewer, reason="新发现的关系")
    saved = client.post(reverse("sheet_save", args=[sheet.pk]), data)
    assert saved.status_code == 403
    assert "no longer hold this seat" in saved.json()["reason"]
    for answer in (
        client.get(reverse("sheet", args=[sheet.pk])),
        client.post(reverse("sheet", args=[sheet.pk]), data | {"submit": "1"}),
    ):
        assert answer.status_code == 403
        assert "no longer hold this seat" in answer.content.decode()
        assert sheet.bid.code not in answer.content.decode()
    assert court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0].scores == {}


def test_sheet_of_another_is_out_of_sight_for_saving_submitting_and_locking(db, visit):
    _reviewer, (sheet, _other) = own_sheets(court_room.court())
    peer = court_room.seats(sheet.assignment.panel, "accepted")[1].expert.user
    client, before = visit(peer), LedgerEntry.objects.count()
    urls = [reverse(name, args=[sheet.pk]) for name in ("sheet", "sheet_save")]
    urls += [reverse("step", args=["sheets", sheet.pk, name]) for name in ("submit", "lock", "reopen")]
    for url in urls:
        assert client.post(url, form_of(sheet) | {"submit": "1"}).status_code == 404
    assert court_room.sheets(sheet.assignment.panel, pk=sheet.pk)[0].scores == {}
    assert LedgerEntry.objects.count() == before


def test_submit_and_lock_sent_again_change_nothing(db, visit):
    reviewer, (sheet, _other) = own_sheets(court_room.court())
    client, data = visit(reviewer), form_of(sheet) | {"submit": "1"}
    assert client.post(reverse("sheet", args=[sheet.pk]), data).status_code == 302
    assert client.post(reverse("sheet", args=[sheet.pk]), data).status_code == 409
    lock = reverse("step", args=["sheets", sheet.pk, "lock"])
    assert client.post(lock).status_code == 302
    once = LedgerEntry.objects.count(), Notification.objects.count()
    assert client.post(lock).status_code == 409
    assert client.post(reverse("sheet", args=[sheet.pk]), data).status_code == 409
    assert (LedgerEntry.objects.count(), Notification.objects.count()) == once


def test_page_shows_how_far_my_own_bids_are(db, visit):
    reviewer, (first, second, _third) = own_sheets(court_room.court(bids=3))
    court_room.lock(first)
    text = visit(reviewer).get(reverse("sheet", args=[second.pk])).content.decode()
    assert "1 of 3 locked" in text
    assert f'href="{reverse("sheet", args=[second.pk])}" aria-current="page"' in text


def test_locked_sheet_shows_what_was_amended_to_those_who_may_read_it(db, visit, as_):
    court, panel = apart()
    author, peer = people(panel)[:2]
    found = sheet_of(panel, author)
    url = reverse("sheet", args=[found.pk])
    assert "Amended in the consensus" not in visit(author).get(url).content.decode()
    before = amend(panel, author, "75.5")
    amend(panel, author, "78")
    for user in (author, peer):
        page = visit(user).get(url).content.decode()
        assert [text for text in ("60 → 75.5", "75.5 → 78", "locked with 60", REASON) if text not in page] == []
        weights = {item.key: item.weight for item in panel.challenge.frozen_rubric.criteria}
        total = sum(
            Decimal("78" if key == "innovation" else entry["score"]) * weights[key] / 100
            for key, entry in before.scores.items()
        )
        assert f'Total as amended <strong class="num">{total:.2f}</strong>' in page
        told = as_(user).get(f"sheets/{found.pk}").json()["amendments"]
        assert [(item["before"], item["after"], item["reason"]) for item in told] == [
            ("60", "75.5", REASON), ("75.5", "78", REASON),
        ]  # fmt: skip
    for user in (court.operator, court.owner):
        assert visit(user).get(url).status_code == 404
        assert as_(user).get(f"sheets/{found.pk}").status_code == 404
