"""How bids are judged: experts, panels, score sheets, rankings."""

from reviews.models.expert import Absence, Expert, Expertise, Language, Relation, Specialty
from reviews.models.invitation import ExpertInvitation
from reviews.models.panel import Assignment, Panel
from reviews.models.sheet import Ranking, ScoreSheet
from reviews.models.tie import Ballot, TieBreak

__all__ = [
    "Absence",
    "Assignment",
    "Ballot",
    "Expert",
    "ExpertInvitation",
    "Expertise",
    "Language",
    "Panel",
    "Ranking",
    "Relation",
    "ScoreSheet",
    "Specialty",
    "TieBreak",
]
