"""Contracts, milestones and what may become of them: changes, mid-term checks, races, terminations."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import holders_of
from accounts.notifications import Notice
from challenges.notices.audiences import (
    approvers_and_experts,
    bidders,
    both_sides,
    owners,
    runners,
    still_running,
    team_of,
)

NOTICES = {
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
    "contract_defaulted": Notice(
        _("The contract of “%(object)s” was ended, since the team did not sign it: %(reason)s"),
        lambda item: [*both_sides(item), *holders_of("operator", "decider")],
    ),
    "signature_overdue": Notice(
        _("The period to sign the contract of “%(object)s” is over."),
        lambda item: [*both_sides(item), *holders_of("operator")],
        needs_action=True,
    ),
    "signature_due": Notice(_("The contract of “%(object)s” must be signed soon."), both_sides, needs_action=True),
    "milestone_due": Notice(_("“%(object)s” is due soon."), lambda item: team_of(item.contract.bid), needs_action=True),
}
