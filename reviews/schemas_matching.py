"""What the API says about matchings, and what it takes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.schemas.common import ChallengeRef, Text
from reviews import matched
from reviews.models import Matching, Panel


class PanelIn(Schema):
    """How the panel's reviewers are found: `drawn` by lot, or `matched` to bids."""

    way: str = Panel.Way.DRAWN.value


class MatchingIn(Schema):
    """What is asked of a matching; `cap` is a percentage."""

    per_bid: int = 5
    load_min: int = 0
    load_max: int = 20
    cap: int = 100
    worst_first: bool = True


class MatchingSummary(Summary):
    """What the list says about a matching."""

    panel: UUID = Field(alias="panel_id")
    challenge: ChallengeRef = Field(alias="panel.challenge")
    per_bid: int
    load_min: int
    load_max: int
    cap: int
    worst_first: bool
    progress: int
    computed_at: datetime | None
    released_at: datetime | None


class PairOut(Schema):
    """One pair of the matching."""

    bid: UUID = Field(alias="bid_id")
    expert: UUID = Field(alias="expert_id")
    affinity: int
    is_kept: bool


class ProblemOut(Schema):
    """One constraint that nothing fulfils, in words, and whom it concerns."""

    constraint: str
    text: str
    bids: list[str]
    experts: list[str]


class MatchingDetail(MatchingSummary, WithTransitions):
    """The matching with its numbers, its pairs, or what is impossible."""

    result: dict[str, Any]
    problems: list[ProblemOut]
    pairs: list[PairOut]

    @staticmethod
    def resolve_problems(matching: Matching) -> Any:
        return matched.problems(matching)

    @staticmethod
    def resolve_pairs(matching: Matching) -> Any:
        return matching.matches.order_by("bid", "-affinity", "expert")


class PairWishIn(Schema):
    """A pair, by the bid's code and the expert's e-mail, and the wish: `forbid`, `require` or `free`."""

    bid: str
    expert: str
    wish: str
    reason: Text = Field(min_length=4, max_length=500)


class PairWishOut(Schema):
    """A wish as it is kept."""

    id: UUID
    bid: UUID = Field(alias="bid_id")
    expert: UUID = Field(alias="expert_id")
    wish: str
    reason: str
