"""Rule sets: versioned numbers, edited by an operator, approved by a different decider."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition
from pydantic import ValidationError as RulesError

from accounts.conditions import condition
from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.rules import Rules


@condition(_("The numbers contradict each other; edit the rule set and mend what it names."))
def rules_are_valid(rule_set: Any) -> bool:
    """The numbers can be read as rules."""
    try:
        Rules.model_validate(rule_set.rules)
    except RulesError:
        return False
    return True


class RuleSet(Stateful):
    """One version of one named set. Only one version of a name is in force."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Waiting for approval")
        IN_FORCE = "in_force", pgettext_lazy("rule set", "In force")
        RETIRED = "retired", pgettext_lazy("rule set", "Retired")

    state = StateField(default=State.DRAFT, choices=State.choices)
    name = models.SlugField(_("name"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"))
    note = models.TextField(_("what changed and why"), blank=True)
    edited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    return_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="rule_set_version"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(state="in_force"), name="one_version_in_force"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("edited_by")),
                name="rule_set_maker_is_not_checker",
            ),
        ]
        triggers = state_guards(
            "draft",
            [("draft", "proposed"), ("proposed", "draft"), ("proposed", "in_force"), ("in_force", "retired")],
        )

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @classmethod
    def current(cls) -> "RuleSet | None":
        """The version in force of the set this site runs under, if one was approved."""
        return cls.objects.filter(name=settings.RULE_SET, state=cls.State.IN_FORCE).first()

    @property
    def parsed(self) -> Rules:
        """The numbers, typed."""
        return Rules.model_validate(self.rules)

    @transition(
        field=state,
        source=State.DRAFT,
        target=State.PROPOSED,
        permission=may("rule_set.propose"),
        conditions=[rules_are_valid],
        custom={"label": _("Propose this version"), "tells": ["rule_set_proposed"]},
    )
    def propose(self, *, actor: User) -> None:
        """Hand the version to the deciders."""
        self.proposed_by = actor

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.DRAFT,
        permission=may("rule_set.approve"),
        custom={"label": _("Return for editing"), "style": "secondary"},
    )
    def send_back(self, *, reason: str, **_inputs: Any) -> None:
        """A decider asks for changes."""
        self.return_reason = reason

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.IN_FORCE,
        permission=may("rule_set.approve"),
        conditions=[rules_are_valid],
        custom={
            "label": _("Approve and put in force"),
            "consequences": [
                _("Challenges published from now on are frozen to this version."),
                _("The version in force until now is retired; challenges frozen to it keep it."),
            ],
        },
    )
    def approve(self, *, actor: User) -> None:
        """Challenges published from now on freeze this version."""
        self.approved_by = actor
        self.approved_at = self.now

    @transition(
        field=state,
        source=State.IN_FORCE,
        target=State.RETIRED,
        permission=may("rule_set.retire"),
    )
    def retire(self, **_inputs: Any) -> None:
        """A newer version has been approved; challenges frozen to this one keep it."""
