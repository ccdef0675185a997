"""Words for what the ledger records: acts, kinds of object, and the roles people acted in."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import kinds, workflow

Word = str | Promise

# Acts that are no transitions, whatever object they are about.
ACTS: dict[str, Word] = {
    "create": _("Created"),
    "edit": _("Edited"),
    "import": _("Imported"),
    "adapt_rubric": _("Rubric adapted"),
    "file": _("Filed"),
    "add_document": _("File added"),
    "remove_document": _("File removed"),
    "measure": _("Measured values entered"),
    "download": _("File downloaded"),
    "set_members": _("Team changed"),
    "set_partners": _("Consortium changed"),
    "ask": _("Question asked"),
    "answer": _("Question answered"),
    "close_bidding": _("Bidding closed"),
    "open": _("Opened"),
    "take_rank": _("Ranked"),
    "pass_over": _("Not awarded"),
    "win": pgettext_lazy("bid", "Awarded"),
    "stand_by": _("Runner-up"),
    "return_to_ranking": _("Returned to the ranking"),
    "disqualify": _("Disqualified"),
    "return_to_review": _("Returned to the review"),
    "open_notice": _("Public notice opened"),
    "suspend": _("Suspended"),
    "resume": _("Resumed"),
    "confirm": _("Confirmed"),
    "revoke": _("Revoked"),
    "decline": _("Declined"),
    "confirm_award": _("Award confirmed"),
    "take_effect": _("In force"),
    "plan": _("Date set"),
    "give_opinion": _("Opinion given"),
    "render": _("Documents set"),
    "set_sources": _("Sources of the money set"),
    "give": _("Account given"),
    "send_to_bank": _("Sent to the bank"),
    "fail_at_bank": _("Not made by the bank"),
    "call_back": _("Called back from the bank"),
    "receive_money": _("Money received"),
    "return_money": _("Money booked back to its sources"),
    "reverse_receipt": _("Receipt taken back"),
    "request": _("Requested"),
    "sign": _("Signed by both sides"),
    "complete": _("Completed"),
    "object": _("Objection filed"),
    "answer_objection": _("Objection answered"),
    "expire": _("Expired"),
    "lose_winner": _("Back to the ranking: the winner did not sign"),
    "fall": _("Revoked: the owner withdrew"),
    "supersede": _("Replaced by a newer version"),
    "terminate": _("Terminated"),
    "start_scoring": _("Scoring opened"),
    "close": _("Closed"),
    "replace": _("Seat taken by an alternate"),
    "void": _("Declared void"),
    "end_without_blame": _("Not selected in the race; ended without blame"),
    "gain_from_race": _("Amount raised by the decided race"),
    "cancel": _("Cancelled"),
    "invite": _("Invited"),
    "register": _("Registered"),
    "offer_membership": _("Membership offered"),
    "end_offer": _("Offer declined or taken back"),
    "add_member": _("Member added"),
    "change_member": _("Member's role changed"),
    "end_membership": _("Membership ended"),
    "place_under": _("Parent organisation set"),
    "apply": _("Applied"),
    "add": _("Added"),
    "ask_consent": _("Asked to agree"),
    "agree": _("Agreed"),
    "declare_relation": _("Tie declared"),
    "correct_relation": _("Tie corrected"),
    "add_absence": _("Absence noted"),
    "strike_absence": _("Absence struck"),
    "retire": _("Retired"),
    "extend_review": _("Review extended"),
    "find_tie": _("Tie found"),
    "count_votes": _("Votes on the tie counted"),
    "draw_lots": _("Lots drawn"),
    "draw_supplement": _("Supplementary order drawn"),
    "open_discussion": _("Written discussion opened"),
    "become_chair": _("Chair passed on"),
    "free_bids": _("Bids taken from a reviewer for a conflict"),
    "adopt": _("Panel formed from the matching"),
    "finish": _("Matching computed"),
    "fail": _("Found impossible"),
    "wish_pair": _("Wish for a pair noted"),
    "invite_again": _("Invited again"),
    "take_back": _("Invitation taken back"),
}
OBJECTS: dict[str, Word] = {
    "challenge": _("Challenge"),
    "bid": _("Bid"),
    "award": _("Award"),
    "objection": _("Objection"),
    "race": _("Race"),
    "contract": _("Contract"),
    "contractamendment": _("Change of a contract"),
    "midtermcheck": _("Mid-term check"),
    "milestone": _("Milestone"),
    "payment": _("Payment"),
    "outcome": _("Outcome"),
    "creditrecord": _("Credit record"),
    "transfer": _("Transfer"),
    "followup": _("Follow-up"),
    "referral": _("Referral"),
    "termination": _("Termination"),
    "recovery": _("Recovery"),
    "payeeaccount": _("Payee account"),
    "paymentbatch": _("Payment batch"),
    "panel": _("Panel"),
    "matching": _("Matching"),
    "assignment": _("Seat on the panel"),
    "scoresheet": _("Score sheet"),
    "expert": _("Expert"),
    "expertinvitation": _("Invitation into the pool"),
    "specialty": _("Specialty"),
    "ruleset": _("Rule set"),
    "calendaryear": _("Calendar of a year"),
    "regionfigure": _("Figure of the region"),
    "organization": _("Organisation"),
}
ROLES: dict[str, Word] = {
    "owner": _("Challenge owner"),
    "bidder": _("Bidder"),
    "reviewer": _("Reviewer"),
    "chair": _("Panel chair"),
    "operator": _("Operator"),
    "decider": _("Decider"),
    "supervisor": _("Supervisor"),
    "finance": _("Finance"),
    "public": _("The public"),
    "platform": _("Platform"),
    "member": _("Member"),
}


def action_words() -> dict[tuple[str, str], Word]:
    """The label of every step, by model name and step name."""
    return {
        (kind.model._meta.model_name or "", name): label
        for kind in kinds.every()
        for name, label in workflow.step_labels(kind.model).items()
    }


def action_word(words: dict[tuple[str, str], Word], kind: str, action: str) -> Word:
    """An act in words; its own name where there are none."""
    return words.get((kind, action)) or ACTS.get(action) or action.replace("_", " ")


def kind_word(kind: str) -> Word:
    """A kind of object in words."""
    return OBJECTS.get(kind, kind)


def role_word(role: str) -> Word:
    """A role in words."""
    return ROLES.get(role, role)
