"""From the award to the signature: notice, objection, decline, withdrawal, credit record."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import holders_of, members_of
from accounts.notifications import Notice
from challenges.notices.audiences import bidders, owners, team_of

NOTICES = {
    "award_noticed": Notice(
        _("The award of “%(object)s” is in public notice."),
        lambda item: [*owners(item.challenge), *bidders(item.challenge), *holders_of("operator", "supervisor")],
    ),
    "award_confirmed": Notice(
        _("The award of “%(object)s” is confirmed; see your result and feedback."),
        lambda item: [*owners(item), *bidders(item), *holders_of("operator")],
    ),
    "award_revoked": Notice(
        _("The proposed award of “%(object)s” was revoked after an objection: %(reason)s"),
        lambda item: [*owners(item), *bidders(item), *holders_of("decider")],
    ),
    "award_to_rescore": Notice(
        _("The proposed award of “%(object)s” was revoked after an objection; a new panel scores the bids: %(reason)s"),
        lambda item: [*owners(item), *bidders(item), *holders_of("operator", "supervisor")],
    ),
    "bid_disqualified": Notice(_("Your bid on “%(object)s” was disqualified: %(reason)s"), team_of),
    "award_declined": Notice(
        _("The winner of “%(object)s” declined; a runner-up can be proposed."),
        lambda item: [*owners(item), *holders_of("decider", "operator")],
        needs_action=True,
    ),
    "winner_declined": Notice(
        _("One of the winners of “%(object)s” declined; the others go on."),
        lambda item: [*owners(item), *holders_of("decider", "operator")],
    ),
    "objection_filed": Notice(
        _("An objection was filed against the award of “%(object)s”; it must be acknowledged in time."),
        lambda _item: holders_of("operator", "decider", "supervisor"),
        needs_action=True,
    ),
    "objection_acknowledged": Notice(
        _("Your objection to “%(object)s” was acknowledged."), lambda item: [item.filed_by]
    ),
    "objection_decided": Notice(
        _("Your objection to “%(object)s” was decided."),
        lambda item: [item.filed_by],
    ),
    "remedy_due": Notice(
        _("An objection against the award of “%(object)s” was upheld; a decider carries out the remedy."),
        lambda _item: holders_of("decider", "supervisor"),
        needs_action=True,
    ),
    "appeal_filed": Notice(
        _("The dismissal of an objection against the award of “%(object)s” was appealed; somebody else hears it."),
        lambda _item: holders_of("operator", "decider", "supervisor"),
        needs_action=True,
    ),
    "withdrawal_requested": Notice(
        _("The owner asks to withdraw “%(object)s”: %(reason)s"), lambda _item: holders_of("decider"), needs_action=True
    ),
    "withdrawal_refused": Notice(_("Your withdrawal of “%(object)s” was refused: %(reason)s"), owners),
    "credit_recorded": Notice(
        _("A credit record was opened on your organisation: %(object)s. You may answer it."),
        lambda item: members_of(item.organization_id),
        needs_action=True,
    ),
    "credit_answered": Notice(
        _("The organisation answered a credit record: %(object)s."),
        lambda item: [item.recorded_by, *holders_of("decider")],
        needs_action=True,
    ),
    "credit_decided": Notice(
        _("A credit record was decided: %(object)s. %(decision)s"),
        lambda item: [*members_of(item.organization_id), item.recorded_by],
    ),
    "credit_expired": Notice(
        _("A credit record has expired: %(object)s."), lambda item: members_of(item.organization_id)
    ),
    "acknowledgement_due": Notice(
        _("An objection against the award of “%(object)s” must be acknowledged soon."),
        lambda _item: holders_of("operator", "decider"),
        needs_action=True,
    ),
    "acknowledgement_overdue": Notice(
        _("An objection against the award of “%(object)s” was not acknowledged in time."),
        lambda _item: holders_of("supervisor", "operator", "decider"),
        needs_action=True,
    ),
    "appeal_due": Notice(
        _("Your time to appeal the decision on your objection to “%(object)s” ends soon."),
        lambda item: [item.filed_by],
        needs_action=True,
    ),
}
