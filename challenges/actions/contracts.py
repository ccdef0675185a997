"""Contract, milestones, payments: from the confirmed award to the last yuan."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import ledger, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.actions.follow_ups import plan_follow_ups
from challenges.contract_text import content_of, fingerprint
from challenges.models import Award, Bid, Challenge, Comparator, Contract, ContractShare, Milestone, Payment, Race
from challenges.models.bid_guards import SHARES, price_of
from challenges.models.contract import public_share_is_within_its_cap
from challenges.models.contract_guards import committed_targets, number_of, plain

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
        targets=committed_targets(bid),
        ip_clause=challenge.ip_clause,
        leader=str(bid.content("identity").get("leader", ""))[:100],
        pledge=_PLEDGE % {"title": challenge.title, "lead": bid.lead.name},
        sign_by=award.now + challenge.frozen_rules.signing_period,
    )
    contract.save(force_insert=True)
    ContractShare.objects.bulk_create(consortium(contract, bid))
    race = getattr(award, "race", None)
    milestones = [
        Milestone(contract=contract, position=position, title=f"里程碑{position}", share=share, due_on=due_on)
        for position, (share, due_on) in enumerate(_schedule(award, race), start=1)
    ]
    for milestone in milestones:
        milestone.save(force_insert=True)
    for milestone, amount in zip(milestones, split(contract.amount, [item.share for item in milestones]), strict=True):
        held_back = race is not None and milestone.position > 1
        Payment(milestone=milestone, contract=contract, amount=amount, held_back=held_back).save(force_insert=True)
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


def consortium(contract: Contract, bid: Bid) -> list[ContractShare]:
    """The shares of the bid, the lead first; a team without partners bears and gets everything."""
    partners = {item.organization_id: item for item in bid.partners.all()}
    order = [bid.lead_id, *(pk for pk in partners if pk != bid.lead_id)]
    alone = Decimal(0) if partners else Decimal(100)
    return [
        ContractShare(
            contract=contract, organization_id=pk, position=position,
            **{name: getattr(partners.get(pk), name, alone) for name in SHARES},
        )
        for position, pk in enumerate(order, start=1)
    ]  # fmt: skip


def _price(bid: Bid, reward: Decimal) -> Decimal:
    price = price_of(bid)
    return min(price.quantize(CENT), reward) if price is not None else reward


def _schedule(award: Award, race: Race | None) -> list[tuple[Decimal, date]]:
    """Share and due date of each milestone by the preset; in a race the first is due at the test with its share."""
    challenge = award.challenge
    start, months = timezone.localdate(award.now), challenge.duration_months or 12
    shares = [Decimal(share) for share in challenge.frozen_rules.payment_presets[challenge.payment_preset]]
    if race is None:
        return [(share, _due(start, months, place, len(shares))) for place, share in enumerate(shares, start=1)]
    late = shares[1:] if any(shares[1:]) else [Decimal(100)]
    rest = split(race.late_share, [share * 100 / sum(late) for share in late])
    left = _due(start, months, 1, 1) - race.test_on
    days = [race.test_on + left * place // len(late) for place in range(len(late) + 1)]
    return list(zip([race.early_share, *rest], days, strict=True))


def _due(start: date, months: int, position: int, count: int) -> date:
    return start + timedelta(days=int(DAYS_A_MONTH * months * position / count))


def edit_contract(
    contract: Contract,
    *,
    actor: User,
    data: dict[str, Any],
    milestones: dict[str, dict[str, Any]] | None = None,
    seen: str = "",
) -> Contract:
    """Change a draft: `task_book`, `pledge`, `ip_preset`, `ip_clause`; `targets` as values in the contract's order,
    `shares` as {organisation's id: {kind of share: per cent}}; `milestones` by id: {"title", "deliverable", "due_on",
    "proves"}, the last as places of targets. `seen`, where given, is the fingerprint of the draft that the editor was
    opened with: one that somebody saved since is not overwritten.
    """
    with transaction.atomic():
        contract = workflow.lock(contract)
        decision = require(actor, "contract.edit", contract)
        if seen and seen != fingerprint(content_of(contract)):
            raise Refused(
                _(
                    "Somebody saved this draft after you opened it. What you typed is kept here: compare it with the "
                    "saved draft, then save again."
                ),
                code="stale",
            )
        for name in ("task_book", "pledge", "ip_preset", "ip_clause"):
            if name in data:
                setattr(contract, name, data[name])
        if "targets" in data:
            contract.targets = with_values(contract.targets, data["targets"])
        contract.save()
        _set_shares(contract, data.get("shares", {}))
        rows = {str(item.pk): item for item in contract.milestones.all()}
        for pk, given in (milestones or {}).items():
            if pk not in rows:
                raise Refused(_("A milestone of another contract was named."), code="milestone")
            for name in ("title", "deliverable", "due_on", "proves"):
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


def with_values(targets: list[dict[str, Any]], values: list[str]) -> list[dict[str, Any]]:
    """The targets with these values, in their order; ValidationError for one that is none."""
    if len(values) != len(targets):
        raise ValidationError({"targets": _("Give one value for each target of the contract, in its order.")})
    return [{**target, "value": _value(target, str(value))} for target, value in zip(targets, values, strict=True)]


def _value(target: dict[str, Any], text: str) -> str:
    number = number_of(text.replace(",", "").strip())
    if number is not None and -15 <= number.adjusted() < 25:
        return plain(number)
    if number is not None or target["comparator"] != Comparator.EQUAL or not 0 < len(text.strip()) <= 100:
        raise ValidationError({"targets": _("“%(name)s” needs a number.") % {"name": target["name"]}})
    return text.strip()


def _set_shares(contract: Contract, shares: dict[str, dict[str, Decimal]]) -> None:
    rows = {str(item.organization_id): item for item in contract.shares.all()}
    for pk, given in shares.items():
        if pk not in rows:
            raise Refused(_("An organisation outside the consortium was named."), code="share")
        for name in SHARES:
            if name in given:
                setattr(rows[pk], name, given[name])
        rows[pk].full_clean(exclude=["contract", "organization"])
        rows[pk].save()


@step(Challenge, "complete")
def complete(challenge: Challenge, *, actor: User, outcome: str = "") -> Challenge:
    """The challenge and its contracts are completed, later reports are planned; the reserve is released."""
    challenge = perform(challenge.complete, actor=actor, outcome=outcome)
    for contract in challenge.contracts.filter(state=Contract.State.EFFECTIVE).order_by("pk"):
        plan_follow_ups(perform(contract.complete, actor=None))
    for bid in challenge.bids.filter(state=Bid.State.RESERVE).order_by("pk"):
        perform(bid.pass_over, actor=None)
    return challenge
