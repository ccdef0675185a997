"""What happens to a contract in force: its mid-term check, changes, and its end before time."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from challenges.actions.amendments import difference
from challenges.models import AmendmentOpinion, ContractAmendment, MidtermCheck, Termination
from challenges.models.contract_guards import number_of, plain
from reviews.generate import credit
from reviews.generate.contract import Deal
from reviews.generate.scene import Scene
from reviews.generate.story import DAY, MOMENT

CONCLUSIONS = ("on_course", "conditions", "on_course", "at_risk")
OPINIONS = {
    "on_course": "进展与计划一致，经费使用合规，同意继续实施。",
    "conditions": "第二节点前须补齐第三方检测，其余按计划实施。",
    "at_risk": "核心指标进展滞后，建议双方一个月内提出调整方案。",
}
PROGRESS = "首轮实测已接近约定值。"
AMENDED = ("requested", "agreed", "approved", "refused", "withdrawn")
MONTHS = 6


def check_midterm(scene: Scene, deal: Deal) -> None:
    """The check halfway, reported and concluded where its time has come."""
    signed, last = scene.story.at["signed"], deal.stones[-1].due
    begun = timezone.localdate(signed)
    due = begun + (last - begun) // 2
    opens = due - scene.frozen.rules.midterm_opens_before
    opened = signed + timedelta(days=(opens - begun).days)
    state = "due"
    if opened < scene.end - DAY:
        open_now = deal.state == "effective"
        state = ("reported", "concluded", "due")[scene.turn("midterm") % 3] if open_now else "concluded"
    reported = min(opened + 10 * DAY, scene.end - 2 * MOMENT)
    concluded = min(reported + 6 * DAY, scene.end - MOMENT)
    handed, closed = state != "due", state == "concluded"
    found = CONCLUSIONS[scene.turn("conclusion") % 4] if closed else ""
    author, operator = deal.offer.author, scene.story.operator
    made = scene.add(
        MidtermCheck, state=state, created_at=signed, contract_id=deal.id, due_on=due, opens_on=opens,
        summary="完成样件试制与首轮测试，中试线已安装调试。" if handed else "",
        progress=[{"name": item["name"], "progress": PROGRESS} for item in deal.targets] if handed else [],
        spent=(deal.amount * 45 / 100).quantize(Decimal("0.01")) if handed else None,
        spending="设备与材料占六成，测试与人员占四成。" if handed else "",
        problems="关键原料交期较长，已备第二供方。" if handed else "",
        reported_by_id=author.id if handed else None, reported_at=reported if handed else None,
        conclude_by=reported + scene.frozen.rules.midterm_concluded_within if handed else None, conclusion=found,
        opinion=OPINIONS.get(found, ""), concluded_by_id=operator.id if closed else None,
        concluded_at=concluded if closed else None,
    )  # fmt: skip
    scene.act("plan", "midtermcheck", made, "", "due", signed, due_on=due.isoformat())
    if handed:
        scene.act("report", "midtermcheck", made, "due", "reported", reported, author, "bidder")
    if closed:
        scene.act("conclude", "midtermcheck", made, "reported", "concluded", concluded, operator, "operator")


def amend(scene: Scene, deal: Deal) -> None:
    """One change of the contract, which reached this state or that; one in force makes its next version."""
    turn = scene.turn(f"amendment {deal.state}")
    if deal.state == "effective":
        state, asked = AMENDED[turn % 5], scene.during(0.8)
    else:
        state, asked = "approved", scene.during(0.4)
    step = (scene.end - asked) / 4
    agreed, decided = asked + step, asked + 2 * step
    kind, reason = _kind(state, principal=deal.state == "completed" or turn % 2 == 1)
    before = deal.text(deal)
    was = (deal.leader, list(deal.targets), [stone.due for stone in deal.stones])
    changes = _changed(deal, kind)
    lines = list(difference(before, deal.text(deal)))
    if state == "approved":
        deal.keep(decided)
    else:
        deal.leader, deal.targets = was[0], was[1]
        for stone, due in zip(deal.stones, was[2], strict=True):
            stone.due = due
    owner, author, judge = scene.story.owner, deal.offer.author, scene.story.decider
    both, ruled = state in ("agreed", "approved", "refused"), state in ("approved", "refused")
    made = scene.add(
        ContractAmendment, state=state, created_at=asked, contract_id=deal.id, number=1, kind=kind, reason=reason,
        changes=changes, lines=lines, weakens_core=kind == "target", by_owner=False, requested_by_id=author.id,
        agreed_by_id=owner.id if both else None, agreed_at=agreed if both else None,
        decided_by_id=judge.id if ruled else None, decided_at=decided if ruled else None,
        refusal="变更理由不充分，按原合同执行。" if state == "refused" else "",
        version=deal.version if state == "approved" else None,
    )  # fmt: skip
    scene.act("create", "contractamendment", made, "", "requested", asked, author, "bidder", number=1, kind=kind)
    if both:
        scene.act("agree", "contractamendment", made, "requested", "agreed", agreed, owner, "owner")
    if state == "withdrawn":
        scene.act("withdraw", "contractamendment", made, "requested", state, agreed, author, "bidder")
    if ruled:
        step_taken = "approve" if state == "approved" else "reject"
        scene.act(step_taken, "contractamendment", made, "agreed", state, decided, judge, "decider")
    if kind == "target" and state == "agreed" and scene.story.judges:
        _opine(scene, made, agreed + MOMENT / 5)


def _kind(state: str, *, principal: bool) -> tuple[str, str]:
    """What kind of change it is, and why it is asked for."""
    if state == "agreed":
        return "target", "现场工况与立项时不同，申请按实际工况调整核心指标。"
    if state == "approved" and principal:
        return "principal", "原负责人工作调动，由副负责人接任。"
    return "extension", "关键设备到货推迟，申请整体延期。"


def _changed(deal: Deal, kind: str) -> dict[str, Any]:
    """Carry the change out on the deal; answers what was asked for, as its kind takes it."""
    if kind == "principal":
        deal.leader = f"{deal.leader}（接任）"
        return {"leader": deal.leader}
    if kind == "extension":
        for stone in deal.stones:
            if stone.state not in ("accepted", "failed", "closed"):
                stone.due = _later(stone.due, MONTHS)
        return {"months": MONTHS}
    deal.targets = [_weaker(item) if item["core"] else item for item in deal.targets]
    return {"targets": [item["value"] for item in deal.targets]}


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def _weaker(target: dict[str, Any]) -> dict[str, Any]:
    value = number_of(target["value"])
    if value is None:
        return target
    return target | {"value": plain(value * (110 if target["comparator"] == "<=" else 90) / 100)}


def _opine(scene: Scene, amendment: Any, at: datetime) -> None:
    expert = scene.story.judges[0]
    text = "实测数据支持调整，调整后仍高于行业先进值。"
    scene.add(
        AmendmentOpinion, amendment_id=amendment, expert_id=expert.id, supports=True, text=text, given_at=at
    )  # fmt: skip
    scene.act("give_opinion", "contractamendment", amendment, "agreed", "agreed", at, expert, "reviewer", supports=True)


def end_early(scene: Scene, deal: Deal, state: str) -> None:
    """A proposal to terminate that reached this state; decided, the contract ends, exempt (容错) or at fault."""
    owner, author, judge = scene.story.owner, deal.offer.author, scene.story.decider
    exempt = scene.story.part.turn % 2 == 1
    proposed = scene.during(0.96) if state == "decided" else max(scene.during(0.9), scene.end - 10 * DAY)
    step = (scene.end - proposed) / 3
    answered = proposed + step if state in ("answered", "decided") else None
    decided = scene.end if state == "decided" else None
    reasons = {
        "decided": "原料供应中断且无替代，团队已尽职履责，记录齐全，予以免责。" if exempt
        else "关键节点未通过，原始记录缺失，未尽职履责。",
        "withdrawn": "双方已就后续安排达成一致，合同继续履行。",
    }.get(state, "")  # fmt: skip
    made = scene.add(
        Termination, state=state, created_at=proposed, contract_id=deal.id, proposed_by_id=owner.id,
        facts="第二节点逾期，现场考核未达到约定指标。", answer_by=proposed + scene.frozen.rules.dossier_period,
        tried="先后验证三种替代方案，并改造工艺两轮。" if answered else "",
        records="试验记录、供应商函件与评审纪要。" if answered else "",
        cause="原料纯度达不到下限，立项时无法预见。" if answered else "",
        answered_by_id=author.id if answered else None, answered_at=answered, exempt=exempt if decided else None,
        reasons=reasons, decided_by_id=judge.id if decided else None, decided_at=decided,
    )  # fmt: skip
    scene.act("propose_termination", "contract", deal.id, "effective", "effective", proposed, owner, "owner")
    scene.act("create", "termination", made, "", "proposed", proposed)
    if answered:
        scene.act("answer", "termination", made, "proposed", "answered", answered, author, "bidder")
    if state == "withdrawn":
        scene.act("withdraw", "termination", made, "proposed", "withdrawn", proposed + step, owner, "owner")
    if decided:
        scene.act("decide", "termination", made, "answered", "decided", decided, judge, "decider")
        scene.act("terminate", "contract", deal.id, "effective", "terminated", decided)
        if not exempt:
            credit.record(
                scene, deal.offer.lead, "at_fault", decided, by=judge, role="decider", answerer=author,
            )  # fmt: skip
