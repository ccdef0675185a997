"""What challenges tells people, and whom."""

from challenges.notices import awards, bidding, delivery, money, outcomes, platform

PARTS = (awards.NOTICES, bidding.NOTICES, delivery.NOTICES, money.NOTICES, outcomes.NOTICES, platform.NOTICES)
