"""How bids are judged: experts, panels, score sheets, rankings."""

from reviews.models.assignment import Assignment
from reviews.models.consensus import Amendment, Confirmation, Discussion, MinorityReport, Minutes, Remark
from reviews.models.expert import Absence, Expert, Expertise, Language, Relation, Specialty
from reviews.models.invitation import ExpertInvitation
from reviews.models.matching import Match, Matching, PairWish
from reviews.models.panel import Panel
from reviews.models.sheet import Ranking, ScoreSheet
from reviews.models.supplement import SupplementaryDraw
from reviews.models.tie import Ballot, TieBreak

__all__ = [
    "Absence",
    "Amendment",
    "Assignment",
    "Ballot",
    "Confirmation",
    "Discussion",
    "Expert",
    "ExpertInvitation",
    "Expertise",
    "Language",
    "Match",
    "Matching",
    "MinorityReport",
    "Minutes",
    "PairWish",
    "Panel",
    "Ranking",
    "Relation",
    "Remark",
    "ScoreSheet",
    "Specialty",
    "SupplementaryDraw",
    "TieBreak",
]
