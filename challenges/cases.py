"""The public case of a completed challenge: what was asked, who solved it, what was reached and what came of it.

It names organisations and no person, and shows nothing of the bids but the targets that were accepted.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.policy import visible
from challenges.models import Challenge, Comparator, Contract, Outcome, Target
from challenges.queries import searched

CONTRACTS = Contract.objects.filter(state=Contract.State.COMPLETED).select_related("bid__lead").order_by("created_at")


class Reached(NamedTuple):
    """One target: what was asked, and the value that was accepted."""

    name: str
    core: bool
    asked: str
    accepted: str
    method: str


def cases(user: Any, *, text: str = "", industry: str = "") -> QuerySet[Challenge]:
    """Completed challenges in sight, the last to end first, with who solved them and how many outcomes they have."""
    rows = visible(user, "challenge.view").filter(state=Challenge.State.COMPLETED)
    if industry:
        rows = rows.filter(industry=industry)
    confirmed = Outcome.objects.filter(contract__challenge=OuterRef("pk"), state=Outcome.State.CONFIRMED)
    count = confirmed.order_by().values("contract__challenge").annotate(n=Count("pk")).values("n")
    rows = searched(rows, text).annotate(outcome_count=Coalesce(Subquery(count, IntegerField()), 0))
    rows = rows.select_related("owner").prefetch_related(Prefetch("contracts", CONTRACTS, to_attr="solved_by"))
    return rows.order_by("-ended_at", "id")


def solutions(challenge: Challenge) -> list[dict[str, Any]]:
    """Each completed contract: the lead organisation, and its targets beside what was asked."""
    asked = {item.name: item for item in challenge.targets.all()}
    return [
        {"lead": contract.bid.lead, "targets": [_reached(given, asked) for given in contract.targets]}
        for contract in CONTRACTS.filter(challenge=challenge)
    ]


def _reached(given: dict[str, Any], asked: dict[str, Target]) -> Reached:
    target = asked.get(given["name"])
    unit = given["unit"]
    wanted = f"{target.get_comparator_display()} {target.shown_value} {target.unit}" if target else "–"
    value = Target(value=_number(given["value"]), text=given["value"]).shown_value
    accepted = f"{Comparator(given['comparator']).label} {value} {unit}"
    return Reached(given["name"], given["core"], wanted.strip(), accepted.strip(), given["method"])


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def outcomes(user: Any, challenge: Challenge) -> list[Outcome]:
    """The confirmed outcomes, with their shares where both sides agreed to show them."""
    rows = visible(user, "outcome.view").filter(contract__challenge=challenge, state=Outcome.State.CONFIRMED)
    found = list(rows.prefetch_related("shares__holder").order_by("dated_on", "id"))
    for item in found:
        item.shown_shares = list(item.shares.all()) if item.discloses else []
    return found


def trail(challenge: Challenge) -> list[tuple[str, datetime, str]]:
    """The steps that the public saw, each with its day and icon."""
    steps = (
        (_("Published"), challenge.published_at, "speakerphone"),
        (_("Bidding closed"), challenge.closed_at, "lock"),
        (_("Bids opened"), challenge.opened_at, "lock-open"),
        (_("Ranked"), challenge.ranked_at, "list-numbers"),
        (_("Awarded"), challenge.awarded_at, "trophy"),
        (_("Contract in force"), challenge.signed_at, "file-certificate"),
        (_("Completed"), challenge.ended_at, "circle-check"),
    )
    return [(word, at, icon) for word, at, icon in steps if at is not None]
