"""Writes that touch several objects; importing this package registers the steps they stand behind."""

from challenges.actions import acceptance, terminations  # noqa: F401  (they register steps)
from challenges.actions.amendments import give_opinion, request_amendment
from challenges.actions.awards import confirm_due_awards
from challenges.actions.bank import expect_answer, give_payee, make_batch, take_answers
from challenges.actions.bids import close_due_biddings, save_envelope, set_members, set_partners, set_pledge, start_bid
from challenges.actions.calendar import enter_calendar_year
from challenges.actions.challenges import (
    answer_question,
    ask_question,
    create_challenge,
    edit_challenge,
    import_challenges,
    republish,
)
from challenges.actions.contracts import edit_contract, set_sources
from challenges.actions.credit import expire_due_records, open_credit_record
from challenges.actions.follow_ups import plan_follow_ups, refer_outcome
from challenges.actions.measurements import measure
from challenges.actions.midterm_checks import plan_midterm_check
from challenges.actions.objections import date_acknowledgements, file_appeal, file_objection
from challenges.actions.outcomes import amend_outcome, create_outcome, edit_outcome
from challenges.actions.payments import request_recovery
from challenges.actions.region import enter_region_figure
from challenges.actions.reminders import remind
from challenges.actions.rubrics import adapt_rubric
from challenges.actions.rule_sets import edit_rule_set, new_version
from challenges.actions.signing import fetch_paper
from challenges.actions.transfers import answer_objection, create_transfer, edit_transfer, object_to_transfer
from challenges.actions.treasury import receive, reverse

__all__ = [
    "adapt_rubric",
    "amend_outcome",
    "answer_objection",
    "answer_question",
    "ask_question",
    "close_due_biddings",
    "confirm_due_awards",
    "create_challenge",
    "create_outcome",
    "create_transfer",
    "date_acknowledgements",
    "edit_challenge",
    "edit_contract",
    "edit_outcome",
    "edit_rule_set",
    "edit_transfer",
    "enter_calendar_year",
    "enter_region_figure",
    "expect_answer",
    "expire_due_records",
    "fetch_paper",
    "file_appeal",
    "file_objection",
    "give_opinion",
    "give_payee",
    "import_challenges",
    "make_batch",
    "measure",
    "new_version",
    "object_to_transfer",
    "open_credit_record",
    "plan_follow_ups",
    "plan_midterm_check",
    "receive",
    "refer_outcome",
    "remind",
    "republish",
    "request_amendment",
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
