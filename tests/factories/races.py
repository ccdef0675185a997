"""Races: a plan beside an award, and two winners who run against each other to a stage of it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts import documents
from accounts.models import User
from accounts.workflow import take
from challenges import actions
from challenges.models import Award, Challenge, Contract, Race, RaceDocument
from reviews.actions import add_expert
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.demo.people import Cast
from tests.factories.life import challenge_at
from tests.factories.reviews import company, person

SUBJECT = "同一批次样件在第三方试验台连续运行七十二小时，逐项测量全部指标。"
REASON = "两家均完成测试，择优留下指标更高的一家。"


def plan(**data: Any) -> dict[str, Any]:
    """A third of the amount until a test today, after which one goes on."""
    return {"test_on": timezone.localdate(), "early_share": Decimal("33.33"), "subject": SUBJECT, "places": 1} | data


def race_of(award: Award) -> Race:
    """A plan put beside an award, whatever its stage."""
    race = Race(award=award, **plan())
    race.save(force_insert=True)
    return race


def proposed(cast: Cast, *, winners: int = 2, test_on: date | None = None, **data: Any) -> Challenge:
    """An award to several with the plan of their race, in its notice."""
    challenge = challenge_at(cast, "ranked", **data)
    best = list(challenge.bids.filter(state="ranked").order_by("rank")[:winners])
    given = {"places": winners - 1} | ({"test_on": test_on} if test_on else {})
    return take(challenge, "propose_award", actor=cast.decider, bids=best, race=plan(**given))


def running(cast: Cast, *, winners: int = 2, **data: Any) -> Race:
    """Several winners at work, their contracts signed."""
    challenge = walk.carry(proposed(cast, winners=winners, **data), cast, to="awarded", since="award_proposed")
    for contract in contracts(challenge):
        sign(contract, cast)
    return Race.objects.get(award__challenge=challenge)


def contracts(challenge: Challenge) -> list[Contract]:
    """The winners' contracts, the best first."""
    rows = Contract.objects.filter(challenge=challenge).select_related("bid__lead", "challenge__owner")
    return list(rows.order_by("bid__rank"))


def lead(contract: Contract) -> User:
    """Who signs for the team."""
    return walk.team_lead(contract.bid)


def sign(contract: Contract, cast: Cast) -> None:
    """Offered, and confirmed by both sides."""
    contract = actions.edit_contract(contract, actor=cast.owner, data={"task_book": "目标、内容、里程碑与验收方法。"})
    contract = take(contract, "offer", actor=cast.owner)
    contract = take(contract, "sign_as_owner", actor=cast.owner, **walk.read(contract))
    walk.fund(take(contract, "sign_as_bidder", actor=lead(contract), pledge=True, **walk.read(contract)), cast)


def examiners(cast: Cast, count: int = 3) -> list[User]:
    """Experts of the pool who never heard of the challenge."""
    return [
        add_expert(
            person(f"测试专家{n}"), actor=cast.operator, fields=["optoelectronics"], organization=company(f"检测所{n}")
        ).user
        for n in range(count)
    ]


def minutes(race: Race, cast: Cast) -> None:
    """The signed minutes."""
    file = upload("测试纪要.pdf", "测试纪要", "专家组签字确认。")
    documents.store(file, actor=cast.operator, model=RaceDocument, race=race)


def inputs(race: Race, experts: list[User]) -> dict[str, str]:
    """The test as the form takes it: the first runner met every target, the others missed the first."""
    given = {"experts": "\n".join(user.email for user in experts)}
    for r, contract in enumerate(contracts(race.award.challenge), start=1):
        for t, _target in enumerate(contract.targets, start=1):
            given |= {f"value_{r}_{t}": f"{r}.{t}", f"met_{r}_{t}": "false" if r > 1 and t == 1 else "true"}
        given[f"remarks_{r}"] = f"第{r}名运行平稳。"
    return given


def with_findings(cast: Cast, *, winners: int = 2, **data: Any) -> Race:
    """A race whose test is recorded."""
    race = running(cast, winners=winners, **data)
    minutes(race, cast)
    findings = [
        {"contract": item, "targets": [{"value": "1", "met": True} for _target in item.targets]}
        for item in contracts(race.award.challenge)
    ]
    return take(race, "record_test", actor=cast.operator, experts=examiners(cast), findings=findings)
