"""Challenges' policy: who may do what with challenges, bids, awards, contracts and rule sets."""

from challenges.permissions import (
    amendments,
    awards,
    bids,
    calendar,
    challenges,
    contracts,
    credit,
    follow_ups,
    midterm_checks,
    milestones,
    outcomes,
    payments,
    races,
    region,
    rule_sets,
    terminations,
    transfers,
)
from challenges.permissions.duties import ANOTHER_ROLE, READERS, SIGNATORIES, STAFF, TEAM, either, granted, staff

POLICY = {
    **challenges.POLICY,
    **bids.POLICY,
    **awards.POLICY,
    **contracts.POLICY,
    **amendments.POLICY,
    **midterm_checks.POLICY,
    **milestones.POLICY,
    **payments.POLICY,
    **races.POLICY,
    **outcomes.POLICY,
    **transfers.POLICY,
    **follow_ups.POLICY,
    **credit.POLICY,
    **rule_sets.POLICY,
    **calendar.POLICY,
    **region.POLICY,
    **terminations.POLICY,
}

__all__ = ["ANOTHER_ROLE", "POLICY", "READERS", "SIGNATORIES", "STAFF", "TEAM", "either", "granted", "staff"]
