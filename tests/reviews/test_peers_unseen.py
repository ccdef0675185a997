"""What a peer writes leaves no trace before one's own lock: no byte, no order, no size, on any page or answer."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken
from accounts.workflow import take
from reviews.actions import save_scores
from tests.factories import reviews as make

# What differs from one answer to the next by itself: tokens, nonces, clocks.
OWN = re.compile(
    r'<time class="num" datetime="[^"]+">[^<]+</time>|name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"'
    r'|name="server-time" content="[^"]+|X-CSRFToken[^}]+|"cursor": "[^~]+|just now|\d+ \w+ (?:left|ago)'
)


@pytest.fixture
def panel(db):
    return make.scoring(make.court(bids=3, experts=5))


def seen_by(user, panel, own=None):
    """Everything this person can open about the review, as bytes: pages and answers of the API, or their refusals."""
    challenge = panel.challenge
    pages = [
        reverse("reviews"), f"{reverse('reviews')}?all=1", reverse("work"), reverse("challenge", args=[challenge.pk]),
        reverse("challenge_ledger", args=[challenge.pk]), reverse("inbox"),
    ]  # fmt: skip
    answers = [
        "sheets", "sheets?state=locked", "sheets?state=submitted", "assignments", "panels", f"panels/{panel.pk}",
        f"challenges/{challenge.pk}", f"challenges/{challenge.pk}/ledger", "bids", "inbox",
    ]  # fmt: skip
    if own is not None:
        pages += [reverse("sheet", args=[own.pk]), reverse("assignment", args=[own.assignment_id])]
        answers += [f"sheets/{own.pk}", f"assignments/{own.assignment_id}"]
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    token = {"Authorization": f"Bearer {ApiToken.issue(user)[0]}"}
    found = {url: client.get(url) for url in pages}
    found |= {f"/api/{path}": Client().get(f"/api/{path}", headers=token) for path in answers}
    return {url: (answer.status_code, OWN.sub("", answer.content.decode())) for url, answer in found.items()}


def test_nothing_tells_a_reviewer_or_bidder_that_a_peer_started_submitted_or_locked(panel):
    mine, *others = make.seats(panel, "accepted")
    own = make.sheets(panel, assignment=mine)[0]
    peers = make.sheets(panel, assignment=others[0])
    bidder = own.bid.members.get().user
    owner = panel.challenge.created_by
    watchers = {"reviewer": (mine.expert.user, own), "bidder": (bidder, None), "owner": (owner, None)}
    before = {name: seen_by(user, panel, sheet) for name, (user, sheet) in watchers.items()}
    assert before["reviewer"][reverse("sheet", args=[own.pk])][0] == 200

    def same():
        for name, (user, sheet) in watchers.items():
            now = seen_by(user, panel, sheet)
            assert [url for url in now if now[url] != before[name][url]] == [], name

    words = {"innovation": {"score": "97.5", "comment": "只有同行知道的话。"}}
    save_scores(peers[0], actor=others[0].expert.user, scores=words, version=peers[0].version)
    same()
    # The panel's page says how far each member is, in marks alone.
    told = Client(headers={"accept-language": "en"})
    told.force_login(mine.expert.user, backend="django.contrib.auth.backends.ModelBackend")
    text = told.get(reverse("panel", args=[panel.pk])).content.decode()
    assert "97.5" not in text
    assert "只有同行知道的话" not in text
    make.fill(make.sheets(panel, assignment=others[0])[0], "96")
    same()
    take(make.sheets(panel, assignment=others[0])[0], "lock", actor=others[0].expert.user)
    for sheet in peers[1:]:
        make.lock(sheet, "12")
    same()


def test_order_of_my_bids_is_that_of_their_codes_whatever_anybody_gave(panel):
    mine, other, *_rest = make.seats(panel, "accepted")
    for sheet, score in zip(make.sheets(panel, assignment=other), ("10", "99", "55"), strict=True):
        make.lock(sheet, score)
    token = {"Authorization": f"Bearer {ApiToken.issue(mine.expert.user)[0]}"}
    items = Client().get("/api/sheets", headers=token).json()["items"]
    ids = [sheet.pk for sheet in make.sheets(panel, assignment=mine)]
    assert sorted(item["id"] for item in items) == sorted(map(str, ids))
    client = Client()
    client.force_login(mine.expert.user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(reverse("sheet", args=[ids[0]])).content.decode()
    assert [text.index(reverse("sheet", args=[pk])) for pk in ids] == sorted(
        text.index(reverse("sheet", args=[pk])) for pk in ids
    )
