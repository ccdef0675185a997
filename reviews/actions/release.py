"""Drafts and their release: who was drawn is told to nobody until the invitations are sent, and can be taken back."""

from accounts.models import User
from accounts.workflow import perform, step
from reviews.actions.matchings import match_again
from reviews.actions.seats import fill_seats, free_bids, invite, keep_a_chair, ready_to_sit
from reviews.conflicts import barred
from reviews.models import Assignment, Panel


@step(Panel, "release")
def release(panel: Panel, *, actor: User) -> Panel:
    """Invite those who were drawn; for whoever cannot sit by now, the next in the drawn order.

    In a matched panel their bids are matched again, and so are those that a conflict has taken from somebody since.
    """
    panel = perform(panel.release, actor=actor)
    chair = panel.chair_named()
    named = panel.experts_named()
    ready = ready_to_sit(panel, named)
    seats = [invite(panel, expert, is_chair=str(expert.pk) == chair) for expert in ready]
    if panel.way == Panel.Way.DRAWN:
        fill_seats(panel)
    else:
        if len(ready) < named.count():
            match_again(panel)
        found = barred(panel, seats)
        for seat in seats:
            if seat.expert_id in found:
                free_bids(seat)
    keep_a_chair(panel)
    return panel


@step(Panel, "take_back")
def take_back(panel: Panel, *, actor: User) -> Panel:
    """Undo a release that nobody has answered; those invited are told, and the panel is a draft again."""
    panel = perform(panel.take_back, actor=actor)
    for seat in panel.assignments.filter(state=Assignment.State.INVITED).order_by("pk"):
        perform(seat.take_back, actor=None)
    return panel
