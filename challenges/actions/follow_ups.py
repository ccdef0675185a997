"""Follow-ups and referrals: what is asked after the completion, and whom an outcome is referred to."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from challenges.models import Contract, FollowUp, Outcome, Referral


def plan_follow_ups(contract: Contract) -> list[FollowUp]:
    """The reports that the rules ask of a completed contract, due on the same day of a later year."""
    rules = contract.challenge.frozen_rules
    today = timezone.localdate(contract.now)
    made = [
        FollowUp(contract=contract, years=years, due_on=due, remind_on=due - rules.follow_up_reminder)
        for years in (rules.first_follow_up_years, rules.second_follow_up_years)
        for due in [years_after(today, years)]
    ]
    for item in made:
        item.save(force_insert=True)
        ledger.append(
            item, "create", actor=None, acting_as="platform", target="due",
            data={"follow_up": item.pk, "years": item.years, "due_on": item.due_on},
        )  # fmt: skip
    return made


def years_after(day: date, years: int) -> date:
    """The same day `years` later; of a 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def refer_outcome(outcome: Outcome, *, actor: User, kind: str, to: str, note: str) -> Referral:
    """Refer a confirmed outcome to a fund, an insurer or a pilot base."""
    with transaction.atomic():
        outcome = workflow.lock(outcome)
        decision = require(actor, "outcome.refer", outcome)
        made = Referral(outcome=outcome, kind=kind, to=to, note=note, referred_by=actor)
        made.save(force_insert=True)
        ledger.append(
            made, "create", actor=actor, acting_as=decision.role, target="referred",
            data={"referral": made.pk, "kind": kind, "to": to},
        )  # fmt: skip
        notifications.tell("outcome_referred", made, actor=actor)
    return made
