"""The conditions of a challenge's steps, each with the sentence that says what to do."""

from datetime import timedelta
from typing import Any

import pgtrigger
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.conditions import condition
from accounts.policy import Text
from challenges.calendar import CalendarUnknown, why_uncounted
from challenges.models.rule_set import RuleSet
from challenges.rules import Rules

# What a challenge is judged by does not change once it is public, whoever writes to the database.
RULES_ARE_FROZEN = pgtrigger.Protect(
    name="rules_are_frozen",
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__published_at__isnull=False)
    & (
        pgtrigger.Q(old__rubric__df=pgtrigger.F("new__rubric"))
        | pgtrigger.Q(old__rules__df=pgtrigger.F("new__rules"))
        | pgtrigger.Q(old__rule_set__df=pgtrigger.F("new__rule_set"))
    ),
)
UNACCEPTED = ["planned", "submitted", "under_acceptance", "rectification", "failed"]


def _days(seconds: float) -> str:
    if seconds < 86400:
        return ngettext("%(n)d second", "%(n)d seconds", int(seconds)) % {"n": int(seconds)}
    return ngettext("%(n)d day", "%(n)d days", int(seconds // 86400)) % {"n": int(seconds // 86400)}


@condition(_("Your organisation is not verified yet; an operator compares its name and code with the licence first."))
def owner_is_verified(challenge: Any) -> bool:
    """The owner's organisation has been verified."""
    return bool(challenge.owner.state == "verified")


@condition(_("Add at least one technical target with unit, comparator, value and test method."))
def has_technical_target(challenge: Any) -> bool:
    """At least one target; its columns are complete by constraint."""
    return bool(challenge.targets.exists())


@condition(_("Give the amount of the reward."))
def has_reward(challenge: Any) -> bool:
    """A reward is named."""
    return challenge.reward is not None and challenge.reward > 0


@condition(_("Upload the proof of funds."))
def has_proof_of_funds(challenge: Any) -> bool:
    """A document proves that the money is there."""
    return bool(challenge.documents.filter(purpose="proof_of_funds").exists())


@condition(_("Give the number of months to complete the work."))
def has_duration(challenge: Any) -> bool:
    """The deadline of the work is named."""
    return bool(challenge.duration_months)


@condition(_("Say who owns the intellectual property."))
def has_ip_clause(challenge: Any) -> bool:
    """An intellectual property clause is named."""
    return bool(challenge.ip_clause.strip())


@condition(_("Give the deadline for bids."))
def has_bid_deadline(challenge: Any) -> bool:
    """A bid deadline is named."""
    return challenge.bid_deadline is not None


def _rules_in_force() -> Rules | None:
    found = RuleSet.current()
    return found.parsed if found else None


@condition(_("No rule set is in force: an operator proposes one and a decider approves it."))
def rule_set_in_force(_challenge: Any) -> bool:
    """The site's named rule set has a version in force."""
    return _rules_in_force() is not None


def _bidding_period(challenge: Any, rules: Rules) -> timedelta:
    return rules.direct_bidding_at_least if challenge.invited_id else rules.bidding_at_least


def _far_enough_reason(challenge: Any) -> Text:
    rules = _rules_in_force()
    least = _days(_bidding_period(challenge, rules).total_seconds()) if rules else "—"
    return _("The bid deadline must be at least %(least)s ahead; return the challenge so that its owner moves it.") % {
        "least": least
    }


@condition(_far_enough_reason)
def bid_deadline_far_enough(challenge: Any) -> bool:
    """Bidders have the time that the rule set grants."""
    rules = _rules_in_force()
    return bool(
        rules and challenge.bid_deadline and challenge.bid_deadline - challenge.now >= _bidding_period(challenge, rules)
    )


@condition(_("The bid deadline has passed."))
def before_bid_deadline(challenge: Any) -> bool:
    """By the database's clock."""
    return bool(challenge.now < challenge.bid_deadline)


@condition(_("The bid deadline has not passed yet."))
def bid_deadline_passed(challenge: Any) -> bool:
    """By the database's clock."""
    return bool(challenge.now >= challenge.bid_deadline)


@condition(_("An operator writes the amendment first."))
def amendment_is_requested(challenge: Any) -> bool:
    """There is a text to confirm."""
    return bool(challenge.amendment_requested)


def _consents_reason(challenge: Any) -> Text:
    return _("%(quorum)d different custodians must consent to the opening; %(given)d have.") % {
        "quorum": challenge.frozen_rules.opening_quorum,
        "given": challenge.opening_consents.count(),
    }


@condition(_consents_reason)
def custodians_consent(challenge: Any) -> bool:
    """Enough different custodians stand by; nothing about the number of bids is told before that."""
    return bool(challenge.opening_consents.count() >= challenge.frozen_rules.opening_quorum)


@condition(_("The bidding was already extended once."))
def not_extended_yet(challenge: Any) -> bool:
    """One extension only."""
    return not challenge.extended_once


@condition(_("Extend the bidding once before declaring that there is no award."))
def extension_used(challenge: Any) -> bool:
    """The one extension has been given."""
    return bool(challenge.extended_once)


def valid_bids(challenge: Any) -> int:
    """Bids that are submitted and confirmed for the notice in force; ask only once the custodians consented."""
    return int(challenge.bids.filter(state="submitted", confirmed_version=challenge.notice_version).count())


@condition(_("There are enough valid bids: open them."))
def too_few_bids(challenge: Any) -> bool:
    """Fewer valid bids than the rules ask for."""
    return bool(valid_bids(challenge) < challenge.bids_needed)


@condition(_("There are too few valid bids: extend the bidding once, or a decider permits one or two with a reason."))
def enough_bids(challenge: Any) -> bool:
    """Enough valid bids, or at least one and a decider's written permission."""
    count = valid_bids(challenge)
    return count >= challenge.bids_needed or (count > 0 and bool(challenge.few_bids_reason))


@condition(_("Decide on the eligibility of every bid first."))
def eligibility_decided(challenge: Any) -> bool:
    """No opened bid waits for its eligibility check."""
    return not challenge.bids.filter(state="opened").exists()


@condition(_("No bid is eligible; a decider ends the challenge without an award."))
def has_eligible_bid(challenge: Any) -> bool:
    """There is something to review."""
    return bool(challenge.bids.filter(state="eligible").exists())


@condition(_("There are eligible bids: have them reviewed."))
def no_eligible_bid(challenge: Any) -> bool:
    """There is nothing to review."""
    return not has_eligible_bid(challenge)


@condition(_("The panel is not complete: every seat must be accepted by an expert free of conflicts."))
def panel_is_complete(challenge: Any) -> bool:
    """Every seat of the drawn panel is held."""
    panel = challenge.panels.filter(state="drawn").first()
    return panel is not None and panel.is_complete()


@condition(_("The panel has not come to its consensus yet: every score sheet must be locked first."))
def every_sheet_is_locked(challenge: Any) -> bool:
    """The panel is in consensus and every sheet is locked."""
    panel = challenge.panels.filter(state="consensus").first()
    return panel is not None and panel.has_every_sheet_locked()


def _tie_reason(challenge: Any) -> Text:
    if challenge.panels.get(state="consensus").tie_waits_for() == "votes":
        return _("The scores leave bids equal: every member of the panel votes on the tie first.")
    return _("Bids are still equal: the supervisor gives the seed and the lots are drawn first.")


@condition(_tie_reason)
def ties_are_decided(challenge: Any) -> bool:
    """No bids of the consensus wait for the panel's vote or for lots."""
    panel = challenge.panels.filter(state="consensus").first()
    return panel is None or not panel.tie_waits_for()


def _consensus_reason(challenge: Any) -> Text:
    match challenge.panels.get(state="consensus").consensus_waits_for():
        case "discussion":
            return _("Scores diverge: two members at least write to the discussion of each bid concerned first.")
        case "minutes":
            return _("Scores diverge: the chair writes the minutes of the consensus first.")
    return _("Scores diverge: more than half of those who judged confirm the minutes first.")


@condition(_consensus_reason)
def divergence_is_settled(challenge: Any) -> bool:
    """Where scores diverge they were discussed in writing, and the minutes of it are confirmed."""
    panel = challenge.panels.filter(state="consensus").first()
    return panel is None or not panel.consensus_waits_for()


@condition(_("No ranked bid is left above the thresholds; declare no award."))
def has_bid_to_award(challenge: Any) -> bool:
    """Some ranked bid can still win."""
    return bool(challenge.bids.filter(state__in=["ranked", "reserve"]).exists())


def _calendar_reason(challenge: Any) -> Text:
    try:
        challenge.frozen_rules.notice.after(challenge.now)
    except CalendarUnknown as unknown:
        return why_uncounted(unknown)
    return ""


@condition(_calendar_reason)
def calendar_known(challenge: Any) -> bool:
    """The end of the notice can be computed."""
    return not _calendar_reason(challenge)


@condition(_("The notice period is not over, or an objection is still open."))
def award_is_confirmed(challenge: Any) -> bool:
    """The award itself has been confirmed."""
    return bool(challenge.awards.filter(state="confirmed").exists())


def remedy_due(challenge: Any) -> str:
    """What has to follow from an upheld objection now that none is open any more; empty where nothing has to."""
    award = challenge.awards.filter(state="suspended").first()
    return award.remedy_due() if award is not None else ""


@condition(_("No objection was upheld that disqualifies a bid, or one is still open."))
def disqualification_is_due(challenge: Any) -> bool:
    """The award falls, the ranking stands without the bid named."""
    return remedy_due(challenge) == "disqualify"


@condition(_("No objection was upheld that asks for a new panel, or one is still open."))
def rescoring_is_due(challenge: Any) -> bool:
    """Award and ranking fall."""
    return remedy_due(challenge) == "rescore"


@condition(_("No objection was upheld that ends the challenge, or one is still open."))
def cancellation_is_due(challenge: Any) -> bool:
    """No award can follow."""
    return remedy_due(challenge) == "cancel"


@condition(_("A contract is in force: what is being delivered is ended by its termination, not withdrawn."))
def no_contract_in_force(challenge: Any) -> bool:
    """Nobody works on it yet."""
    return not challenge.contracts.filter(state__in=["effective", "completed"]).exists()


@condition(_("Both sides must sign the contract first."))
def contract_is_effective(challenge: Any) -> bool:
    """Both sides have signed."""
    return bool(challenge.contracts.filter(state="effective").exists())


@condition(_("A winner's contract is not signed yet: it is signed, or that winner declines, first."))
def every_contract_is_signed(challenge: Any) -> bool:
    """Of several winners none is left between award and contract."""
    return not challenge.contracts.filter(state__in=["draft", "signing"]).exists()


def race_is_open(award: Any) -> bool:
    """Whether several winners of the award still run against each other and nobody has decided who stays."""
    race = getattr(award, "race", None)
    at_work = award.contracts.filter(state__in=["draft", "signing", "effective"])
    return race is not None and race.state != "decided" and bool(at_work.count() > 1)


@condition(_("Several winners still run against each other: first it is decided who stays in the race."))
def race_is_decided(challenge: Any) -> bool:
    """No race is open; one that only a single winner still runs is none."""
    return not any(race_is_open(award) for award in challenge.awards.filter(state="confirmed").select_related("race"))


@condition(_("Not every milestone is accepted yet."))
def every_milestone_accepted(challenge: Any) -> bool:
    """Nothing is left to accept in any contract in force."""
    contracts = challenge.contracts.filter(state__in=["effective", "completed"])
    unaccepted = contracts.filter(milestones__state__in=UNACCEPTED)
    return bool(contracts.exists() and not unaccepted.exists())


@condition(_("The challenge owner asks for the cancellation first."))
def owner_asked_to_cancel(challenge: Any) -> bool:
    """Owner and decider both act."""
    return challenge.cancellation_requested_by_id is not None
