"""What the API says about contracts, milestones and payments, and what it takes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import DocumentOut, Named, Summary, WithTransitions
from challenges.contract_text import contract_number
from challenges.models import Acceptance, Contract, IpPreset, Milestone, Payment
from challenges.models.milestone_guards import Finding, findings
from challenges.schemas.common import ChallengeRef, Text, name_of


class ContractSummary(Summary):
    """What the list says about a contract."""

    challenge: ChallengeRef
    bid: UUID = Field(alias="bid_id")
    lead: Named = Field(alias="bid.lead")
    amount: Decimal
    effective_at: datetime | None


class MilestoneSummary(Summary):
    """What the list says about a milestone."""

    contract: UUID = Field(alias="contract_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    position: int
    title: str
    share: Decimal
    due_on: date | None


class FindingOut(Schema):
    """One target that the milestone proves: the goal, what was measured, and whether that meets it."""

    target: int
    name: str
    goal: str
    core: bool
    measured: str | None
    uncertainty: Decimal | None
    unit: str
    method: str
    report: UUID | None
    met: bool

    @classmethod
    def of(cls, found: Finding) -> "FindingOut":
        """As the page shows it."""
        target, measured = found.target, found.measurement
        return cls(
            target=found.position, name=target.name, core=target.core, unit=target.unit, met=found.met,
            goal=f"{target.get_comparator_display()} {target.shown_value}",
            measured=measured and measured.shown_value, uncertainty=measured and measured.uncertainty,
            method=measured.method if measured else target.method, report=measured and measured.report_id,
        )  # fmt: skip


class AcceptanceOut(Schema):
    """One conclusion on a milestone, and how it was reached."""

    way: str
    conclusion: str
    body: str
    report_number: str
    report_name: str
    report_sha256: str
    held_on: date | None
    place: str
    people: str
    opinion: str
    rectify_by: datetime | None
    version: int | None = Field(description="Of the contract; null in records older than this field.")
    findings: list[FindingOut]
    by: str = Field(alias="by.name")
    at: datetime

    @staticmethod
    def resolve_findings(record: Acceptance) -> list[FindingOut]:
        return [FindingOut.of(item) for item in record.findings]


class MilestoneDetail(MilestoneSummary, WithTransitions):
    """The milestone with its report, evidence and opinion."""

    deliverable: str
    report: str
    submitted_at: datetime | None
    accepted_at: datetime | None
    rectifications: int
    rectify_by: datetime | None
    opinion: str
    documents: list[DocumentOut]
    findings: list[FindingOut]
    acceptances: list[AcceptanceOut]
    payment: UUID = Field(alias="payment.pk")

    @staticmethod
    def resolve_findings(milestone: Milestone) -> list[FindingOut]:
        return [FindingOut.of(item) for item in findings(milestone)]


class MeasurementIn(Schema):
    """What was measured for one target: `target` is its place in the contract's list, counted from 0."""

    target: int = Field(ge=0)
    value: Text = Field(min_length=1, max_length=100)
    uncertainty: Decimal | None = Field(None, ge=0)
    method: Text = Field("", max_length=200)
    report: UUID | None = None


class MeasurementsIn(Schema):
    """Everything measured for a milestone; what is not named is not measured."""

    measurements: list[MeasurementIn] = Field(max_length=50)


class PaymentSummary(Summary):
    """What the list says about a payment."""

    contract: UUID = Field(alias="contract_id")
    milestone: UUID = Field(alias="milestone_id")
    challenge: ChallengeRef = Field(alias="contract.challenge")
    title: str = Field(alias="milestone.title")
    amount: Decimal
    requested_at: datetime | None
    approved_at: datetime | None
    paid_at: datetime | None


class PaymentDetail(PaymentSummary, WithTransitions):
    """The payment with the three people who act on it."""

    requested_by: str | None
    approved_by: str | None
    paid_by: str | None
    reference: str
    return_reason: str

    @staticmethod
    def resolve_requested_by(payment: Payment) -> str | None:
        return name_of(payment.requested_by)

    @staticmethod
    def resolve_approved_by(payment: Payment) -> str | None:
        return name_of(payment.approved_by)

    @staticmethod
    def resolve_paid_by(payment: Payment) -> str | None:
        return name_of(payment.paid_by)


class ContractMilestone(Schema):
    """A milestone as its contract lists it."""

    id: UUID
    position: int
    title: str
    deliverable: str
    share: Decimal
    due_on: date | None
    state: str
    payment: UUID = Field(alias="payment.pk")


class ShareIn(Schema):
    """One organisation's shares in per cent."""

    cost_share: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=5, decimal_places=2)
    result_share: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=5, decimal_places=2)
    benefit_share: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=5, decimal_places=2)
    risk_share: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=5, decimal_places=2)


class ContractShareOut(Schema):
    """What an organisation of the consortium bears and gets, in per cent."""

    organization: Named
    cost_share: Decimal
    result_share: Decimal
    benefit_share: Decimal
    risk_share: Decimal


class ContractVersionOut(Schema):
    """A version as it was offered: what `content` names when it is confirmed."""

    number: int
    sha256: str
    made_at: datetime


class ContractDetail(ContractSummary, WithTransitions):
    """Task book, pledge, committed targets, milestones, and who has confirmed."""

    version: int
    task_book: str
    pledge: str
    ip_preset: str
    ip_clause: str
    targets: list[dict[str, Any]]
    shares: list[ContractShareOut]
    sign_by: datetime | None
    owner_signed_by: str | None
    owner_signed_at: datetime | None
    bidder_signed_by: str | None
    bidder_signed_at: datetime | None
    milestones: list[ContractMilestone]
    versions: list[ContractVersionOut]
    number: str

    @staticmethod
    def resolve_number(contract: Contract) -> str:
        return contract_number(contract)

    @staticmethod
    def resolve_versions(contract: Contract) -> Any:
        return contract.versions.all()

    @staticmethod
    def resolve_owner_signed_by(contract: Contract) -> str | None:
        return name_of(contract.owner_signed_by)

    @staticmethod
    def resolve_bidder_signed_by(contract: Contract) -> str | None:
        return name_of(contract.bidder_signed_by)

    @staticmethod
    def resolve_shares(contract: Contract) -> Any:
        return contract.shares.select_related("organization")

    @staticmethod
    def resolve_milestones(contract: Contract) -> Any:
        return contract.milestones.select_related("payment").order_by("position")


class MilestoneIn(Schema):
    """What changes in one milestone of a draft contract."""

    title: Text = Field(default_factory=str, min_length=1, max_length=200)
    deliverable: Text = Field("", max_length=5000)
    due_on: date | None = None
    proves: list[Annotated[int, Field(ge=0, lt=50)]] = Field(
        [], max_length=50, description="Targets proved here, by their place in the contract counted from 0"
    )


class ContractPatch(Schema):
    """What changes in a draft contract; milestones and shares by the id of milestone and organisation."""

    task_book: Text = Field("", max_length=50_000)
    pledge: Text = Field("", max_length=5000)
    ip_preset: IpPreset = IpPreset.OTHER
    ip_clause: Text = Field("", max_length=500)
    targets: list[Text] = Field([], max_length=50, description="The values, in the order of the contract's targets.")
    shares: dict[UUID, ShareIn] = {}
    milestones: dict[UUID, MilestoneIn] = {}


class MilestonePatch(MilestoneIn):
    """What changes in one milestone while its contract is a draft."""


class RiskOut(Schema):
    """One flag of a contract in force: a code for programs, `bad`, `care` or `wait`, and the reason in words."""

    code: str
    tone: str
    text: str


class BarOut(Schema):
    """A milestone on the timeline, with its payment; dates in Beijing time, money in yuan."""

    title: str
    state: str
    planned_from: date
    due: date
    handed_in: date | None
    accepted: date | None
    rectify_by: date | None
    amount: Decimal
    payment_state: str
    paid: date | None


class PointOut(Schema):
    """Planned and paid in sum up to the end of a day, in yuan; `paid` is null for days to come."""

    day: date
    planned: Decimal
    paid: Decimal | None


class OutlookOut(Schema):
    """A contract at a glance: risks, timeline, burn; shares in per cent."""

    risks: list[RiskOut]
    next_due: date | None
    elapsed: Decimal
    accepted: Decimal
    paid: Decimal
    timeline: list[BarOut]
    burn: list[PointOut]
