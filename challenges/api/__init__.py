"""The API of what is carried from the list to the last payment."""

from ninja import Router

from challenges.api import awards, bids, calendar, challenges, contracts, rule_sets

router = Router()
for _part in (challenges, bids, awards, contracts, rule_sets, calendar):
    router.add_router("", _part.router)
