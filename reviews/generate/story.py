"""One challenge: when each of its stages was reached, its own row, and what stands beside it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from challenges.models import Challenge, OpeningConsent, Question, RuleSet, Target
from challenges.rules import Rubric, Rules
from reviews.generate import words
from reviews.generate.people import Crowd, Person, new_id
from reviews.generate.plan import KINDS, Part
from reviews.generate.rows import Rows
from reviews.generate.trail import Act, Told, Trail

# Days between one stage and the next, and how many days ago the last one was reached.
GAPS = {
    "created": 0, "submitted": 2, "vetted": 2, "published": 2, "deadline": 32, "opened": 1, "started": 7,
    "ranked": 12, "proposed": 3, "awarded": 8, "signed": 15, "ended": 240,
}  # fmt: skip
LAST = {
    "draft": ("created", 60), "submitted": ("submitted", 15), "vetted": ("vetted", 10), "published": ("published", 24),
    "bidding_closed": ("deadline", 3), "opened": ("opened", 6), "under_review": ("started", 7),
    "ranked": ("ranked", 10), "award_proposed": ("proposed", 4), "awarded": ("awarded", 20),
    "executing": ("signed", 330), "completed": ("ended", 1200), "terminated": ("ended", 400),
    "cancelled": ("deadline", 300), "no_award": ("deadline", 500),
}  # fmt: skip
IP_CLAUSES = ("双方共有", "揭榜方所有，发榜方免费使用")
PRESETS = ("30/40/30", "50/30/20", "20/30/30/20")
DAY = timedelta(days=1)
MOMENT = timedelta(minutes=5)  # between a step and what follows from it at once; nothing lies less than twice this back


@dataclass
class Frozen:
    """The rule set in force, read and written once."""

    rule_set: RuleSet
    rules: Rules = field(init=False)
    rules_json: str = field(init=False)
    rubric_json: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.rules = self.rule_set.parsed
        self.rules_json = self.rules.model_dump_json()
        self.rubric_json = {name: rubric.model_dump_json() for name, rubric in self.rules.rubrics.items()}

    def rubric(self, review_class: str) -> Rubric:
        """The rubric of a review class."""
        return self.rules.rubrics[review_class]  # type: ignore[index]


@dataclass
class Story:
    """One challenge as it is being told: its moments, its people, and the acts of its chain."""

    id: UUID
    number: str
    part: Part
    title: str
    owner: Person
    operator: Person
    decider: Person
    reward: Decimal
    months: int
    at: dict[str, datetime]
    preset: str
    targets: list[dict[str, Any]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    ranking_sha256: str = ""
    panel: UUID | None = None
    judges: list[Person] = field(default_factory=list)
    called: set[UUID] = field(default_factory=set)

    @property
    def length(self) -> timedelta:
        """How long the work takes."""
        return 30 * DAY * self.months

    @property
    def ip_clause(self) -> str:
        """Who owns the results."""
        return IP_CLAUSES[self.part.place % 2]

    def reached(self, moment: str) -> datetime | None:
        """When the challenge came to this stage, if it did."""
        return self.at.get(moment)

    def act(
        self,
        action: str,
        source: str,
        target: str,
        at: datetime,
        actor: Person | None = None,
        role: str = "platform",
        **data: Any,
    ) -> None:
        """A step of the challenge itself."""
        self.acts.append(Act(action, "challenge", self.id, source, target, at, actor, role, data))


def moments(part: Part, chance: Random, today: datetime) -> dict[str, datetime]:
    """When each stage was reached: backwards from the last one; the deadline of an open bidding lies ahead."""
    last, ago = LAST[part.state]
    if part.state == "no_award" and part.reviewed:
        last = "ranked"
    names = list(GAPS)
    moment = today - DAY * (chance.random() * ago) - timedelta(minutes=chance.randint(10, 600))
    at = {last: moment}
    for name, earlier in zip(names[names.index(last) :: -1], names[names.index(last) - 1 :: -1], strict=False):
        if name == names[0]:
            break
        moment -= DAY * GAPS[name] * (0.9 + chance.random() / 5)
        at[earlier] = moment
    if part.state == "published":
        at["deadline"] = at["published"] + DAY * (30 + chance.randint(0, 30))
    return {name: at[name].replace(microsecond=0) for name in names if name in at}


def begin(part: Part, number: str, crowd: Crowd, chance: Random, *, today: datetime) -> Story:
    """Choose what the challenge is about, whose it is and when it happened; `write` keeps its row."""
    # Some owners have a handful of challenges, the first one hundreds.
    owner = crowd.owners[0 if part.place % 25 == 0 else part.place % len(crowd.owners)]
    story = Story(
        id=new_id(chance),
        number=number,
        part=part,
        title=words.title(part.industry, part.place // 7),
        owner=owner,
        operator=crowd.operator(part.place),
        decider=crowd.decider(part.place),
        reward=Decimal(chance.choice((80, 120, 200, 300, 350, 500, 680, 800, 1000, 1500, 2000, 3000))) * 10_000,
        months=chance.choice((12, 18, 24, 30, 36)),
        at=moments(part, chance, today),
        preset=chance.choice(PRESETS),
    )
    for position, target in enumerate(words.targets(chance), start=1):
        story.targets.append({"id": new_id(chance), "position": position, **target})
    return story


def write(rows: Rows, story: Story, crowd: Crowd, frozen: Frozen, chance: Random, trail: Trail) -> None:
    """The challenge with its targets, questions and consents, once it is known how it went."""
    part, at = story.part, story.at
    public = "published" in at
    ended = _ended_at(story)
    few = part.reviewed and part.eligible < frozen.rules.bids_at_least
    decided = public and part.place % 3 == 0
    rows.add(
        Challenge, id=story.id, number=story.number, state=part.state, created_at=at["created"],
        owner_id=story.owner.house, title=story.title, industry=part.industry, kind=KINDS[part.review_class],
        background=words.background(story.title, chance), reward=story.reward, duration_months=story.months,
        ip_clause=story.ip_clause,
        secrecy=("internal" if part.place % 20 == 7 else "trade_secret" if part.place % 20 == 13 else "public"),
        contact_name=story.owner.name, contact_phone=f"0355-555{part.place % 10_000:04d}",
        bid_deadline=at.get("deadline") or today_plus(at["created"], 120),
        review_class=part.review_class if "vetted" in at else "",
        payment_preset=story.preset if "vetted" in at else "",
        rule_set_id=frozen.rule_set.pk if public else None,
        rules=frozen.rules_json if public else None,
        rubric=frozen.rubric_json[part.review_class] if public else None,
        extended_once=part.state == "no_award" and not part.reviewed,
        few_bids_reason="领域专业，投标单位较少，同意继续评审。" if few else "",
        return_reason="请补充验收方法。" if part.state == "draft" and part.turn % 3 == 1 else "",
        end_reason=_end_reason(story), at_fault=part.turn % 2 == 0 if part.state == "terminated" else None,
        cancellation_requested_by_id=story.owner.id if part.state == "cancelled" else None,
        cancellation_reason="企业计划调整。" if part.state == "cancelled" else "",
        created_by_id=story.owner.id, submitted_by_id=story.owner.id if "submitted" in at else None,
        vetted_by_id=story.operator.id if "vetted" in at else None,
        published_by_id=story.decider.id if public else None, submitted_at=at.get("submitted"),
        published_at=at.get("published"), closed_at=None if part.state == "published" else at.get("deadline"),
        opened_at=at.get("opened"), review_ends_at=at["started"] + 14 * DAY if "started" in at else None,
        ranked_at=at.get("ranked"), ranking_sha256=story.ranking_sha256, awarded_at=at.get("awarded"),
        signed_at=at.get("signed"), ended_at=ended,
        executors=[story.owner.id, story.operator.id][: 2 if "vetted" in at else 1] if "submitted" in at else [],
        deciders=[story.decider.id] if public else [],
    )  # fmt: skip
    for target in story.targets:
        rows.add(Target, challenge_id=story.id, **target)
    if decided:
        _question(rows, story, crowd, chance)
    if "opened" in at:
        for person, role in ((story.operator, "operator"), (story.decider, "decider")):
            rows.add(
                OpeningConsent, id=new_id(chance), challenge_id=story.id, custodian_id=person.id, role=role,
                at=at["opened"],
            )  # fmt: skip
    _own_acts(story, ended)
    _tell(story, crowd, trail)
    trail.chain(story.id, story.id, story.acts)


def today_plus(start: datetime, days: int) -> datetime:
    """The deadline that a draft already names."""
    return start + days * DAY


def announced(story: Story) -> Told:
    """That the challenge was published, to nobody in particular yet."""
    return Told(
        story.owner.id, "challenge_published", "challenge", story.id, story.id, story.title, story.at["published"]
    )


def _ended_at(story: Story) -> datetime | None:
    state, at = story.part.state, story.at
    if state == "no_award":
        return at["ranked" if story.part.reviewed else "deadline"] + MOMENT
    return at["deadline"] + MOMENT if state == "cancelled" else at.get("ended")


def _end_reason(story: Story) -> str:
    return {
        "no_award": "无投标达到要求，流榜。", "cancelled": "需求发生变化，经发榜方申请撤榜。",
        "terminated": "关键节点未通过，双方协商终止。", "completed": "指标全部达到，成果已投入使用。",
    }.get(story.part.state, "")  # fmt: skip


def _question(rows: Rows, story: Story, crowd: Crowd, chance: Random) -> None:
    asked = story.at["published"] + DAY / 2
    answered = story.part.place % 6 == 0
    rows.add(
        Question, id=new_id(chance), challenge_id=story.id, text=chance.choice(words.QUESTIONS), asked_at=asked,
        asked_by_id=chance.choice(crowd.bidders).id, answer=chance.choice(words.ANSWERS) if answered else "",
        answered_by_id=story.owner.id if answered else None, answered_at=asked + DAY / 4 if answered else None,
    )  # fmt: skip


def _own_acts(story: Story, ended: datetime | None) -> None:
    """The steps that lie on the straight way; what the award adds was noted with it."""
    at, part = story.at, story.part
    owner, operator, decider = (story.owner, "owner"), (story.operator, "operator"), (story.decider, "decider")
    way: list[tuple[str, str, str, str, tuple[Person | None, str]]] = [
        ("create", "created", "", "draft", owner),
        ("submit", "submitted", "draft", "submitted", owner),
        ("vet", "vetted", "submitted", "vetted", operator),
        ("publish", "published", "vetted", "published", decider),
        ("close_bidding", "deadline", "published", "bidding_closed", (None, "platform")),
        ("open_bids", "opened", "bidding_closed", "opened", operator),
        ("start_review", "started", "opened", "under_review", operator),
        ("finish_review", "ranked", "under_review", "ranked", operator),
        ("propose_award", "proposed", "ranked", "award_proposed", decider),
        ("confirm_award", "awarded", "award_proposed", "awarded", (None, "platform")),
        ("sign", "signed", "awarded", "executing", (None, "platform")),
    ]
    for action, moment, source, target, (actor, role) in way:
        if moment in at and not (action == "close_bidding" and part.state == "published"):
            story.act(action, source, target, at[moment], actor, role)
    if ended is None:
        return
    sources = {"no_award": "ranked" if part.reviewed else "bidding_closed", "cancelled": "bidding_closed"}
    action = {
        "no_award": "declare_no_award" if part.reviewed else "declare_no_bids", "cancelled": "cancel",
        "completed": "complete", "terminated": "terminate",
    }[part.state]  # fmt: skip
    by = {"complete": operator, "declare_no_bids": operator, "terminate": (None, "platform")}.get(action, decider)
    story.act(action, sources.get(part.state, "executing"), part.state, ended, *by, reason=_end_reason(story))


def _tell(story: Story, crowd: Crowd, trail: Trail) -> None:
    at = story.at
    heard = [
        ("submitted", "challenge_submitted", crowd.operator(0)), ("vetted", "challenge_vetted", crowd.decider(0)),
        ("opened", "bids_opened", story.owner), ("ranked", "review_finished", crowd.decider(1)),
        ("signed", "contract_effective", story.owner),
    ]  # fmt: skip
    for moment, kind, person in heard:
        if moment in at:
            trail.heard.append(Told(person.id, kind, "challenge", story.id, story.id, story.title, at[moment]))
