"""Conflicts of interest that come up after the draw: whoever has one leaves the panel, and the alternate is called.

In a matched panel a conflict with one bid frees that pair alone; the seat stays.
"""

from django.utils import translation

from accounts import notifications, workflow
from accounts.models import Organization, User
from reviews.actions.seats import free_bids, recuse
from reviews.conflicts import Conflict, barred, ends_the_seat, own_conflicts
from reviews.models import Assignment, Expert, Panel

OPEN = (Panel.State.DRAWN, Panel.State.SCORING, Panel.State.CONSENSUS)


def recheck_panels(expert: Expert | None = None) -> int:
    """Recuse everyone on an open panel who has a hard conflict by now, or free the bids it is with; answers how many.

    Run whenever ties change (then for the one `expert`, if it is one), and by the clock for whatever else may have
    changed. Each recusal voids the sheets, calls the alternate and tells those concerned; totals are computed from what
    is left, since a ranking is only made at the end of the review.
    """
    seats = Assignment.objects.filter(state__in=Assignment.HELD, panel__state__in=OPEN)
    if expert is not None:
        seats = seats.filter(expert=expert)
    reasons: dict[Assignment, list[Conflict]] = {}
    panels = Panel.objects.filter(pk__in=seats.order_by().values("panel")).select_related("challenge").order_by("pk")
    for panel in panels:
        held = list(seats.filter(panel=panel).select_related("expert__user", "panel__challenge").order_by("pk"))
        found = barred(panel, held)
        for seat in held:
            if seat.expert_id in found:
                reasons[seat] = found[seat.expert_id]
    return workflow.sweep(reasons, lambda seat: _act_on(seat, reasons[seat]))


def ties_changed(_organization: Organization, person: User | None) -> None:
    """A membership began or ended, or (without a person) an organisation came under another: look at panels again."""
    if person is None:
        recheck_panels()
        return
    expert = Expert.objects.filter(user=person).first()
    if expert is not None:
        recheck_panels(expert)


def _act_on(seat: Assignment, found: list[Conflict]) -> None:
    """Leave the seat, or of a matched one the bids concerned.

    The expert, who judges blind, is told in words of their own language and of their own ties.
    """
    if not any(ends_the_seat(seat.panel, item) for item in found):
        free_bids(seat)
        return
    with translation.override(seat.expert.user.language):
        told = " ".join(own_conflicts(seat))
    recuse(seat, actor=None, reason=" ".join(dict.fromkeys(item.evidence for item in found)), told=told)
    notifications.tell("you_were_recused", seat)
