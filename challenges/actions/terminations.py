"""One contract ends early: proposed with the facts, answered with a dossier, decided by somebody else."""

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.workflow import Refused, perform, step
from challenges.actions.credit import OPEN, open_credit_record
from challenges.actions.payments import settle
from challenges.models import Challenge, Contract, CreditRecord, Termination
from challenges.models.contract import NO_OPEN_TERMINATION

LEFT = ("draft", "signing", "effective", "completed")


@step(Contract, "propose_termination")
def propose_termination(contract: Contract, *, actor: User, facts: str, fraud_alleged: bool = False) -> Contract:
    """The owner or an operator says why the contract should end; the team's time to answer begins."""
    contract = perform(contract.propose_termination, actor=actor, facts=facts, fraud_alleged=fraud_alleged)
    if contract.terminations.filter(state__in=Termination.OPEN).exists():
        raise Refused(NO_OPEN_TERMINATION, code="condition")
    made = Termination(
        contract=contract, proposed_by=actor, facts=facts, fraud_alleged=fraud_alleged,
        answer_by=contract.now + contract.challenge.frozen_rules.dossier_period,
    )  # fmt: skip
    made.save(force_insert=True)
    ledger.append(made, "create", actor=None, acting_as="platform", target="proposed", data={})
    notifications.tell("termination_proposed", made, actor=actor)
    return contract


@step(Termination, "decide")
def decide(termination: Termination, *, actor: User, exempt: bool, reasons: str, fraud: bool = False) -> Termination:
    """The contract ends, its open payments freeze and their money goes back to its sources.

    The challenge ends when no contract of it is left.
    """
    challenge = workflow.lock(termination.contract.challenge)
    contract = workflow.lock(termination.contract)
    termination = perform(termination.decide, actor=actor, exempt=exempt, fraud=fraud, reasons=reasons)
    perform(contract.terminate, actor=None)
    settle(contract, actor=actor, reason=reasons)
    if not exempt:
        _blame(contract, actor=actor, facts=reasons)
    end_if_nothing_is_left(challenge, reason=reasons)
    return termination


def _blame(contract: Contract, *, actor: User, facts: str) -> None:
    """The team's credit record, which it may answer and another decider decides; one that stands is enough."""
    kind = CreditRecord.Kind.AT_FAULT
    known = contract.challenge.credit_records.filter(organization=contract.bid.lead, kind=kind, state__in=OPEN)
    if not known.exists():
        open_credit_record(contract.challenge, actor=actor, organization=contract.bid.lead, kind=kind, facts=facts)


def end_if_nothing_is_left(challenge: Challenge, *, reason: str) -> Challenge:
    """A challenge in delivery ends when none of its contracts is left, at fault if one was found so; as it stands."""
    if challenge.state != Challenge.State.EXECUTING or challenge.contracts.filter(state__in=LEFT).exists():
        return challenge
    found = challenge.contracts.filter(terminations__exempt=False, terminations__state="decided")
    ended: Challenge = perform(challenge.terminate, actor=None, reason=reason, at_fault=found.exists())
    return ended
