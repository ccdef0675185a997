"""What keeps somebody from a seat they hold or are offered: of a matched panel, what touches the bids they read."""

from collections.abc import Iterable
from uuid import UUID

from reviews.conflicts.search import Conflict, Words, find, in_words
from reviews.models import Assignment, Panel


def barred(panel: Panel, seats: Iterable[Assignment], *, words: Words = in_words) -> dict[UUID, list[Conflict]]:
    """Expert id → hard conflicts that end the seat, each told once. In a drawn panel everybody reads every bid, so any
    does; in a matched one those with the whole challenge or a bid matched to the expert, and for its chair any.
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
    return {
        expert: list({(item.code, item.evidence): item for item in items}.values())
        for expert, items in found.items()
        if items
    }
