"""The mid-term check is planned with the contract, follows its dates, and warns where it finds the work at risk."""

from datetime import date

from django.utils import timezone

from accounts import ledger, notifications
from accounts.models import User
from accounts.workflow import perform, step
from challenges.actions.contracts import DAYS_A_MONTH
from challenges.calendar import SHANGHAI
from challenges.models import Contract, MidtermCheck


def plan_midterm_check(contract: Contract) -> MidtermCheck | None:
    """The check of a contract in force that is longer than the (rule) months, due halfway; None for a shorter one.

    Called again when dates change: a check that waits for its report moves along, one that was reported stays.
    """
    rules = contract.challenge.frozen_rules
    check = MidtermCheck.objects.filter(contract=contract).first()
    due = _halfway(contract)
    if due is None or (check and (check.state != MidtermCheck.State.DUE or check.due_on == due)):
        return check
    source = check.state if check else ""
    check = check or MidtermCheck(contract=contract)
    check.due_on, check.opens_on = due, due - rules.midterm_opens_before
    check.save()
    ledger.append(
        check, "plan", actor=None, acting_as="platform", source=source, target="due",
        data={"midterm_check": check.pk, "due_on": due},
    )  # fmt: skip
    return check


def _halfway(contract: Contract) -> date | None:
    last = max((item.due_on for item in contract.milestones.all() if item.due_on), default=None)
    if contract.effective_at is None or last is None:
        return None
    begun = timezone.localdate(contract.effective_at, SHANGHAI)
    if (last - begun).days <= contract.challenge.frozen_rules.midterm_from_months * DAYS_A_MONTH:
        return None
    return begun + (last - begun) // 2


@step(MidtermCheck, "conclude")
def conclude(check: MidtermCheck, *, actor: User, conclusion: str, opinion: str) -> MidtermCheck:
    """The conclusion is recorded; one that finds the work at risk is told to the owner and the deciders."""
    check = perform(check.conclude, actor=actor, conclusion=conclusion, opinion=opinion)
    if check.conclusion == MidtermCheck.Conclusion.AT_RISK:
        notifications.tell("midterm_at_risk", check, actor=actor, opinion=check.opinion)
    return check
