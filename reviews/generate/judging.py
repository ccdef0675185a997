"""How the bids of one challenge are judged: the panel drawn, its seats, score sheets, and the true ranking of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from challenges.models import BidGrant
from challenges.rules import Rubric
from reviews import draw, ranking
from reviews.aliases import under_aliases
from reviews.generate.bids import Offer
from reviews.generate.people import SIGN_INS, Crowd, Person, new_id
from reviews.generate.plan import SEATS
from reviews.generate.rows import Rows
from reviews.generate.story import DAY, MOMENT, Frozen, Story
from reviews.generate.trail import Act, Told, Trail
from reviews.models import Assignment, Panel, Ranking, ScoreSheet

POOL = 12
GRANT = {"technical": "score_bid", "commercial": "price_bid"}
COMMENTS = ("依据充分，路线清楚。", "验证安排与指标对应。", "风险交代清楚，备选路线可行。", "分工合理，投入时间足够。")


@dataclass(frozen=True)
class Seat:
    """An expert's place on a panel."""

    id: UUID
    expert: UUID
    person: Person
    is_chair: bool = False


class Bench:
    """Calls experts in turn, those who can sign in to every tenth panel that is scoring."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd, self._next, self._scoring = crowd, 0, 0
        self.people = dict(zip(crowd.experts, crowd.reviewers, strict=True))

    def pool(self, *, scoring: bool) -> list[UUID]:
        """Whom the next panel is drawn from."""
        count = len(self.crowd.experts)
        start, self._next = self._next, (self._next + POOL) % count
        called = [self.crowd.experts[(start + place) % count] for place in range(POOL)]
        self._scoring += scoring
        if scoring and self._scoring % 10 == 1:
            called = self.crowd.experts[:SIGN_INS] + called[: POOL - SIGN_INS]
        return list(dict.fromkeys(called))


def seat_panel(rows: Rows, story: Story, bench: Bench, chance: Random, frozen: Frozen, trail: Trail) -> list[Seat]:
    """A panel with its seats; answers those who accepted. A challenge just opened has one on the way, or none yet."""
    part, panel, at = story.part, new_id(chance), story.at
    phase = ("none", "forming", "drawn")[part.turn % 3] if part.state == "opened" else "seated"
    if phase == "none":
        return []
    begun = at["opened"] + MOMENT
    seed, second = f"{chance.getrandbits(256):064x}", f"监督员的种子 {part.place}"
    transcript: dict[str, Any] | None = None
    aliases: dict[str, str] = {}
    if phase != "forming":
        transcript, aliases = _drawn(story, panel, bench, seed, second, frozen, chance)
    state = {"forming": "forming", "drawn": "drawn"}.get(phase, "closed" if "ranked" in at else "scoring")
    if part.state == "under_review" and not part.scoring:
        state = "consensus"
    supervisor = bench.crowd.staff["supervisor"][0]
    rows.add(
        Panel, id=panel, state=state, created_at=begun, challenge_id=story.id, size=SEATS,
        created_by_id=story.operator.id, platform_commitment=draw.commit(seed), platform_seed=seed,
        supervisor_seed=second if transcript else "", seed_given_by_id=supervisor.id if transcript else None,
        frozen={key: transcript[key] for key in ("pool", "exclusions")} | {"whence": transcript["context"]["pool"]}
        if transcript else None, frozen_at=begun if transcript else None, aliases=aliases,
        pool_sha256=transcript["pool_sha256"] if transcript else "",
        transcript=transcript, drawn_at=begun if transcript else None,
        released_at=begun if transcript else None, closed_at=at.get("ranked"),
    )  # fmt: skip
    acts = [Act("create", "panel", panel, "", "forming", begun, story.operator, "operator")]
    if transcript is None:
        trail.chain(panel, story.id, acts)
        return []
    acts.append(Act("give_seed", "panel", panel, "forming", "forming", begun, supervisor, "supervisor"))
    acts.append(Act("draw", "panel", panel, "forming", "drawn", begun, story.operator, "operator"))
    acts.append(Act("release", "panel", panel, "drawn", "drawn", begun, story.operator, "operator"))
    named = [*transcript["panel"], *transcript["alternates"][:1]]
    called = [(UUID(aliases[name]), name == transcript["chair"]) for name in named]
    seats = _seats(rows, story, bench, panel, called, acts, chance, answered=phase == "seated")
    if "started" in at:
        acts.append(Act("start_scoring", "panel", panel, "drawn", "scoring", at["started"]))
    if state in ("consensus", "closed"):
        chair = next(seat.person for seat in seats if seat.is_chair)
        moment = at.get("ranked") or at["started"] + MOMENT
        acts.append(Act("open_consensus", "panel", panel, "scoring", "consensus", moment - MOMENT / 5, chair, "chair"))
    if state == "closed":
        acts.append(Act("close", "panel", panel, "consensus", "closed", at["ranked"]))
    trail.chain(panel, story.id, acts)
    for seat in seats:
        trail.heard.append(Told(seat.person.id, "invited", "panel", panel, story.id, story.title, begun))
    story.panel = panel
    story.judges = [seat.person for seat in seats[:SEATS]]
    story.called = {bench.people[expert].id for expert, _is_chair in called}
    return seats


def _drawn(story: Story, panel: UUID, bench: Bench, seed: str, second: str, frozen: Frozen,
           chance: Random) -> tuple[dict[str, Any], dict[str, str]]:  # fmt: skip
    """The transcript of the draw, and the experts behind the names in it."""
    pool = bench.pool(scoring=story.part.scoring)
    members = [(str(expert), str(bench.people[expert].house)) for expert in pool]
    hidden, aliases = under_aliases(
        [{"id": expert, "organization": employer, "may_chair": True} for expert, employer in members],
        [],
        new=lambda: f"{chance.getrandbits(64):016x}",
    )
    transcript = draw.draw(
        pool=hidden["pool"],
        size=SEATS, alternates=frozen.rules.panel_alternates, platform_seed=seed, supervisor_seed=second,
        quota_per_organization=frozen.rules.reviewers_per_organization, exclusions=[],
        context={"panel": str(panel), "pool": story.part.industry},
    )  # fmt: skip
    return transcript, aliases


def _seats(rows: Rows, story: Story, bench: Bench, panel: UUID, called: list[tuple[UUID, bool]], acts: list[Act],
           chance: Random, *, answered: bool) -> list[Seat]:  # fmt: skip
    """One seat for each who was drawn; where sheets are void, the first alternate left again for a conflict."""
    begun = story.at["opened"] + MOMENT
    seats: list[Seat] = []
    for place, (expert, is_chair) in enumerate(called):
        seat = Seat(new_id(chance), expert, bench.people[expert], is_chair)
        extra = place >= SEATS
        state = "accepted" if answered else ("accepted", "invited", "invited", "declined", "accepted")[place % 5]
        if extra:
            state = "recused" if story.part.void else ("replaced" if story.part.turn % 4 == 1 and answered else "")
        if not state:
            continue
        left = state in ("declined", "recused", "replaced")
        rows.add(
            Assignment, id=seat.id, state=state, created_at=begun, panel_id=panel, expert_id=seat.expert,
            is_chair=seat.is_chair, respond_by=begun + 20 * DAY, reason="与一家投标单位有合作。" if left else "",
            responded_at=None if state == "invited" else begun,
        )  # fmt: skip
        acts.append(Act("invite", "assignment", seat.id, "", "invited", begun))
        steps = {"accepted": "accept", "declined": "decline", "recused": "recuse", "replaced": "decline"}
        if state in steps:
            target = "declined" if state == "replaced" else state
            acts.append(Act(steps[state], "assignment", seat.id, "invited", target, begun, seat.person, "reviewer"))
        if state == "replaced":
            acts.append(Act("replace", "assignment", seat.id, "declined", "replaced", begun))
        if state == "accepted" or (extra and state == "recused"):
            seats.append(seat)
    return seats


class Judging:
    """Hands out the score sheets of one challenge and fills them in."""

    def __init__(self, rows: Rows, story: Story, rubric: Rubric, chance: Random, trail: Trail) -> None:
        self.rows, self.story, self.rubric, self.chance, self.trail = rows, story, rubric, chance, trail

    def judge(self, offers: list[Offer], seats: list[Seat], permissions: dict[str, int]) -> list[dict[str, Any]]:
        """Every sheet with its grant; answers each as the ranking takes it, both parts of a reviewer together."""
        best, others = 78 + self.chance.randrange(16), [52 + self.chance.randrange(40) for _offer in offers]
        qualities = [best, *others]
        counted = []
        for place, seat in enumerate(seats[:SEATS]):
            mood = self.chance.randrange(-3, 4)
            for number, (offer, quality) in enumerate(zip(offers, qualities, strict=False)):
                state = ("open", "open", "submitted", "locked")[(place + number) % 4]
                counted.append(
                    self._sheets(
                        seat, offer, quality + mood, state if self.story.part.scoring else "locked", permissions
                    )
                )
        for seat in seats[SEATS:]:
            for offer in offers[: self.story.part.void]:
                sheet = new_id(self.chance)
                self._sheet(sheet, seat, offer, "technical", "void", {})
                counted.append({"id": str(sheet), "void": True})
        return counted

    def _sheets(self, seat: Seat, offer: Offer, level: int, state: str, permissions: dict[str, int]) -> dict[str, Any]:
        whole: dict[str, str] = {}
        ids = []
        for name in self.story.part.parts:
            ids.append(new_id(self.chance))
            keys = [item.key for item in self.rubric.criteria if item.part == name]
            given = self._scores(keys, level)
            whole |= {key: entry["score"] for key, entry in given.items()}
            blank = state == "open" and level % 2 == 0
            self._sheet(ids[-1], seat, offer, name, state, {} if blank else given)
            self.rows.add(
                BidGrant, user_id=seat.person.id, permission_id=permissions[GRANT[name]], content_object_id=offer.id
            )
        return {"id": str(ids[0]), "reviewer": str(seat.id), "bid": str(offer.id), "void": False, "scores": whole}

    def _scores(self, keys: Iterable[str], level: int) -> dict[str, dict[str, str]]:
        return {
            key: {
                "score": f"{min(99, max(20, level + self.chance.randrange(-4, 5)))}.5",
                "comment": self.chance.choice(COMMENTS),
            }
            for key in keys
        }

    def _sheet(self, sheet: UUID, seat: Seat, offer: Offer, part: str, state: str, scores: dict[str, Any]) -> None:
        begun = self.story.at["started"]
        done = begun + MOMENT / 2
        self.rows.add(
            ScoreSheet, id=sheet, state=state, created_at=begun, assignment_id=seat.id, bid_id=offer.id, part=part,
            scores=scores, version=2 if scores else 1, started_at=begun if scores else None,
            saved_at=done if scores else None, locked_at=done if state == "locked" else None,
        )  # fmt: skip
        acts = []
        role = "chair" if seat.is_chair else "reviewer"
        if state in ("submitted", "locked"):
            acts.append(Act("submit", "scoresheet", sheet, "open", "submitted", done, seat.person, role))
        if state == "locked":
            acts.append(Act("lock", "scoresheet", sheet, "submitted", "locked", done, seat.person, role))
        if state == "void":
            acts.append(Act("void", "scoresheet", sheet, "open", "void", done))
        self.trail.chain(sheet, self.story.id, acts)


def rank(
    rows: Rows, story: Story, offers: list[Offer], sheets: list[dict[str, Any]], frozen: Frozen, chance: Random
) -> None:
    """Compute the ranking as `reviews.actions.ranking` does, keep its snapshot, and give each bid its place."""
    rules, rubric = frozen.rules, frozen.rubric(story.part.review_class)
    snapshot = ranking.snapshot(
        {
            "challenge": story.number,
            "rule_set": str(frozen.rule_set),
            "bids": [{"id": str(offer.id), "code": offer.code} for offer in offers],
            "criteria": [
                {
                    "key": item.key, "weight": str(item.weight), "scale": str(rubric.scale), "core": item.core,
                    "axis": item.axis, **({"threshold": str(item.threshold)} if item.threshold is not None else {}),
                }
                for item in rubric.criteria
            ],
            "sheets": sheets,
            "rules": {
                "quorum": rules.score_quorum, "z_min_bids": rules.z_min_bids, "trim_from": rules.trim_from,
                "spread_limit": str(rules.spread_limit), "total_threshold": str(rubric.total_threshold),
            },
        }
    )  # fmt: skip
    story.ranking_sha256 = snapshot["sha256"]
    rows.add(
        Ranking, id=new_id(chance), challenge_id=story.id, panel_id=story.panel, snapshot=snapshot,
        sha256=snapshot["sha256"], created_at=story.at["ranked"],
    )  # fmt: skip
    places = {offer.id: offer for offer in offers}
    for told in snapshot["result"]["bids"]:
        offer = places[UUID(told["id"])]
        offer.rank, offer.score = told["rank"], told["published"]
        offer.state = "not_awarded" if told["rank"] is None else "ranked"
