"""The expert pool."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from accounts.models import Organization, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Industry


class Expert(Stateful):
    """A person who may be drawn into panels; the employer stands here, dated past ones in memberships."""

    class State(models.TextChoices):
        APPLIED = "applied", _("Applied")
        ACTIVE = "active", _("In the pool")
        PAUSED = "paused", _("Paused")

    state = FSMField(default=State.APPLIED, choices=State.choices, protected=True)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="expert")
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("employer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="experts",
    )
    fields = ArrayField(models.CharField(max_length=30, choices=Industry), verbose_name=_("fields"), default=list)
    biography = models.TextField(_("short biography"), max_length=3000, blank=True)
    may_chair = models.BooleanField(_("may chair a panel"), default=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("expert")
        indexes = [
            GinIndex(fields=["fields"], name="expert_fields"),
            models.Index(fields=["state", "created_at"], name="expert_state"),
            models.Index(fields=["-created_at", "id"], name="expert_newest"),
        ]
        triggers = state_guards("applied", [("applied", "active"), ("active", "paused"), ("paused", "active")])

    def __str__(self) -> str:
        return self.user.name

    @property
    def field_labels(self) -> list[str]:
        """The fields in words."""
        labels = dict(Industry.choices)
        return [str(labels.get(item, item)) for item in self.fields]

    @transition(
        field=state,
        source=[State.APPLIED, State.PAUSED],
        target=State.ACTIVE,
        permission=may("expert.approve"),
        custom={"label": _("Take into the pool"), "tells": ["expert_approved"]},
    )
    def approve(self, *, actor: User) -> None:
        """An operator has checked identity and employer."""
        self.approved_by = actor

    @transition(
        field=state,
        source=State.ACTIVE,
        target=State.PAUSED,
        permission=may("expert.pause"),
        custom={"label": _("Pause: not drawn until taken back"), "style": "secondary"},
    )
    def pause(self, **_inputs: Any) -> None:
        """Not drawn while paused; panels already formed are untouched."""


class Relation(models.Model):
    """A dated tie of an expert to a person or organisation, from which conflicts are computed."""

    class Kind(models.TextChoices):
        FORMER_EMPLOYER = "former_employer", _("Former employer")
        COAUTHOR = "coauthor", _("Co-author")
        COPROJECT = "coproject", _("Joint project")
        SUPERVISION = "supervision", _("Supervisor and student")
        RELATIVE = "relative", _("Near relative")
        SHAREHOLDER = "shareholder", _("Shareholder")
        CONSULTING = "consulting", _("Consultant or paid")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=20, choices=Kind)
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False) | models.Q(person__isnull=False),
                name="relation_names_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.expert}: {self.get_kind_display()}"
