"""Policy of mid-term checks: the team reports, an operator without a stake concludes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, deny
from challenges.permissions.bids import on_team
from challenges.permissions.contracts import of_contract, scope_of_contracts, view_contract
from challenges.permissions.duties import rows_of, staff


def _report(user: Any, check: Any) -> Decision:
    return on_team(user, check.contract.bid)


def _add_document(user: Any, check: Any) -> Decision:
    decision = _report(user, check)
    if decision and check.state != "due":
        return deny(_("Files are added before the report is handed in."), code="state")
    return decision


POLICY = {
    "midterm_check.view": Rule(of_contract(view_contract), scope_of_contracts("MidtermCheck")),
    "midterm_check.report": Rule(_report),
    "midterm_check.add_document": Rule(_add_document),
    "midterm_check.conclude": Rule(staff("operator", of=lambda check: check.contract.challenge)),
    "midterm_document.read": Rule(
        lambda user, document: view_contract(user, document.midterm_check.contract),
        lambda user: rows_of("MidtermDocument").filter(
            midterm_check__in=scope_of_contracts("MidtermCheck")(user).values("pk")
        ),
    ),
}
