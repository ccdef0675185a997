"""The bids of one challenge: envelopes, commitments, team, consortium, grants and their own chains."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from accounts import ledger
from challenges.actions.bids import CODE_LETTERS
from challenges.models import Bid, BidGrant, BidMember, BidPartner, Commitment, Envelope
from reviews.generate.people import Crowd, Person, new_id
from reviews.generate.plan import SEALED, Plan
from reviews.generate.rows import Rows
from reviews.generate.story import MOMENT, Story
from reviews.generate.trail import Act, Told, Trail

EARLY = ("draft", "submitted", "withdrawn", "submitted", "submitted", "submitted", "draft", "submitted")
OPENED = ("opened", "eligible", "eligible", "draft", "opened", "ineligible", "eligible", "opened")
LIVE = {str(state) for state in Bid.LIVE}


@dataclass
class Offer:
    """One bid as it is being told."""

    id: UUID
    state: str
    place: int
    lead: UUID
    author: Person
    team: list[Person]
    at: datetime
    begun_at: datetime
    price: Decimal
    code: str = ""
    rank: int | None = None
    score: str | None = None
    commitments: list[dict[str, Any]] = field(default_factory=list)
    shares: list[tuple[UUID, Decimal]] = field(default_factory=list)

    @property
    def sent(self) -> bool:
        """Whether it was ever sealed."""
        return self.state != "draft"


class Market:
    """Hands out leading organisations and teams in turn, so that the rules on both hold."""

    def __init__(self, plan: Plan, crowd: Crowd) -> None:
        self.crowd, self.plan = crowd, plan
        self._live = self._settled = self._made = 0
        pairs, self.odd = plan.teams
        self.size, self.larger = divmod(pairs, max(1, plan.numbers.bids))
        with_bids = sum(part.bids > 0 for part in plan.parts)
        self.known_in = max(1, with_bids // 400)  # the first bidder is on a team of every so many challenges
        self.challenges = 0

    def lead(self, state: str, taken: set[int]) -> int:
        """Whose place it is to lead the next bid, not on this challenge yet; live bids go round by themselves."""
        count = len(self.crowd.bidders)
        while True:
            if state in LIVE:
                place, self._live = self._live % count, self._live + 1
            else:
                place, self._settled = self._settled % count, self._settled + 1
            if place not in taken:
                taken.add(place)
                return place

    def team(self, place: int, *, first: bool) -> list[Person]:
        """The author and as many others as the grants allow; now and then somebody whose bids are many is a partner."""
        size = self.size + (self._made < self.larger)
        self._made += 1
        team = self.crowd.team(place)[:size]
        known = self.crowd.bidders[0]
        if first and size > 1 and known not in team and self.challenges % self.known_in == 0:
            team[-1] = known
        return team

    def last_grant(self) -> bool:
        """Whether one grant is left over, once."""
        left, self.odd = self.odd, 0
        return bool(left)


def make(story: Story, market: Market, chance: Random, *, today: datetime) -> list[Offer]:
    """The bids of the challenge, those under review first; nothing is written yet."""
    part = story.part
    taken: set[int] = set()
    codes: set[str] = set()
    end = min(story.at.get("deadline", today), today)
    offers = []
    for place in range(part.bids):
        if place < part.eligible:
            state = "eligible"
        elif part.reviewed:
            state = ("ineligible", "draft")[(place - part.eligible) % 2]
        else:
            state = (EARLY if part.state in SEALED else OPENED)[(place + part.turn) % 8]
        lead = market.lead(state, taken)
        author = market.crowd.bidders[lead]
        published = story.at["published"]
        at = (published + (end - published) * (0.1 + 0.8 * chance.random())).replace(microsecond=0)
        offer = Offer(
            id=new_id(chance), state=state, place=lead, lead=author.house or author.id, author=author,
            team=market.team(lead, first=place == 0), at=at, begun_at=published + (at - published) / 2,
            price=(story.reward * (70 + chance.randrange(30)) / 100).quantize(Decimal("0.01")),
        )  # fmt: skip
        if state not in ("draft", "submitted", "withdrawn"):
            offer.code = _code(codes, chance)
        for target in story.targets:
            value = target.get("value")
            offer.commitments.append({"target_id": target["id"], "value": value, "text": target.get("text", "")})
        offer.shares = _shares(offer, market.crowd.bidders[0]) if place % 4 == 0 else [(offer.lead, Decimal(100))]
        offers.append(offer)
    market.challenges += part.bids > 0
    return offers


def write(rows: Rows, story: Story, offers: list[Offer], market: Market, chance: Random, trail: Trail,
          permissions: dict[str, int]) -> None:  # fmt: skip
    """Each bid with everything it is made of, once it is known how it fared."""
    for number, offer in enumerate(offers):
        envelopes = _envelopes(story, offer)
        known = market.crowd.bidders[0]
        members = [
            {
                "user_id": person.id,
                "name": person.name,
                "organization_id": person.house if person is known and number % 4 == 0 else offer.lead,
                "duty": duty,
            }
            for person, duty in zip(offer.team, ("负责人", *["骨干"] * len(offer.team)), strict=False)
        ]
        partners = [
            {"organization_id": house, **dict.fromkeys(BidPartner.SHARES, share)}
            for house, share in (offer.shares if number % 4 == 0 else ())
        ]
        sha256 = _digest(offer, envelopes, members, partners) if offer.sent else ""
        rows.add(
            Bid, id=offer.id, state=offer.state, created_at=offer.begun_at, challenge_id=story.id,
            lead_id=offer.lead, created_by_id=offer.author.id, pledged=offer.sent,
            submitted_at=offer.at if offer.sent else None, submitted_by_id=offer.author.id if offer.sent else None,
            receipt_number=f"{offer.at:%Y%m%d%H%M%S}-{sha256[:8].upper()}" if offer.sent else "", sha256=sha256,
            code=offer.code, ineligible_reason="未响应全部指标。" if offer.state == "ineligible" else "",
            rank=offer.rank, score=offer.score,
        )  # fmt: skip
        for part, content in envelopes.items():
            rows.add(
                Envelope, id=new_id(chance), bid_id=offer.id, part=part, content=content, version=2, updated_at=offer.at
            )
        for commitment in offer.commitments:
            rows.add(Commitment, id=new_id(chance), bid_id=offer.id, **commitment)
        for member in members:
            rows.add(BidMember, id=new_id(chance), bid_id=offer.id, **member)
        for partner in partners:
            rows.add(BidPartner, id=new_id(chance), bid_id=offer.id, **partner)
        for person in offer.team:
            for name in ("view_bid", "edit_bid"):
                rows.add(BidGrant, user_id=person.id, permission_id=permissions[name], content_object_id=offer.id)
        if number == 0 and market.last_grant():  # a number that is not even: somebody who may read only
            reader = next(person for person in market.crowd.team(offer.place) if person not in offer.team)
            rows.add(BidGrant, user_id=reader.id, permission_id=permissions["view_bid"], content_object_id=offer.id)
        _remember(story, offer, trail)


def _code(codes: set[str], chance: Random) -> str:
    while True:
        code = "".join(chance.choices(CODE_LETTERS, k=4))
        if code not in codes:
            codes.add(code)
            return code


def _envelopes(story: Story, offer: Offer) -> dict[str, dict[str, str]]:
    return {
        "technical": {
            "summary": f"针对“{story.title}”分三个阶段攻关，逐项响应技术指标。",
            "approach": "机理研究与工程验证并行，先小试定参数，再中试连续运行，最后现场考核。",
            "schedule": "前期冻结方案，中期完成中试，末期移交。",
            "risks": "放大后的稳定性，备有两条路线。",
        },
        "commercial": {"price": str(offer.price), "budget": "设备 40 %，材料与测试 35 %，人员 25 %。"},
        "identity": {"leader": offer.author.name, "team": f"团队{len(offer.team) + 6}人。"},
    }


def _shares(offer: Offer, known: Person) -> list[tuple[UUID, Decimal]]:
    """A consortium of two: the lead and the house of whoever is known, or else of the last of the team."""
    partner = known if known in offer.team else offer.team[-1]
    others = [] if partner.house in (None, offer.lead) else [partner.house]
    houses = [offer.lead, *(house for house in others if house)]
    return list(zip(houses, (Decimal(60), Decimal(40)) if others else (Decimal(100),), strict=True))


def _digest(
    offer: Offer, envelopes: dict[str, Any], members: list[dict[str, Any]], partners: list[dict[str, Any]]
) -> str:
    """What `challenges.actions.digest` computes from the rows; a test holds the two equal."""
    sealed = {
        "bid": offer.id,
        "envelopes": envelopes,
        "commitments": sorted(
            (str(item["target_id"]), str(item["value"].normalize()) if item["value"] is not None else item["text"])
            for item in offer.commitments
        ),
        "members": sorted((item["name"], item["duty"], str(item["organization_id"])) for item in members),
        "partners": sorted(
            (str(item["organization_id"]), *(str(item[name].normalize()) for name in BidPartner.SHARES))
            for item in partners
        ),
        "documents": [],
    }
    return hashlib.sha256(ledger.canonical(sealed).encode()).hexdigest()


def _remember(story: Story, offer: Offer, trail: Trail) -> None:
    """The bid's own chain, and what its author was told."""
    at, author = story.at, offer.author
    acts = [Act("create", "bid", offer.id, "", "draft", offer.begun_at, author, "bidder")]

    def act(action: str, source: str, target: str, moment: datetime, person: Person | None, role: str) -> None:
        acts.append(Act(action, "bid", offer.id, source, target, moment, person, role))

    if offer.sent:
        act("submit", "draft", "submitted", offer.at, author, "bidder")
        trail.heard.append(Told(author.id, "bid_received", "bid", offer.id, story.id, story.title, offer.at))
    if offer.state == "withdrawn":
        act("withdraw", "submitted", "withdrawn", offer.at + MOMENT, author, "bidder")
    if offer.code:
        act("open", "submitted", "opened", at["opened"], None, "platform")
    if offer.code and offer.state != "opened":
        fits = offer.state != "ineligible"
        step, target = ("accept_eligibility", "eligible") if fits else ("reject_eligibility", "ineligible")
        act(step, "opened", target, at["opened"] + MOMENT, story.operator, "operator")
    if offer.score is not None:
        step, target = ("take_rank", "ranked") if offer.rank else ("pass_over", "not_awarded")
        act(step, "eligible", target, at["ranked"], None, "platform")
        if target != offer.state:
            settled = {"awarded": "win", "reserve": "stand_by", "not_awarded": "pass_over", "declined": "decline"}
            moment = at.get("awarded") or at["ranked"] + MOMENT
            act(settled[offer.state], "awarded" if offer.state == "declined" else "ranked", offer.state, moment, None,
                "platform")  # fmt: skip
    trail.chain(offer.id, story.id, acts)
