"""The API of what is carried from the list to the last payment."""

from ninja import Router

from challenges.api import awards, bank, bids, challenges, contracts, money, rule_sets

router = Router()
for _part in (challenges, bids, awards, contracts, money, bank, rule_sets):
    router.add_router("", _part.router)
