"""The pages and API of a matching: asked for, watched, looked at, wished of, released."""

import json

import pytest
from django.urls import reverse

from reviews.actions import compute_waiting
from reviews.models import Matching, PairWish, Panel, Relation
from tests.factories import reviews as court_room

ASKED = {"per_bid": "3", "load_min": "0", "load_max": "4", "cap": "100", "worst_first": "on"}


@pytest.fixture
def given(db):
    return court_room.court(bids=6, experts=9)


def drafted(given, visit, **asked):
    client = visit(given.operator)
    panel = Panel.objects.first() or court_room.matched(given)
    page = client.post(reverse("matching_start", args=[panel.pk]), ASKED | asked).url
    return client, page


def test_panel_is_formed_to_be_matched_and_offers_no_draw(given, visit):
    client = visit(given.operator)
    page = client.post(reverse("panel_create", args=[given.challenge.pk]), {"way": "matched"}).url
    panel = Panel.objects.get()
    assert panel.way == "matched"
    text = client.get(page).content.decode()
    assert "Match reviewers to bids" in text
    assert "The supervisor gives the second seed first." in text
    assert reverse("step", args=["panels", panel.pk, "draw"]) not in text


def test_matching_shows_progress_then_the_draft_to_operators_alone(given, visit):
    client, page = drafted(given, visit)
    waiting = client.get(page).content.decode()
    assert "<progress" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    compute_waiting()
    text = client.get(page).content.decode()
    assert "A draft: nobody has been invited yet." in text
    assert "hx-trigger" not in text.split('id="matching"')[1].split(">")[0]
    assert all(bid.code in text for bid in given.bids)
    expert = Matching.objects.get().matches.first().expert.user
    for user in (given.supervisor, given.owner, expert):
        assert visit(user).get(page).status_code == 404
    assert page in client.get(reverse("panel", args=[Panel.objects.get().pk])).content.decode()
    assert page not in visit(given.supervisor).get(reverse("panel", args=[Panel.objects.get().pk])).content.decode()


def test_release_names_each_reviewer_with_the_number_of_bids(given, visit):
    client, page = drafted(given, visit)
    compute_waiting()
    matching = Matching.objects.get()
    step = reverse("step", args=["matchings", matching.pk, "release"])
    text = client.get(step).content.decode()
    names = {match.expert.user.name for match in matching.matches.select_related("expert__user")}
    assert all(f"{name} · " in text for name in names)
    assert client.post(step).url == page
    assert visit(given.supervisor).get(page).status_code == 200
    assert visit(given.operator).get(reverse("panel", args=[matching.panel_id])).status_code == 200


def test_impossible_matching_says_which_bids_and_which_constraint(given, visit):
    for expert in given.experts[:7]:
        Relation.objects.create(expert=expert, kind="coproject", organization=given.bids[2].lead)
    client, page = drafted(given, visit)
    compute_waiting()
    text = client.get(page).content.decode()
    assert "No matching fulfils what was asked." in text
    assert "1 bids have fewer than 3 experts who may judge them" in text
    assert given.bids[2].code in text


def test_numbers_of_nonsense_are_refused_with_the_field(given, visit):
    client = visit(given.operator)
    page = reverse("matching_start", args=[court_room.matched(given).pk])
    assert client.post(page, ASKED | {"load_min": "7"}).status_code == 422
    assert client.post(page, ASKED | {"cap": "0"}).status_code == 422
    assert client.post(page, ASKED | {"per_bid": "2"}).status_code == 409
    assert not Matching.objects.exists()


def test_wish_for_a_pair_is_taken_by_code_and_address(given, visit):
    client, panel = visit(given.operator), court_room.matched(given)
    page = reverse("pair_wish", args=[panel.pk])
    wish = {"bid": given.bids[0].code, "expert": given.experts[0].user.email, "wish": "forbid", "reason": "同一课题组"}
    assert client.post(page, wish | {"bid": "没有"}).status_code == 422
    assert client.post(page, wish).url == reverse("matching_start", args=[panel.pk])
    assert PairWish.objects.get().expert == given.experts[0]
    assert visit(given.supervisor).post(page, wish).status_code == 403
    assert visit(given.experts[1].user).get(page).status_code == 404


def test_matching_over_the_api_is_asked_for_looked_at_and_moved(given, visit):
    client = visit(given.operator)

    def post(path, **body):
        answer = client.post(f"/api/{path}", json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    status, panel = post(f"challenges/{given.challenge.pk}/panels", way="matched")
    assert (status, panel["way"]) == (201, "matched")
    status, _refused = post(f"panels/{panel['id']}/matchings", per_bid=3)
    assert status == 409
    supervisor = visit(given.supervisor)
    supervisor.post(
        f"/api/panels/{panel['id']}/transitions/give_seed",
        json.dumps({"seed": court_room.SEED}),
        content_type="application/json",
    )
    status, made = post(f"panels/{panel['id']}/matchings", per_bid=3, load_max=4)
    assert (status, made["state"]) == (201, "waiting")
    assert post(f"panels/{panel['id']}/matchings", per_bid=3, load_max=0)[0] == 422
    compute_waiting()
    shown = client.get(f"/api/matchings/{made['id']}").json()
    assert len(shown["pairs"]) == 18
    assert supervisor.get(f"/api/matchings/{made['id']}").status_code == 404
    status, wish = post(
        f"panels/{panel['id']}/pair-wishes",
        bid=given.bids[0].code, expert=given.experts[0].user.email, wish="forbid", reason="同一课题组",
    )  # fmt: skip
    assert (status, wish["wish"]) == (201, "forbid")
    assert post(f"matchings/{made['id']}/transitions/release")[0] == 200
    assert supervisor.get(f"/api/matchings/{made['id']}").json()["state"] == "released"
