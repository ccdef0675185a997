"""What the stage bar shows: when each stage was done or is due, and what branches off the present one."""

from contextlib import suppress
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Stateful
from challenges import rubrics
from challenges.confirmation import confirmer
from challenges.contract_text import contract_number
from challenges.models import Award, Challenge, Contract

ENDED_EARLY = ("no_award", "cancelled", "terminated")


def stage(challenge: Challenge, award: Award | None = None, *, open_objections: int = 0) -> dict[str, Any]:
    """`dates`, `branches` and `ended_in` for the stage_bar tag; give the award where the page knows it."""
    notice = award if award and award.state in ("notice", "suspended") else None
    dates = {
        "publish": {"done": challenge.published_at},
        "bid": {"due": challenge.bid_deadline, "done": challenge.closed_at},
        "review": {"due": challenge.review_ends_at, "done": challenge.ranked_at},
        "award": {"due": notice.notice_ends_at if notice else None, "done": challenge.signed_at},
        "accept": {"done": challenge.ended_at if challenge.state == "completed" else None},
    }
    branches = []
    if notice and open_objections:
        word = ngettext("%(n)d objection", "%(n)d objections", open_objections) % {"n": open_objections}
        branches.append({"word": word, "url": reverse("award", args=[notice.pk]), "tone": "care"})
    if challenge.state == "published" and challenge.cancellation_requested_by_id:
        branches.append({"word": _("Cancellation requested"), "url": "", "tone": "care"})
    if challenge.state in Challenge.WITHDRAWABLE and challenge.cancellation_requested_by_id:
        branches.append({"word": _("Withdrawal requested"), "url": "", "tone": "care"})
    return {"dates": dates, "branches": branches, "ended_in": _ended_in(challenge)}


def around(obj: Stateful, step: str = "") -> dict[str, Any]:
    """`challenge` and `stage` for a step of an object that belongs to a challenge; the rubric where it is published."""
    if obj.ledger_challenge is None:
        return {}
    challenge = obj if isinstance(obj, Challenge) else Challenge.objects.get(pk=obj.ledger_challenge)
    shown = {"challenge": challenge, "stage": stage(challenge, obj if isinstance(obj, Award) else None)}
    if step == "propose_award":
        shown["preview"] = reverse("notice_preview", args=[challenge.pk])
    if isinstance(obj, Contract) and step in ("sign_as_owner", "sign_as_bidder"):
        return shown | {"facts": _to_confirm(obj)}
    if step != "publish" or challenge.state != Challenge.State.VETTED:
        return shown
    with suppress(LookupError):
        read = rubrics.read(challenge.rubric_to_freeze, challenge.rubric_template)
        shown |= {"rubric": read, "beside": "challenges/rubric_card.html"}
    return shown


def _to_confirm(contract: Contract) -> list[tuple[str, str]]:
    """What is confirmed, told by number, version, amount and the hash of its content."""
    kept = contract.versions.filter(number=contract.version).first()
    return [
        (_("Contract"), contract_number(contract)),
        (_("Version"), str(contract.version)),
        (_("Amount"), f"{contract.amount:,.2f}"),
        (_("SHA-256 of the content"), kept.sha256 if kept else "—"),
        (_("Way of confirming"), str(confirmer().name)),
    ]


def _ended_in(challenge: Challenge) -> str:
    if challenge.state not in ENDED_EARLY:
        return ""
    reached = (
        ("accept", challenge.signed_at),
        ("award", challenge.ranked_at),
        ("review", challenge.opened_at),
        ("bid", challenge.published_at),
    )
    return next((key for key, at in reached if at), "publish")
