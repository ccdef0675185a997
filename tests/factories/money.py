"""A contract in force whose milestones are all accepted, put there at once: what is left is its money."""

from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.auth.models import Permission

from accounts import clock
from challenges.actions import treasury
from challenges.actions.contracts import split
from challenges.models import BidGrant, Challenge, Contract, Milestone, Payment
from challenges.rules import PRESETS
from reviews.demo.people import Cast
from tests.factories import rows

SHARES = (30, 40, 30)


def bare_contract(cast: Cast, amount: str = "100.00", *, shares: Any = SHARES, **sources: Decimal) -> Contract:
    """In force, with nothing in the books; its payments wait to be requested by the author of its bid."""
    given = rows.award(cast, "在账资金")
    contract = Contract.objects.create(
        challenge=given.challenge, award=given, bid=given.bids.get(), amount=Decimal(amount), **sources
    )
    parts = split(contract.amount, [Decimal(share) for share in shares])
    for position, (share, part) in enumerate(zip(shares, parts, strict=True), start=1):
        milestone = Milestone.objects.create(
            contract=contract, position=position, title=f"里程碑{position}", share=Decimal(share)
        )
        Payment.objects.create(milestone=milestone, contract=contract, amount=part)
    with pgtrigger.ignore():
        Challenge.objects.filter(pk=contract.challenge_id).update(
            state="executing", rules=PRESETS["demo"]().model_dump(mode="json")
        )
        Contract.objects.filter(pk=contract.pk).update(state="effective", effective_at=clock.now())
        Milestone.objects.filter(contract=contract).update(state="accepted")
    for codename in ("view_bid", "edit_bid"):
        permission = Permission.objects.get(content_type__app_label="challenges", codename=codename)
        BidGrant.objects.create(user=contract.bid.created_by, permission=permission, content_object=contract.bid)
    return Contract.objects.select_related("challenge", "bid__lead").get(pk=contract.pk)


def accepted_contract(cast: Cast, amount: str = "100.00", *, shares: Any = SHARES, **sources: Decimal) -> Contract:
    """The same with what its sources promised in the books."""
    contract = bare_contract(cast, amount, shares=shares, **sources)
    treasury.commit(contract)
    return contract


def received(contract: Contract, cast: Cast) -> Contract:
    """Everything that was promised has arrived."""
    for source, amount in contract.sources.items():
        if amount:
            treasury.receive(contract, actor=cast.finance, source=source, amount=amount, reference=f"到账-{source}")
    return contract
