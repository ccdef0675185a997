"""The seal between the deadline and the opening, as `tests.seal.watch` says."""

import pytest
from django.db import transaction

from accounts.workflow import take
from reviews.demo import walk
from tests import personas
from tests.factories.life import new_challenge
from tests.seal.watch import difference, look, nameless, press


@pytest.mark.django_db
@pytest.mark.parametrize("persona", ["anonymous", "owner", "operator", "decider", "supervisor"])
def test_seal_holds_after_the_deadline_until_the_custodians_are_enough(cast, rules, persona):
    challenge = walk.carry(new_challenge(cast, title="封存试验榜题"), cast, to="published")
    user = personas.everyone(cast)[persona]
    worlds = []
    for bidders in ((), cast.bidders):
        with transaction.atomic():
            for number, bidder in enumerate(bidders):
                walk.one_bid(challenge, bidder, lead_number=number, cast=cast)
            walk.close(challenge, cast)
            take(challenge, "consent_to_opening", actor=cast.operator)
            known = {"": [str(challenge.pk)], "organization": [str(challenge.owner_id)]}
            seen = look(personas.fresh(user), known, queries=("",))
            seen |= press(personas.fresh(user), challenge, but="consent_to_opening")  # one more would be enough
            worlds.append(nameless(seen))
            transaction.set_rollback(True)
    without, sealed = worlds
    changed = {path: difference(without[path], sealed[path]) for path in without if without[path] != sealed[path]}
    assert not changed, list(changed.items())[:5]
