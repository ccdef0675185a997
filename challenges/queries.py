"""Challenges' querysets, named for the screens that use them."""

import uuid
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from accounts.policy import can, visible
from challenges.models import Bid, Challenge
from challenges.permissions import granted


def readable_chains(user: Any, challenge_id: uuid.UUID) -> QuerySet[Any]:
    """The ledger chains on a challenge that `user` may read: the challenge's own, and those of bids they may see."""
    challenge = Challenge.objects.filter(pk=challenge_id).first()
    bids = visible(user, "bid.view").filter(challenge=challenge_id).order_by().values("pk")
    if challenge is None or not can(user, "challenge.ledger", challenge):
        return bids
    own: QuerySet[Any] = Challenge.objects.filter(pk=challenge_id).order_by().values("pk")
    return own.union(bids)


class TermsQuery(SearchQuery):
    """A text query of every term of a string, by the function that stands beside the table."""

    SEARCH_TYPES = {"plain": "search_query"}


def searched(challenges: QuerySet[Challenge], text: str) -> QuerySet[Challenge]:
    """Challenges whose title, background or number holds every term of `text`, Chinese by pairs of characters."""
    words = text.replace("\x00", "").strip()
    return challenges.filter(search=TermsQuery(words)) if words else challenges


def titled(text: str) -> QuerySet[Any]:
    """Keys of the challenges that `text` finds, for lists of what belongs to a challenge."""
    return searched(Challenge.objects.all(), text).order_by().values("pk")


def bids_of_team(user: Any) -> QuerySet[Bid]:
    """The bids `user` works on, newest first."""
    return Bid.objects.filter(pk__in=granted(user, "view_bid")).select_related("challenge", "lead")
