"""What waits for operators."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organization, User
from challenges.models import Bid, Contract, Milestone
from reviews import queries
from reviews.models import Expert, Matching, Panel
from reviews.work import failures, midterm, outcomes, races
from reviews.work.amendments import amendments_of
from reviews.work.duties import custody, free_of, objections_of, with_consents
from reviews.work.items import AT_MOST, LOTS, SUPPLEMENTS, UNLOCKED, VOTING, Item, link, on_challenge, period_end
from reviews.work.meeting import consensus_waits, with_meeting


def operator(user: User) -> Iterator[Item]:
    """Each challenge's next step, and what waits to be vetted."""
    rows = free_of(user, "deciders").filter(
        state__in=[
            "submitted", "vetted", "bidding_closed", "opened", "under_review", "ranked", "award_proposed", "awarded",
            "executing",
        ]
    )  # fmt: skip
    panel = Panel.objects.filter(challenge=OuterRef("pk")).exclude(state="closed").order_by("-created_at")
    seats = panel.annotate(held=Count("assignments", filter=Q(assignments__state="accepted")))
    matching = Matching.objects.filter(
        panel__challenge=OuterRef("pk"), state__in=Matching.OPEN, panel__state__in=["forming", "drawn", "scoring"]
    )
    contracts = Contract.objects.filter(challenge=OuterRef("pk"))
    milestones = Milestone.objects.filter(contract__challenge=OuterRef("pk"))
    milestones = milestones.exclude(contract__state__in=["terminated", "ended"])
    rows = rows.annotate(
        unchecked=Exists(Bid.objects.filter(challenge=OuterRef("pk"), state="opened")),
        panel=Subquery(panel.values("pk")[:1]),
        panel_state=Subquery(panel.values("state")[:1]),
        has_seed=Exists(panel.exclude(supervisor_seed="")),
        is_matched=Exists(panel.filter(way="matched")),
        matching=Subquery(matching.values("pk")[:1]),
        matching_state=Subquery(matching.values("state")[:1]),
        is_draft=Exists(panel.filter(state="drawn", released_at=None)),
        is_short=Exists(queries.short_panels().filter(challenge=OuterRef("pk"))),
        supplement=Exists(SUPPLEMENTS.filter(panel__challenge=OuterRef("pk"))),
        seats_left=Subquery(seats.annotate(left=F("size") - F("held")).values("left")[:1], IntegerField()),
        scoring=Exists(UNLOCKED.filter(assignment__panel__challenge=OuterRef("pk"))),
        voting=Exists(VOTING.filter(panel__challenge=OuterRef("pk"))),
        lots=Exists(LOTS.filter(panel__challenge=OuterRef("pk"))),
        undelivered=Exists(milestones.exclude(state__in=["accepted", "closed"])),
        delivered=Exists(milestones.filter(state="accepted")),
        unsigned=Exists(contracts.filter(state__in=["draft", "signing"])),
    )
    for challenge in with_consents(with_meeting(rows, "panel"), user)[:AT_MOST]:
        if challenge.matching is not None:
            yield _matching(challenge)
        yield from _operator_on(challenge)
    for organization in Organization.objects.filter(state="unverified").order_by("created_at")[:AT_MOST]:
        yield Item(
            _("Compare name and code with the licence"), organization.name, link("organization", organization),
            _("Verify"), None, "organization", organization.state,
        )  # fmt: skip
    for expert in Expert.objects.filter(state="applied").select_related("user").order_by("created_at")[:AT_MOST]:
        yield Item(_("An expert applied for the pool"), expert.user.name, link("expert", expert), _("Look at it"))
    asked = Expert.objects.filter(state="invited").count()
    if asked:
        said = ngettext("%(n)d person has not agreed to join yet", "%(n)d people have not agreed to join yet", asked)
        yield Item(said % {"n": asked}, str(_("Expert pool")), f"{reverse('experts')}?state=invited")
    yield from objections_of(user)
    yield from midterm.to_conclude(user)
    yield from outcomes.of_operator(user)
    yield from failures.to_end_as_operator(user)
    yield from races.to_record(user)
    yield from amendments_of(user, "amendment.approve")


def _operator_on(challenge: Any) -> Iterator[Item]:
    match challenge.state:
        case "submitted":
            yield on_challenge(challenge, _("Vet the challenge"), _("Vet"))
        case "bidding_closed":
            yield custody(challenge)
        case "opened":
            yield from _preparing(challenge)
        case "under_review":
            yield _reviewing(challenge)
        case "executing" if challenge.delivered and not (challenge.undelivered or challenge.unsigned):
            yield on_challenge(challenge, _("Every milestone is accepted"), _("Complete"))
        case state if state in OPERATOR_WAITS:
            yield on_challenge(challenge, OPERATOR_WAITS[state](), due=period_end(challenge))


OPERATOR_WAITS: dict[str, Callable[[], str]] = {
    "vetted": lambda: _("A decider publishes it"),
    "ranked": lambda: _("A decider proposes the award"),
    "award_proposed": lambda: _("The public notice runs"),
    "awarded": lambda: _("Both sides sign the contract"),
}


def _matching(challenge: Any) -> Item:
    """A matching that is not released: also one by which bids that lost a reader find another."""
    what, button = {
        "waiting": (_("Reviewers are being matched to bids"), ""),
        "draft": (_("Look at the matching and release it"), _("To the matching")),
        "impossible": (_("The matching is impossible as asked"), _("See why")),
    }[challenge.matching_state]
    return on_challenge(challenge, what, button, url=reverse("matching", args=[challenge.matching]))


def _preparing(challenge: Any) -> Iterator[Item]:
    if challenge.unchecked:
        yield on_challenge(challenge, _("Check the eligibility of the bids"), _("To the bids"))
    if challenge.panel is None:
        yield on_challenge(challenge, _("Form the panel"), _("Form it"), url=link("panel_create", challenge))
    elif challenge.matching is not None:
        return
    elif challenge.panel_state == "forming":
        yield _forming(challenge)
    elif challenge.is_draft:
        yield on_challenge(
            challenge, _("Send the invitations to those drawn"), _("To the panel"), url=_panel_url(challenge)
        )
    elif challenge.is_short:
        yield _short(challenge)
    elif challenge.seats_left:
        said = ngettext("%(n)d expert still answers", "%(n)d experts still answer", challenge.seats_left)
        yield on_challenge(challenge, said % {"n": challenge.seats_left}, url=_panel_url(challenge))
    elif not challenge.unchecked:
        yield on_challenge(challenge, _("Start the review"), _("Start"))


def _forming(challenge: Any) -> Item:
    what, button = _("The supervisor gives the second seed"), ""
    if challenge.has_seed and challenge.is_matched:
        what, button = _("Match reviewers to bids"), _("To the panel")
    elif challenge.has_seed:
        what, button = _("Draw the panel"), _("Draw")
    return on_challenge(challenge, what, button, url=_panel_url(challenge))


def _short(challenge: Any) -> Item:
    what, button = _("A seat is empty: order a supplementary draw"), _("To the panel")
    if challenge.supplement:
        what, button = _("The supervisor gives the seed of the supplementary draw"), ""
    return on_challenge(challenge, what, button, url=_panel_url(challenge))


def _reviewing(challenge: Any) -> Item:
    page = _panel_url(challenge) if challenge.panel else ""
    if challenge.panel_state == "scoring" and not challenge.scoring:
        return on_challenge(challenge, _("Every sheet is locked"), _("Open the consensus"), url=page)
    if challenge.is_short:
        return _short(challenge)
    if challenge.panel_state == "consensus":
        waits = consensus_waits(challenge)
        what, button = (waits, "") if waits else (_("Finish the review"), _("To the panel"))
        return on_challenge(challenge, what, button, url=page)
    return on_challenge(challenge, _("The reviewers score"), due=period_end(challenge))


def _panel_url(challenge: Any) -> str:
    return reverse("panel", args=[challenge.panel])
