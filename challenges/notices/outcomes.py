"""Outcomes, their transfer, follow-up and referral."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import holders_of
from accounts.notifications import Notice
from challenges.notices.audiences import both_sides, owners, team_of

NOTICES = {
    "outcome_registered": Notice(
        _("The outcome “%(object)s” was registered; compare it with its evidence and confirm it."),
        lambda item: owners(item.contract.challenge),
        needs_action=True,
    ),
    "outcome_confirmed": Notice(
        _("The outcome “%(object)s” was confirmed."),
        lambda item: [*team_of(item.contract.bid), *holders_of("operator")],
    ),
    "outcome_returned": Notice(
        _("The outcome “%(object)s” was returned: %(reason)s"),
        lambda item: team_of(item.contract.bid),
        needs_action=True,
    ),
    "transfer_drafted": Notice(
        _("The transfer “%(object)s” was written; publish its price, or record it when a market found it."),
        lambda _item: holders_of("operator"),
        needs_action=True,
    ),
    "price_publicity_opened": Notice(
        _("Name and price of “%(object)s” are published; anyone may object until the publicity ends."),
        lambda item: [*both_sides(item.outcome.contract), *holders_of("supervisor")],
    ),
    "transfer_objected": Notice(
        _("An objection was filed against the price of “%(object)s”; it is answered with reasons."),
        lambda item: [*holders_of("operator"), *both_sides(item.outcome.contract)],
        needs_action=True,
    ),
    "transfer_objection_answered": Notice(
        _("Your objection against the price of “%(object)s” was answered."), lambda _item: []
    ),
    "transfer_concluded": Notice(
        _("The transfer “%(object)s” was concluded."), lambda item: both_sides(item.outcome.contract)
    ),
    "transfer_withdrawn": Notice(
        _("The transfer “%(object)s” was withdrawn: %(reason)s"),
        lambda item: [*both_sides(item.outcome.contract), *holders_of("operator")],
    ),
    "follow_up_due": Notice(
        _("The follow-up report on “%(object)s” is due soon."),
        lambda item: team_of(item.contract.bid),
        needs_action=True,
    ),
    "follow_up_overdue": Notice(
        _("The follow-up report on “%(object)s” is overdue."),
        lambda item: [*both_sides(item.contract), *holders_of("operator")],
        needs_action=True,
    ),
    "follow_up_reported": Notice(
        _("The team reported on the use of the results of “%(object)s”."),
        lambda item: [*owners(item.contract.challenge), *holders_of("operator")],
    ),
    "outcome_referred": Notice(
        _("Your outcome was referred: %(object)s."), lambda item: both_sides(item.outcome.contract)
    ),
    "referral_answered": Notice(
        _("The referral was answered: %(object)s."), lambda item: both_sides(item.outcome.contract)
    ),
}
