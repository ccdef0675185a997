"""The API of what is carried from the list to the last payment."""

from ninja import Router

from challenges.api import amendments, awards, bids, challenges, contracts, rule_sets

router = Router()
for _part in (challenges, bids, awards, contracts, amendments, rule_sets):
    router.add_router("", _part.router)
