"""The contract of one winner: agreed on, signed, delivered milestone by milestone, and paid."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import override

from challenges.actions.contracts import split
from challenges.confirmation import confirmer
from challenges.contract_text import LAWFUL, fingerprint
from challenges.models import (
    Booking,
    Contract,
    ContractShare,
    ContractVersion,
    IpPreset,
    Measurement,
    Milestone,
    Payment,
    Posting,
)
from challenges.models.contract_guards import plain, shown
from reviews.generate.bids import Offer
from reviews.generate.people import Person, new_id
from reviews.generate.scene import Scene
from reviews.generate.story import DAY, MOMENT

CENT = Decimal("0.01")
PLEDGE = "我方立此军令状：按期、按约定指标完成任务，如实报告进展与结果，接受验收，并承担未完成的责任。"
TASK_BOOK = "一、总体目标。二、研究内容。三、里程碑与交付物。四、验收方法。"
TITLES = ("方案冻结与样件", "中试与连续运行", "现场考核", "移交与推广")
DELIVERABLE = "报告、样件与第三方检测报告。"
STATES = {"executing": "effective", "completed": "completed", "terminated": "terminated"}
STEPS = ("requested", "approved", "paid")
PAID = ("paid", "approved", "paid", "requested")
UNDER_WAY = ("planned", "submitted", "under_acceptance", "rectification")
OPINIONS = {
    "rectification": "请补充连续运行数据。",
    "failed": "未达到约定指标。",
    "closed": "关键材料停产，非主观原因，同意结题。",
}
ENDS = {"failed": "fail", "closed": "close"}


@dataclass
class Stone:
    """A milestone with its payment."""

    id: UUID
    payment: UUID
    position: int
    share: Decimal
    due: date
    amount: Decimal
    held_back: bool = False
    state: str = "planned"
    delivered: datetime | None = None
    accepted: datetime | None = None
    paying: str = "scheduled"


@dataclass
class Deal:
    """A contract as it is being told; `change` and `keep` note what alters it once it is in force."""

    id: UUID
    award: UUID
    offer: Offer
    state: str
    amount: Decimal
    leader: str
    targets: list[dict[str, Any]]
    stones: list[Stone]
    version: int = 1
    freed: Decimal = Decimal(0)
    kept: list[tuple[int, datetime, dict[str, Any]]] = field(default_factory=list)
    changes: list[tuple[datetime, str, str, Decimal, str]] = field(default_factory=list)
    text: Any = None

    def change(self, at: datetime, giver: str, taker: str, amount: Decimal, reason: str) -> None:
        """The amount grows or shrinks."""
        self.changes.append((at, giver, taker, amount, reason))

    def keep(self, at: datetime, *, number: int | None = None) -> None:
        """What it says now is its next version, or the first."""
        self.version = number or self.version + 1
        self.kept.append((self.version, at, self.text(self)))


def begin(scene: Scene, award: UUID, offer: Offer, terms: list[tuple[Decimal, date]], *, race: str = "",
          stays: bool = True) -> Deal:  # fmt: skip
    """The contract of this bid on these shares and due dates; in a race that came so far, with who stays in it."""
    story = scene.story
    amounts = split(offer.price, [share for share, _due in terms])
    stones = [
        Stone(new_id(scene.chance), new_id(scene.chance), position, share, due, amount, bool(race) and position > 1)
        for position, ((share, due), amount) in enumerate(zip(terms, amounts, strict=True), start=1)
    ]
    drafted = ("draft", "signing")[story.part.turn % 2]
    deal = Deal(
        new_id(scene.chance), award, offer, STATES.get(story.part.state, drafted), offer.price, offer.author.name,
        [_committed(target) for target in story.targets], stones, text=lambda deal: content(scene, deal),
    )  # fmt: skip
    if deal.state != "draft":
        deal.keep(story.at["awarded"], number=1)
    if "signed" in story.at:
        _deliver(scene, stones, race, stays=stays)
    return deal


def usual_terms(scene: Scene) -> list[tuple[Decimal, date]]:
    """Share and due date of each milestone by the challenge's preset."""
    story = scene.story
    shares = scene.frozen.rules.payment_presets[story.preset]
    begun = story.at.get("signed") or story.at["awarded"]
    return [
        (Decimal(share), timezone.localdate(begun + story.length * position / len(shares)))
        for position, share in enumerate(shares, start=1)
    ]


def _deliver(scene: Scene, stones: list[Stone], race: str, *, stays: bool) -> None:
    """What was delivered and accepted by now, and when."""
    story, end, count = scene.story, scene.end, len(stones)
    done, now = _progress(scene, stones, race, stays=stays)
    for stone in stones:
        stone.state = "accepted" if stone.position <= done else now if stone.position == done + 1 else "planned"
        if stone.state == "planned":
            continue
        if race:
            share = 0.3 if stone.position == 1 else 0.7 + 0.25 * (stone.position - 1) / (count - 1)
        elif story.part.state == "executing":
            share = 0.9 * stone.position / (done + 1)
        else:
            share = 0.95 * stone.position / count
        stone.delivered = scene.during(share)
        if stone.state == "accepted":
            stone.accepted = stone.delivered + min(5 * DAY, (end - stone.delivered) / 4)
            pays = story.part.state == "completed" or race
            stone.paying = "paid" if pays else PAID[(story.part.turn + stone.position) % 4]


def _progress(scene: Scene, stones: list[Stone], race: str, *, stays: bool) -> tuple[int, str]:
    """How many milestones are accepted, and how the one after them stands."""
    part, count = scene.story.part, len(stones)
    if race in ("planned", "tested"):
        return (0 if race == "planned" else 1), "planned"
    if race:
        return (count if stays and part.state == "completed" else 1), "planned"
    if part.state == "completed":
        return count, "planned"
    if part.state == "terminated":
        return part.turn % count, ("failed", "closed")[part.turn % 2]  # at fault, or not
    due = sum(stone.due < timezone.localdate(scene.today) for stone in stones)
    late = part.turn % 8 == 7
    return min(count - 1, max(0, due - late)), "planned" if late else UNDER_WAY[part.turn % 4]


def write(scene: Scene, deal: Deal) -> None:
    """Its rows, and the steps that lie on its straight way."""
    story, at, offer, signed = scene.story, scene.story.at, deal.offer, scene.story.at.get("signed")
    offered = deal.state != "draft"
    owner_signed = signed or (at["awarded"] if offered else None)
    sha256 = _keep_versions(scene, deal)
    scene.rows.add(
        Contract, id=deal.id, state=deal.state, created_at=at["awarded"], challenge_id=story.id, award_id=deal.award,
        bid_id=offer.id, amount=deal.amount, task_book=TASK_BOOK if offered else "", pledge=PLEDGE,
        targets=deal.targets, ip_clause=story.ip_clause, leader=deal.leader, version=deal.version,
        sign_by=at["awarded"] + scene.frozen.rules.signing_period,
        owner_signed_by_id=story.owner.id if owner_signed else None, owner_signed_at=owner_signed,
        owner_confirmation=_confirmation(sha256) if owner_signed else {},
        bidder_signed_by_id=offer.author.id if signed else None, bidder_signed_at=signed, effective_at=signed,
        bidder_confirmation=_confirmation(sha256) if signed else {},
    )  # fmt: skip
    for position, (house, share) in enumerate(offer.shares, start=1):
        scene.add(
            ContractShare, contract_id=deal.id, organization_id=house, position=position,
            **dict.fromkeys(ContractShare.SHARES, share),
        )  # fmt: skip
    scene.act("create", "contract", deal.id, "", "draft", at["awarded"], amount=str(offer.price))
    if owner_signed:
        scene.act("offer", "contract", deal.id, "draft", "signing", at["awarded"], story.owner, "owner")
        scene.act("sign_as_owner", "contract", deal.id, "signing", "signing", owner_signed, story.owner, "owner")
    if signed:
        scene.act("sign_as_bidder", "contract", deal.id, "signing", "signing", signed, offer.author, "bidder")
        scene.act("take_effect", "contract", deal.id, "signing", "effective", signed)
        _promise(scene, deal, signed)
    for stone in deal.stones:
        _milestone(scene, deal, stone)
    if deal.state == "completed":
        scene.act("complete", "contract", deal.id, "effective", "completed", scene.end)


def _keep_versions(scene: Scene, deal: Deal) -> str:
    """The kept contents; answers the hash of the first, which was confirmed."""
    hashes = []
    for number, at, text in deal.kept:
        hashes.append(fingerprint(text))
        scene.add(ContractVersion, contract_id=deal.id, number=number, content=text, sha256=hashes[-1], made_at=at)
    return next(iter(hashes), "")


@cache
def _way() -> tuple[str, bool]:
    way = confirmer()
    with override(LAWFUL):
        return str(way.name), way.is_signature


def _confirmation(sha256: str) -> dict[str, Any]:
    name, is_signature = _way()
    return {"way": name, "is_signature": is_signature, "reference": "", "sha256": sha256, "proof": "password"}


def _promise(scene: Scene, deal: Deal, signed: datetime) -> None:
    """The money that was promised and arrived, and what changed of it later."""
    price = deal.offer.price
    _book(scene, deal, "commit", signed, "commit", "origin", "promised", price)
    _book(scene, deal, "receive", signed, "receive:SK", "promised", "held", price, reference="SK",
          actor_id=scene.finance.id)  # fmt: skip
    for place, (at, giver, taker, amount, reason) in enumerate(deal.changes, start=2):
        _book(scene, deal, "change", at, f"change:{place}", giver, taker, amount, reason=reason)


def _book(scene: Scene, deal: Deal, kind: str, at: datetime, key: str, giver: str, taker: str, amount: Decimal,
          **data: Any) -> None:  # fmt: skip
    """One booking of the enterprise's money."""
    whose = data.get("payment_id", deal.id)
    made = scene.add(Booking, contract_id=deal.id, kind=kind, at=at, key=f"{whose}:{key}", **data)
    for account, value in ((giver, -amount), (taker, amount)):
        scene.rows.add(
            Posting, booking_id=made, contract_id=deal.id, source="enterprise", account=account, amount=value
        )


def _milestone(scene: Scene, deal: Deal, stone: Stone) -> None:
    story, delivered, accepted = scene.story, stone.delivered, stone.accepted
    author, rectify = deal.offer.author, stone.state == "rectification"
    scene.rows.add(
        Milestone, id=stone.id, state=stone.state, created_at=story.at["awarded"], contract_id=deal.id,
        position=stone.position, title=TITLES[stone.position - 1], share=stone.share, deliverable=DELIVERABLE,
        due_on=stone.due, report="各项指标达到约定值，检测报告见附件。" if delivered else "",
        submitted_by_id=author.id if delivered else None, submitted_at=delivered,
        accepted_by_id=story.owner.id if accepted else None, accepted_at=accepted, rectifications=int(rectify),
        rectify_by=scene.today + 60 * DAY if rectify else None, opinion=OPINIONS.get(stone.state, ""),
    )  # fmt: skip
    if delivered:
        if stone.position == len(deal.stones):
            _measurements(scene, stone)
        _acceptance(scene, stone, author)
    _payment(scene, deal, stone)


def _acceptance(scene: Scene, stone: Stone, author: Person) -> None:
    delivered, owner = stone.delivered or scene.end, scene.story.owner
    decided = stone.accepted or delivered + MOMENT / 2
    scene.act("submit", "milestone", stone.id, "planned", "submitted", delivered, author, "bidder")
    if stone.state != "submitted":
        scene.act("start_acceptance", "milestone", stone.id, "submitted", "under_acceptance", decided, owner, "owner")
    step = {"accepted": "accept", "rectification": "require_rectification", "failed": "fail"}.get(stone.state)
    if step:
        scene.act(step, "milestone", stone.id, "under_acceptance", stone.state, decided, owner, "owner")
    if stone.state == "closed":
        judge = scene.decider(1)
        scene.act("close", "milestone", stone.id, "under_acceptance", "closed", decided, judge, "decider")


def _measurements(scene: Scene, stone: Stone) -> None:
    """Every target met just as agreed on."""
    for place, target in enumerate(scene.story.targets):
        scene.add(
            Measurement, milestone_id=stone.id, position=place, value=target.get("value"),
            text=target.get("text", ""), method=target["method"],
        )  # fmt: skip


def _payment(scene: Scene, deal: Deal, stone: Stone) -> None:
    story, accepted, state = scene.story, stone.accepted, stone.paying
    if story.part.state == "terminated" and state != "paid":
        state = "frozen"
    at = dict.fromkeys(STEPS[: STEPS.index(state) + 1], accepted) if state in STEPS else {}
    scene.rows.add(
        Payment, id=stone.payment, state=state, created_at=story.at["awarded"], milestone_id=stone.id,
        contract_id=deal.id, amount=stone.amount, held_back=stone.held_back,
        requested_by_id=deal.offer.author.id if "requested" in at else None, requested_at=at.get("requested"),
        approved_by_id=story.decider.id if "approved" in at else None, approved_at=at.get("approved"),
        paid_by_id=scene.finance.id if "paid" in at else None, paid_at=at.get("paid"),
        reference=f"PAY-{story.part.place:06d}-{stone.position}" if "paid" in at else "",
    )  # fmt: skip
    way = (("requested", "request", "scheduled", deal.offer.author, "bidder"),
           ("approved", "approve", "requested", story.decider, "decider"),
           ("paid", "pay", "approved", scene.finance, "finance"))  # fmt: skip
    for target, step, source, person, role in way:
        if target in at and accepted:
            scene.act(step, "payment", stone.payment, source, target, accepted, person, role)
    moves = {
        "approved": ("reserve", "held", "reserved", story.decider),
        "paid": ("pay", "reserved", "paid", scene.finance),
    }
    for place, (reached, (kind, giver, taker, actor)) in enumerate(moves.items()):
        if reached in at and accepted:
            _book(scene, deal, kind, accepted, f"{kind}:{place}", giver, taker, stone.amount,
                  payment_id=stone.payment, actor_id=actor.id)  # fmt: skip
    if state == "frozen":
        scene.act("freeze", "payment", stone.payment, "scheduled", "frozen", scene.end)
        _book(scene, deal, "freeze", scene.end, "freeze:0", "held", "frozen", stone.amount, payment_id=stone.payment)
        _book(scene, deal, "return", scene.end, f"return:{stone.position}", "frozen", "returned", stone.amount)


def _committed(target: dict[str, Any]) -> dict[str, Any]:
    """One target as the contract keeps it."""
    value = target.get("value")
    return {
        "name": target["name"], "comparator": target["comparator"], "unit": target.get("unit", ""),
        "value": plain(value) if value is not None else target["text"], "method": target["method"],
        "core": target.get("core", False),
    }  # fmt: skip


@cache
def _ip() -> tuple[str, str]:
    with override(LAWFUL):
        return str(IpPreset.OTHER.label), str(IpPreset.OTHER.source)


def content(scene: Scene, deal: Deal) -> dict[str, Any]:
    """What `challenges.contract_text.content_of` reads from the rows; a test holds the two equal."""
    story, house, title_source = scene.story, scene.crowd.house, _ip()
    return {
        "number": f"{story.number}-HT{deal.id.hex[:4].upper()}",
        "version": str(deal.version),
        "challenge": {"number": story.number, "title": story.title},
        "owner": house(story.owner.house),
        "bidder": house(deal.offer.lead),
        "leader": deal.leader,
        "amount": f"{deal.amount:.2f}",
        "targets": [
            {
                "name": item["name"], "bound": shown(item), "method": item["method"],
                "core": "是" if item["core"] else "否",
            }
            for item in deal.targets
        ],
        "milestones": [
            {
                "position": str(stone.position), "title": TITLES[stone.position - 1], "deliverable": DELIVERABLE,
                "due_on": stone.due.isoformat(), "share": plain(stone.share), "amount": f"{stone.amount:.2f}",
            }
            for stone in deal.stones
        ],
        "shares": [
            {**house(partner), **dict.fromkeys(ContractShare.SHARES, plain(share))}
            for partner, share in deal.offer.shares
        ],
        "ip": {"title": title_source[0], "clause": [story.ip_clause], "source": title_source[1]},
        "task_book": TASK_BOOK,
        "pledge": PLEDGE,
    }  # fmt: skip
