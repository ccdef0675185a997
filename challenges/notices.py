"""What challenges tells people, and whom."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import holders_of, members_of
from accounts.notifications import Notice


def owners(challenge: Any) -> Iterable[User]:
    """Members of the challenge owner's organisation."""
    return members_of(challenge.owner_id)


def team_of(bid: Any) -> Iterable[User]:
    """Everyone with the team's grant on the bid."""
    return User.objects.filter(bidgrant__content_object=bid, bidgrant__permission__codename="view_bid", is_active=True)


def bidders(challenge: Any) -> Iterable[User]:
    """Every bidding team of the challenge, whatever became of its bid."""
    return User.objects.filter(
        bidgrant__content_object__challenge=challenge, bidgrant__permission__codename="view_bid", is_active=True
    ).distinct()


def both_sides(contract: Any) -> Iterable[User]:
    """Owner and winning team."""
    return [*owners(contract.challenge), *team_of(contract.bid)]


def runners(race: Any) -> Iterable[User]:
    """The teams that run, or ran."""
    bids = race.award.contracts.values("bid")
    return User.objects.filter(
        bidgrant__content_object__in=bids, bidgrant__permission__codename="view_bid", is_active=True
    ).distinct()


def still_running(race: Any) -> Iterable[User]:
    """The teams that face the test: those who declined or were ended are out of it."""
    bids = race.award.contracts.filter(state__in=["draft", "signing", "effective"]).values("bid")
    return User.objects.filter(
        bidgrant__content_object__in=bids, bidgrant__permission__codename="view_bid", is_active=True
    ).distinct()


def approvers_and_experts(amendment: Any) -> Iterable[User]:
    """Who approves this kind of change; of the weakening of a core target also the panel that scored the bid."""
    role = "operator" if amendment.kind in type(amendment).BY_OPERATOR else "decider"
    panel = User.objects.filter(
        bidgrant__content_object=amendment.contract.bid_id, bidgrant__permission__codename="score_bid", is_active=True
    )
    return [*holders_of(role), *(panel if amendment.weakens_core else ())]


def suited(challenge: Any) -> Iterable[User]:
    """Whom a new challenge may suit: the one team that is invited, or teams that ever bid in its industry."""
    if challenge.invited_id:
        return members_of(challenge.invited_id)
    return User.objects.filter(
        bidgrant__content_object__challenge__industry=challenge.industry,
        bidgrant__permission__codename="view_bid",
        is_active=True,
    ).distinct()


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
    "contract_offered": Notice(
        _("The contract of “%(object)s” waits for your signature."), both_sides, needs_action=True
    ),
    "contract_revised": Notice(_("The contract of “%(object)s” was taken back for revision: %(reason)s"), both_sides),
    "contract_signed": Notice(_("One side has confirmed the contract of “%(object)s”."), both_sides, needs_action=True),
    "amendment_requested_of_contract": Notice(
        _("A change of the contract of “%(object)s” was asked for; the other side agrees or refuses."),
        lambda item: both_sides(item.contract),
        needs_action=True,
    ),
    "amendment_agreed": Notice(
        _("Both sides agree to a change of the contract of “%(object)s”; it waits for approval."),
        approvers_and_experts,
        needs_action=True,
    ),
    "amendment_approved": Notice(
        _("A change of the contract of “%(object)s” is in force; read the new version."),
        lambda item: both_sides(item.contract),
    ),
    "amendment_refused": Notice(
        _("A change of the contract of “%(object)s” was refused: %(reason)s"), lambda item: both_sides(item.contract)
    ),
    "contract_effective": Notice(
        _("The contract of “%(object)s” is in force; the work starts."),
        lambda item: [*owners(item), *bidders(item), *holders_of("operator")],
    ),
    "challenge_completed": Notice(
        _("“%(object)s” is completed."), lambda item: [*owners(item), *bidders(item), *holders_of("decider")]
    ),
    "challenge_terminated": Notice(
        _("“%(object)s” was terminated: %(reason)s"), lambda item: [*owners(item), *bidders(item)]
    ),
    "bid_received": Notice(_("Your bid on “%(object)s” is sealed; the receipt is on its page."), team_of),
    "bid_ineligible": Notice(_("Your bid on “%(object)s” was found not eligible: %(reason)s"), team_of),
    "midterm_due": Notice(
        _("The mid-term report on “%(object)s” is due soon."),
        lambda item: team_of(item.contract.bid),
        needs_action=True,
    ),
    "midterm_overdue": Notice(
        _("The mid-term report on “%(object)s” is overdue."),
        lambda item: [*both_sides(item.contract), *holders_of("operator")],
        needs_action=True,
    ),
    "midterm_reported": Notice(
        _("The team handed in its mid-term report on “%(object)s”; an operator writes the conclusion."),
        lambda item: [*owners(item.contract.challenge), *holders_of("operator")],
        needs_action=True,
    ),
    "midterm_conclusion_overdue": Notice(
        _("The mid-term check of “%(object)s” was not concluded in time."),
        lambda _item: holders_of("operator", "supervisor"),
        needs_action=True,
    ),
    "midterm_concluded": Notice(
        _("The mid-term check of “%(object)s” is concluded; read the opinion."),
        lambda item: team_of(item.contract.bid),
    ),
    "midterm_at_risk": Notice(
        _("The mid-term check finds “%(object)s” at risk: %(opinion)s"),
        lambda item: [*owners(item.contract.challenge), *holders_of("decider")],
        needs_action=True,
    ),
    "milestone_submitted": Notice(
        _("“%(object)s” was submitted for acceptance."), lambda item: owners(item.contract.challenge), needs_action=True
    ),
    "milestone_accepted": Notice(
        _("“%(object)s” was accepted; its payment can be requested."),
        lambda item: team_of(item.contract.bid),
        needs_action=True,
    ),
    "milestone_to_rectify": Notice(
        _("“%(object)s” needs rectification: %(opinion)s"), lambda item: team_of(item.contract.bid), needs_action=True
    ),
    "milestone_failed": Notice(
        _("“%(object)s” was declared failed."),
        lambda item: [*both_sides(item.contract), *holders_of("decider")],
        needs_action=True,
    ),
    "termination_proposed": Notice(
        _("The contract of “%(object)s” is proposed to be terminated; the team answers with its dossier in time."),
        lambda item: both_sides(item.contract),
        needs_action=True,
    ),
    "termination_answered": Notice(
        _("The team answered with its dossier on “%(object)s”; a finding can be made."),
        lambda item: [*owners(item.contract.challenge), *holders_of("decider", "operator")],
        needs_action=True,
    ),
    "termination_decided": Notice(
        _("The contract of “%(object)s” is terminated; read the finding and its reasons."),
        lambda item: [*both_sides(item.contract), *holders_of("operator", "finance")],
    ),
    "termination_withdrawn": Notice(
        _("The proposal to terminate the contract of “%(object)s” was withdrawn: %(reason)s"),
        lambda item: both_sides(item.contract),
    ),
    "dossier_due": Notice(
        _("The dossier on the termination of “%(object)s” is due soon."),
        lambda item: team_of(item.contract.bid),
        needs_action=True,
    ),
    "milestone_closed": Notice(
        _("“%(object)s” was closed without success, and nobody is blamed: %(opinion)s"),
        lambda item: [*both_sides(item.contract), *holders_of("operator")],
    ),
    "milestone_overdue": Notice(
        _("“%(object)s” is overdue."), lambda item: team_of(item.contract.bid), needs_action=True
    ),
    "milestone_overdue_for_owner": Notice(
        _("“%(object)s” is still overdue: ask the team how it stands."),
        lambda item: [*owners(item.contract.challenge), *holders_of("operator")],
        needs_action=True,
    ),
    "milestone_overdue_for_decider": Notice(
        _("“%(object)s” has been overdue for long: a decision on the contract may be needed."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
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
    "race_test_near": Notice(
        _("The shared test of “%(object)s” is near: see its day and what is tested."),
        lambda item: [
            *still_running(item),
            *owners(item.award.challenge),
            *holders_of("operator"),
            *item.experts.all(),
        ],
        needs_action=True,
    ),
    "race_tested": Notice(
        _("The shared test of “%(object)s” is recorded; a decider chooses who stays."),
        lambda item: [*holders_of("decider"), *runners(item), *owners(item.award.challenge)],
        needs_action=True,
    ),
    "race_decided": Notice(
        _("It is decided who stays in the race of “%(object)s”: %(reason)s"),
        lambda item: [*runners(item), *owners(item.award.challenge), *holders_of("operator", "finance", "supervisor")],
    ),
    "race_ended": Notice(
        _(
            "Your contract of “%(object)s” ended without blame: others stay in the race. "
            "What was accepted stays yours and is paid."
        ),
        lambda item: team_of(item.bid),
    ),
    "withdrawal_requested": Notice(
        _("The owner asks to withdraw “%(object)s”: %(reason)s"), lambda _item: holders_of("decider"), needs_action=True
    ),
    "withdrawal_refused": Notice(_("Your withdrawal of “%(object)s” was refused: %(reason)s"), owners),
    "contract_defaulted": Notice(
        _("The contract of “%(object)s” was ended, since the team did not sign it: %(reason)s"),
        lambda item: [*both_sides(item), *holders_of("operator", "decider")],
    ),
    "signature_overdue": Notice(
        _("The period to sign the contract of “%(object)s” is over."),
        lambda item: [*both_sides(item), *holders_of("operator")],
        needs_action=True,
    ),
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
    "rule_set_proposed": Notice(
        _("A rule set waits for approval: %(object)s."), lambda _item: holders_of("decider"), needs_action=True
    ),
    "calendar_proposed": Notice(
        _("The calendar of a year waits for approval: %(object)s."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
    "calendar_rejected": Notice(
        _("The calendar entered was rejected: %(object)s. %(reason)s"),
        lambda item: [item.entered_by],
        needs_action=True,
    ),
    "region_figure_proposed": Notice(
        _("A figure of the region waits for confirmation: %(object)s."),
        lambda _item: holders_of("decider"),
        needs_action=True,
    ),
    "region_figure_rejected": Notice(
        _("The figure entered was rejected: %(object)s. %(reason)s"),
        lambda item: [item.entered_by],
        needs_action=True,
    ),
    "question_asked": Notice(_("A question was asked on “%(object)s”."), owners, needs_action=True),
    "question_answered": Notice(_("Your question on “%(object)s” was answered."), lambda _item: []),
    "bid_deadline_near": Notice(
        _("The bid deadline of “%(object)s” is near, and your bid is not submitted."), team_of, needs_action=True
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
    "signature_due": Notice(_("The contract of “%(object)s” must be signed soon."), both_sides, needs_action=True),
    "milestone_due": Notice(_("“%(object)s” is due soon."), lambda item: team_of(item.contract.bid), needs_action=True),
}
