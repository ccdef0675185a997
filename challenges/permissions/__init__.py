"""Challenges' policy: who may do what with challenges, bids, awards, contracts and rule sets."""

from challenges.permissions import awards, bids, challenges, contracts, milestones, payments, rule_sets, terminations
from challenges.permissions.duties import ANOTHER_ROLE, READERS, STAFF, TEAM, either, granted, staff

POLICY = {
    **challenges.POLICY,
    **bids.POLICY,
    **awards.POLICY,
    **contracts.POLICY,
    **milestones.POLICY,
    **payments.POLICY,
    **rule_sets.POLICY,
    **terminations.POLICY,
}

__all__ = ["ANOTHER_ROLE", "POLICY", "READERS", "STAFF", "TEAM", "either", "granted", "staff"]
