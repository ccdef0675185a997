"""Conflicts as the expert they are about may read them: blind, so that no word tells who stands behind which bid."""

from typing import Any

from django.utils.translation import gettext as _

from reviews.conflicts.barring import barred, ends_the_seat
from reviews.conflicts.search import in_own_words
from reviews.models import Assignment


def own_conflicts(seat: Assignment, *, ending: bool = False) -> list[str]:
    """The hard conflicts of who holds the seat, each told once in words for themselves; none once the seat is left.

    Looking on after that would let a person who was recused try out one tie after the other. `ending`: only those that
    leave nothing of the seat.
    """
    if seat.state not in Assignment.HELD:
        return []
    found = barred(seat.panel, [seat], words=in_own_words)
    items = [item for item in found.get(seat.expert_id, []) if not ending or ends_the_seat(seat.panel, item)]
    return list(dict.fromkeys(item.evidence for item in items))


def reason_for(reader: Any, seat: Assignment) -> str:
    """Why a seat was left: all of it for those who arrange, for the expert what they said or were told themselves."""
    if seat.expert.user_id != reader.pk:
        return seat.reason
    return seat.told or (_("A conflict of interest was found; the operators know which.") if seat.reason else "")
