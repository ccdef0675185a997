"""The parallel award (赛马): its plan, the record of the shared test, and the choice of who stays."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import ledger, workflow
from accounts.lists import listed
from accounts.models import User
from accounts.policy import Text
from accounts.workflow import Refused, perform, step
from challenges.actions import treasury
from challenges.actions.contracts import CENT, DAYS_A_MONTH, split
from challenges.actions.signing import keep_version, record_papers
from challenges.models import Award, Bid, Challenge, Contract, Race, RaceResult
from challenges.models.contract_guards import shown

Unfit = Callable[[Challenge, list[User]], Iterable[Text]]
_examined_by: list[Unfit] = []


def when_experts_are_named(unfit: Unfit) -> None:
    """Let the app that keeps the pool say why people cannot test the runners of a challenge; nothing if all can."""
    _examined_by.append(unfit)


def check_plan(challenge: Challenge, chosen: Sequence[Bid], plan: dict[str, Any] | None) -> None:
    """Raise Refused where several have no plan, or it does not fit the winners, the notice or the time."""
    if plan is None:
        if len(chosen) > 1:
            raise Refused(
                _("Several winners run a race: give its plan, which the notice makes public."), code="race_on"
            )
        return
    if len(chosen) < 2:
        raise Refused(_("A race needs several winners; leave its plan empty for one."), code="race_on")
    if not 0 < plan["places"] < len(chosen):
        raise Refused(
            _("Of %(n)d winners at least one goes on, and at least one does not.") % {"n": len(chosen)},
            code="race_places",
        )
    first = timezone.localdate(challenge.frozen_rules.notice.after(challenge.now))
    last = timezone.localdate(challenge.now) + timedelta(days=int(DAYS_A_MONTH * (challenge.duration_months or 12)))
    if not first <= plan["test_on"] < last:
        raise Refused(
            _("The shared test is held after the notice and before the work is due: from %(first)s to %(last)s.")
            % {"first": first.isoformat(), "last": (last - timedelta(days=1)).isoformat()},
            code="race_on",
        )


def plan_race(award: Award, *, actor: User, plan: dict[str, Any]) -> Race:
    """Write the plan that the notice makes public and the database freezes."""
    race = Race(award=award, **plan)
    race.save(force_insert=True)
    ledger.append(race, "create", actor=actor, acting_as="decider", target="planned", data=plan)
    return race


@step(Race, "record_test")
def record_test(race: Race, *, actor: User, experts: Sequence[User], findings: Sequence[dict[str, Any]]) -> Race:
    """Record what the separate panel found of every runner.

    `findings` has one {"contract", "targets": [{"value", "met"}], "remarks"} for each contract in force, with the
    targets in the contract's order. Raises Refused for experts who may not test here, ValidationError for a gap.
    """
    challenge = workflow.lock(race.award.challenge)
    race = perform(race.record_test, actor=actor, experts=experts, findings=findings)
    _check_experts(challenge, list(dict.fromkeys(experts)))
    given = {item["contract"].pk: item for item in findings}
    runners = list(race.runners_in_force.order_by("pk"))
    if set(given) != {contract.pk for contract in runners}:
        raise ValidationError(_("Give the findings of every runner at work, and of nobody else."))
    for contract in runners:
        found = given[contract.pk]
        if len(found["targets"]) != len(contract.targets):
            raise ValidationError(_("Give one finding for each target of the contract, in its order."))
        lines = [
            {"name": target["name"], "bound": shown(target), "value": item["value"], "met": item["met"]}
            for target, item in zip(contract.targets, found["targets"], strict=True)
        ]
        RaceResult.objects.create(race=race, contract=contract, findings=lines, remarks=found.get("remarks", ""))
    race.experts.set(experts)
    return race


def _check_experts(challenge: Challenge, experts: list[User]) -> None:
    needed = challenge.frozen_rules.race_experts
    if len(experts) < needed:
        raise Refused(
            _("Name at least %(needed)d experts of the pool who tested; %(n)d are named.")
            % {"needed": needed, "n": len(experts)},
            code="experts",
        )
    reasons = [str(reason) for unfit in _examined_by for reason in unfit(challenge, experts)]
    if reasons:
        raise Refused(listed(reasons), code="experts")


@step(Race, "decide")
def decide(race: Race, *, actor: User, stays: Sequence[Contract], reason: str) -> Race:
    """Who is chosen goes on with what is left of the others' amounts; those end without blame.

    What was accepted stays with whoever delivered it. The sum over all contracts stays the same to the cent.
    """
    workflow.lock(race.award.challenge)
    race = perform(race.decide, actor=actor, stays=stays, reason=reason)
    runners = [workflow.lock(contract) for contract in race.runners_in_force.order_by("pk")]
    chosen = {contract.pk for contract in stays}
    staying = sorted((item for item in runners if item.pk in chosen), key=lambda item: (item.bid.rank or 0, item.pk))
    if not staying or len(staying) != len(chosen):
        raise Refused(_("Choose among the runners at work, at least one."), code="stays")
    if race.places is not None and len(staying) > race.places:
        raise Refused(
            _("By the plan at most %(n)d go on, and every runner signed knowing it.") % {"n": race.places}, code="stays"
        )
    freed = [part for item in runners if item.pk not in chosen for part in _end(race, item)]
    amounts = equal_parts(sum((part.amount for part in freed), Decimal(0)), len(staying))
    for contract, part, money in zip(staying, amounts, treasury.shared_out(freed, amounts), strict=True):
        _go_on(race, contract, part, money)
    return race


def equal_parts(amount: Decimal, count: int) -> list[Decimal]:
    """`amount` in `count` parts that differ by a cent at most, the larger ones first; the sum is exact."""
    cents, more = divmod(int(amount / CENT), count)
    return [(cents + (place < more)) * CENT for place in range(count)]


def _end(race: Race, contract: Contract) -> list[treasury.Part]:
    """End it without blame; answers the money of what nobody will deliver any more, as it stood."""
    contract = perform(contract.end_without_blame, actor=None)
    freed = Decimal(0)
    for payment in contract.payments.exclude(state="paid").exclude(milestone__state="accepted").order_by("pk"):
        treasury.release(payment, actor=None, reason=race.reason)
        perform(payment.cancel, actor=None, reason=race.reason)
        freed += payment.amount
    parts = treasury.shrink(contract, freed, reason=race.reason) if freed else []
    contract.amount -= freed
    contract.save()
    RaceResult.objects.filter(contract=contract).update(stays=False, moved=-freed)
    return parts


def _go_on(race: Race, contract: Contract, part: Decimal, money: list[treasury.Part]) -> None:
    """Its payments after the test grow by `part` in proportion to their shares, in a new version of the contract."""
    result = RaceResult.objects.filter(contract=contract)
    result.update(stays=True, moved=part)
    if not part:
        return
    rows = list(contract.payments.filter(held_back=True).select_related("milestone").order_by("milestone__position"))
    weight = sum((row.milestone.share for row in rows), Decimal(0))
    for row, more in zip(rows, split(part, [row.milestone.share * 100 / weight for row in rows]), strict=True):
        row.amount += more
        row.save()
    treasury.grow(contract, money, reason=race.reason)
    contract.amount += part
    contract.version += 1
    contract.save()
    result.update(version=contract.version)
    ledger.append(
        contract, "gain_from_race", actor=None, acting_as="platform", source="effective", target="effective",
        data={"race": race.pk, "amount": part},
    )  # fmt: skip
    keep_version(contract)
    record_papers(contract)
