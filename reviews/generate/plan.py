"""What is to be made of the numbers that were asked for: each challenge's state, how many bids it has and how judged.

Sheets decide how many bids stand in a review, since a review is whole or not at all: five reviewers score every
eligible bid, the technical part and, where the rubric has one, the commercial part. What is left over of the sheets
are void ones of a reviewer who was recused; all other bids stand on challenges that are still open or just opened.
"""

from dataclasses import dataclass, field
from random import Random

from challenges.models import Industry

SEED = 20_261_123
SEATS = 5
EXPERTS_AT_LEAST = 12
MOST_ELIGIBLE = 12
SHARES = {
    "published": 20, "completed": 14, "executing": 14, "under_review": 10, "draft": 4, "submitted": 3, "vetted": 3,
    "bidding_closed": 4, "opened": 4, "ranked": 5, "award_proposed": 5, "awarded": 4, "no_award": 5, "cancelled": 3,
    "terminated": 2,
}  # fmt: skip
SEALED = ("published", "bidding_closed", "cancelled")
REVIEWED = ("under_review", "ranked", "award_proposed", "awarded", "executing", "completed", "terminated")
CLASSES = ("development", "applied", "basic", "development", "transfer")
KINDS = {
    "development": "core_technology", "transfer": "core_technology", "applied": "bottleneck", "basic": "frontier",
}  # fmt: skip


class DoesNotFit(ValueError):
    """The numbers contradict each other; the message says which to change."""


@dataclass(frozen=True)
class Numbers:
    """How many of each are asked for."""

    challenges: int
    bids: int
    experts: int
    sheets: int
    grants: int
    notifications: int


@dataclass
class Part:
    """One challenge to be made. `turn` counts the challenges of the same state, to vary what is made of them."""

    place: int
    state: str
    turn: int
    industry: str
    review_class: str
    bids: int = 0
    eligible: int = 0
    void: int = 0

    @property
    def reviewed(self) -> bool:
        """Whether score sheets stand on it."""
        return self.eligible > 0

    @property
    def scoring(self) -> bool:
        """Whether reviewers are still at their technical sheets."""
        return self.state == "under_review" and self.turn % 4 != 3

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are scored."""
        return ("technical",) if self.scoring or self.review_class == "basic" else ("technical", "commercial")

    @property
    def cost(self) -> int:
        """Sheets for each eligible bid."""
        return SEATS * len(self.parts)


@dataclass
class Plan:
    """All challenges, how many organisations lead bids, and how many people stand in each bid's team."""

    numbers: Numbers
    parts: list[Part]
    leads: int = 0
    teams: tuple[int, int] = (0, 0)
    reserved: set[int] = field(default_factory=set)


def make(numbers: Numbers) -> Plan:
    """The plan, the same for the same numbers. Raises DoesNotFit."""
    chance = Random(SEED)  # noqa: S311  (invented data)
    if numbers.challenges < 1:
        raise DoesNotFit("Give at least one challenge.")
    if numbers.experts < EXPERTS_AT_LEAST:
        raise DoesNotFit(f"Give at least {EXPERTS_AT_LEAST} experts: panels are drawn from them.")
    parts = _parts(numbers.challenges, chance)
    _spread_sheets(parts, numbers.sheets)
    _spread_bids(parts, numbers.bids, chance)
    plan = Plan(numbers, parts)
    # Three live bids to each leading organisation, as the rules have it, and one bid on each challenge.
    plan.leads = max(8, -(-numbers.bids // 3), max(part.bids for part in parts) + 2)
    plan.teams = divmod(_team_grants(plan), 2)
    return plan


def _parts(count: int, chance: Random) -> list[Part]:
    rest = [state for state, share in SHARES.items() for _ in range(share - 1)]
    chance.shuffle(rest)
    pattern = [*SHARES, *rest]
    turns = dict.fromkeys(SHARES, 0)
    industries = Industry.values
    parts = []
    for place in range(count):
        state = pattern[place % len(pattern)]
        parts.append(
            Part(
                place, state, turns[state], industries[place % len(industries)], CLASSES[chance.randrange(len(CLASSES))]
            )
        )
        turns[state] += 1
    return parts


def _may_be_judged(part: Part) -> bool:
    """Of the challenges without an award every second one fell after its ranking, the others for want of bids."""
    return part.state in REVIEWED or (part.state == "no_award" and part.turn % 2 == 1)


def _spread_sheets(parts: list[Part], sheets: int) -> None:
    left = sheets
    judged = []
    for part in filter(_may_be_judged, parts):
        if part.cost <= left:
            part.eligible = 1
            left -= part.cost
            judged.append(part)
        else:
            part.state = "opened"
    growing = judged
    while growing and left:
        growing = [part for part in growing if part.eligible < MOST_ELIGIBLE and part.cost <= left]
        for part in growing:
            if part.cost <= left:
                part.eligible += 1
                left -= part.cost
    for part in judged:
        part.void = min(left, part.eligible)
        left -= part.void
    if left:
        most = sum(part.eligible * part.cost for part in judged)
        raise DoesNotFit(f"{sheets:,} score sheets do not fit: give {most:,}, or more challenges.")


def _spread_bids(parts: list[Part], bids: int, chance: Random) -> None:
    needed = sum(part.eligible for part in parts)
    if needed > bids:
        raise DoesNotFit(f"These score sheets stand on {needed:,} bids at least; give more bids or fewer sheets.")
    left = bids - needed
    for part in parts:
        extra = min(left, part.turn % 3) if part.reviewed else 0  # one that was ineligible, one that stayed a draft
        part.bids = part.eligible + extra
        left -= extra
    waiting = [part for part in parts if part.state in SEALED or part.state == "opened"]
    if left and not waiting:
        raise DoesNotFit("No challenge is open for these bids; give more challenges or fewer bids.")
    weights = [min(chance.paretovariate(1.2), 30) for _part in waiting]
    total = sum(weights)
    for part, weight in zip(waiting, weights, strict=True):
        part.bids = int(left * weight / total)
    short = left - sum(part.bids for part in waiting)
    for place in range(short):
        waiting[place % len(waiting)].bids += 1


def _team_grants(plan: Plan) -> int:
    """The grants left for teams, when every reviewer has one for each sheet that counts."""
    numbers = plan.numbers
    for_reviewers = numbers.sheets - sum(part.void for part in plan.parts)
    left = numbers.grants - for_reviewers
    if left < 2 * numbers.bids:
        least = for_reviewers + 2 * numbers.bids
        raise DoesNotFit(f"Give at least {least:,} grants: two for each bid's author, one for each score sheet.")
    if numbers.bids == 0 and left:
        raise DoesNotFit("Grants stand on bids; give some bids.")
    if numbers.bids and left // 2 // numbers.bids + 3 >= plan.leads:
        raise DoesNotFit("So many grants would put the same person on a team twice; give more bids.")
    return left
