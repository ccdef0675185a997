"""Rule sets: new versions, edits, and the change of the version in force."""

from typing import Any

from django.db import transaction

from accounts import ledger, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import perform, step
from challenges.models import RuleSet


def new_version(source: RuleSet, *, actor: User) -> RuleSet:
    """A draft with the next version number and the numbers of `source`."""
    with transaction.atomic():
        decision = require(actor, "rule_set.create")
        versions = RuleSet.objects.select_for_update().filter(name=source.name).order_by("version")
        latest = max((item.version for item in versions), default=0)
        draft = RuleSet(name=source.name, version=latest + 1, rules=source.rules, edited_by=actor)
        draft.save(force_insert=True)
        ledger.append(draft, "create", actor=actor, acting_as=decision.role, target="draft")
    return draft


def edit_rule_set(rule_set: RuleSet, *, actor: User, rules: dict[str, Any], note: str) -> RuleSet:
    """Change a draft's numbers; they are validated when the version is proposed and again when it is approved."""
    with transaction.atomic():
        rule_set = workflow.lock(rule_set)
        decision = require(actor, "rule_set.edit", rule_set)
        rule_set.rules, rule_set.note, rule_set.edited_by = rules, note, actor
        rule_set.save()
        ledger.append(rule_set, "edit", actor=actor, acting_as=decision.role, source="draft", target="draft")
    return rule_set


@step(RuleSet, "approve")
def approve(rule_set: RuleSet, *, actor: User) -> RuleSet:
    """Put the version in force and retire the one before it."""
    current = RuleSet.objects.filter(name=rule_set.name, state=RuleSet.State.IN_FORCE).first()
    if current is not None:
        require(actor, "rule_set.approve", workflow.lock(rule_set))
        perform(current.retire, actor=None)
    return perform(rule_set.approve, actor=actor)  # type: ignore[no-any-return]
