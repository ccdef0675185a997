"""The expert pool."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.models import LedgerEntry, Organization, StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Industry

TIE_STEPS = ("declare_relation", "correct_relation")


class Language(models.TextChoices):
    """Languages a bid or its annexes may be written in."""

    CHINESE = "zh", _("Chinese")
    ENGLISH = "en", pgettext_lazy("language", "English")
    JAPANESE = "ja", _("Japanese")
    KOREAN = "ko", _("Korean")
    GERMAN = "de", _("German")
    FRENCH = "fr", _("French")
    RUSSIAN = "ru", _("Russian")


def chinese() -> list[str]:
    """The language everybody here reads."""
    return [Language.CHINESE.value]


class Specialty(models.Model):
    """A branch of an industry, as the operators name it; what an expert is asked about in matching."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    industry = models.CharField(_("industry"), max_length=30, choices=Industry)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=100)

    class Meta:
        verbose_name = _("specialty")
        ordering = ["industry", "name"]
        constraints = [models.UniqueConstraint(fields=["industry", "name"], name="one_specialty_of_a_name")]

    def __str__(self) -> str:
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en

    @property
    def ledger_chain(self) -> uuid.UUID:
        """A specialty's own chain."""
        return self.id

    @property
    def ledger_challenge(self) -> None:
        """It belongs to no challenge."""
        return


class Expert(Stateful):
    """A person who may be drawn into panels. Today's employer stands here, earlier ones are relations with dates."""

    # New or changed ties within a day while a seat is open; more would be a search for who stands behind a blind bid.
    TIES_A_DAY = 3

    class State(models.TextChoices):
        APPLIED = "applied", pgettext_lazy("expert", "Applied")
        INVITED = "invited", _("Waiting for their consent")
        ACTIVE = "active", _("In the pool")
        PAUSED = "paused", pgettext_lazy("expert", "Paused")

    state = StateField(default=State.APPLIED, choices=State.choices)
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
    employed_since = models.DateField(_("employed there since"), null=True, blank=True)
    languages = ArrayField(
        models.CharField(max_length=10, choices=Language), verbose_name=_("languages"), default=chinese, blank=True
    )
    biography = models.TextField(_("short biography"), max_length=3000, blank=True)
    panels_at_most = models.PositiveSmallIntegerField(
        _("panels at once, at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Left empty, the rule set's number holds."),
    )
    may_chair = models.BooleanField(_("may chair a panel"), default=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("expert")
        indexes = [
            GinIndex(fields=["fields"], name="expert_fields"),
            models.Index(fields=["state", "created_at"], name="expert_state"),
            models.Index(fields=["-created_at", "id"], name="expert_newest"),
        ]
        triggers = state_guards(
            "applied",
            [
                ("applied", "active"),
                ("applied", "invited"),
                ("invited", "active"),
                ("active", "paused"),
                ("paused", "active"),
            ],
        )

    def __str__(self) -> str:
        return self.user.name

    @property
    def seated_since(self) -> datetime | None:
        """Since when the expert is asked to or holds a seat on a panel that is not closed; None without one."""
        seats = self.assignments.filter(state__in=("invited", "accepted")).exclude(panel__state="closed")
        first: datetime | None = seats.order_by("created_at").values_list("created_at", flat=True).first()
        return first

    @property
    def may_enter_ties(self) -> bool:
        """Whether the expert, asked to a seat or holding one, has entered fewer ties than a day allows."""
        since = self.seated_since
        if since is None:
            return True
        entered = LedgerEntry.objects.filter(chain=self.ledger_chain, actor=self.user_id, action__in=TIE_STEPS)
        return entered.filter(at__gt=max(since, self.now - timedelta(days=1))).count() < self.TIES_A_DAY

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

    @transition(field=state, source=State.APPLIED, target=State.INVITED, permission=may("expert.ask"))
    def ask_consent(self, *, actor: None, vouched_by: User) -> None:
        """An operator entered the profile and answers for identity and employer; the person is asked to agree."""
        self.approved_by = vouched_by

    @transition(
        field=state,
        source=State.INVITED,
        target=State.ACTIVE,
        permission=may("expert.agree"),
        custom={
            "label": _("Agree and join the pool"),
            "consequences": [
                _("You say that your profile and your ties, as they stand here, are true and complete."),
                _("You may be drawn into panels from now on; each invitation to one is yours to accept or decline."),
            ],
            "tells": ["expert_agreed"],
        },
    )
    def agree(self, *, actor: User) -> None:
        """The person has read what was entered for them, and takes part."""

    @transition(
        field=state,
        source=State.ACTIVE,
        target=State.PAUSED,
        permission=may("expert.pause"),
        custom={"label": _("Pause: not drawn until taken back"), "style": "secondary"},
    )
    def pause(self, **_inputs: Any) -> None:
        """Not drawn while paused; panels already formed are untouched."""


class Expertise(models.Model):
    """How well an expert knows one specialty."""

    class Level(models.IntegerChoices):
        FAMILIAR = 1, _("Familiar")
        PRACTISED = 2, _("Works in it")
        LEADING = 3, _("Leads work in it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="expertise")
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, related_name="expertise")
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, default=Level.PRACTISED)

    class Meta:
        ordering = ["-level", "specialty__name"]
        constraints = [models.UniqueConstraint(fields=["expert", "specialty"], name="one_level_each")]

    def __str__(self) -> str:
        return f"{self.specialty} · {self.get_level_display()}"


class Absence(models.Model):
    """Days, both included, on which an expert takes no review."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="absences")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))

    class Meta:
        ordering = ["since"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="absence_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"{self.since} – {self.until}"


class Relation(models.Model):
    """A dated tie of an expert to a person or organisation, with its source, from which conflicts are computed."""

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
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False) | models.Q(person__isnull=False),
                name="relation_names_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(since=None) | models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="relation_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert}: {self.get_kind_display()}"
