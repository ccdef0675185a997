"""What keeps somebody from a seat they hold or are offered, or in a matched panel from one of its bids."""

from collections.abc import Iterable
from uuid import UUID

from reviews.conflicts.search import Conflict, Words, find, in_words
from reviews.models import Assignment, Panel


def barred(panel: Panel, seats: Iterable[Assignment], *, words: Words = in_words) -> dict[UUID, list[Conflict]]:
    """Expert id → hard conflicts that concern the seat, each told once. In a drawn panel everybody reads every bid, so
    any does; in a matched one those with the whole challenge or a bid matched to the expert, and for its chair any.
    """
    seats = list(seats)
    experts = [seat.expert for seat in seats]
    found = find(panel.challenge, experts=experts, words=words)
    if panel.way == Panel.Way.MATCHED:
        pairs = set(panel.pairs().filter(expert__in=experts).values_list("expert", "bid"))
        chairs = {seat.expert_id for seat in seats if seat.is_chair}
        found = {
            expert: [item for item in items if item.bid is None or expert in chairs or (expert, item.bid) in pairs]
            for expert, items in found.items()
        }
    by_bid = panel.way == Panel.Way.MATCHED
    return {
        expert: list({(item.code, item.evidence, by_bid and item.bid): item for item in items}.values())
        for expert, items in found.items()
        if items
    }


def ends_the_seat(panel: Panel, conflict: Conflict) -> bool:
    """Whether nothing is left of a seat; else the reader keeps it without that bid, and the chair the membership."""
    return panel.way == Panel.Way.DRAWN or conflict.bid is None
