"""Shapes that several schemas share."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, PlainSerializer

from accounts.models import User

# A number as people write it: without an exponent and without trailing zeros, in a string so that no digit is lost.
Number = Annotated[Decimal, PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Moment = AwareDatetime
Written = Annotated[Decimal, Field(max_digits=40, decimal_places=15)]


def _clean_text(text: str) -> str:
    return text.replace("\x00", "").strip()


Text = Annotated[str, AfterValidator(_clean_text)]


class ChallengeRef(Schema):
    """The challenge that something belongs to."""

    id: UUID
    number: str
    title: str
    state: str


def name_of(user: User | None) -> str | None:
    """The name of a person, if there is one."""
    return str(user) if user else None
