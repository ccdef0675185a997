"""Challenges' querysets, named for the screens that use them."""

import uuid
from typing import Any

from django.db.models import Func, QuerySet, Value
from django.db.models.fields import TextField

from accounts.policy import can, visible
from challenges.models import Bid, Challenge


def readable_chains(user: Any, challenge_id: uuid.UUID) -> QuerySet[Any]:
    """The ledger chains on a challenge that `user` may read: the challenge's own, and those of bids they may see."""
    challenge = Challenge.objects.filter(pk=challenge_id).first()
    bids = visible(user, "bid.view").filter(challenge=challenge_id).order_by().values("pk")
    if challenge is None or not can(user, "challenge.ledger", challenge):
        return bids
    own: QuerySet[Any] = Challenge.objects.filter(pk=challenge_id).order_by().values("pk")
    return own.union(bids)


def searched(challenges: QuerySet[Challenge], text: str) -> QuerySet[Challenge]:
    """Challenges whose title, background or number holds every term of `text`, Chinese by pairs of characters."""
    query = Func(Value(text), function="search_query", output_field=TextField())
    return challenges.filter(search=query) if text.strip() else challenges


def bids_of_team(user: Any) -> QuerySet[Bid]:
    """The bids `user` works on, newest first."""
    from challenges.permissions import granted

    return Bid.objects.filter(pk__in=granted(user, "view_bid")).select_related("challenge", "lead")
