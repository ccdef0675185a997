"""What the pages of challenges and bids read, each named for its screen."""

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import F, Prefetch, QuerySet
from django.db.models.functions import Now

from accounts.models.words import TermsQuery
from accounts.policy import can, visible
from challenges import rubrics
from challenges.models import Bid, Challenge, Target
from challenges.models.guards import remedy_due
from challenges.page_forms import YUAN_PER_WAN, ChallengeFilters
from challenges.queries import bids_of_team, searched

COUNT_LIMIT = 10_000
ALIKE = 0.35
CANDIDATES = 30
SHOWN_TARGETS = 3

REMEDIES = {"reopen_award": "disqualify", "rescore": "rescore", "annul_award": "cancel"}  # step: what it carries out


def remedies_not_due(challenge: Challenge) -> set[str]:
    """The steps of remedies that nobody decided on: of three that exclude each other a page shows the one that is due.

    Where none is due the mildest stays, disabled with its reason.
    """
    due = remedy_due(challenge) if challenge.state == Challenge.State.AWARD_PROPOSED else ""
    shown = next((step for step, remedy in REMEDIES.items() if remedy == due), "reopen_award")
    return REMEDIES.keys() - {shown}


def challenge_list(user: Any, filters: ChallengeFilters) -> QuerySet[Challenge]:
    """The challenges in sight that fit the filters, in the order chosen; unpublished ones only when asked for."""
    rows = visible(user, "challenge.view")
    state = filters.value("state")
    if state:
        rows = rows.filter(state=state)
    elif not filters.value("mine"):
        rows = rows.filter(published_at__isnull=False)
    if filters.value("mine"):
        rows = rows.filter(owner__in=list(user.membership_roles))
    for name in ("industry", "kind"):
        if filters.value(name):
            rows = rows.filter(**{name: filters.value(name)})
    if filters.value("reward_from"):
        rows = rows.filter(reward__gte=filters.value("reward_from") * YUAN_PER_WAN)
    if filters.value("reward_to"):
        rows = rows.filter(reward__lte=filters.value("reward_to") * YUAN_PER_WAN)
    rows = _by_deadline(rows, filters.value("deadline"), filters.value("sort"))
    rows = searched(rows, filters.value("q"))
    order = {"deadline": ("bid_deadline", "id"), "reward": ("-reward", "id")}.get(
        filters.value("sort"), ("-published_at", "-created_at", "id")
    )
    return rows.order_by(*order).select_related("owner").prefetch_related(Prefetch("targets", to_attr="all_targets"))


def shown_rubric(user: Any, challenge: Challenge) -> rubrics.Reading | None:
    """How bids will be judged: public with the challenge, and before it for the owner and the platform's staff."""
    if challenge.published_at is None and challenge.state != Challenge.State.VETTED:
        return None
    if challenge.published_at is None and not can(user, "challenge.ledger", challenge):
        return None
    try:
        template = challenge.rubric_template
    except LookupError:
        return None
    return rubrics.read(challenge.adapted_rubric or template, template)


def _by_deadline(rows: QuerySet[Challenge], within: str, sort: str) -> QuerySet[Challenge]:
    """`within` is “open”, “over” or a number of days; soonest first means those still open."""
    if within == "over":
        return rows.filter(bid_deadline__lte=Now())
    if within or sort == "deadline":
        rows = rows.filter(state=Challenge.State.PUBLISHED, bid_deadline__gt=Now())
    if within.isdecimal():
        rows = rows.filter(bid_deadline__lte=Now() + timedelta(days=int(within)))
    return rows


def bounded_count(rows: QuerySet[Any]) -> int:
    """How many rows, counted up to `COUNT_LIMIT`."""
    return rows.order_by()[:COUNT_LIMIT].count()


def own_bids(user: Any, challenge: Challenge) -> list[Bid]:
    """The bids on the challenge that `user` works on."""
    return list(bids_of_team(user).filter(challenge=challenge).order_by("-created_at", "id"))


def opened_bids(user: Any, challenge: Challenge) -> list[Bid]:
    """The bids of an opened challenge that `user` may read, best first; none before the opening."""
    if challenge.opened_at is None:
        return []
    rows = visible(user, "bid.view").filter(challenge=challenge).exclude(state__in=Bid.SEALED)
    return list(rows.select_related("lead", "challenge").order_by(F("rank").asc(nulls_last=True), "code", "id"))


class AnyTermQuery(TermsQuery):
    """A text query that any term of a string satisfies."""

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        """The query of every term, its “and” turned into “or”; terms hold letters and digits only."""
        sql, params = super().as_sql(*args, **kwargs)
        return f"replace(({sql})::text, '&', '|')::tsquery", params


def similar(user: Any, challenge: Challenge, *, at_most: int = 5) -> list[Challenge]:
    """Other challenges whose title shares many pairs of characters with this one's, most alike first."""
    some = AnyTermQuery(challenge.title)
    rows = visible(user, "challenge.view").exclude(pk=challenge.pk).filter(search=some)
    rows = rows.annotate(likeness=SearchRank(F("search"), some)).order_by("-likeness", "id").select_related("owner")
    found = [(_likeness(challenge.title, row.title), row) for row in rows[:CANDIDATES]]
    alike = sorted((pair for pair in found if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [row for _score, row in alike[:at_most]]


def _pairs(text: str) -> set[str]:
    letters = [char.lower() for char in text if char.isalnum()]
    return {a + b for a, b in itertools.pairwise(letters)}


def _likeness(one: str, other: str) -> float:
    """The share of pairs of characters that both titles have, 0 to 1."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / len(a | b) if a | b else 0.0


def bid_list(user: Any, *, text: str = "", state: str = "", mine: bool = False) -> QuerySet[Bid]:
    """The bids `user` may read, newest first."""
    rows = visible(user, "bid.view").select_related("challenge", "lead").order_by("-created_at", "id")
    if mine:
        rows = rows.filter(pk__in=bids_of_team(user).order_by().values("pk"))
    if state:
        rows = rows.filter(state=state)
    return rows.filter(challenge__in=searched(Challenge.objects.all(), text).order_by().values("pk")) if text else rows


def imported(user: Any) -> QuerySet[Challenge]:
    """The drafts this operator brought in from workbooks, newest first."""
    rows = visible(user, "challenge.view").filter(created_by=user, state=Challenge.State.DRAFT)
    return rows.select_related("owner").order_by("-created_at", "id")


def shown(targets: Iterable[Target]) -> tuple[list[Target], int]:
    """The first targets, and how many more there are."""
    every = list(targets)
    return every[:SHOWN_TARGETS], max(0, len(every) - SHOWN_TARGETS)
