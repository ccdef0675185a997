"""Ties that no score decides: found when the consensus opens, voted on in secret, drawn by lot if the vote is even."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts import ledger, notifications
from accounts.models import User
from accounts.workflow import Refused, perform, step
from reviews import draw, ties
from reviews.actions.ranking import ranked_now
from reviews.models import Assignment, Ballot, Panel, TieBreak


def seek_ties(panel: Panel) -> None:
    """Ask the panel to vote where the scores leave bids equal; a vote on scores that no longer stand falls.

    Must run under the panel's lock, when the consensus opens and whenever sheets become void in it.
    """
    TieBreak.objects.filter(panel=panel).delete()
    groups = ties.groups_of(ranked_now(panel)["result"], "panel_vote")
    if not groups:
        return
    seed = draw.new_seed()
    tie = TieBreak(panel=panel, groups=groups, platform_seed=seed, platform_commitment=draw.commit(seed))
    tie.save(force_insert=True)
    _record(panel, "find_tie", groups=groups, platform_commitment=tie.platform_commitment)
    if panel.way == Panel.Way.MATCHED:  # nobody has read all of them: the lots decide
        _count(panel, tie)
        return
    notifications.tell("tie_found", panel)


@step(Panel, "vote")
def vote(panel: Panel, *, actor: User, bids: Sequence[str]) -> Panel:
    """Cast the member's ballot: one bid of each tied group. With the last ballot the votes are counted.

    The ledger keeps that somebody voted; for whom it keeps only once all have.
    """
    panel = perform(panel.vote, actor=actor)
    tie = panel.tie_break
    if not ties.names_one_of_each(tie.groups, bids):
        raise Refused(_("Choose one bid of each tie."), code="bids")
    seats = panel.assignments.filter(state=Assignment.State.ACCEPTED)
    Ballot(tie_break=tie, assignment=seats.get(expert__user=actor), bids=list(bids)).save(force_insert=True)
    if tie.ballots.count() == seats.count():
        _count(panel, tie)
    return panel


def _count(panel: Panel, tie: TieBreak) -> None:
    tie.counted_at = panel.now
    tie.save()
    snapshot = ranked_now(panel)  # with the votes, since they are counted now
    tie.undecided = ties.groups_of(snapshot["result"], "witnessed_draw")
    tie.save()
    _record(panel, "count_votes", ballots=snapshot["inputs"]["tie_break"]["ballots"], undecided=tie.undecided)
    notifications.tell("lot_seed_wanted" if tie.undecided else "tie_decided", panel)


@step(Panel, "give_lot_seed")
def give_lot_seed(panel: Panel, *, actor: User, seed: str) -> Panel:
    """The supervisor's seed joins the committed one, and the lots are drawn at once."""
    panel = perform(panel.give_lot_seed, actor=actor, seed=seed)
    tie = panel.tie_break
    tie.supervisor_seed, tie.seed_given_by = seed, actor
    tie.draw = ties.draw_lots(
        tie.undecided,
        platform_seed=tie.platform_seed,
        supervisor_seed=seed,
        context={"challenge": panel.challenge.number, "panel": str(panel.pk)},
    )
    tie.save()
    _record(panel, "draw_lots", lots=tie.draw["lots"], platform_seed=tie.platform_seed, sha256=tie.draw["sha256"])
    notifications.tell("tie_decided", panel, actor=actor)
    return panel


def _record(panel: Panel, action: str, **data: Any) -> None:
    """What the platform does by itself, as the consequence of a step that was allowed."""
    ledger.append(
        panel,
        action,
        actor=None,
        acting_as="platform",
        source=panel.state,
        target=panel.state,
        data=data,
        at=panel.now,
    )
