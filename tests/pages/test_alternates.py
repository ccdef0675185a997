"""Alternates, and whoever left a seat, are known to operators and supervisors alone."""

import json

import pytest
from django.urls import reverse

from accounts.workflow import take
from reviews.models import Expert, Panel
from tests.factories import reviews as make

pytestmark = pytest.mark.django_db


def body(answer):
    return answer.content.decode()


@pytest.mark.parametrize("place", [0, -1])
def test_members_learn_nothing_of_alternates(visit, as_, place):
    """Neither chair nor member: on the page, over the API, in the ledger and its export."""
    given = make.court(experts=9)
    panel = make.scoring(given)
    declined = make.seats(panel, "accepted")[2]
    take(declined, "recuse", actor=given.operator, reason="举报查实")
    members = sorted(make.seats(panel, "accepted"), key=lambda seat: not seat.is_chair)
    make.expert(given, "增补专家")
    panel = Panel.objects.get(pk=panel.pk)
    kept = {str(seat.expert_id) for seat in members}
    others = [expert for expert in Expert.objects.select_related("user") if str(expert.pk) not in kept]
    aliases = [alias for alias, pk in panel.aliases.items() if pk not in kept]
    user, challenge = members[place].expert.user, given.challenge.pk
    seen = body(visit(user).get(reverse("panel", args=[panel.pk])))
    assert all(seat.expert.user.name in seen for seat in members)
    ledger = reverse("challenge_ledger", args=[challenge])
    for address in (ledger, reverse("challenge_ledger_export", args=[challenge]), reverse("proof", args=[challenge])):
        answer = visit(user).get(address)
        seen += b"".join(answer.streaming_content).decode() if answer.streaming else body(answer)
    api = as_(user)
    for path in (
        f"panels/{panel.pk}",
        f"challenges/{challenge}/ledger",
        f"challenges/{challenge}/proof",
        "assignments",
    ):
        answer = api.get(path)
        assert answer.status_code == 200, path
        seen += json.dumps(answer.json(), ensure_ascii=False)
    for expert in others:
        assert expert.user.name not in seen
        assert str(expert.pk) not in seen
    assert not any(alias in seen for alias in aliases)
    for arranger in (given.operator, given.supervisor):
        text = body(visit(arranger).get(reverse("panel", args=[panel.pk])))
        alternates = Expert.objects.filter(pk__in=panel.drawn["alternates"])
        assert all(expert.user.name in text for expert in alternates.select_related("user"))
        data = as_(arranger).get(f"challenges/{challenge}/ledger").json()
        assert panel.drawn["alternates"][0] in json.dumps(data)
