"""Contract, milestones, payments: from the confirmed award to the last yuan."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import ledger, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.actions import treasury
from challenges.actions.payments import freeze_open
from challenges.models import Award, Bid, Challenge, Contract, Milestone, Payment
from challenges.models.bid_guards import price_of
from challenges.models.contract import public_share_is_within_its_cap

CENT = Decimal("0.01")
DAYS_A_MONTH = Decimal("30.4375")


def create_contract(award: Award, bid: Bid) -> Contract:
    """The draft contract of a winning bid: its price, its committed targets, milestones and payments by the preset."""
    challenge = award.challenge
    contract = Contract(
        challenge=challenge,
        award=award,
        bid=bid,
        amount=_price(bid, challenge.reward or Decimal(0)),
        targets=_committed_targets(bid),
        ip_clause=challenge.ip_clause,
        pledge=_PLEDGE % {"title": challenge.title, "lead": bid.lead.name},
        sign_by=award.now + challenge.frozen_rules.signing_period,
    )
    contract.save(force_insert=True)
    shares = challenge.frozen_rules.payment_presets[challenge.payment_preset]
    milestones = [
        Milestone(
            contract=contract, position=position, title=f"里程碑{position}", share=Decimal(share),
            due_on=_due(timezone.localdate(award.now), challenge.duration_months or 12, position, len(shares)),
        )
        for position, share in enumerate(shares, start=1)
    ]  # fmt: skip
    for milestone in milestones:
        milestone.save(force_insert=True)
    for milestone, amount in zip(milestones, split(contract.amount, [item.share for item in milestones]), strict=True):
        Payment(milestone=milestone, contract=contract, amount=amount).save(force_insert=True)
    ledger.append(
        contract, "create", actor=None, acting_as="platform", target="draft", data={"amount": contract.amount}
    )
    return contract


_PLEDGE = (
    "我方（%(lead)s）就“%(title)s”立此军令状：按期、按约定指标完成任务，"
    "如实报告进展与结果，接受验收，并承担未完成的责任。"
)


def split(amount: Decimal, shares: Iterable[Decimal]) -> list[Decimal]:
    """Parts of `amount` in cents by shares in per cent; what rounding leaves goes to the last, so the sum is exact."""
    parts = [(amount * share / 100).quantize(CENT, rounding=ROUND_DOWN) for share in shares]
    parts[-1] += amount - sum(parts)
    return parts


def _price(bid: Bid, reward: Decimal) -> Decimal:
    price = price_of(bid)
    return min(price.quantize(CENT), reward) if price is not None else reward


def _committed_targets(bid: Bid) -> list[dict[str, Any]]:
    return [
        {
            "name": item.target.name,
            "comparator": item.target.comparator,
            "value": f"{item.value.normalize():f}" if item.value is not None else item.text,
            "unit": item.target.unit,
            "method": item.target.method,
            "core": item.target.core,
        }
        for item in bid.commitments.select_related("target")
    ]


def _due(start: date, months: int, position: int, count: int) -> date:
    return start + timedelta(days=int(DAYS_A_MONTH * months * position / count))


def edit_contract(
    contract: Contract, *, actor: User, data: dict[str, Any], milestones: dict[str, dict[str, Any]] | None = None
) -> Contract:
    """Change a draft: `task_book` and `pledge`; `milestones` maps ids to {"title", "deliverable", "due_on"}."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.edit", contract)
        for name in ("task_book", "pledge"):
            if name in data:
                setattr(contract, name, data[name])
        contract.save()
        rows = {str(item.pk): item for item in contract.milestones.all()}
        for pk, given in (milestones or {}).items():
            if pk not in rows:
                raise Refused(_("A milestone of another contract was named."), code="milestone")
            for name in ("title", "deliverable", "due_on"):
                if name in given:
                    setattr(rows[pk], name, given[name])
            rows[pk].save()
        ledger.append(
            contract, "edit", actor=actor, acting_as=decision.role, source="draft", target="draft",
            data={"fields": sorted(data), "milestones": len(milestones or {})},
        )  # fmt: skip
    return contract


def set_sources(
    contract: Contract, *, actor: User, from_fund: Decimal, from_fiscal: Decimal, self_raised: Decimal
) -> Contract:
    """Say what each source gives of a draft's amount; the rest is the enterprise's, the team's own comes beside it."""
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.edit", contract)
        given = {"from_fund": from_fund, "from_fiscal": from_fiscal, "self_raised": self_raised}
        for name, amount in given.items():
            setattr(contract, name, amount)
        if from_fund + from_fiscal > contract.amount:
            raise Refused(_("The sources give more than the amount of the contract."), code="sources")
        if not public_share_is_within_its_cap(contract):
            raise Refused(public_share_is_within_its_cap.explain(contract), code="sources")
        contract.save()
        ledger.append(
            contract, "set_sources", actor=actor, acting_as=decision.role, source="draft", target="draft", data=given
        )
    return contract


@step(Contract, "sign_as_owner")
def sign_as_owner(contract: Contract, *, actor: User) -> Contract:
    """The owner confirms; with both confirmations the contract takes effect."""
    workflow.lock(contract.challenge)
    return _when_both(perform(contract.sign_as_owner, actor=actor))


@step(Contract, "sign_as_bidder")
def sign_as_bidder(contract: Contract, *, actor: User, pledge: bool) -> Contract:
    """The team confirms contract and pledge; with both confirmations the contract takes effect."""
    workflow.lock(contract.challenge)
    return _when_both(perform(contract.sign_as_bidder, actor=actor, pledge=pledge))


def _when_both(contract: Contract) -> Contract:
    if contract.owner_signed_at is None or contract.bidder_signed_at is None:
        return contract
    contract = perform(contract.take_effect, actor=None)
    treasury.commit(contract)
    challenge = contract.challenge
    if challenge.state == Challenge.State.AWARDED:
        perform(challenge.sign, actor=None)
    return contract


@step(Challenge, "complete")
def complete(challenge: Challenge, *, actor: User, outcome: str = "") -> Challenge:
    """The challenge and its contracts are completed; the reserve is released."""
    challenge = perform(challenge.complete, actor=actor, outcome=outcome)
    for contract in challenge.contracts.filter(state=Contract.State.EFFECTIVE).order_by("pk"):
        perform(contract.complete, actor=None)
    for bid in challenge.bids.filter(state=Bid.State.RESERVE).order_by("pk"):
        perform(bid.pass_over, actor=None)
    return challenge


@step(Challenge, "terminate")
def terminate(challenge: Challenge, *, actor: User, reason: str, at_fault: bool) -> Challenge:
    """The contract ends early: open payments are frozen."""
    challenge = perform(challenge.terminate, actor=actor, reason=reason, at_fault=at_fault)
    for contract in challenge.contracts.filter(state__in=("draft", "signing", "effective")).order_by("pk"):
        perform(contract.terminate, actor=None)
        freeze_open(contract, actor=actor, reason=reason)
    return challenge
