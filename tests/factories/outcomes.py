"""Outcomes of a contract whose first milestone is accepted, written by its team."""

from datetime import date
from decimal import Decimal
from typing import Any

from accounts import documents
from accounts.workflow import take
from challenges import actions
from challenges.models import Challenge, Contract, Outcome, OutcomeDocument, Referral, Transfer
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.demo.people import Cast

DATA = {
    "kind": "patent",
    "title": "一种低位错AlN模板的制备方法",
    "number": "ZL 2027 1 0000001.1",
    "dated_on": date(2027, 3, 1),
    "standing": "granted",
    "summary": "用于深紫外LED外延。",
}


def contract_of(challenge: Challenge) -> Contract:
    """The contract with both its sides."""
    return Contract.objects.select_related("challenge__owner", "bid__lead").get(challenge=challenge)


def shares_of(contract: Contract) -> dict[Any, tuple[Decimal, Decimal]]:
    """Owner and lead share rights and benefit whole."""
    return {
        contract.bid.lead_id: (Decimal("66.67"), Decimal(60)),
        contract.challenge.owner_id: (Decimal("33.33"), Decimal(40)),
    }


def draft(contract: Contract, **data: Any) -> Outcome:
    """A draft with everything but its evidence."""
    return actions.create_outcome(
        contract, actor=walk.team_lead(contract.bid), data=DATA | data, shares=shares_of(contract)
    )


def prove(outcome: Outcome) -> Outcome:
    """Its evidence."""
    documents.store(
        upload("证书.pdf", "专利证书", "授权公告"),
        actor=walk.team_lead(outcome.contract.bid),
        model=OutcomeDocument,
        outcome=outcome,
    )
    return outcome


def registered(contract: Contract, **data: Any) -> Outcome:
    """Registered by the team."""
    return take(prove(draft(contract, **data)), "register", actor=walk.team_lead(contract.bid))


def confirmed(contract: Contract, cast: Cast, **data: Any) -> Outcome:
    """Confirmed by the owner."""
    return take(registered(contract, **data), "confirm", actor=cast.owner)


def transfer(outcome: Outcome, **data: Any) -> Transfer:
    """A draft of its transfer at an agreed price, written by the team."""
    given = {
        "way": "agreed",
        "name": outcome.title,
        "price": Decimal("3500000.00"),
        "buyer": "长治示例光电有限公司",
        "grounds": "按评估报告与同类成交价。",
    }
    return actions.create_transfer(outcome, actor=walk.team_lead(outcome.contract.bid), data=given | data)


def referral(outcome: Outcome, cast: Cast) -> Referral:
    """Referred to an invented fund."""
    return actions.refer_outcome(
        outcome, actor=cast.operator, kind="fund", to="示例成果转化基金", note="拟投二百万元用于中试。"
    )
