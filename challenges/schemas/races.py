"""What the API says about races."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.policy import holds, visible
from accounts.schemas import DocumentOut, Summary, WithTransitions, reader
from challenges.models import Race, RaceResult
from challenges.permissions import STAFF
from challenges.schemas.common import ChallengeRef


class RaceSummary(Summary):
    """What the list says about a race."""

    award: UUID = Field(alias="award_id")
    challenge: ChallengeRef = Field(alias="award.challenge")
    test_on: date
    early_share: Decimal
    places: int | None
    tested_at: datetime | None
    decided_at: datetime | None


class FindingOut(Schema):
    """One target as it was measured."""

    name: str
    bound: str
    value: str
    met: bool


class ResultOut(Schema):
    """A runner's findings, whether it stays, and what the decision moved into its amount or out of it."""

    contract: UUID = Field(alias="contract_id")
    findings: list[FindingOut]
    remarks: str
    stays: bool | None
    moved: Decimal


class RaceDetail(RaceSummary, WithTransitions):
    """The plan and the choice, which are public; results and minutes for those who may read them."""

    subject: str
    reason: str
    results: list[ResultOut]
    experts: list[str]
    documents: list[DocumentOut]

    @staticmethod
    def resolve_results(race: Race, context: Any) -> Any:
        """The results of the contracts in sight."""
        seen = visible(reader(context), "contract.view").filter(award=race.award).order_by().values("pk")
        return RaceResult.objects.filter(race=race, contract__in=seen)

    @staticmethod
    def resolve_experts(race: Race, context: Any) -> list[str]:
        """Their names, for the platform's staff alone."""
        return [user.name for user in race.experts.order_by("name")] if holds(reader(context), *STAFF) else []

    @staticmethod
    def resolve_documents(race: Race, context: Any) -> Any:
        """The minutes, for those in charge and the owner."""
        return visible(reader(context), "race_document.read").filter(race=race)
