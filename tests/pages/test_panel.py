"""The panel page: the draw anyone can check, progress without scores, the ranking with its inputs."""

import json

from django.urls import reverse

from accounts.workflow import take
from reviews import draw, ranking
from reviews.models import Panel, ScoreSheet
from tests.factories import reviews as court_room


def test_panel_before_the_draw_shows_the_commitment_and_no_seed(db, visit):
    given = court_room.court()
    answer = visit(given.operator).post(reverse("panel_create", args=[given.challenge.pk]))
    panel = Panel.objects.get()
    take(panel, "give_seed", actor=given.supervisor, seed=court_room.SEED)
    assert answer.url == reverse("panel", args=[panel.pk])
    text = visit(given.operator).get(answer.url).content.decode()
    assert panel.platform_commitment[:8] in text
    assert panel.platform_seed not in text
    assert court_room.SEED not in text
    assert reverse("step", args=["panels", panel.pk, "draw"]) in text


def test_panel_names_conflicts_of_the_pool_with_their_evidence(db, visit):
    given = court_room.court()
    tied = court_room.expert(given, "有关系的专家", organization=given.challenge.owner)
    panel = court_room.drawn(given)
    text = visit(given.operator).get(reverse("panel", args=[panel.pk])).content.decode()
    assert tied.user.name in text
    assert "belongs to" in text


def test_panel_after_the_draw_replays_it_and_hands_out_the_transcript(db, visit):
    given = court_room.court()
    panel = court_room.drawn(given)
    client = visit(given.supervisor)
    text = client.get(reverse("panel", args=[panel.pk])).content.decode()
    assert "Replayed just now from both seeds" in text
    transcript = json.loads(client.get(reverse("panel_draw", args=[panel.pk])).content)
    assert draw.verify(transcript, commitment=panel.platform_commitment) == []


def test_panel_whose_draw_was_tampered_with_says_so(db, visit):
    given = court_room.court()
    panel = court_room.drawn(given)
    transcript = panel.transcript | {"panel": list(reversed(panel.transcript["panel"]))}
    court_room.place(panel, transcript=transcript)
    text = visit(given.supervisor).get(reverse("panel", args=[panel.pk])).content.decode()
    assert "The draw does not replay" in text


def test_progress_shows_marks_and_never_a_score(db, visit):
    given = court_room.court()
    panel = court_room.scoring(given)
    court_room.lock(court_room.sheets(panel)[0], "83.25")
    chair = next(seat for seat in court_room.seats(panel, "accepted") if seat.is_chair)
    for user in (given.operator, given.supervisor, chair.expert.user):
        text = visit(user).get(reverse("panel", args=[panel.pk])).content.decode()
        assert 'aria-label="locked"' in text
        assert 'aria-label="not opened"' in text
        assert "83.25" not in text
        assert given.bids[0].lead.name not in text


def test_closed_panel_shows_the_ranking_and_its_inputs(db, visit):
    given = court_room.court()
    panel = court_room.consensus(given, {"B1": "90", "B2": "70"})
    take(given.challenge, "finish_review", actor=given.operator)
    client = visit(given.operator)
    text = client.get(reverse("panel", args=[panel.pk])).content.decode()
    assert "true to the byte" in text
    assert text.index(given.bids[0].lead.name) < text.index(given.bids[1].lead.name)
    snapshot = json.loads(client.get(reverse("panel_ranking", args=[panel.pk])).content)
    assert ranking.verify(snapshot) == []


def test_seats_lead_only_those_on_who_may_open_them(db, visit):
    given = court_room.court()
    panel = court_room.consensus(given, {"B1": "90", "B2": "70"})
    take(given.challenge, "finish_review", actor=given.operator)
    seat = court_room.seats(panel, "accepted")[0]
    address = reverse("assignment", args=[seat.pk])
    for user in (given.operator, court_room.person("决策者", "decider"), seat.expert.user):
        client = visit(user)
        linked = address in client.get(reverse("panel", args=[panel.pk])).content.decode()
        assert linked == (client.get(address).status_code == 200)


def test_panel_is_out_of_sight_for_bidders_owner_and_finance(db, visit):
    given = court_room.court()
    panel = court_room.drawn(given)
    strangers = [given.owner, given.bids[0].created_by, court_room.person("财务", "finance"), None]
    for user in strangers:
        answer = visit(user).get(reverse("panel", args=[panel.pk]))
        assert answer.status_code == (404 if user else 302)


def test_review_is_extended_with_a_reason_by_an_operator(db, visit):
    given = court_room.court()
    panel = court_room.scoring(given)
    url, client = reverse("review_extend", args=[panel.pk]), visit(given.operator)
    before = given.challenge.review_ends_at
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "两位专家出差"}).status_code == 302
    assert Panel.objects.get(pk=panel.pk).challenge.review_ends_at > before
    assert visit(given.supervisor).get(url).status_code == 403


def test_panels_ask_as_many_queries_for_three_as_for_one(db, visit, django_assert_num_queries):
    given = court_room.court(bids=0, experts=0)
    client = visit(given.operator)
    for _more in range(2):
        with django_assert_num_queries(5):
            assert client.get(reverse("panels")).status_code == 200
        for _number in range(2):
            other = court_room.court(bids=0, experts=0)
            Panel.objects.create(
                challenge=other.challenge, size=5, created_by=given.operator, platform_seed="a" * 64,
                platform_commitment=draw.commit("a" * 64),
            )  # fmt: skip


def test_progress_asks_as_many_queries_for_three_bids_as_for_one(db, visit, django_assert_num_queries):
    for bids in (1, 3):
        given = court_room.court(bids=bids)
        panel = court_room.scoring(given)
        assert ScoreSheet.objects.filter(assignment__panel=panel).count() == 5 * bids
        client = visit(given.operator)
        with django_assert_num_queries(16):
            client.get(reverse("panel", args=[panel.pk]))


def test_tie_is_voted_on_and_drawn_on_the_panels_page(db, visit):
    given = court_room.court(bids=3, experts=5)
    panel = court_room.consensus(given)
    page = reverse("panel", args=[panel.pk])
    vote, seed = (reverse("step", args=["panels", panel.pk, name]) for name in ("vote", "give_lot_seed"))
    seats = court_room.seats(panel, "accepted")
    assert "every member of the panel votes on the tie first" in visit(given.operator).get(page).content.decode()
    for seat, place in zip(seats, (0, 0, 1, 1, 2), strict=True):
        client = visit(seat.expert.user)
        assert vote in client.get(page).content.decode()
        text = client.get(vote).content.decode()
        assert 'type="radio"' in text
        assert given.bids[0].lead.name not in text
        assert client.post(vote).status_code == 422
        assert "votes are shown to nobody" in client.get(page).content.decode()
        assert client.post(vote, {"tie_1": given.bids[place].pk}).url == page
        assert client.post(vote, {"tie_1": given.bids[place].pk}).status_code in (403, 409)
    text = visit(given.supervisor).get(page).content.decode()
    assert "the lots wait for the supervisor" in text
    assert seed in text
    assert visit(given.operator).get(seed).status_code == 403
    assert visit(given.supervisor).post(seed, {"seed": court_room.SEED}).url == page
    assert "The tie is decided." in visit(seats[0].expert.user).get(page).content.decode()
    take(given.challenge, "finish_review", actor=given.operator)
    text = visit(given.operator).get(page).content.decode()
    assert "true to the byte" in text
    assert "The tie is decided." in text


def test_panel_without_a_tie_says_nothing_of_one(db, visit):
    given = court_room.court(bids=2, experts=5)
    panel = court_room.consensus(given, {"B1": "70"})
    text = visit(court_room.seats(panel, "accepted")[0].expert.user).get(reverse("panel", args=[panel.pk])).content
    assert "Vote on the tie" not in text.decode()
