"""What is carried: challenge, bid, award, contract, milestone, payment and the rules that bind them."""

from challenges.models.award import Award, AwardedBid
from challenges.models.batch import BatchLine, PaymentBatch
from challenges.models.bid import Bid
from challenges.models.booking import Booking, Posting
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
from challenges.models.milestone import Milestone, MilestoneDocument
from challenges.models.notice import Amendment, ChallengeDocument, OpeningConsent, Question, Target
from challenges.models.objection import Objection, ObjectionDocument
from challenges.models.payee import PayeeAccount
from challenges.models.payment import Payment
from challenges.models.recovery import Recovery
from challenges.models.rule_set import RuleSet

__all__ = [
    "Amendment",
    "Award",
    "AwardedBid",
    "BatchLine",
    "Bid",
    "BidDocument",
    "BidGrant",
    "BidMember",
    "BidPartner",
    "Booking",
    "Challenge",
    "ChallengeDocument",
    "ChallengeKind",
    "Commitment",
    "Comparator",
    "Contract",
    "Envelope",
    "Industry",
    "Milestone",
    "MilestoneDocument",
    "Objection",
    "ObjectionDocument",
    "OpeningConsent",
    "PayeeAccount",
    "Payment",
    "PaymentBatch",
    "Posting",
    "Question",
    "Recovery",
    "ReviewClass",
    "RuleSet",
    "Secrecy",
    "Target",
    "default_review_class",
]
