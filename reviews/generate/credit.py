"""Credit records: a failing put on record, answered, and decided by a second person."""

from datetime import datetime
from uuid import UUID

from challenges.actions.follow_ups import years_after
from challenges.models import CreditRecord
from reviews.generate.people import Person, new_id
from reviews.generate.scene import Scene
from reviews.generate.story import DAY, MOMENT
from reviews.generate.trail import Act

FACTS = {
    "declined": "公示期满确认后放弃揭榜，未说明正当理由，两次书面沟通记录在案。",
    "at_fault": "关键节点未通过，原始记录缺失，终止决定认定未尽职履责。",
    "withdrew": "发榜后无正当理由撤榜，已投标团队准备工作作废。",
}
ANSWER = "团队主要成员调动，已提前书面说明，请予考虑。"
DECISIONS = {"confirmed": "事实清楚，予以记录。", "lifted": "说明属实，理由正当，予以撤销。"}
WAITS, DECIDED = 14 * DAY, 20 * DAY


def record(scene: Scene, organization: UUID, kind: str, at: datetime, *, by: Person, role: str,
           answerer: Person | None) -> None:  # fmt: skip
    """A record made then; by now it waits, or was decided, or has expired."""
    decided = at + DECIDED
    expires = datetime.combine(years_after(decided.date(), scene.frozen.rules.credit_years), decided.timetz())
    if decided > scene.today - MOMENT:
        state = "recorded"
    elif expires <= scene.today:
        state = "expired"
    else:
        state = ("confirmed", "recorded", "lifted", "confirmed")[scene.turn("credit") % 4]
    answered = at + DAY if answerer and at + DAY < scene.today - MOMENT else None
    judge = next(person for person in scene.crowd.staff["decider"] if person.id != by.id)
    settled = state != "recorded"
    made = new_id(scene.chance)
    scene.rows.add(
        CreditRecord, id=made, state=state, created_at=at, organization_id=organization, challenge_id=scene.story.id,
        kind=kind, facts=FACTS[kind], recorded_by_id=by.id, answer_by=at + WAITS,
        answer_text=ANSWER if answered else "", answered_by_id=answerer.id if answered and answerer else None,
        answered_at=answered, decision=DECISIONS["lifted" if state == "lifted" else "confirmed"] if settled else "",
        decided_by_id=judge.id if settled else None, decided_at=decided if settled else None,
        expires_at=expires if state in ("confirmed", "expired") else None,
    )  # fmt: skip
    acts = [Act("create", "creditrecord", made, "", "recorded", at, by, role)]
    if answered:
        acts.append(Act("answer", "creditrecord", made, "recorded", "recorded", answered, answerer, "member"))
    if settled:
        step, target = ("lift", "lifted") if state == "lifted" else ("confirm", "confirmed")
        acts.append(Act(step, "creditrecord", made, "recorded", target, decided, judge, "decider"))
    if state == "expired":
        acts.append(Act("expire", "creditrecord", made, "confirmed", "expired", expires))
    scene.trail.chain(made, scene.story.id, acts)
