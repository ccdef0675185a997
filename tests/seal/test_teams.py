"""The seal between teams, and what a team reads of its own bid."""

import pytest
from django.test import Client

from reviews.demo import walk
from tests import personas
from tests.factories.life import new_challenge
from tests.factories.reviews import join, person
from tests.seal.watch import bearer, body_of, difference, leaks_in, look, of_bids


@pytest.mark.django_db
def test_seal_keeps_rivals_apart(cast, rules):
    challenge = walk.carry(new_challenge(cast), cast, to="published")
    rival, colleague = cast.bidders[1], person("同单位的同事")
    join(colleague, cast.leads[0])
    own = walk.one_bid(challenge, rival, lead_number=1, cast=cast)
    known = {"": [str(challenge.pk)], "organization": [str(cast.leads[0].pk)], "bids": [str(own.pk)]}
    before = [look(personas.fresh(user), known, queries=("",)) for user in (rival, colleague)]

    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)

    for user, earlier in zip((rival, colleague), before, strict=True):
        after = look(personas.fresh(user), known, queries=("",))
        changed = {path: difference(earlier[path], after[path]) for path in earlier if earlier[path] != after[path]}
        assert not changed, list(changed.items())[:5]
    asked = of_bids(bid)
    secrets = {bid.receipt_number, bid.sha256, str(bid.pk), cast.leads[0].name} - {str(item) for item in asked}
    leaks = leaks_in(look(personas.fresh(rival), {"": [str(challenge.pk), *asked]}), secrets)
    assert not leaks, leaks[:20]


@pytest.mark.django_db
def test_team_reads_its_own_sealed_bid(cast, rules):
    challenge = walk.carry(new_challenge(cast), cast, to="published")
    bid = walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast)
    user = personas.fresh(cast.bidders[0])
    response = Client().get(f"/api/bids/{bid.pk}", **bearer(user))
    assert response.status_code == 200
    assert bid.receipt_number in body_of(response)
