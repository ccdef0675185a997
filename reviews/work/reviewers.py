"""What waits for experts with a seat on a panel."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from reviews.models import Assignment, Ballot
from reviews.work.items import AT_MOST, LOTS, UNLOCKED, VOTING, Item, link


def reviewer(user: User) -> Iterator[Item]:
    """One row for each seat this person is invited to or holds on a panel that is not closed."""
    count = (
        UNLOCKED.filter(assignment=OuterRef("pk")).order_by().values("assignment").annotate(n=Count("pk")).values("n")
    )
    rows = Assignment.objects.filter(expert__user=user, state__in=["invited", "accepted"])
    rows = rows.exclude(panel__state="closed").annotate(
        left=Coalesce(Subquery(count, IntegerField()), 0),
        scoring=Exists(UNLOCKED.filter(assignment__panel=OuterRef("panel"))),
        voting=Exists(VOTING.filter(panel=OuterRef("panel"))),
        lots=Exists(LOTS.filter(panel=OuterRef("panel"))),
        voted=Exists(Ballot.objects.filter(assignment=OuterRef("pk"))),
    )
    for seat in rows.select_related("panel__challenge").order_by("-created_at", "id")[:AT_MOST]:
        yield _seat(seat)


def _seat(seat: Any) -> Item:
    panel, challenge = seat.panel, seat.panel.challenge
    what, button, due = _("The panel is being completed"), "", None
    if seat.state == "invited":
        what, button, due = _("Answer the invitation"), _("Answer"), seat.respond_by
    elif panel.state == "scoring" and seat.left:
        said = ngettext("%(n)d score sheet to lock", "%(n)d score sheets to lock", seat.left)
        what, button, due = said % {"n": seat.left}, _("Score"), challenge.review_ends_at
    elif panel.state == "scoring" and seat.is_chair and not seat.scoring:
        what, button = _("Every sheet is locked"), _("Open the consensus")
    elif panel.state == "scoring":
        what, due = _("The other reviewers still score"), challenge.review_ends_at
    elif seat.voting and not seat.voted:
        what, button = _("Vote on the tie"), _("Vote")
    elif seat.voting:
        what = _("The other members vote on the tie")
    elif seat.lots:
        what = _("The supervisor gives the seed for the lots")
    elif panel.state == "consensus" and seat.is_chair:
        what, button = _("Lead the consensus and finish the review"), _("To the panel")
    elif panel.state == "consensus":
        what = _("The chair finishes the review")
    to_panel = panel.state == "consensus" or (panel.state == "scoring" and not seat.scoring)
    url = link("panel", panel) if to_panel else link("assignment", seat)
    return Item(what, challenge.title, url, button, due, "assignment", seat.state)
