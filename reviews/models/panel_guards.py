"""The conditions of a panel's steps, each with the sentence that says what to do, and whom a release touches."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.conditions import condition
from challenges.models import Challenge

JUDGED = (Challenge.State.OPENED, Challenge.State.UNDER_REVIEW)  # one that ended without an award seats nobody


@condition(_("This panel is matched to its bids, not drawn by lot."))
def is_drawn_by_lot(panel: Any) -> bool:
    """One panel for all bids; a large round is matched instead."""
    return bool(panel.way == "drawn")


@condition(_("The supervisor gives the second seed first."))
def both_seeds_are_given(panel: Any) -> bool:
    """Neither the platform nor the supervisor alone decides the draw; with the second seed the pool was frozen."""
    return bool(panel.supervisor_seed) and panel.frozen is not None


@condition(_("The second seed was already given."))
def no_supervisor_seed_yet(panel: Any) -> bool:
    """A seed is given once."""
    return not panel.supervisor_seed


@condition(_("The invitations were sent already."))
def not_released_yet(panel: Any) -> bool:
    """Who was named is still a draft, seen by operators and supervisors alone."""
    return panel.released_at is None


@condition(_("The challenge is not under review, so nobody is invited to judge it."))
def is_still_judged(panel: Any) -> bool:
    """A challenge that ended without an award needs no panel."""
    return bool(panel.challenge.state in JUDGED)


@condition(_("The invitations are not sent yet."))
def is_released(panel: Any) -> bool:
    """Those named were invited."""
    return panel.released_at is not None


@condition(_("Somebody has answered already; an answered invitation cannot be taken back."))
def nobody_has_answered(panel: Any) -> bool:
    """Nothing has followed the invitations."""
    return not panel.assignments.exclude(state__in=("invited", "taken_back")).exists()


@condition(_("This panel is matched to its bids: the bids of whoever leaves are matched again, nobody is drawn."))
def is_filled_by_lot(panel: Any) -> bool:
    """Of a drawn panel the next in order follows; a matched one has no order."""
    return bool(panel.way == "drawn")


@condition(_("Every seat is held by somebody who accepted or is invited."))
def a_seat_is_empty(panel: Any) -> bool:
    """Nobody holds the seat, and nobody is asked to."""
    return bool(panel.empty_seats() > 0)


@condition(_("A supplementary draw is ordered already and waits for the supervisor's seed."))
def no_supplement_is_ordered(panel: Any) -> bool:
    """One at a time."""
    return panel.supplement_ordered() is None


@condition(_("No supplementary draw is ordered."))
def a_supplement_is_ordered(panel: Any) -> bool:
    """The platform has committed to its seed, the second one is missing."""
    return panel.supplement_ordered() is not None


def to_be_invited(panel: Any) -> list[str]:
    """The names of those whom a release invites, the chair first."""
    chair = panel.chair_named()
    named = sorted(
        panel.experts_named().select_related("user"), key=lambda item: (str(item.pk) != chair, item.user.name)
    )
    return [expert.user.name for expert in named]


def to_be_taken_back(panel: Any) -> list[str]:
    """The names of those whose invitation is still open."""
    seats = panel.assignments.filter(state="invited").order_by("-is_chair", "created_at", "id")
    return list(seats.values_list("expert__user__name", flat=True))


@condition(_("Every seat must be accepted by an expert first."))
def every_seat_is_accepted(panel: Any) -> bool:
    """As many accepted assignments as seats, one of them the chair."""
    return bool(panel.is_complete())


@condition(_("Not every score sheet is locked yet."))
def every_sheet_is_locked(panel: Any) -> bool:
    """Nothing is open, and there is something to rank."""
    return bool(panel.has_every_sheet_locked())


@condition(_("No tie waits for the panel's vote."))
def tie_waits_for_votes(panel: Any) -> bool:
    """The scores leave bids equal, and not every member has voted."""
    return bool(panel.tie_waits_for() == "votes")


@condition(_("No tie waits for lots: they are drawn once where the panel's vote leaves bids equal."))
def tie_waits_for_seed(panel: Any) -> bool:
    """The vote left bids equal, and the lots are not drawn."""
    return bool(panel.tie_waits_for() == "seed")


@condition(_("Nobody has a sheet left to lock."))
def somebody_is_late(panel: Any) -> bool:
    """A member of the panel has a sheet that is not locked."""
    return bool(panel.assignments.filter(state="accepted", sheets__state__in=("open", "submitted")).exists())


@condition(_("The panel was reminded a short while ago; the rule set says how long to wait."))
def not_reminded_lately(panel: Any) -> bool:
    """The last reminder lies as far back as the rules ask."""
    rules = panel.challenge.frozen_rules
    return panel.reminded_at is None or panel.now - panel.reminded_at >= rules.reminders_apart


@condition(_("No scores lie further apart than the rules allow, so nothing asks for a written discussion."))
def something_is_discussed(panel: Any) -> bool:
    """A bid has its written discussion."""
    return bool(panel.discussions.exists())


@condition(_("The chair has not written the minutes yet."))
def minutes_are_written(panel: Any) -> bool:
    """There is a text to confirm."""
    return bool(panel.minutes.exists())
