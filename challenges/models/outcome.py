"""What came of a contract (成果登记): registered by the team, confirmed by the owner, changed only by a new version.

Papers are no kind of outcome (破四唯). Economic figures are reported with their source; nothing computes them.
"""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, Organization, StateField, User, state_guards, words_column
from accounts.policy import may
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge

HUNDRED = Decimal(100)
OUTCOME_EDGES = [
    ("draft", "registered"),
    ("returned", "registered"),
    ("registered", "confirmed"),
    ("registered", "returned"),
    ("confirmed", "superseded"),
]


class FirstSet(models.TextChoices):
    """Which of the three “firsts” an outcome is, if any."""

    EQUIPMENT = "equipment", _("First set of equipment")
    BATCH = "batch", _("First batch of a material")
    SOFTWARE = "software", _("First edition of software")


@condition(_("The rights' shares and the benefit's shares of the holders must each sum to 100 %."))
def shares_sum_to_hundred(outcome: Any) -> bool:
    """Rights and benefit are each given away whole."""
    rows = list(outcome.shares.all())
    return bool(sum(row.rights for row in rows) == HUNDRED and sum(row.benefit for row in rows) == HUNDRED)


@condition(_("Upload the evidence first: the certificate, the registration, or the acceptance record."))
def has_evidence(outcome: Any) -> bool:
    """At least one document proves it."""
    return bool(outcome.documents.exists())


@condition(_("Give the number of the certificate by which it is recognised as a first."))
def first_is_certified(outcome: Any) -> bool:
    """A first has its certificate's number."""
    return bool(not outcome.first_set or outcome.first_set_certificate.strip())


@condition(_("Give the number of the patent, standard or registration."))
def has_its_number(outcome: Any) -> bool:
    """Kinds that some office numbers carry the number."""
    return bool(outcome.kind not in outcome.NUMBERED or outcome.number.strip())


class Outcome(InChallenge):
    """One version of one result of a contract."""

    class Kind(models.TextChoices):
        PATENT = "patent", _("Patent")
        STANDARD = "standard", pgettext_lazy("outcome", "Standard")
        SOFTWARE = "software", _("Software copyright")
        PRODUCT = "product", _("New product")
        PROCESS = "process", _("New process")
        LINE = "line", _("Demonstration line")

    class Standing(models.TextChoices):
        APPLIED = "applied", pgettext_lazy("right", "Applied for")
        GRANTED = "granted", pgettext_lazy("right", "Granted or issued")
        IN_USE = "in_use", pgettext_lazy("right", "In use")
        LAPSED = "lapsed", pgettext_lazy("right", "Lapsed")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REGISTERED = "registered", pgettext_lazy("outcome", "Waiting for the owner's confirmation")
        RETURNED = "returned", pgettext_lazy("outcome", "Returned")
        CONFIRMED = "confirmed", pgettext_lazy("outcome", "Confirmed")
        SUPERSEDED = "superseded", pgettext_lazy("outcome", "Replaced by a newer version")

    NUMBERED = (Kind.PATENT, Kind.STANDARD, Kind.SOFTWARE)
    WRITABLE = (State.DRAFT, State.RETURNED)

    state = StateField(default=State.DRAFT, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="outcomes")
    previous = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="next_version", editable=False
    )
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    number = models.CharField(_("number"), max_length=100, blank=True)
    dated_on = models.DateField(_("date of filing, issue or start"))
    standing = models.CharField(_("state of the right"), max_length=20, choices=Standing.choices)
    summary = models.TextField(_("what it is and what it is good for"), max_length=5000, blank=True)
    first_set = models.CharField(_("recognised as a first"), max_length=20, choices=FirstSet.choices, blank=True)
    first_set_certificate = models.CharField(_("number of the certificate"), max_length=100, blank=True)
    team_discloses = models.BooleanField(_("the team agrees that shares and figures are public"), default=False)
    owner_discloses = models.BooleanField(_("the owner agrees that shares and figures are public"), default=False)
    registered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    return_reason = models.TextField(blank=True)
    search = words_column("title", "number")

    class Meta:
        verbose_name = _("outcome")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("registered_by")),
                name="outcome_confirmer_is_not_registrant",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="outcome_newest"),
            models.Index(fields=["state", "-created_at"], name="outcome_state_newest"),
            models.Index(fields=["kind", "-created_at"], name="outcome_kind_newest"),
            GinIndex(fields=["search"], name="outcome_search"),
        ]
        triggers = state_guards("draft", OUTCOME_EDGES)

    def __str__(self) -> str:
        return self.title

    @property
    def discloses(self) -> bool:
        """Whether the public may read shares and figures: only when both sides agreed to it."""
        return self.team_discloses and self.owner_discloses

    @transition(
        field=state,
        source=[State.DRAFT, State.RETURNED],
        target=State.REGISTERED,
        permission=may("outcome.register"),
        conditions=[shares_sum_to_hundred, has_evidence, has_its_number, first_is_certified],
        custom={
            "label": _("Register the outcome"),
            "consequences": [_("The challenge owner checks it against the evidence; until then it cannot be changed.")],
            "tells": ["outcome_registered"],
        },
    )
    def register(self, *, actor: User) -> None:
        """The team answers for what it registers."""
        self.registered_by, self.registered_at, self.return_reason = actor, self.now, ""

    @transition(
        field=state,
        source=State.REGISTERED,
        target=State.CONFIRMED,
        permission=may("outcome.confirm"),
        custom={
            "label": _("Confirm the outcome"),
            "consequences": [
                _("The outcome is public with the completed challenge; a change needs a new version."),
                _("Shares and figures are public only if the team and you both agree."),
            ],
            "tells": ["outcome_confirmed"],
        },
    )
    def confirm(self, *, actor: User, discloses: bool = False) -> None:
        """The owner has compared it with the evidence."""
        self.confirmed_by, self.confirmed_at, self.owner_discloses = actor, self.now, discloses

    @transition(
        field=state,
        source=State.REGISTERED,
        target=State.RETURNED,
        permission=may("outcome.send_back"),
        custom={"label": _("Return it to the team"), "style": "secondary", "tells": ["outcome_returned"]},
    )
    def send_back(self, *, actor: User, reason: str) -> None:
        """Something is missing or wrong."""
        self.return_reason = reason

    @transition(field=state, source=State.CONFIRMED, target=State.SUPERSEDED, permission=may("outcome.supersede"))
    def supersede(self, **_inputs: Any) -> None:
        """A newer version was confirmed; this one stays on record."""


class OutcomeShare(models.Model):
    """What one party of the contract holds of an outcome: rights and benefit, in per cent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    outcome = models.ForeignKey(Outcome, on_delete=models.CASCADE, related_name="shares")
    holder = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    rights = models.DecimalField(
        _("share of the rights"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    benefit = models.DecimalField(
        _("share of the benefit"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        ordering = ["outcome", "holder__name"]
        constraints = [
            models.UniqueConstraint(fields=["outcome", "holder"], name="one_share_each"),
            models.CheckConstraint(
                condition=models.Q(rights__range=(0, 100), benefit__range=(0, 100)), name="outcome_share_in_per_cent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder}"


class OutcomeFigure(models.Model):
    """One economic figure of one year, as reported, with where it comes from."""

    class Kind(models.TextChoices):
        SALES = "sales", _("New sales")
        JOBS = "jobs", _("New jobs")
        SAVED = "saved", _("Cost saved")
        INVESTED = "invested", _("Investment")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    outcome = models.ForeignKey(Outcome, on_delete=models.CASCADE, related_name="figures")
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(2000), MaxValueValidator(2100)])
    kind = models.CharField(_("figure"), max_length=20, choices=Kind.choices)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        ordering = ["outcome", "year", "kind"]
        constraints = [models.UniqueConstraint(fields=["outcome", "year", "kind"], name="one_figure_a_year")]

    def __str__(self) -> str:
        return f"{self.year} {self.kind}"

    @property
    def is_money(self) -> bool:
        """Whether the unit is the yuan; otherwise people are counted."""
        return self.kind != self.Kind.JOBS


class OutcomeDocument(Document):
    """Evidence of an outcome."""

    outcome = models.ForeignKey(Outcome, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
