"""Policy of rule sets: edited by an operator, approved by a different decider."""

from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds, platform_only
from challenges.permissions.duties import ANOTHER_ROLE, STAFF, rows_of


def _scope_rule_sets(user: Any) -> QuerySet[Any]:
    rows = rows_of("RuleSet")
    return rows.all() if holds(user, *STAFF) else rows.filter(state__in=("in_force", "retired"))


def _view_rule_set(user: Any, rule_set: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if rule_set.state in ("in_force", "retired"):
        return allow("public")
    return deny(_("A rule set becomes public when it is in force."))


def _edit_rule_set(user: Any, rule_set: Any) -> Decision:
    decision = by_role("operator")(user, rule_set)
    if decision and rule_set.state != "draft":
        return deny(_("Only a draft can be edited; make a new version."), code="state")
    return decision


def _made(user: Any, rule_set: Any) -> bool:
    """Whether `user` had a hand in the version; its columns name only the last to edit and to propose it."""
    entries: QuerySet[Any] = apps.get_model("accounts", "LedgerEntry").objects.filter(chain=rule_set.ledger_chain)
    return entries.filter(actor=user.pk, acting_as="operator").exists()


def _approve_rule_set(user: Any, rule_set: Any) -> Decision:
    if not holds(user, "decider"):
        return deny(ANOTHER_ROLE)
    if user.pk in (rule_set.edited_by_id, rule_set.proposed_by_id) or _made(user, rule_set):
        return deny(_("You edited or proposed this version; another decider must approve it."), code="separation")
    return allow("decider")


POLICY = {
    "rule_set.view": Rule(_view_rule_set, _scope_rule_sets),
    "rule_set.create": Rule(by_role("operator")),
    "rule_set.edit": Rule(_edit_rule_set),
    "rule_set.propose": Rule(by_role("operator")),
    "rule_set.approve": Rule(_approve_rule_set),
    "rule_set.retire": Rule(platform_only),
}
