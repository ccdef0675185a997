"""What the API says about rule sets, and what it takes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from accounts.schemas import Summary, WithTransitions
from challenges.schemas.common import Text


class RuleSetIn(Schema):
    """A new version starts with the numbers of another one."""

    source: UUID


class RuleSetPatch(Schema):
    """The numbers of a draft, and what changed and why."""

    rules: dict[str, Any]
    note: Text = Field("", max_length=5000)


class RuleSetSummary(Summary):
    """What the list says about a version."""

    name: str
    version: int
    note: str
    approved_at: datetime | None


class RuleSetDetail(RuleSetSummary, WithTransitions):
    """The version with all its numbers."""

    rules: dict[str, Any]
    return_reason: str
