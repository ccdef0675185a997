"""Writes that touch several objects; importing this package registers the steps they stand behind."""

from challenges.actions.awards import confirm_due_awards, file_objection
from challenges.actions.bank import give_payee, make_batch, take_answers
from challenges.actions.bids import (
    close_due_biddings,
    save_envelope,
    set_members,
    set_partners,
    set_pledge,
    start_bid,
)
from challenges.actions.challenges import (
    answer_question,
    ask_question,
    create_challenge,
    edit_challenge,
    import_challenges,
    republish,
)
from challenges.actions.contracts import edit_contract, set_sources
from challenges.actions.payments import request_recovery
from challenges.actions.reminders import remind
from challenges.actions.rubrics import adapt_rubric
from challenges.actions.rule_sets import edit_rule_set, new_version
from challenges.actions.treasury import receive, reverse

__all__ = [
    "adapt_rubric",
    "answer_question",
    "ask_question",
    "close_due_biddings",
    "confirm_due_awards",
    "create_challenge",
    "edit_challenge",
    "edit_contract",
    "edit_rule_set",
    "file_objection",
    "give_payee",
    "import_challenges",
    "make_batch",
    "new_version",
    "receive",
    "remind",
    "republish",
    "request_recovery",
    "reverse",
    "save_envelope",
    "set_members",
    "set_partners",
    "set_pledge",
    "set_sources",
    "start_bid",
    "take_answers",
]
