"""What several duties share: custody of the sealed bids, objections, and who is kept from both."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import visible
from challenges.models import Challenge, Objection, OpeningConsent
from reviews.work.items import AT_MOST, Item, link, on_challenge


def custody(challenge: Any) -> Item:
    """Consent and opening; how many bids there are is nobody's business before it."""
    quorum = challenge.rules["opening_quorum"] if challenge.rules else 2
    if not challenge.my_consent:
        return on_challenge(challenge, _("Consent to open the bids, as custodian"), _("Consent"))
    if challenge.consents >= quorum:
        return on_challenge(challenge, _("Enough custodians consent: open the bids"), _("Open the bids"))
    return on_challenge(challenge, _("Another custodian consents to the opening"))


def free_of(user: User, other_duty: str) -> QuerySet[Challenge]:
    """The challenges on which this person has not acted in the other duty, and whose owner is not theirs."""
    rows = visible(user, "challenge.view").exclude(**{f"{other_duty}__contains": [user.pk]})
    return rows.exclude(owner__in=list(user.membership_roles)).order_by("created_at", "id")


def with_consents(rows: QuerySet[Challenge], user: User) -> QuerySet[Any]:
    """`rows` with the number of custodians who consent to the opening, and whether `user` is one."""
    given = OpeningConsent.objects.filter(challenge=OuterRef("pk"))
    count = given.order_by().values("challenge").annotate(n=Count("pk")).values("n")
    return rows.annotate(
        my_consent=Exists(given.filter(custodian=user)), consents=Coalesce(Subquery(count, IntegerField()), 0)
    )


def objections_of(user: User) -> Iterator[Item]:
    """Objections that wait for a handler, and those this person handles."""
    rows = Objection.objects.filter(Q(state="filed") | Q(state="acknowledged", handler=user))
    rows = rows.exclude(award__challenge__awards__objections__filed_by=user).exclude(against__handler=user)
    acted = Q(award__challenge__executors__contains=[user.pk]) | Q(award__challenge__deciders__contains=[user.pk])
    for objection in rows.exclude(acted).select_related("award__challenge").order_by("created_at")[:AT_MOST]:
        mine = objection.state == "acknowledged"
        yield Item(
            _objection_words(objection, mine=mine), objection.award.challenge.title,
            link("objection", objection), _("Decide") if mine else _("Look at it"),
            None if mine else objection.acknowledge_by, "objection", objection.state,
        )  # fmt: skip


def _objection_words(objection: Objection, *, mine: bool) -> str:
    if objection.against_id:
        return _("Decide on the appeal") if mine else _("Acknowledge the appeal")
    return _("Decide on the objection") if mine else _("Acknowledge the objection")


def own_objections(user: User) -> Iterator[Item]:
    """What this person objected to: the time to appeal, or who has the next word."""
    waits = Q(state__in=("filed", "acknowledged")) | Q(
        state="dismissed", against=None, appeal=None, appeal_until__gt=Now(), award__state="suspended"
    )
    rows = Objection.objects.filter(waits, filed_by=user).select_related("award__challenge").order_by("created_at")
    for objection in rows[:AT_MOST]:
        title, url = objection.award.challenge.title, link("objection", objection)
        if objection.state == "dismissed":
            what, button, due = _("Appeal the decision, or let it stand"), _("Read it"), objection.appeal_until
        else:
            what, button = _("Your objection is being handled"), ""
            due = objection.acknowledge_by if objection.state == "filed" else None
        yield Item(what, title, url, button, due, "objection", objection.state)
