"""What reviews tells people, and whom."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import holders_of
from accounts.notifications import Notice


def reviewers(panel: Any) -> Iterable[User]:
    """The experts who hold a seat."""
    return User.objects.filter(expert__assignments__panel=panel, expert__assignments__state="accepted", is_active=True)


def readers_of_reports(panel: Any) -> Iterable[User]:
    """Who reads a minority report while the panel meets: all of a drawn panel, of a matched one its chair."""
    seats = {"expert__assignments__is_chair": True} if panel.way == "matched" else {}
    members = User.objects.filter(
        expert__assignments__panel=panel, expert__assignments__state="accepted", is_active=True, **seats
    )
    return [*members, *holders_of("supervisor")]


NOTICES = {
    "expert_applied": Notice(
        _("An expert applied for the pool: %(object)s."), lambda _item: holders_of("operator"), needs_action=True
    ),
    "expert_approved": Notice(_("You are in the expert pool."), lambda item: [item.user]),
    "expert_asked": Notice(
        _(
            "You are asked to join the expert pool: sign in (without a password, ask for a new one), read the profile"
            " entered for you, and agree. If you do not want to, do nothing."
        ),
        lambda item: [item.user],
        needs_action=True,
    ),
    "expert_agreed": Notice(_("%(object)s agreed and is in the expert pool."), lambda _item: holders_of("operator")),
    "tie_corrected": Notice(
        _("A tie of %(object)s was corrected or ended; look at it."), lambda _item: holders_of("operator")
    ),
    "tie_entered_late": Notice(
        _("%(object)s entered a tie while asked to or holding a seat; their page shows how many."),
        lambda _item: holders_of("operator"),
    ),
    "seed_wanted": Notice(
        _("The draw for “%(object)s” waits for the supervisor's seed."),
        lambda _item: holders_of("supervisor"),
        needs_action=True,
    ),
    "matching_computed": Notice(
        _("The matching of reviewers for “%(object)s” is computed; look at the draft."),
        lambda _item: holders_of("operator"),
        needs_action=True,
    ),
    "matching_impossible": Notice(
        _("The matching of reviewers for “%(object)s” is impossible as asked; its page says why."),
        lambda _item: holders_of("operator"),
        needs_action=True,
    ),
    "bids_freed": Notice(
        _("Bids of “%(object)s” lost a reader; they are matched again, and the draft waits for you."),
        lambda _item: holders_of("operator"),
        needs_action=True,
    ),
    "invited": Notice(
        _("You are invited to review “%(object)s”; please answer."), lambda item: [item.expert.user], needs_action=True
    ),
    "invitation_taken_back": Notice(
        _("The invitation to review “%(object)s” was taken back; you need not answer."), lambda item: [item.expert.user]
    ),
    "invitation_accepted": Notice(
        _("An expert accepted the invitation for “%(object)s”."), lambda _item: holders_of("operator")
    ),
    "invitation_declined": Notice(
        _("An expert declined the invitation for “%(object)s”."), lambda _item: holders_of("operator")
    ),
    "reviewer_recused": Notice(
        _("A reviewer of “%(object)s” was recused."),
        lambda _item: holders_of("operator", "supervisor"),
        needs_action=True,
    ),
    "you_were_recused": Notice(
        _("You no longer hold your seat on the panel of “%(object)s”: a conflict of interest was found."),
        lambda item: [item.expert.user],
    ),
    "bids_taken": Notice(
        _("You no longer judge a bid of “%(object)s”: a conflict of interest was found. You keep the others."),
        lambda item: [item.expert.user],
    ),
    "seat_empty": Notice(
        _("Nobody in the order drawn is left for a seat of “%(object)s”; order a supplementary draw on its page."),
        lambda _item: holders_of("operator"),
        needs_action=True,
    ),
    "supplement_ordered": Notice(
        _("A supplementary draw for “%(object)s” waits for the supervisor's seed."),
        lambda _item: holders_of("supervisor"),
        needs_action=True,
    ),
    "supplement_drawn": Notice(
        _("The supplementary draw for “%(object)s” is made; its page shows who is invited."),
        lambda _item: holders_of("operator"),
    ),
    "scoring_opened": Notice(_("Scoring of “%(object)s” is open."), reviewers, needs_action=True),
    "pricing_opened": Notice(
        _("Every technical sheet of “%(object)s” is locked; the commercial part is open."),
        reviewers,
        needs_action=True,
    ),
    "all_sheets_locked": Notice(
        _("Every score sheet of “%(object)s” is locked; the panel can meet."),
        lambda item: [*reviewers(item), *holders_of("operator")],
        needs_action=True,
    ),
    "chair_named": Notice(
        _("You chair the panel of “%(object)s” from now on."), lambda item: [item.expert.user], needs_action=True
    ),
    "review_extended": Notice(_("The review of “%(object)s” was extended: %(reason)s"), reviewers, needs_action=True),
    "review_due": Notice(
        _("The review of “%(object)s” ends soon, and sheets of yours are not locked yet."),
        lambda _item: [],
        needs_action=True,
    ),
    "tie_found": Notice(
        _("The scores leave bids of “%(object)s” equal; the panel votes on them."), reviewers, needs_action=True
    ),
    "lot_seed_wanted": Notice(
        _("The panel's vote leaves bids of “%(object)s” equal; the draw of lots waits for the supervisor's seed."),
        lambda _item: holders_of("supervisor"),
        needs_action=True,
    ),
    "tie_decided": Notice(
        _("The tie between bids of “%(object)s” is decided; the review can be finished."),
        lambda item: [*reviewers(item), *holders_of("operator")],
    ),
    "reminded": Notice(
        _("The panel of “%(object)s” waits for you: sheets of yours are not locked yet."),
        lambda _item: [],
        needs_action=True,
    ),
    "discussion_opened": Notice(
        _("Scores of “%(object)s” lie far apart: the panel discusses them in writing."), reviewers, needs_action=True
    ),
    "discussed": Notice(_("There is a new remark in the discussion of “%(object)s”."), reviewers),
    "score_amended": Notice(_("A member amended a score in the consensus of “%(object)s”."), reviewers),
    "minutes_written": Notice(
        _("The minutes of the consensus of “%(object)s” wait for your confirmation."), reviewers, needs_action=True
    ),
    "minority_reported": Notice(
        _("A member put a minority report on record for “%(object)s”."),
        readers_of_reports,
    ),
    "consensus_opened": Notice(_("The consensus of “%(object)s” is open."), reviewers),
}
