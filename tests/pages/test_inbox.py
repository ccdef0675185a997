"""The inbox: the list, the item, and the news that an open page asks for, each told once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts import clock
from accounts.models import Notification, User
from challenges.models import Challenge
from tests.factories.life import challenge_at, new_challenge

pytestmark = pytest.mark.django_db


def tell(user: User, *, ago: float = 0, **more: object) -> Notification:
    given = {"kind": "challenge_published", "object_kind": "challenge", "data": {"object": "榜题"}} | more
    row = Notification.objects.create(recipient=user, object_id=given.pop("object_id", uuid4()), **given)
    Notification.objects.filter(pk=row.pk).update(created_at=clock.now() - timedelta(seconds=ago))
    return row


def poll(client, cursor: str = "") -> dict:
    answer = client.get(reverse("inbox_poll"), {"after": cursor} if cursor else {})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def test_list_tells_what_happened_and_what_is_unread(visit, cast):
    challenge_at(cast, "submitted")
    client = visit(cast.operator)
    page = client.get(reverse("inbox")).content.decode()
    assert "was submitted for vetting" in page
    assert "Needs you" in page
    assert page.count("is-unread") == 1
    assert "Everything is read" not in client.get(reverse("inbox"), {"show": "unread"}).content.decode()
    assert client.post(reverse("inbox_read")).status_code == 302
    assert "Everything is read" in client.get(reverse("inbox"), {"show": "unread"}).content.decode()
    assert "is-unread" not in client.get(reverse("inbox")).content.decode()


def test_item_is_read_and_leads_to_its_object(visit, cast):
    challenge = new_challenge(cast)
    row = tell(cast.owner, object_id=challenge.pk)
    answer = visit(cast.owner).get(reverse("inbox_item", args=[row.pk]))
    assert answer["Location"] == reverse("challenge", args=[challenge.pk])
    assert Notification.objects.get(pk=row.pk).read_at is not None


def test_item_of_a_kind_without_page_leads_to_its_challenge(visit, cast):
    challenge = new_challenge(cast)
    row = tell(cast.owner, object_kind="comet", challenge_id=challenge.pk)
    answer = visit(cast.owner).get(reverse("inbox_item", args=[row.pk]))
    assert answer["Location"] == reverse("challenge", args=[challenge.pk])
    lost = tell(cast.owner, object_kind="comet")
    assert visit(cast.owner).get(reverse("inbox_item", args=[lost.pk]))["Location"] == reverse("inbox")


def test_item_of_somebody_else_is_not_found(visit, cast):
    row = tell(cast.owner)
    assert visit(cast.operator).get(reverse("inbox_item", args=[row.pk])).status_code == 404
    assert Notification.objects.get(pk=row.pk).read_at is None


def test_first_question_gives_a_cursor_and_nothing_old(visit, cast):
    tell(cast.owner)
    tell(cast.owner, ago=3600)
    news = poll(visit(cast.owner))
    assert news["items"] == []
    assert news["unread"] == 2
    assert news["cursor"]
    assert poll(visit(cast.owner), news["cursor"])["items"] == []


def test_news_is_told_once_and_in_order(visit, cast):
    client = visit(cast.owner)
    cursor = poll(client)["cursor"]
    challenge_id = uuid4()
    rows = [tell(cast.owner), tell(cast.owner, object_kind="bid", challenge_id=challenge_id, needs_action=True)]
    tell(cast.operator)
    news = poll(client, cursor)
    assert [item["id"] for item in news["items"]] == [str(row.pk) for row in rows]
    assert news["more"] is False
    last = news["items"][1]
    assert last["needs_action"] is True
    assert last["about"] == [f"bid:{rows[1].object_id}", f"challenge:{challenge_id}"]
    assert last["url"] == reverse("inbox_item", args=[rows[1].pk])
    assert "榜题" in last["title"]
    assert poll(client, news["cursor"])["items"] == []


def test_row_stamped_early_and_committed_late_is_not_missed(visit, cast):
    client = visit(cast.owner)
    cursor = poll(client)["cursor"]
    tell(cast.owner)
    cursor = poll(client, cursor)["cursor"]
    late = tell(cast.owner, ago=20)
    news = poll(client, cursor)
    assert [item["id"] for item in news["items"]] == [str(late.pk)]
    assert poll(client, news["cursor"])["items"] == []


def test_long_absence_is_caught_up_in_portions_without_gap_or_double(visit, cast):
    client = visit(cast.owner)
    cursor = poll(client)["cursor"]
    rows = {str(tell(cast.owner).pk) for _number in range(120)}
    told, portions = [], 0
    while True:
        news = poll(client, cursor)
        told += [item["id"] for item in news["items"]]
        cursor, portions = news["cursor"], portions + 1
        if not news["more"]:
            break
    assert portions == 3
    assert len(told) == len(set(told)) == 120
    assert set(told) == rows


@pytest.mark.parametrize("cursor", ["nonsense", "2026-13-45T00:00:00+00:00~", "~", "2026-01-01T00:00:00~abc"])
def test_broken_cursor_begins_anew(visit, cast, cursor):
    tell(cast.owner)
    news = poll(visit(cast.owner), cursor)
    assert news["items"] == []
    assert news["cursor"] != cursor


def test_signed_out_browser_is_told_so(visit, db):
    assert visit().get(reverse("inbox_poll")).status_code == 401


@pytest.mark.parametrize("count", [1, 3])
def test_inbox_costs_the_same_whatever_its_length(visit, cast, django_assert_num_queries, count):
    for _number in range(count):
        tell(cast.owner)
    client = visit(cast.owner)
    with django_assert_num_queries(4):
        page = client.get(reverse("inbox")).content.decode()
    assert page.count("row-item") == count
    with django_assert_num_queries(5):
        poll(client)


def test_challenge_page_names_what_refreshes_it(visit, cast, rules):
    challenge: Challenge = challenge_at(cast, "published")
    page = visit(cast.owner).get(reverse("challenge", args=[challenge.pk])).content.decode()
    assert f'data-refresh-on="challenge:{challenge.pk}"' in page
