"""Quality, sharing and performance beside the total: on the pages of panel, ranking and feedback, and in their API."""

from django.urls import reverse

from accounts.workflow import take
from reviews.actions import save_scores
from reviews.models import Ranking
from tests.factories import reviews as make


def test_axes_stand_beside_the_total_wherever_it_is_shown(db, visit, as_):
    court = make.court(bids=1, experts=5)
    panel = make.scoring(court)
    given = {"quality": "90", "sharing": "70", "performance": "80"}
    rubric = court.challenge.frozen_rubric.criteria
    while left := make.sheets(panel, state="open"):
        for sheet in left:
            user = sheet.assignment.expert.user
            scores = {
                item.key: {"score": given[item.axis], "comment": "依据充分。"}
                for item in rubric
                if item.part == sheet.part
            }
            saved = save_scores(sheet, actor=user, scores=scores, version=sheet.version)
            take(take(saved, "submit", actor=user), "lock", actor=user)
    take(panel, "open_consensus", actor=court.operator)
    member, bidder = make.seats(panel, "accepted")[0].expert.user, court.bids[0].created_by

    def shows(user, name, pk):
        page = visit(user).get(reverse(name, args=[pk])).content.decode()
        found = [page.find(f"{word}</") >= 0 for word in ("Quality", "Sharing", "Performance")]
        return all(found) and all(f"{score}.00<" in page for score in given.values())

    axes = {axis: f"{score}.00" for axis, score in given.items()}
    assert shows(member, "consensus", panel.pk)
    assert as_(member).get(f"panels/{panel.pk}/scores").json()["bids"][0]["axes"] == axes
    take(court.challenge, "finish_review", actor=court.operator)
    assert shows(member, "panel", panel.pk)
    make.place(court.challenge, state="awarded", awarded_at=court.challenge.opened_at)
    assert shows(None, "proof", court.challenge.pk)
    told = as_(None).get(f"challenges/{court.challenge.pk}/proof").json()
    assert told[0]["ranking"]["snapshot"]["result"]["bids"][0]["axes"] == axes
    ranked = as_(court.operator).get(f"challenges/{court.challenge.pk}/ranking").json()
    assert ranked["snapshot"]["result"]["bids"][0]["axes"] == axes
    assert shows(bidder, "bid_feedback", court.bids[0].pk)
    feedback = as_(bidder).get(f"bids/{court.bids[0].pk}/feedback").json()
    assert feedback["axes"] == axes
    assert feedback["score"] == Ranking.objects.get().snapshot["result"]["bids"][0]["published"]
