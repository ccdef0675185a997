"""Reviews' querysets, named for the screens that use them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from accounts.models import LedgerEntry, User
from accounts.models.words import holding
from accounts.policy import visible
from accounts.queries import called
from challenges.models import Bid, Challenge
from reviews import ties
from reviews.models import Assignment, Expert, PairWish, Panel, Ranking, ScoreSheet, TieBreak
from reviews.models.expert import TIE_STEPS

UNLOCKED = (ScoreSheet.State.OPEN, ScoreSheet.State.SUBMITTED)
FEEDBACK_IS_GIVEN = (
    Challenge.State.AWARDED,
    Challenge.State.EXECUTING,
    Challenge.State.COMPLETED,
    Challenge.State.TERMINATED,
    Challenge.State.NO_AWARD,
)


@dataclass(frozen=True)
class Seat:
    """How far one member of a panel has come; nothing of what they think."""

    assignment: Assignment
    name: str
    organization: str
    is_chair: bool
    state: str
    total: int
    started: int
    submitted: int
    locked: int
    last_saved: datetime | None


@dataclass(frozen=True)
class Tie:
    """Bids that no score tells apart, in groups; `votes` by the id of the bid, once they are counted."""

    waits_for: str
    groups: list[list[Bid]]
    voted: int
    members: int
    votes: dict[str, int] | None
    platform_commitment: str
    draw: dict[str, Any] | None


@dataclass(frozen=True)
class Feedback:
    """What the panel wrote on one criterion of a bid: its mean, and the comments without their authors."""

    key: str
    name: str
    name_en: str
    mean: str | None
    comments: list[str]


@dataclass(frozen=True)
class Judgement:
    """How a bid was judged, for its team: score and the three axes as ranked, and what was written by criterion."""

    score: str | None
    axes: dict[str, str]
    criteria: list[Feedback]


def readable_chains(user: Any, challenge_id: uuid.UUID) -> QuerySet[Any]:
    """The ledger chains of panels and sheets on a challenge that `user` may read."""
    panels = visible(user, "panel.view").filter(challenge=challenge_id).order_by().values("pk")
    sheets = visible(user, "sheet.view").filter(assignment__panel__challenge=challenge_id).order_by().values("pk")
    matchings: QuerySet[Any] = visible(user, "matching.view").filter(panel__challenge=challenge_id)
    wishes = PairWish.objects.filter(panel__challenge=challenge_id, panel__matchings__in=matchings)
    return panels.union(sheets, matchings.order_by().values("pk"), wishes.order_by().values("pk"))


def pair_wishes(panel: Panel) -> QuerySet[PairWish]:
    """What operators said of single pairs and still stands."""
    return panel.pair_wishes.exclude(wish=PairWish.Wish.FREE).select_related("bid", "expert__user")


def experts_found(text: str) -> QuerySet[Any]:
    """Keys of the experts that `text` finds by their name or by their organisation."""
    by_name = Expert.objects.filter(user__in=holding(User.objects.all(), text).values("pk"))
    by_organization = Expert.objects.filter(organization__in=called(text))
    return by_name.order_by().values("pk").union(by_organization.order_by().values("pk"))


def late_ties(expert: Expert) -> dict[str, Any]:
    """How many ties the expert entered or corrected while asked to or holding a seat: `n`, and the `last` time."""
    entries = LedgerEntry.objects.filter(chain=expert.ledger_chain, action__in=TIE_STEPS, data__seated=True)
    return entries.aggregate(n=Count("pk"), last=Max("at"))


def my_invitations(user: User) -> QuerySet[Assignment]:
    """Invitations that wait for this expert's answer, the most urgent first."""
    seats = Assignment.objects.filter(expert__user=user, state=Assignment.State.INVITED)
    return seats.select_related("panel__challenge__owner", "expert__user").order_by("respond_by", "id")


def my_assignments(user: User) -> QuerySet[Assignment]:
    """Seats this expert holds, newest first, with `sheets_total` and `sheets_open` (not locked yet)."""
    seats = Assignment.objects.filter(expert__user=user, state=Assignment.State.ACCEPTED)
    return (
        seats.select_related("panel__challenge__owner", "expert__user")
        .annotate(
            sheets_total=Count("sheets", filter=~Q(sheets__state=ScoreSheet.State.VOID)),
            sheets_open=Count("sheets", filter=Q(sheets__state__in=UNLOCKED)),
        )
        .order_by("-created_at", "id")
    )


def my_sheets(user: User) -> QuerySet[ScoreSheet]:
    """This reviewer's sheets, those of the newest review on top, then by part and the bid's code."""
    sheets = ScoreSheet.objects.filter(assignment__expert__user=user, assignment__state=Assignment.State.ACCEPTED)
    return (
        sheets.exclude(state=ScoreSheet.State.VOID)
        .select_related("assignment__panel__challenge__owner", "assignment__expert__user", "bid")
        .order_by(F("assignment__panel__challenge__review_ends_at").desc(nulls_last=True), "-part", "bid__code", "pk")
    )


def own_sheet(user: User, pk: uuid.UUID) -> ScoreSheet | None:
    """A sheet that was handed to this reviewer, read afresh, whether they still hold the seat or not."""
    rows = ScoreSheet.objects.filter(pk=pk, assignment__expert__user=user)
    return rows.select_related("assignment__panel__challenge__owner", "assignment__expert__user", "bid").first()


def panel_progress(panel: Panel, *, only_members: bool = False) -> list[Seat]:
    """Who holds or held a seat and how many sheets they opened, submitted and locked; the chair first. One query.

    `only_members`: those who accepted, which is all that their peers may know of.
    """
    alive = ~Q(sheets__state=ScoreSheet.State.VOID)
    seats = (
        panel.assignments.filter(state__in=[Assignment.State.ACCEPTED] if only_members else Assignment.State.values)
        .select_related("expert__user", "expert__organization")
        .annotate(
            total=Count("sheets", filter=alive),
            started=Count("sheets", filter=alive & Q(sheets__started_at__isnull=False)),
            submitted=Count("sheets", filter=Q(sheets__state=ScoreSheet.State.SUBMITTED)),
            locked=Count("sheets", filter=Q(sheets__state=ScoreSheet.State.LOCKED)),
            last_saved=Max("sheets__saved_at"),
        )
        .order_by("-is_chair", "created_at", "id")
    )
    return [
        Seat(
            assignment=seat,
            name=seat.expert.user.name,
            organization=seat.expert.organization.name if seat.expert.organization else "",
            is_chair=seat.is_chair,
            state=seat.state,
            total=seat.total,
            started=seat.started,
            submitted=seat.submitted,
            locked=seat.locked,
            last_saved=seat.last_saved,
        )
        for seat in seats
    ]


def short_panels() -> QuerySet[Panel]:
    """Drawn panels whose invitations are out and one of whose seats nobody holds or is asked to."""
    seating = Panel.objects.filter(way=Panel.Way.DRAWN, state__in=("drawn", "scoring"), released_at__isnull=False)
    holding = Count("assignments", filter=Q(assignments__state__in=Assignment.HELD))
    return seating.order_by().annotate(holding=holding).filter(holding__lt=F("size"))


def tie_of(panel: Panel) -> Tie | None:
    """The tie that the panel has to decide or has decided; no vote is told before all are in."""
    tie = TieBreak.objects.filter(panel=panel).annotate(cast=Count("ballots")).first()
    if tie is None:
        return None
    bids = {str(bid.pk): bid for bid in Bid.objects.filter(pk__in=[pk for group in tie.groups for pk in group])}
    votes = None
    if tie.counted_at is not None:
        ballots = [
            {"reviewer": str(seat), "bids": named} for seat, named in tie.ballots.values_list("assignment", "bids")
        ]
        votes = ties.count(tie.groups, ballots)
    return Tie(
        waits_for=tie.waits_for,
        groups=[sorted((bids[pk] for pk in group), key=lambda bid: bid.code) for group in tie.groups],
        voted=tie.cast,
        members=panel.assignments.filter(state=Assignment.State.ACCEPTED).count(),
        votes=votes,
        platform_commitment=tie.platform_commitment,
        draw=tie.draw,
    )


def latest_ranking(challenge: Challenge) -> Ranking | None:
    """The ranking in force, if the challenge has been ranked."""
    return Ranking.objects.filter(challenge=challenge).order_by("-created_at").first()


def own_feedback(bid: Bid) -> Judgement:
    """What the panel gave and wrote, criterion by criterion, once the challenge is awarded or ended; empty before it.

    Comments are in the order of their text, criterion by criterion anew, so that no order tells who wrote them.
    """
    challenge = bid.challenge
    ranking = latest_ranking(challenge) if challenge.state in FEEDBACK_IS_GIVEN else None
    if ranking is None:
        return Judgement(None, {}, [])
    sheets = ScoreSheet.objects.filter(assignment__panel=ranking.panel_id, bid=bid, state=ScoreSheet.State.LOCKED)
    written = list(sheets.order_by().values_list("scores", flat=True))
    lines = ranking.snapshot["result"]["bids"]
    line: dict[str, Any] = next((item for item in lines if item["id"] == str(bid.pk)), {})
    criteria = [
        Feedback(
            key=item.key,
            name=item.name,
            name_en=item.name_en,
            mean=line.get("criteria", {}).get(item.key),
            comments=sorted(scores[item.key]["comment"] for scores in written if item.key in scores),
        )
        for item in challenge.frozen_rubric.criteria
    ]
    return Judgement(line.get("published"), line.get("axes", {}), criteria)
