"""Termination of one contract before its end, with the team's diligence dossier (容错) before the finding."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import Document, StateField, User, state_guards
from accounts.policy import may
from challenges.models.contract import Contract
from challenges.models.in_challenge import InChallenge
from challenges.models.milestone import contract_is_effective

TERMINATION_EDGES = [
    ("proposed", "answered"),
    ("proposed", "decided"),
    ("proposed", "withdrawn"),
    ("answered", "decided"),
    ("answered", "withdrawn"),
]


@condition(_("The team may still answer with its dossier; decide when it has, or when its time is over."))
def team_was_heard(termination: "Termination") -> bool:
    """The dossier is there, or the (rule) period for it is over."""
    return termination.answered_at is not None or termination.now >= termination.answer_by


class Termination(InChallenge):
    """A proposal to end a contract: the facts, the team's dossier, and a decider's finding with its reasons."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("termination", "Waiting for the team's dossier")
        ANSWERED = "answered", pgettext_lazy("termination", "Waiting for the finding")
        DECIDED = "decided", pgettext_lazy("termination", "Decided")
        WITHDRAWN = "withdrawn", pgettext_lazy("termination", "Withdrawn")

    OPEN = (State.PROPOSED, State.ANSWERED)

    state = StateField(default=State.PROPOSED, choices=State.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="terminations")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    facts = models.TextField(_("facts"), max_length=10000)
    fraud_alleged = models.BooleanField(_("fraud is alleged"), default=False)
    answer_by = models.DateTimeField()
    tried = models.TextField(_("what was tried"), max_length=10000, blank=True)
    records = models.TextField(_("the records of it"), max_length=10000, blank=True)
    cause = models.TextField(_("what failed and why"), max_length=10000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    exempt = models.BooleanField(_("exempt"), null=True)
    fraud = models.BooleanField(_("fraud is found"), default=False)
    reasons = models.TextField(_("reasons"), max_length=10000, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("termination")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fraud=False) | models.Q(exempt=False), name="termination_fraud_is_never_exempt"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="termination_decider_is_not_accuser",
            ),
            models.UniqueConstraint(
                fields=["contract"],
                condition=models.Q(state__in=["proposed", "answered"]),
                name="termination_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="termination_newest"),
            models.Index(fields=["state", "answer_by"], name="termination_state_due"),
        ]
        triggers = state_guards("proposed", TERMINATION_EDGES)

    def __str__(self) -> str:
        return self.contract.challenge.title

    @transition(
        field=state,
        source=State.PROPOSED,
        target=State.ANSWERED,
        permission=may("termination.answer"),
        conditions=[contract_is_effective],
        custom={
            "label": _("Answer with the dossier"),
            "tells": ["termination_answered"],
            "consequences": [_("The files added here so far are the evidence; none can be added afterwards.")],
        },
    )
    def answer(self, *, actor: User, tried: str, records: str, cause: str) -> None:
        """The team says what it tried, what recorded it, and what failed and why."""
        self.tried, self.records, self.cause = tried, records, cause
        self.answered_by, self.answered_at = actor, self.now

    @transition(
        field=state,
        source=[State.PROPOSED, State.ANSWERED],
        target=State.DECIDED,
        permission=may("termination.decide"),
        conditions=[contract_is_effective, team_was_heard],
        custom={
            "label": _("Decide, and terminate the contract"),
            "style": "danger",
            "tells": ["termination_decided"],
            "consequences": [
                _("This contract ends, and its open payments are frozen; contracts of other winners go on."),
                _("What is held for payments that will not be made is booked back to its sources."),
                _("When no contract is left, the challenge ends as terminated."),
                _("A team that is exempt is blamed for nothing. Fraud is never exempt."),
            ],
        },
    )
    def decide(self, *, actor: User, exempt: bool, fraud: bool = False, reasons: str) -> None:
        """Exempt or at fault, with reasons, by a decider who is not the accuser."""
        self.exempt, self.fraud, self.reasons = exempt, fraud, reasons
        self.decided_by, self.decided_at = actor, self.now

    @transition(
        field=state,
        source=[State.PROPOSED, State.ANSWERED],
        target=State.WITHDRAWN,
        permission=may("termination.withdraw"),
        custom={"label": _("Withdraw the proposal"), "style": "secondary", "tells": ["termination_withdrawn"]},
    )
    def withdraw(self, *, actor: User, reason: str) -> None:
        """The contract goes on."""
        self.reasons = reason


class TerminationDocument(Document):
    """Evidence of the facts, or of the team's diligence."""

    termination = models.ForeignKey(Termination, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
