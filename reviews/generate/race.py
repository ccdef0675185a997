"""The parallel award (赛马): a plan beside the award, the shared test, and who stays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from challenges.actions.contracts import split
from challenges.models import Race, RaceResult
from challenges.models.contract_guards import number_of, plain, shown
from reviews.generate.contract import CENT, Deal, Stone
from reviews.generate.people import Person
from reviews.generate.scene import Scene

EARLY = Decimal(30)
SUBJECT = "同一批次样件在第三方试验台连续运行七十二小时，逐项测量全部指标。"
REASON = "两家均完成共同测试，择优留下核心指标更高的一家。"
REMARKS = ("运行平稳，各项指标达到约定。", "连续运行中有一次停机，原因已查明。")
EXAMINERS = 3


@dataclass
class Run:
    """A race, and how far it came."""

    id: UUID
    state: str
    test_on: date
    tested: datetime | None = None
    decided: datetime | None = None


def plan(scene: Scene, award: UUID) -> Run:
    """The plan that the notice made public, tested and decided as far as the challenge is."""
    story = scene.story
    begun = story.at.get("signed") or story.at["proposed"]
    last = begun + story.length
    state, test_on = "planned", timezone.localdate(begun + story.length / 3)
    if story.part.state != "award_proposed":
        state = (
            "decided" if story.part.state == "completed" else ("planned", "tested", "decided")[scene.turn("run") % 3]
        )
        test_on = max(test_on, timezone.localdate(scene.today) + timedelta(days=30))
        if state == "planned" and test_on >= timezone.localdate(last):
            state = "tested"
    tested = scene.during(0.5) if state != "planned" else None
    decided = scene.during(0.7) if state == "decided" else None
    if tested:
        test_on = timezone.localdate(tested)
    made = scene.add(
        Race, state=state, created_at=story.at["proposed"], award_id=award, early_share=EARLY, test_on=test_on,
        subject=SUBJECT, places=1, tested_by_id=story.operator.id if tested else None, tested_at=tested,
        reason=REASON if decided else "", decided_by_id=story.decider.id if decided else None, decided_at=decided,
    )  # fmt: skip
    scene.act("create", "race", made, "", "planned", story.at["proposed"], story.decider, "decider")
    for person in _examiners(scene) if tested else ():
        scene.rows.add(Race.experts.through, race_id=made, user_id=person.id)
    if tested:
        scene.act("record_test", "race", made, "planned", "tested", tested, story.operator, "operator")
    if decided:
        scene.act("decide", "race", made, "tested", "decided", decided, story.decider, "decider")
    return Run(made, state, test_on, tested, decided)


def _examiners(scene: Scene) -> list[Person]:
    """Experts who were not called to the panel."""
    people, start = scene.crowd.reviewers, scene.story.part.place
    order = (people[(start + step) % len(people)] for step in range(len(people)))
    return [person for person in order if person.id not in scene.story.called][:EXAMINERS]


def schedule(run: Run, shares: list[int], end: date) -> list[tuple[Decimal, date]]:
    """Share and due date of each milestone, as `challenges.actions.contracts` has them for a race."""
    late = [Decimal(share) for share in shares[1:]]
    rest = split(100 - EARLY, [share * 100 / sum(late) for share in late])
    left = end - run.test_on
    days = [run.test_on + left * place // len(late) for place in range(len(late) + 1)]
    return list(zip([EARLY, *rest], days, strict=True))


def settle(scene: Scene, run: Run, deals: list[Deal]) -> None:
    """What the test found of each runner; once decided, the first stays and gets what the others lose."""
    stays, *others = deals
    freed = sum((_leave(scene, run, deal) for deal in others), Decimal(0)) if run.decided else Decimal(0)
    if run.decided:
        _go_on(scene, run, stays, freed)
    for place, deal in enumerate(deals if run.tested else ()):
        moved = freed if deal is stays else -deal.freed
        scene.rows.add(
            RaceResult, race_id=run.id, contract_id=deal.id, remarks=REMARKS[place % 2],
            findings=[finding(item, met=place == 0 or number > 0) for number, item in enumerate(deal.targets)],
            stays=deal is stays if run.decided else None,
            version=deal.version if run.decided and deal is stays else None, moved=moved if run.decided else Decimal(0),
        )  # fmt: skip


def finding(target: dict[str, Any], *, met: bool) -> dict[str, Any]:
    """What the test found of one target: its very bound, or a value that misses it by a twentieth."""
    bound = number_of(target["value"])
    value = target["value"]
    if bound is not None and not met:
        value = plain(bound * (105 if target["comparator"] == "<=" else 95) / 100)
    return {"name": target["name"], "bound": shown(target), "value": value, "met": met or bound is None}


def _late(deal: Deal) -> list[Stone]:
    return [stone for stone in deal.stones if stone.held_back]


def _leave(scene: Scene, run: Run, deal: Deal) -> Decimal:
    """The contract ends without blame; answers the money of what nobody will deliver any more."""
    at = run.decided or scene.end
    deal.state = "ended"
    for stone in _late(deal):
        stone.paying = "cancelled"
        deal.freed += stone.amount
        scene.act("cancel", "payment", stone.payment, "scheduled", "cancelled", at)
    scene.act("end_without_blame", "contract", deal.id, "effective", "ended", at)
    deal.amount -= deal.freed
    deal.change(at, "held", "origin", deal.freed, REASON)
    return deal.freed


def _go_on(scene: Scene, run: Run, deal: Deal, part: Decimal) -> None:
    """Its payments after the test grow by `part`, in a new version of the contract."""
    at, rows = run.decided or scene.end, _late(deal)
    weight = sum((stone.share for stone in rows), Decimal(0))
    for stone, more in zip(rows, split(part, [stone.share * 100 / weight for stone in rows]), strict=True):
        stone.amount += more
    deal.amount += part
    deal.change(at, "origin", "held", part, REASON)
    deal.keep(at)
    scene.act("gain_from_race", "contract", deal.id, "effective", "effective", at, amount=str(part.quantize(CENT)))
