"""What the consensus of a panel waits for, for many panels at once."""

from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Assignment, Confirmation, Discussion, Minutes, Panel, Remark, ScoreSheet

WAITS = {
    "discussion": gettext_lazy("The members discuss diverging scores"),
    "minutes": gettext_lazy("The chair writes the minutes of the consensus"),
    "confirmation": gettext_lazy("The members confirm the minutes"),
}


def with_meeting(rows: QuerySet[Any], panel: str) -> QuerySet[Any]:
    """`rows` with `waits`: what `Panel.consensus_waits_for` answers for the panel there."""
    newest = Minutes.objects.filter(panel=OuterRef(panel)).order_by("-created_at", "id")
    confirmed = Confirmation.objects.filter(minutes=OuterRef("latest"), assignment__state="accepted")
    members = Assignment.objects.filter(panel=OuterRef(panel), state="accepted")
    rows = rows.annotate(latest=Subquery(newest.values("pk")[:1]))
    rows = rows.annotate(confirmed=_count(confirmed, "minutes"), members=_count(members, "panel"))
    discussed, each = Discussion.objects.filter(panel=OuterRef(panel)), _discussions_of_matched(panel)
    waits: QuerySet[Any] = rows.annotate(
        waits=Case(
            When(~Exists(discussed), then=Value("")),
            When(Exists(thin_discussions(panel)), then=Value("discussion")),
            When(Exists(each.filter(newest=None)), then=Value("minutes")),
            When(Exists(each.filter(seats__gte=2 * F("true"))), then=Value("confirmation")),
            When(Exists(discussed.filter(panel__way=Panel.Way.MATCHED)), then=Value("")),
            When(latest=None, then=Value("minutes")),
            When(Q(members__gte=2 * (F("confirmed") + 1)), then=Value("confirmation")),  # the chair's counts too
            default=Value(""),
            output_field=CharField(),
        )
    )
    return waits


def _discussions_of_matched(panel: str) -> QuerySet[Any]:
    """Of the matched panel there, the discussions that have a reader: `seats` take part, `true` say the minutes are."""
    voices = Assignment.objects.filter(panel=OuterRef("panel"), state="accepted").filter(
        Q(is_chair=True) | Exists(_locked(OuterRef("pk"), OuterRef(OuterRef("bid"))))
    )
    signed = Q(confirmations__minutes=OuterRef("newest")) | Q(pk=OuterRef("writer"))
    newest = Minutes.objects.filter(discussion=OuterRef("pk")).order_by("-created_at", "id")
    of_matched = Discussion.objects.filter(Exists(_read()), panel=OuterRef(panel), panel__way=Panel.Way.MATCHED)
    rows: QuerySet[Any] = of_matched.annotate(
        newest=Subquery(newest.values("pk")[:1]),
        writer=Subquery(newest.values("written_by")[:1]),
        seats=_count(voices, "panel"),
        true=_count(voices.filter(signed), "panel"),
    )
    return rows


def _locked(seat: Any, bid: Any) -> QuerySet[ScoreSheet]:
    return ScoreSheet.objects.filter(assignment=seat, bid=bid, state="locked")


def _read() -> QuerySet[ScoreSheet]:
    """For rows of discussions: the locked sheets of members on the bid."""
    rows = ScoreSheet.objects.filter(bid=OuterRef("bid"), assignment__panel=OuterRef("panel"), state="locked")
    return rows.filter(assignment__state="accepted")


def consensus_waits(row: Any) -> str:
    """Whom the consensus waits for, in words, by the annotations `voting`, `lots` and `waits`; "" for nobody."""
    if row.voting:
        return _("The panel votes on a tie")
    if row.lots:
        return _("The supervisor gives the seed for the lots")
    return str(WAITS[row.waits]) if row.waits else ""


def thin_discussions(panel: str) -> QuerySet[Discussion]:
    """The discussions of the panel there in which too few members have written yet.

    A bid of a matched panel that all its readers have left is not among them: there is nobody to speak of it.
    """
    rows = Discussion.objects.filter(Q(panel__way=Panel.Way.DRAWN) | Exists(_read()), panel=OuterRef(panel))
    return rows.annotate(spoke=Count("remarks__assignment", distinct=True)).filter(spoke__lt=Discussion.VOICES)


def waits_for_own_voice() -> Exists:
    """For rows of seats: whether such a discussion has no word of this member yet, who takes part in it."""
    seat = OuterRef(OuterRef("pk"))
    spoken = Remark.objects.filter(discussion=OuterRef("pk"), assignment=seat)
    heard = Q(panel__way=Panel.Way.DRAWN) | Exists(_locked(seat, OuterRef("bid")))
    return Exists(thin_discussions("panel").filter(heard, ~Exists(spoken)))


def waits_for_own_confirmation() -> Exists:
    """For rows of seats: whether minutes in force, of what this member takes part in, lack their confirmation."""
    seat = OuterRef(OuterRef("pk"))
    signed = Confirmation.objects.filter(minutes=OuterRef("pk"), assignment=seat)
    heard = Q(discussion=None) | Exists(_locked(seat, OuterRef("discussion__bid")))
    return Exists(Minutes.objects.newest().filter(heard, ~Exists(signed), panel=OuterRef("panel")))


def _count(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many rows the subquery finds."""
    return Coalesce(
        Subquery(rows.order_by().values(by).annotate(n=Count("pk", distinct=True)).values("n"), IntegerField()), 0
    )
