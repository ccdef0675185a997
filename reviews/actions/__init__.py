"""Writes that touch several objects; importing this package registers the steps they stand behind."""

from reviews.actions.experts import add_expert, apply_as_expert, declare_relation, edit_expert
from reviews.actions.panels import create_panel
from reviews.actions.ranking import extend_review
from reviews.actions.recheck import recheck_panels, ties_changed
from reviews.actions.seats import lapse_invitations
from reviews.actions.sheets import remind_reviewers, save_scores

__all__ = [
    "add_expert",
    "apply_as_expert",
    "create_panel",
    "declare_relation",
    "edit_expert",
    "extend_review",
    "lapse_invitations",
    "recheck_panels",
    "remind_reviewers",
    "save_scores",
    "ties_changed",
]
