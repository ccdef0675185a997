"""One row of what waits, and the few ways to make one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from challenges.models import Challenge, Payment, Recovery
from reviews.models import ScoreSheet, SupplementaryDraw, TieBreak
from reviews.models.panel_guards import JUDGED

UNLOCKED = ScoreSheet.objects.filter(state__in=["open", "submitted"])
VOTING = TieBreak.objects.filter(TieBreak.WAITS_FOR_VOTES)
LOTS = TieBreak.objects.filter(TieBreak.WAITS_FOR_SEED)
SUPPLEMENTS = SupplementaryDraw.objects.filter(
    SupplementaryDraw.WAITS, panel__state__in=["drawn", "scoring"], panel__challenge__state__in=JUDGED
)
AT_MOST = 60  # of each kind: whoever has more has a list to work from


@dataclass(frozen=True)
class Item:
    """One row: what waits, on which challenge, by when, and where its one button leads."""

    what: str
    subject: str
    url: str
    button: str = ""
    due: datetime | None = None
    kind: str = ""
    state: str = ""

    @property
    def is_mine(self) -> bool:
        """Whether it waits for this person; otherwise for somebody else."""
        return bool(self.button)


def link(name: str, obj: Any) -> str:
    """The page of one object."""
    return reverse(name, args=[obj.pk])


def on_challenge(challenge: Challenge, what: str, button: str = "", due: datetime | None = None, url: str = "") -> Item:
    """A row about a challenge, leading to its page unless `url` says otherwise."""
    page = url or link("challenge", challenge)
    return Item(what, challenge.title, page, button, due, "challenge", challenge.state)


def period_end(challenge: Challenge) -> datetime | None:
    """When the period that others have now ends: to bid, or to score."""
    return {"published": challenge.bid_deadline, "under_review": challenge.review_ends_at}.get(challenge.state)


def of_payment(payment: Payment, what: str, button: str = "") -> Item:
    """A row about a payment, named by its challenge and milestone."""
    subject = f"{payment.contract.challenge.title} · {payment.milestone.title}"
    return Item(what, subject, link("payment", payment), button, None, "payment", payment.state)


def of_recovery(recovery: Recovery, what: str, button: str = "") -> Item:
    """A row about unused money, named by its challenge."""
    challenge = recovery.contract.challenge
    return Item(what, challenge.title, link("recovery", recovery), button, None, "recovery", recovery.state)
