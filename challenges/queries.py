"""Challenges' querysets, named for the screens that use them."""

import uuid
from typing import Any

from django.db.models import QuerySet

from accounts.models.words import holding
from accounts.policy import can, visible
from accounts.queries import called
from challenges.models import Bid, Challenge
from challenges.permissions import granted


def readable_chains(user: Any, challenge_id: uuid.UUID) -> QuerySet[Any]:
    """The ledger chains on a challenge that `user` may read: the challenge's own, and those of bids they may see."""
    challenge = Challenge.objects.filter(pk=challenge_id).first()
    bids = visible(user, "bid.view").filter(challenge=challenge_id).order_by().values("pk")
    bids = bids.union(visible(user, "credit_record.view").filter(challenge=challenge_id).order_by().values("pk"))
    if challenge is None or not can(user, "challenge.ledger", challenge):
        return bids
    own: QuerySet[Any] = Challenge.objects.filter(pk=challenge_id).order_by().values("pk")
    return own.union(bids)


def searched(challenges: QuerySet[Challenge], text: str) -> QuerySet[Challenge]:
    """Challenges whose title, background or number holds every term of `text`."""
    return holding(challenges, text)


def titled(text: str) -> QuerySet[Any]:
    """Keys of the challenges that `text` finds, for lists of what belongs to a challenge."""
    return searched(Challenge.objects.all(), text).order_by().values("pk")


def bids_found(text: str) -> QuerySet[Any]:
    """Keys of the bids that `text` finds by their challenge or by who leads them."""
    by_lead = Bid.objects.filter(lead__in=called(text))
    return Bid.objects.filter(challenge__in=titled(text)).order_by().values("pk").union(by_lead.order_by().values("pk"))


def bids_of_team(user: Any) -> QuerySet[Bid]:
    """The bids `user` works on, newest first."""
    return Bid.objects.filter(pk__in=granted(user, "view_bid")).select_related("challenge", "lead")
