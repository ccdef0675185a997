"""What waits for experts with a seat on a panel."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from reviews.models import Assignment, Ballot, Expert
from reviews.work.amendments import amendments_of
from reviews.work.items import AT_MOST, LOTS, UNLOCKED, VOTING, Item, link
from reviews.work.meeting import consensus_waits, waits_for_own_confirmation, waits_for_own_voice, with_meeting


def reviewer(user: User) -> Iterator[Item]:
    """One row for each seat this person is invited to or holds on a panel that is not closed."""
    yield from amendments_of(user, "amendment.opine")
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
        waits_for_voice=waits_for_own_voice(),
        to_confirm=waits_for_own_confirmation(),
    )
    rows = with_meeting(rows, "panel")
    for expert in Expert.objects.filter(user=user, state="invited"):
        what, button = _("You are asked to join the expert pool"), _("Read the profile")
        yield Item(what, user.name, link("expert", expert), button, None, "expert", expert.state)
    for seat in rows.select_related("panel__challenge").order_by("-created_at", "id")[:AT_MOST]:
        yield _seat(seat)


def _seat(seat: Any) -> Item:
    panel, challenge = seat.panel, seat.panel.challenge
    if panel.state == "consensus" and seat.state == "accepted":
        return _in_consensus(seat)
    what, button, due = _("The panel is being completed"), "", None
    if seat.state == "invited":
        what, button, due = _("Answer the invitation"), _("Answer"), seat.respond_by
    elif panel.state == "scoring" and seat.left:
        said = ngettext("%(n)d score sheet to lock", "%(n)d score sheets to lock", seat.left)
        what, button, due = said % {"n": seat.left}, pgettext("verb", "Score"), challenge.review_ends_at
    elif panel.state == "scoring" and seat.is_chair and not seat.scoring:
        what, button = _("Every sheet is locked"), _("Open the consensus")
    elif panel.state == "scoring":
        what, due = _("The other reviewers still score"), challenge.review_ends_at
    url = link("panel", panel) if panel.state == "scoring" and not seat.scoring else link("assignment", seat)
    return Item(what, challenge.title, url, button, due, "assignment", seat.state)


def _in_consensus(seat: Any) -> Item:
    """What the member has to do first; otherwise what the others have to."""
    panel = seat.panel
    meeting = link("consensus", panel)
    if seat.voting and not seat.voted:
        what, button, url = _("Vote on the tie"), _("Vote"), link("panel", panel)
    elif seat.waits_for_voice:
        what, button, url = _("The discussion of diverging scores waits for your word"), _("Write"), meeting
    elif seat.waits == "minutes" and seat.is_chair:
        what, button, url = _("Write the minutes of the consensus"), _("Write"), meeting
    elif seat.to_confirm and not seat.is_chair:
        what, button, url = _("The minutes wait for your confirmation"), _("Read and confirm"), meeting
    elif seat.is_chair and not (seat.voting or seat.lots or seat.waits):
        what, button, url = _("Lead the consensus and finish the review"), _("To the panel"), link("panel", panel)
    else:
        what, button, url = consensus_waits(seat) or _("The chair finishes the review"), "", link("panel", panel)
    return Item(what, panel.challenge.title, url, button, None, "assignment", seat.state)
