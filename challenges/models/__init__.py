"""What is carried: challenge, bid, award, contract, milestone, payment and the rules that bind them."""

from challenges.models.acceptance import Acceptance
from challenges.models.award import Award, AwardedBid
from challenges.models.bid import Bid
from challenges.models.challenge import Challenge
from challenges.models.choices import (
    ChallengeKind,
    Comparator,
    Industry,
    ReviewClass,
    Secrecy,
    default_review_class,
)
from challenges.models.contract import Contract
from challenges.models.envelope import BidDocument, BidGrant, BidMember, BidPartner, Commitment, Envelope
from challenges.models.measurement import Measurement
from challenges.models.milestone import Milestone, MilestoneDocument
from challenges.models.notice import Amendment, ChallengeDocument, OpeningConsent, Question, Target
from challenges.models.objection import Objection, ObjectionDocument
from challenges.models.payment import Payment
from challenges.models.rule_set import RuleSet
from challenges.models.termination import Termination, TerminationDocument

__all__ = [
    "Acceptance",
    "Amendment",
    "Award",
    "AwardedBid",
    "Bid",
    "BidDocument",
    "BidGrant",
    "BidMember",
    "BidPartner",
    "Challenge",
    "ChallengeDocument",
    "ChallengeKind",
    "Commitment",
    "Comparator",
    "Contract",
    "Envelope",
    "Industry",
    "Measurement",
    "Milestone",
    "MilestoneDocument",
    "Objection",
    "ObjectionDocument",
    "OpeningConsent",
    "Payment",
    "Question",
    "ReviewClass",
    "RuleSet",
    "Secrecy",
    "Target",
    "Termination",
    "TerminationDocument",
    "default_review_class",
]
