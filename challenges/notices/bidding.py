"""From the draft of a challenge to its ranking."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import holders_of
from accounts.notifications import Notice
from challenges.notices.audiences import bidders, owners, suited, team_of

NOTICES = {
    "challenge_submitted": Notice(
        _("“%(object)s” was submitted for vetting."), lambda _item: holders_of("operator"), needs_action=True
    ),
    "challenge_returned": Notice(_("“%(object)s” was returned for revision: %(reason)s"), owners, needs_action=True),
    "challenge_vetted": Notice(
        _("“%(object)s” was vetted and waits for publication."), lambda _item: holders_of("decider"), needs_action=True
    ),
    "rubric_adapted": Notice(
        _("The rubric of “%(object)s” was changed before its publication; read what differs from the template."),
        lambda _item: holders_of("decider"),
    ),
    "challenge_published": Notice(
        _("“%(object)s” is published and open for bids."), lambda item: [*owners(item), *suited(item)]
    ),
    "amendment_requested": Notice(
        _("An amendment of “%(object)s” waits for confirmation."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
    "challenge_amended": Notice(
        _("The notice of “%(object)s” was amended: submitted bids must be confirmed again."),
        lambda item: [*owners(item), *bidders(item)],
        needs_action=True,
    ),
    "bidding_closed": Notice(
        _("The bidding on “%(object)s” is closed."),
        lambda item: [*owners(item), *holders_of("operator", "decider")],
        needs_action=True,
    ),
    "opening_consented": Notice(
        _("A custodian consented to open the bids on “%(object)s”."),
        lambda _item: holders_of("operator", "decider"),
        needs_action=True,
    ),
    "bidding_extended": Notice(
        _("The bidding on “%(object)s” was extended."), lambda item: [*owners(item), *bidders(item)]
    ),
    "bids_opened": Notice(
        _("The bids on “%(object)s” were opened."),
        lambda item: [*owners(item), *bidders(item), *holders_of("operator", "supervisor")],
    ),
    "challenge_ended_without_award": Notice(
        _("“%(object)s” ended without an award: %(reason)s"), lambda item: [*owners(item), *bidders(item)]
    ),
    "cancellation_requested": Notice(
        _("The owner asks to cancel “%(object)s”: %(reason)s"), lambda _item: holders_of("decider"), needs_action=True
    ),
    "challenge_cancelled": Notice(
        _("“%(object)s” was cancelled: %(reason)s"), lambda item: [*owners(item), *bidders(item)]
    ),
    "review_started": Notice(
        _("The review of “%(object)s” has started."), lambda item: [*owners(item), *bidders(item)]
    ),
    "review_finished": Notice(
        _("“%(object)s” is ranked; an award can be proposed."), lambda _item: holders_of("decider"), needs_action=True
    ),
    "bid_received": Notice(_("Your bid on “%(object)s” is sealed; the receipt is on its page."), team_of),
    "bid_ineligible": Notice(_("Your bid on “%(object)s” was found not eligible: %(reason)s"), team_of),
    "question_asked": Notice(_("A question was asked on “%(object)s”."), owners, needs_action=True),
    "question_answered": Notice(_("Your question on “%(object)s” was answered."), lambda _item: []),
    "bid_deadline_near": Notice(
        _("The bid deadline of “%(object)s” is near, and your bid is not submitted."), team_of, needs_action=True
    ),
}
