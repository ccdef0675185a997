"""Payments, bank files, receipts and recoveries."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import holders_of
from accounts.notifications import Notice
from challenges.notices.audiences import both_sides, team_of

NOTICES = {
    "payment_requested": Notice(
        _("A payment was requested: %(object)s."), lambda _item: holders_of("decider"), needs_action=True
    ),
    "payment_returned": Notice(
        _("The payment request was returned: %(object)s. %(reason)s"),
        lambda item: team_of(item.contract.bid),
        needs_action=True,
    ),
    "payment_approved": Notice(
        _("A payment was approved and waits to be paid: %(object)s."),
        lambda _item: holders_of("finance"),
        needs_action=True,
    ),
    "payment_paid": Notice(_("A payment was made: %(object)s."), lambda item: both_sides(item.contract)),
    "payment_frozen": Notice(_("A payment was frozen: %(object)s. %(reason)s"), lambda item: both_sides(item.contract)),
    "payee_given": Notice(
        _("An account to pay to was given: %(object)s. A second person confirms it."),
        lambda item: [*team_of(item.contract.bid), *holders_of("finance")],
        needs_action=True,
    ),
    "payee_confirmed": Notice(
        _("The account to pay to was confirmed: %(object)s."), lambda item: team_of(item.contract.bid)
    ),
    "payee_rejected": Notice(
        _("The account to pay to was rejected: %(object)s. %(reason)s"), lambda item: team_of(item.contract.bid)
    ),
    "payment_failed_at_bank": Notice(
        _("The bank did not make a payment: %(object)s. %(reason)s"),
        lambda item: [*team_of(item.contract.bid), *holders_of("finance")],
        needs_action=True,
    ),
    "batch_called_back": Notice(
        _("File %(object)s for the bank was called back; its payments wait for another one. %(reason)s"),
        lambda _item: holders_of("finance", "supervisor"),
        needs_action=True,
    ),
    "payment_called_back": Notice(
        _("A payment you approved was called back from the bank: %(object)s. %(reason)s"),
        lambda item: [item.approved_by],
    ),
    "money_received": Notice(_("Money was received for the contract of “%(object)s”."), both_sides),
    "recovery_requested": Notice(
        _("The return of unused money waits for approval: %(object)s."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
    "recovery_approved": Notice(
        _("Unused money is to be returned: %(object)s. Pay it back and tell finance."),
        lambda item: [*team_of(item.contract.bid), *holders_of("finance")],
        needs_action=True,
    ),
    "recovery_refused": Notice(
        _("The return of unused money was refused: %(object)s. %(reason)s"), lambda _item: holders_of("operator")
    ),
    "recovery_recorded": Notice(
        _("Unused money was returned: %(object)s."), lambda item: [*both_sides(item.contract), *holders_of("operator")]
    ),
}
