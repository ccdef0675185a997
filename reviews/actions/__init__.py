"""Writes that touch several objects; importing this package registers the steps they stand behind."""

from reviews.actions import consensus, supplements  # noqa: F401  (they register their steps)
from reviews.actions.compute import compute_waiting
from reviews.actions.experts import (
    add_absence,
    add_expert,
    add_specialty,
    apply_as_expert,
    edit_expert,
    strike_absence,
)
from reviews.actions.invitations import invite_expert, send_invitations
from reviews.actions.matchings import last_asked, start_matching, wish_pair
from reviews.actions.panels import create_panel
from reviews.actions.pool_import import import_experts
from reviews.actions.ranking import extend_review
from reviews.actions.recheck import recheck_panels, ties_changed
from reviews.actions.relations import correct_relation, declare_on_seat, declare_relation
from reviews.actions.release import release
from reviews.actions.seats import call_again, lapse_invitations
from reviews.actions.sheets import remind_reviewers, save_scores, when_progress

__all__ = [
    "add_absence",
    "add_expert",
    "add_specialty",
    "apply_as_expert",
    "call_again",
    "compute_waiting",
    "correct_relation",
    "create_panel",
    "declare_on_seat",
    "declare_relation",
    "edit_expert",
    "extend_review",
    "import_experts",
    "invite_expert",
    "lapse_invitations",
    "last_asked",
    "recheck_panels",
    "release",
    "remind_reviewers",
    "save_scores",
    "send_invitations",
    "start_matching",
    "strike_absence",
    "ties_changed",
    "when_progress",
    "wish_pair",
]
