"""Rows for lists, put where a page shows them without the steps before: many, quickly, and of no other use."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts import clock
from challenges.actions import enter_calendar_year, enter_region_figure
from challenges.models import (
    Award,
    Bid,
    CalendarYear,
    Challenge,
    Contract,
    Milestone,
    Payment,
    RegionFigure,
    RegionTarget,
)
from reviews.demo.papers import upload
from reviews.demo.people import Cast


def challenge(cast: Cast, title: str) -> Challenge:
    """A challenge that its owner and the platform's staff see."""
    return Challenge.objects.create(
        owner=cast.owner_organization, title=title, industry="hydrogen", kind="frontier", submitted_at=clock.now()
    )


def award(cast: Cast, title: str) -> Award:
    """A proposed award with one winner."""
    made = Award.objects.create(challenge=challenge(cast, title), proposed_by=cast.decider)
    made.bids.add(Bid.objects.create(challenge=made.challenge, lead=cast.leads[0], created_by=cast.bidders[0]))
    return made


def contract(cast: Cast, title: str) -> Contract:
    """A draft contract with two milestones and their payments."""
    given = award(cast, title)
    made = Contract.objects.create(challenge=given.challenge, award=given, bid=given.bids.get(), amount=Decimal(100))
    for position in (1, 2):
        milestone = Milestone.objects.create(
            contract=made, position=position, title=f"里程碑{position}", share=Decimal(50), due_on=date(2027, 6, 1)
        )
        Payment.objects.create(milestone=milestone, contract=made, amount=Decimal(50))
    return made


def calendar_of(cast: Cast, year: int = 2060) -> CalendarYear:
    """A year that no calendar installed knows, entered and waiting for a decider."""
    return enter_calendar_year(
        actor=cast.operator, year=year, title=f"关于{year}年部分节假日安排的通知", number="示例〔2059〕1号",
        off=[date(year, 1, 1), date(year, 10, 1)], worked=[],
    )  # fmt: skip


def figure_of(cast: Cast, value: Decimal = Decimal(12), measure: str = "platforms", **given: Any) -> RegionFigure:
    """A figure of the region with its document, entered and waiting for a decider."""
    target = RegionTarget.objects.get(measure=measure)
    inputs = {"as_of": clock.now().date() - timedelta(days=30), "source": "示例统计公报〔2026〕1号"} | given
    paper = upload("公报.pdf", "统计公报", "示例")
    return enter_region_figure(target, actor=cast.operator, value=value, document=paper, **inputs)
