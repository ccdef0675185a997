"""Objections against an award, and the one appeal against a dismissed one."""

from datetime import datetime
from uuid import UUID

from challenges.models import Objection
from reviews.generate.people import Person
from reviews.generate.scene import Scene
from reviews.generate.story import DAY, MOMENT

DECISIONS = {
    "upheld": "经核实，承诺值引用有误，异议成立。",
    "dismissed": "经核实，承诺值满足公告要求，异议不成立。",
}
TEXT = "公示的指标承诺与公告要求不一致，请核实。"
APPEAL = "答复未回应检测报告的样品批次，请由未参与前次处理的人员复核。"
STEPS = {"upheld": "uphold", "dismissed": "dismiss"}


def object_to(scene: Scene, award: UUID, at: datetime, state: str) -> None:
    """An objection that reached this state."""
    _file(scene, award, at, state, filer=scene.chance.choice(scene.crowd.bidders))


def object_and_appeal(scene: Scene, award: UUID, at: datetime, state: str) -> None:
    """A dismissed objection, and an appeal against it that reached this state, in other hands."""
    filer = scene.chance.choice(scene.crowd.bidders)
    first = _file(scene, award, at, "dismissed", filer=filer)
    _file(scene, award, at + MOMENT, state, filer=filer, against=first)


def _file(scene: Scene, award: UUID, at: datetime, state: str, *, filer: Person, against: UUID | None = None) -> UUID:
    handler = scene.decider(2 if against else 1)
    taken, decided = at + MOMENT / 5, at + MOMENT / 3
    made = scene.add(
        Objection, state=state, created_at=at, award_id=award, filed_by_id=filer.id,
        name=scene.crowd.house_names[filer.house] if filer.house else filer.name, contact="0355-5550000",
        ground="procedure" if against else "fact", evidence_note="公示所附检测报告第二页，与公告第三条比对。",
        text=APPEAL if against else TEXT, against_id=against, handler_id=None if state == "filed" else handler.id,
        acknowledge_by=at + DAY, acknowledged_at=None if state == "filed" else taken,
        decided_at=decided if state in STEPS else None, decision=DECISIONS.get(state, ""),
        appeal_until=decided + 3 * DAY if state == "dismissed" and not against else None,
    )  # fmt: skip
    scene.act("file", "objection", made, "", "filed", at, filer, "public")
    if state != "filed":
        scene.act("acknowledge", "objection", made, "filed", "acknowledged", taken, handler, "decider")
    if state in STEPS:
        scene.act(STEPS[state], "objection", made, "acknowledged", state, decided, handler, "decider")
    return made
