"""Whom a notice concerns."""

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from accounts.notices import holders_of, members_of


def owners(challenge: Any) -> Iterable[User]:
    """Members of the challenge owner's organisation."""
    return members_of(challenge.owner_id)


def team_of(bid: Any) -> Iterable[User]:
    """Everyone with the team's grant on the bid."""
    return User.objects.filter(bidgrant__content_object=bid, bidgrant__permission__codename="view_bid", is_active=True)


def bidders(challenge: Any) -> Iterable[User]:
    """Every bidding team of the challenge, whatever became of its bid."""
    return User.objects.filter(
        bidgrant__content_object__challenge=challenge, bidgrant__permission__codename="view_bid", is_active=True
    ).distinct()


def both_sides(contract: Any) -> Iterable[User]:
    """Owner and winning team."""
    return [*owners(contract.challenge), *team_of(contract.bid)]


def runners(race: Any) -> Iterable[User]:
    """The teams that run, or ran."""
    bids = race.award.contracts.values("bid")
    return User.objects.filter(
        bidgrant__content_object__in=bids, bidgrant__permission__codename="view_bid", is_active=True
    ).distinct()


def still_running(race: Any) -> Iterable[User]:
    """The teams that face the test: those who declined or were ended are out of it."""
    bids = race.award.contracts.filter(state__in=["draft", "signing", "effective"]).values("bid")
    return User.objects.filter(
        bidgrant__content_object__in=bids, bidgrant__permission__codename="view_bid", is_active=True
    ).distinct()


def approvers_and_experts(amendment: Any) -> Iterable[User]:
    """Who approves this kind of change; of the weakening of a core target also the panel that scored the bid."""
    role = "operator" if amendment.kind in type(amendment).BY_OPERATOR else "decider"
    panel = User.objects.filter(
        bidgrant__content_object=amendment.contract.bid_id, bidgrant__permission__codename="score_bid", is_active=True
    )
    return [*holders_of(role), *(panel if amendment.weakens_core else ())]


def suited(challenge: Any) -> Iterable[User]:
    """Whom a new challenge may suit: the one team that is invited, or teams that ever bid in its industry."""
    if challenge.invited_id:
        return members_of(challenge.invited_id)
    return User.objects.filter(
        bidgrant__content_object__challenge__industry=challenge.industry,
        bidgrant__permission__codename="view_bid",
        is_active=True,
    ).distinct()
