"""What chair, supervisor and operators look at: who has come how far; after the last lock, the scores side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from accounts.models import User
from accounts.policy import can, visible
from challenges.models import Bid
from reviews.actions.ranking import ranked_now
from reviews.analysis import Analysis, BidSpread, Severity, analyse
from reviews.models import (
    Amendment,
    Assignment,
    Confirmation,
    Discussion,
    MinorityReport,
    Minutes,
    Panel,
    Ranking,
    Remark,
    ScoreSheet,
)

NOT_OPENED, STARTED, LOCKED = "waiting", "started", "locked"


@dataclass(frozen=True)
class Mark:
    """One sheet: not opened, started or locked."""

    sheet: ScoreSheet
    mark: str


@dataclass(frozen=True)
class Progress:
    """Reviewers × bids, a mark for each part; nothing of the scores."""

    bids: list[Bid]
    rows: list[tuple[Assignment, list[list[Mark]]]]
    locked: int
    total: int


@dataclass(frozen=True)
class Scores:
    """The panel's scores side by side, with names to the ids."""

    analysis: Analysis
    bids: list[tuple[Bid, BidSpread]]
    reviewers: list[tuple[Assignment, Severity, list[Decimal | None]]]

    @property
    def diverging(self) -> list[str]:
        """Codes of the bids whose scores lie too far apart."""
        return [bid.code for bid, line in self.bids if line.diverges]


@dataclass(frozen=True)
class Signed:
    """Minutes, who confirmed them, and how many are asked to beside the chair."""

    minutes: Minutes
    confirmed: list[Assignment]
    others: int


@dataclass(frozen=True)
class Thread:
    """The discussion of one bid; in a matched panel with minutes of its own."""

    discussion: Discussion
    signed: Signed | None


@dataclass(frozen=True)
class Talk:
    """What the panel wrote in its consensus, as far as the reader may hear it."""

    threads: list[Thread]
    amendments: list[Amendment]
    signed: Signed | None
    reports: list[MinorityReport]


def mark_of(sheet: ScoreSheet) -> str:
    """How far a sheet is."""
    if sheet.state == ScoreSheet.State.LOCKED:
        return LOCKED
    return STARTED if sheet.started_at else NOT_OPENED


def progress(panel: Panel, *, only: User | None = None) -> Progress:
    """How far each member is with each bid; `only` one person's own, for whoever may not see the others'."""
    seats = panel.assignments.filter(state=Assignment.State.ACCEPTED).select_related("expert__user")
    if only is not None:
        seats = seats.filter(expert__user=only)
    held = list(seats.order_by("-is_chair", "created_at", "id"))
    rows = ScoreSheet.objects.filter(assignment__in=[seat.pk for seat in held]).exclude(state=ScoreSheet.State.VOID)
    sheets = list(rows.defer("scores").select_related("bid").order_by("-part", "pk"))
    bids = sorted({sheet.bid for sheet in sheets}, key=lambda bid: bid.code)
    marks: dict[tuple[UUID, UUID], list[Mark]] = {}
    for sheet in sheets:
        marks.setdefault((sheet.assignment_id, sheet.bid_id), []).append(Mark(sheet, mark_of(sheet)))
    return Progress(
        bids=bids,
        rows=[(seat, [marks.get((seat.pk, bid.pk), []) for bid in bids]) for seat in held],
        locked=sum(sheet.state == ScoreSheet.State.LOCKED for sheet in sheets),
        total=len(sheets),
    )


def watchers(panel: Panel) -> Iterable[UUID]:
    """Who is told live how far the panel is: never a member who still has sheets to lock, unless they chair."""
    unlocked = ScoreSheet.objects.filter(assignment=OuterRef("pk"), state__in=("open", "submitted"))
    seats = panel.assignments.filter(state=Assignment.State.ACCEPTED)
    done = seats.filter(Q(is_chair=True) | ~Exists(unlocked)).values("expert__user")
    staff = Q(roles__overlap=["operator", "supervisor"])
    people = User.objects.filter(staff | Q(pk__in=done), is_active=True)
    return people.order_by().values_list("pk", flat=True)


def heard(panel: Panel, reader: Any) -> QuerySet[Discussion]:
    """The discussions of a panel that `reader` may read, by the bid's code."""
    found: QuerySet[Discussion] = visible(reader, "discussion.view").filter(panel=panel)
    return found.select_related("bid", "panel").order_by("bid__code", "pk")


def scores(panel: Panel, discussions: Iterable[Discussion]) -> Scores:
    """The scores of a panel in consensus as they stand now, of a closed one as they were ranked.

    Of a matched panel those of the bids in these `discussions`: nobody has read all, and they are too many to look at.
    """
    only = {thread.bid_id for thread in discussions} if panel.way == Panel.Way.MATCHED else None
    kept = Ranking.objects.filter(panel=panel).first()
    snapshot = kept.snapshot if kept is not None else ranked_now(panel, only=only)
    found = analyse(snapshot, only=None if only is None else {str(pk) for pk in only})
    bids = Bid.objects.in_bulk([UUID(line.id) for line in found.bids])
    seats = panel.assignments.select_related("expert__user").in_bulk([UUID(item.reviewer) for item in found.reviewers])
    lines = sorted(((bids[UUID(line.id)], line) for line in found.bids), key=lambda pair: pair[0].code)
    rows = [
        (seats[UUID(item.reviewer)], item, [item.totals.get(line.id) for _bid, line in lines])
        for item in found.reviewers
    ]
    rows.sort(key=lambda row: (not row[0].is_chair, row[0].expert.user.name, row[0].pk))
    return Scores(found, lines, rows)


def talk(panel: Panel, reader: Any, discussions: Iterable[Discussion]) -> Talk:
    """These discussions with their amendments, the minutes with who confirmed them, and minority reports.

    In a matched panel a report is read by its author, by the chair, and by those who read every discussion.
    """
    threads = list(discussions)
    people = Prefetch("confirmations", Confirmation.objects.select_related("assignment__expert__user"))
    texts = Minutes.objects.select_related("written_by__expert__user").prefetch_related(people)
    remarks = Prefetch("remarks", Remark.objects.select_related("assignment__expert__user"))
    prefetch_related_objects(threads, remarks, Prefetch("minutes", texts))
    amendments = Amendment.objects.filter(sheet__assignment__panel=panel).exclude(sheet__state=ScoreSheet.State.VOID)
    reports = panel.minority_reports.select_related("assignment__expert__user")
    if panel.way == Panel.Way.MATCHED:
        voices = panel.discussions.filter(pk__in=[item.pk for item in threads]).voices_each()
        amendments = amendments.filter(sheet__bid__in=[item.bid_id for item in threads])
        if can(reader, "panel.read_scores", panel).role == "reviewer":
            reports = reports.filter(assignment__expert__user=reader)
        signed, each = None, [_signed(item.minutes.all()[:1], len(voices.get(item.pk, ()))) for item in threads]
    else:
        members = panel.assignments.filter(state=Assignment.State.ACCEPTED).count()
        signed, each = _signed(texts.filter(panel=panel)[:1], members), [None for _item in threads]
    return Talk(
        threads=[Thread(item, of_it) for item, of_it in zip(threads, each, strict=True)],
        amendments=list(amendments.select_related("sheet__bid", "made_by")),
        signed=signed,
        reports=list(reports),
    )


def _signed(newest: Iterable[Minutes], voices: int) -> Signed | None:
    for minutes in newest:
        confirmed = sorted(minutes.confirmations.all(), key=lambda item: item.created_at)
        return Signed(minutes, [item.assignment for item in confirmed], max(voices - 1, 0))
    return None


def score_rows(found: Scores, head: tuple[Any, Any, Any]) -> list[list[Any]]:
    """The heat map as rows: reviewer, a total for each bid, the severity and its n; then n, mean and spread of bids."""
    reviewer, severity, number = head
    bids = [line for _bid, line in found.bids]
    return [
        [reviewer, *[bid.code for bid, _line in found.bids], severity, number],
        *[[seat.expert.user.name, *totals, item.deviation, item.n] for seat, item, totals in found.reviewers],
        ["n", *[line.n for line in bids], None, None],
        ["mean", *[line.mean for line in bids], None, None],
        ["spread", *[line.spread for line in bids], None, None],
    ]
