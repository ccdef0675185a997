"""Conflicts of interest: who of the expert pool may not judge which bids, each answer with the evidence it rests on.

One statement answers for one pair, one panel, or all experts and all bids of a challenge; the rules themselves are
declared one by one in `reviews.conflicts.rules`.
"""

from reviews.conflicts.barring import barred, ends_the_seat
from reviews.conflicts.own import own_conflicts
from reviews.conflicts.search import Conflict, conflicts, find, hindrances

__all__ = ["Conflict", "barred", "conflicts", "ends_the_seat", "find", "hindrances", "own_conflicts"]
