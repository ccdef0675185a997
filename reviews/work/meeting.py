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

from reviews.models import Assignment, Confirmation, Discussion, Minutes, Remark

WAITS = {
    "discussion": gettext_lazy("The members discuss diverging scores"),
    "minutes": gettext_lazy("The chair writes the minutes of the consensus"),
    "confirmation": gettext_lazy("The members confirm the minutes"),
}


def with_meeting(rows: QuerySet[Any], panel: str) -> QuerySet[Any]:
    """`rows` with `minutes` (the newest) and `waits`: what `Panel.consensus_waits_for` answers for the panel there."""
    newest = Minutes.objects.filter(panel=OuterRef(panel)).order_by("-created_at", "id")
    confirmed = Confirmation.objects.filter(minutes=OuterRef("minutes"), assignment__state="accepted")
    members = Assignment.objects.filter(panel=OuterRef(panel), state="accepted")
    rows = rows.annotate(minutes=Subquery(newest.values("pk")[:1]))
    rows = rows.annotate(confirmed=_count(confirmed, "minutes"), members=_count(members, "panel"))
    waits: QuerySet[Any] = rows.annotate(
        waits=Case(
            When(~Exists(Discussion.objects.filter(panel=OuterRef(panel))), then=Value("")),
            When(Exists(thin_discussions(panel)), then=Value("discussion")),
            When(minutes=None, then=Value("minutes")),
            When(Q(members__gte=2 * (F("confirmed") + 1)), then=Value("confirmation")),  # the chair's counts too
            default=Value(""),
            output_field=CharField(),
        )
    )
    return waits


def consensus_waits(row: Any) -> str:
    """Whom the consensus waits for, in words, by the annotations `voting`, `lots` and `waits`; "" for nobody."""
    if row.voting:
        return _("The panel votes on a tie")
    if row.lots:
        return _("The supervisor gives the seed for the lots")
    return str(WAITS[row.waits]) if row.waits else ""


def thin_discussions(panel: str) -> QuerySet[Discussion]:
    """The discussions of the panel there in which too few members have written yet."""
    rows = Discussion.objects.filter(panel=OuterRef(panel))
    return rows.annotate(voices=Count("remarks__assignment", distinct=True)).filter(voices__lt=Discussion.VOICES)


def waits_for_own_voice() -> Exists:
    """For rows of seats: whether such a discussion has no word of this member yet."""
    spoken = Remark.objects.filter(discussion=OuterRef("pk"), assignment=OuterRef(OuterRef("pk")))
    return Exists(thin_discussions("panel").filter(~Exists(spoken)))


def _count(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many rows the subquery finds."""
    return Coalesce(Subquery(rows.order_by().values(by).annotate(n=Count("pk")).values("n"), IntegerField()), 0)
