"""What is carried: challenge, bid, award, contract, milestone, payment and the rules that bind them."""

from challenges.models.acceptance import Acceptance
from challenges.models.award import Award, AwardedBid, Remedy
from challenges.models.batch import BatchLine, PaymentBatch
from challenges.models.bid import Bid
from challenges.models.booking import Booking, Posting
from challenges.models.calendar_year import CalendarYear
from challenges.models.challenge import Challenge
from challenges.models.choices import (
    ChallengeKind,
    Comparator,
    Industry,
    IpPreset,
    ReviewClass,
    Secrecy,
    default_review_class,
)
from challenges.models.contract import Contract
from challenges.models.contract_amendment import AmendmentOpinion, ContractAmendment
from challenges.models.contract_share import ContractShare
from challenges.models.contract_version import ContractVersion
from challenges.models.credit import CreditDocument, CreditRecord
from challenges.models.envelope import BidDocument, BidGrant, BidMember, BidPartner, Commitment, Envelope
from challenges.models.follow_up import FollowUp, Referral
from challenges.models.measurement import Measurement
from challenges.models.midterm_check import MidtermCheck, MidtermDocument
from challenges.models.milestone import Milestone, MilestoneDocument
from challenges.models.notice import Amendment, ChallengeDocument, OpeningConsent, Question, Target
from challenges.models.objection import Ground, Objection, ObjectionDocument
from challenges.models.outcome import FirstSet, Outcome, OutcomeDocument, OutcomeFigure, OutcomeShare
from challenges.models.payee import PayeeAccount
from challenges.models.payment import Payment
from challenges.models.race import Race, RaceDocument, RaceResult
from challenges.models.recovery import Recovery
from challenges.models.region import RegionDocument, RegionFigure, RegionTarget
from challenges.models.rule_set import RuleSet
from challenges.models.termination import Termination, TerminationDocument
from challenges.models.transfer import Transfer, TransferObjection

__all__ = [
    "Acceptance",
    "Amendment",
    "AmendmentOpinion",
    "Award",
    "AwardedBid",
    "BatchLine",
    "Bid",
    "BidDocument",
    "BidGrant",
    "BidMember",
    "BidPartner",
    "Booking",
    "CalendarYear",
    "Challenge",
    "ChallengeDocument",
    "ChallengeKind",
    "Commitment",
    "Comparator",
    "Contract",
    "ContractAmendment",
    "ContractShare",
    "ContractVersion",
    "CreditDocument",
    "CreditRecord",
    "Envelope",
    "FirstSet",
    "FollowUp",
    "Ground",
    "Industry",
    "IpPreset",
    "Measurement",
    "MidtermCheck",
    "MidtermDocument",
    "Milestone",
    "MilestoneDocument",
    "Objection",
    "ObjectionDocument",
    "OpeningConsent",
    "Outcome",
    "OutcomeDocument",
    "OutcomeFigure",
    "OutcomeShare",
    "PayeeAccount",
    "Payment",
    "PaymentBatch",
    "Posting",
    "Question",
    "Race",
    "RaceDocument",
    "RaceResult",
    "Recovery",
    "Referral",
    "RegionDocument",
    "RegionFigure",
    "RegionTarget",
    "Remedy",
    "ReviewClass",
    "RuleSet",
    "Secrecy",
    "Target",
    "Termination",
    "TerminationDocument",
    "Transfer",
    "TransferObjection",
    "default_review_class",
]
