"""The API of what is carried from the list to the last payment."""

from ninja import Router

from challenges.api import (
    awards,
    bids,
    calendar,
    challenges,
    contracts,
    credit,
    follow_ups,
    outcomes,
    rule_sets,
    transfers,
)

router = Router()
for _part in (challenges, bids, awards, contracts, outcomes, transfers, follow_ups, credit, calendar, rule_sets):
    router.add_router("", _part.router)
