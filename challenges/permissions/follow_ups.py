"""Policy of follow-ups and referrals: read by the parties and the staff, never by the public."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, deny
from challenges.permissions.bids import on_team
from challenges.permissions.contracts import of_contract, scope_contracts, scope_of_contracts, view_contract
from challenges.permissions.duties import rows_of, staff


def _refer(user: Any, outcome: Any) -> Decision:
    decision = staff("operator", of=lambda item: item.contract.challenge)(user, outcome)
    if decision and outcome.state != "confirmed":
        return deny(_("Only a confirmed outcome is referred."), code="state")
    return decision


def _scope_referrals(user: Any) -> QuerySet[Any]:
    return rows_of("Referral").filter(outcome__contract__in=scope_contracts(user).values("pk"))


POLICY = {
    "follow_up.view": Rule(of_contract(view_contract), scope_of_contracts("FollowUp")),
    "follow_up.report": Rule(lambda user, item: on_team(user, item.contract.bid)),
    "outcome.refer": Rule(_refer),
    "referral.view": Rule(lambda user, item: view_contract(user, item.outcome.contract), _scope_referrals),
    "referral.answer": Rule(staff("operator", of=lambda item: item.outcome.contract.challenge)),
}
