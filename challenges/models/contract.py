"""Contract, milestones and payments: from the signature to the last yuan."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.conditions import condition
from accounts.models import StateField, User, state_guards
from accounts.policy import may
from challenges.models.award import Award
from challenges.models.bid import Bid
from challenges.models.challenge import Challenge
from challenges.models.choices import IpPreset
from challenges.models.contract_guards import (
    consortium_shares_sum_to_hundred,
    ip_clause_is_settled,
    targets_are_not_weaker,
)
from challenges.models.in_challenge import InChallenge

CONTRACT_EDGES = [
    ("draft", "signing"),
    ("signing", "draft"),
    ("signing", "effective"),
    ("draft", "terminated"),
    ("signing", "terminated"),
    ("effective", "completed"),
    ("effective", "terminated"),
    ("effective", "ended"),
]


@condition(_("Write the task book first: goals, work and delivery of each milestone."))
def task_book_is_written(contract: Any) -> bool:
    """The task book has a text."""
    return bool(contract.task_book.strip())


@condition(_("The milestones' shares must sum to 100 %."))
def shares_sum_to_hundred(contract: Any) -> bool:
    """Milestone shares sum to 100 %."""
    return bool(sum(item.share for item in contract.milestones.all()) == 100)


@condition(_("Every milestone needs its due date."))
def milestones_have_dates(contract: Any) -> bool:
    """Each milestone is due on a date."""
    milestones = list(contract.milestones.all())
    return bool(milestones) and all(item.due_on for item in milestones)


@condition(_("The other side has not signed yet."))
def both_sides_signed(contract: Any) -> bool:
    """Owner and bidder have both confirmed."""
    return contract.owner_signed_at is not None and contract.bidder_signed_at is not None


@condition(_("The period to sign has not passed yet."))
def signing_period_is_over(contract: Any) -> bool:
    """By the database's clock."""
    return contract.sign_by is not None and bool(contract.now >= contract.sign_by)


@condition(_("The team has confirmed: what is missing is the owner's confirmation."))
def team_has_not_signed(contract: Any) -> bool:
    """Whoever has confirmed does not default."""
    return contract.bidder_signed_at is None


@condition(
    _(
        "First the default is put on record: an operator opens a credit record, the team is heard, and a decider "
        "confirms it."
    )
)
def default_is_on_record(contract: Any) -> bool:
    """The team was heard, and a decider found that it failed to sign."""
    records = contract.challenge.credit_records.filter(organization=contract.bid.lead_id, kind="default")
    return bool(records.filter(state="confirmed").exists())


NO_OPEN_TERMINATION = _("A termination of this contract is being decided already.")


@condition(NO_OPEN_TERMINATION)
def no_termination_is_open(contract: Any) -> bool:
    """No proposal to terminate waits for its finding."""
    return not contract.terminations.filter(state__in=["proposed", "answered"]).exists()


def _money(label: Any) -> Any:
    return models.DecimalField(
        label, max_digits=14, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(Decimal(0))]
    )


def most_from_public(contract: Any, amount: Decimal) -> Decimal:
    """What public funds may give of `amount`, by the challenge's rules; not rounded."""
    share: Decimal = contract.challenge.frozen_rules.fiscal_share_at_most
    return amount * share / 100


@condition(
    lambda contract: (
        _("Public funds may carry at most %(most)d %% of the amount.")
        % {"most": contract.challenge.frozen_rules.fiscal_share_at_most}
    )
)
def public_share_is_within_its_cap(contract: Any) -> bool:
    """≤ (rule) per cent of the amount from public funds."""
    return bool(contract.from_fiscal <= most_from_public(contract, contract.amount))


class Contract(InChallenge):
    """Task book and pledge between owner and winner; a confirmation on the platform, not an electronic signature."""

    CHALLENGE = "challenge_id"

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SIGNING = "signing", _("Waiting for signatures")
        EFFECTIVE = "effective", pgettext_lazy("contract", "In force")
        COMPLETED = "completed", _("Completed")
        TERMINATED = "terminated", _("Terminated")
        ENDED = "ended", _("Not selected in the race; ended without blame")

    state = StateField(default=State.DRAFT, choices=State.choices)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="contracts")
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="contracts")
    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="contract")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    from_fund = _money(_("of it from a fund"))
    from_fiscal = _money(_("of it from public funds"))
    self_raised = _money(_("raised by the team beside it"))
    task_book = models.TextField(_("task book"), max_length=50000, blank=True)
    pledge = models.TextField(_("pledge"), max_length=5000, blank=True)
    targets = models.JSONField(default=list, editable=False)
    ip_preset = models.CharField(_("who owns the results"), max_length=10, choices=IpPreset, default=IpPreset.OTHER)
    ip_clause = models.CharField(_("clause of its own, or addition"), max_length=500, blank=True)
    leader = models.CharField(_("person in charge"), max_length=100, blank=True)
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    sign_by = models.DateTimeField(null=True)
    owner_signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    owner_signed_at = models.DateTimeField(null=True)
    bidder_signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    bidder_signed_at = models.DateTimeField(null=True)
    owner_confirmation = models.JSONField(default=dict, editable=False)
    bidder_confirmation = models.JSONField(default=dict, editable=False)
    effective_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("contract")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    from_fund__gte=0, from_fiscal__gte=0, self_raised__gte=0,
                    amount__gte=models.F("from_fund") + models.F("from_fiscal"),
                ),
                name="contract_sources_within_amount",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["-created_at", "id"], name="contract_newest"),
            models.Index(fields=["state", "-created_at"], name="contract_state_newest"),
        ]
        triggers = state_guards("draft", CONTRACT_EDGES)

    def __str__(self) -> str:
        return self.challenge.title

    @property
    def sources(self) -> dict[str, Decimal]:
        """What each source gives: of the amount the rest is the enterprise's; what the team raises comes beside it."""
        return {
            "enterprise": self.amount - self.from_fund - self.from_fiscal,
            "fund": self.from_fund,
            "fiscal": self.from_fiscal,
            "self_raised": self.self_raised,
        }

    @property
    def may_be_declined(self) -> bool:
        """Whether the winner can still decline: the contract is neither in force nor at its end."""
        return self.state in (self.State.DRAFT, self.State.SIGNING)

    @transition(
        field=state,
        source=State.DRAFT,
        target=State.SIGNING,
        permission=may("contract.offer"),
        conditions=[
            task_book_is_written,
            shares_sum_to_hundred,
            milestones_have_dates,
            targets_are_not_weaker,
            consortium_shares_sum_to_hundred,
            ip_clause_is_settled,
            public_share_is_within_its_cap,
        ],
        custom={"label": _("Offer the contract for signature"), "tells": ["contract_offered"]},
    )
    def offer(self, *, actor: User) -> None:
        """The owner has completed task book and milestones."""

    @transition(
        field=state,
        source=State.SIGNING,
        target=State.DRAFT,
        permission=may("contract.revise"),
        custom={"label": _("Take back for revision"), "style": "secondary", "tells": ["contract_revised"]},
    )
    def revise(self, *, actor: User, reason: str) -> None:
        """Either side asks for changes; signatures given so far are void."""
        self.version += 1
        self.owner_signed_by = self.bidder_signed_by = None
        self.owner_signed_at = self.bidder_signed_at = None
        self.owner_confirmation, self.bidder_confirmation = {}, {}

    @transition(
        field=state,
        source=State.SIGNING,
        target=State.SIGNING,
        permission=may("contract.sign_as_owner"),
        custom={
            "label": _("Confirm the contract for the owner"),
            "consequences": [_("When both sides have confirmed, the contract is in force and the work starts.")],
            "tells": ["contract_signed"],
        },
    )
    def sign_as_owner(self, *, actor: User, confirmation: dict[str, Any]) -> None:
        """The owner's signatory confirms."""
        self.owner_signed_by, self.owner_signed_at, self.owner_confirmation = actor, self.now, confirmation

    @transition(
        field=state,
        source=State.SIGNING,
        target=State.SIGNING,
        permission=may("contract.sign_as_bidder"),
        custom={
            "label": _("Confirm contract and pledge for the team"),
            "consequences": [
                _("The team answers for the targets with its pledge (军令状)."),
                _("When both sides have confirmed, the contract is in force and the work starts."),
            ],
            "tells": ["contract_signed"],
        },
    )
    def sign_as_bidder(self, *, actor: User, pledge: bool, confirmation: dict[str, Any]) -> None:
        """The team's signatory confirms contract and pledge."""
        self.bidder_signed_by, self.bidder_signed_at, self.bidder_confirmation = actor, self.now, confirmation

    @transition(
        field=state,
        source=State.SIGNING,
        target=State.EFFECTIVE,
        permission=may("contract.take_effect"),
        conditions=[both_sides_signed],
    )
    def take_effect(self, **_inputs: Any) -> None:
        """Both sides have confirmed."""
        self.effective_at = self.now

    @transition(
        field=state,
        source=[State.DRAFT, State.SIGNING],
        target=State.TERMINATED,
        permission=may("contract.declare_default"),
        conditions=[signing_period_is_over, team_has_not_signed, default_is_on_record],
        custom={
            "label": _("End it: the team did not sign"),
            "style": "danger",
            "consequences": [
                _("The team loses the award; your reason is on record."),
                _("The runner-up above the threshold can be proposed, under a fresh public notice."),
            ],
            "tells": ["contract_defaulted"],
        },
    )
    def declare_default(self, *, actor: User, reason: str) -> None:
        """The winner let the period to sign pass (违约), which a confirmed credit record says."""

    @transition(
        field=state,
        source=State.EFFECTIVE,
        target=None,
        permission=may("contract.propose_termination"),
        conditions=[no_termination_is_open],
        custom={
            "label": _("Propose to terminate the contract"),
            "style": "danger",
            "consequences": [
                _("The team answers with its diligence dossier; a decider who did not propose it then decides."),
                _("Until then the work goes on."),
            ],
        },
    )
    def propose_termination(self, *, actor: User, facts: str, fraud_alleged: bool = False) -> None:
        """The owner or an operator says why this contract should end."""

    @transition(field=state, source=State.EFFECTIVE, target=State.COMPLETED, permission=may("contract.settle"))
    def complete(self, **_inputs: Any) -> None:
        """The challenge is completed."""

    @transition(
        field=state,
        source=State.EFFECTIVE,
        target=State.ENDED,
        permission=may("contract.settle"),
        custom={"tells": ["race_ended"]},
    )
    def end_without_blame(self, **_inputs: Any) -> None:
        """The shared test was won by others (赛马未入选): no fault, and what was accepted stays the team's."""

    @transition(
        field=state,
        source=[State.DRAFT, State.SIGNING, State.EFFECTIVE],
        target=State.TERMINATED,
        permission=may("contract.settle"),
    )
    def terminate(self, **_inputs: Any) -> None:
        """A termination was decided, or the winner declined."""
