"""Challenges' policy: who may do what with challenges, bids, awards, contracts and rule sets."""

from challenges.permissions import amendments, awards, bids, challenges, contracts, milestones, payments, rule_sets
from challenges.permissions.duties import ANOTHER_ROLE, READERS, STAFF, TEAM, either, granted, staff

POLICY = {
    **challenges.POLICY,
    **bids.POLICY,
    **awards.POLICY,
    **contracts.POLICY,
    **amendments.POLICY,
    **milestones.POLICY,
    **payments.POLICY,
    **rule_sets.POLICY,
}

__all__ = ["ANOTHER_ROLE", "POLICY", "READERS", "STAFF", "TEAM", "either", "granted", "staff"]
