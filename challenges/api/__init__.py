"""The API of what is carried from the list to the last payment."""

from ninja import Router

from challenges.api import (
    amendments,
    awards,
    bank,
    bids,
    calendar,
    challenges,
    contracts,
    credit,
    follow_ups,
    midterm_checks,
    money,
    outcomes,
    races,
    region,
    rule_sets,
    transfers,
)

router = Router()
PARTS = (
    challenges,
    bids,
    awards,
    races,
    contracts,
    amendments,
    midterm_checks,
    money,
    bank,
    outcomes,
    transfers,
    follow_ups,
    credit,
    calendar,
    region,
    rule_sets,
)
for _part in PARTS:
    router.add_router("", _part.router)
