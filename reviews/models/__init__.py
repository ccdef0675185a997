"""How bids are judged: experts, panels, score sheets, rankings."""

from reviews.models.expert import Expert, Relation
from reviews.models.panel import Assignment, Panel
from reviews.models.sheet import Ranking, ScoreSheet
from reviews.models.tie import Ballot, TieBreak

__all__ = ["Assignment", "Ballot", "Expert", "Panel", "Ranking", "Relation", "ScoreSheet", "TieBreak"]
