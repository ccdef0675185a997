"""From the ranking to the last yuan: awards, objections, contracts, milestones and payments of one challenge."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from challenges.actions.contracts import split
from challenges.models import (
    Award,
    AwardedBid,
    Booking,
    Contract,
    ContractShare,
    Measurement,
    Milestone,
    Objection,
    Payment,
    Posting,
)
from reviews.generate.bids import Offer
from reviews.generate.people import Crowd, Person, new_id
from reviews.generate.rows import Rows
from reviews.generate.story import DAY, MOMENT, Frozen, Story
from reviews.generate.trail import Act

NOTICE = 7 * DAY
PLEDGE = "我方立此军令状：按期、按约定指标完成任务，如实报告进展与结果，接受验收，并承担未完成的责任。"
TASK_BOOK = "一、总体目标。二、研究内容。三、里程碑与交付物。四、验收方法。"
DECISIONS = {
    "upheld": "经核实，承诺值引用有误，异议成立。",
    "dismissed": "经核实，承诺值满足公告要求，异议不成立。",
}
STEPS = ("requested", "approved", "paid")
ACCEPTANCE = (("start_acceptance", "submitted", "under_acceptance"), ("accept", "under_acceptance", "accepted"))
PAID = ("paid", "paid", "approved", "requested")


class Ending:
    """Tells one challenge from its ranking on."""

    def __init__(
        self, rows: Rows, story: Story, offers: list[Offer], crowd: Crowd, frozen: Frozen, chance: Random
    ) -> None:
        self.rows, self.story, self.crowd, self.frozen, self.chance = rows, story, crowd, frozen, chance
        self.turn, self.at, self.state = story.part.turn, story.at, story.part.state
        self.ranked = sorted((offer for offer in offers if offer.rank), key=lambda offer: offer.rank or 0)

    def act(self, action: str, kind: str, obj: UUID, source: str, target: str, at: datetime,
            actor: Person | None = None, role: str = "platform", **data: Any) -> None:  # fmt: skip
        """A step that stands in the challenge's own chain."""
        self.story.acts.append(Act(action, kind, obj, source, target, at, actor, role, data))

    def tell(self) -> None:
        """Everything there is for the state that the challenge has reached."""
        if self.state == "ranked" and self.turn % 3 == 1:
            self._revoked()
        if self.state == "no_award":
            self._settle(winner=None)
        if "proposed" not in self.at:
            return
        if self.state == "executing" and self.turn % 10 == 3 and len(self.ranked) > 1:
            self._declined(self.ranked.pop(0))
        winner = self.ranked[0]
        award = self._award(winner)
        if "awarded" in self.at:
            self._settle(winner=winner)
            self._contract(award, winner)

    def _settle(self, *, winner: Offer | None) -> None:
        reserve = self.ranked[1] if winner and len(self.ranked) > 1 and self.state != "completed" else None
        for offer in self.ranked:
            offer.state = "awarded" if offer is winner else "reserve" if offer is reserve else "not_awarded"

    def _award_row(
        self, state: str, winner: Offer, proposed: datetime, ends: datetime, confirmed: datetime | None
    ) -> UUID:
        award = new_id(self.chance)
        self.rows.add(
            Award, id=award, state=state, created_at=proposed, challenge_id=self.story.id,
            proposed_by_id=self.story.decider.id, ranking_sha256=self.story.ranking_sha256, notice_opens_at=proposed,
            notice_ends_at=ends, confirmed_at=confirmed,
            revoked_reason=DECISIONS["upheld"] if state == "revoked" else "",
            revoked_at=proposed + MOMENT if state == "revoked" else None,
        )  # fmt: skip
        self.rows.add(AwardedBid, award_id=award, bid_id=winner.id)
        self.act("open_notice", "award", award, "proposed", "notice", proposed)
        return award

    def _award(self, winner: Offer) -> UUID:
        proposed, awarded = self.at["proposed"], self.at.get("awarded")
        if awarded is None:
            objected = {1: "filed", 3: "acknowledged"}.get(self.turn % 5)
            award = self._award_row("suspended" if objected else "notice", winner, proposed, proposed + NOTICE, None)
            if objected:
                self._objection(award, proposed + MOMENT, objected)
                self.act("suspend", "award", award, "notice", "suspended", proposed + MOMENT)
            return award
        award = self._award_row("confirmed", winner, proposed, awarded, awarded)
        if self.turn % 9 == 4:
            self._objection(award, proposed + DAY, "dismissed")
        self.act("confirm", "award", award, "notice", "confirmed", awarded)
        return award

    def _revoked(self) -> None:
        if not self.ranked:
            return
        at = self.at["ranked"] + MOMENT / 5
        award = self._award_row("revoked", self.ranked[0], at, at + NOTICE, None)
        self._objection(award, at, "upheld")
        self.act("revoke", "award", award, "suspended", "revoked", at + MOMENT)

    def _declined(self, winner: Offer) -> None:
        before = self.at["proposed"] - 2 * DAY
        award = self._award_row("declined", winner, before, before + DAY, before + DAY)
        winner.state = "declined"
        self.act("decline", "award", award, "confirmed", "declined", before + DAY + MOMENT)

    def _objection(self, award: UUID, at: datetime, state: str) -> None:
        handler = self.crowd.decider(len(self.crowd.staff["decider"]) - 1)
        filer = self.chance.choice(self.crowd.bidders)
        decided = state in ("upheld", "dismissed")
        made = new_id(self.chance)
        self.rows.add(
            Objection, id=made, state=state, created_at=at, award_id=award, filed_by_id=filer.id,
            name=self.crowd.house_names[filer.house] if filer.house else filer.name, contact="0355-5550000",
            ground="fact", evidence_note="公示所附检测报告第二页，与公告第三条比对。",
            text="公示的指标承诺与公告要求不一致，请核实。", handler_id=None if state == "filed" else handler.id,
            acknowledge_by=at + DAY, acknowledged_at=None if state == "filed" else at + MOMENT / 5,
            decided_at=at + MOMENT / 3 if decided else None,
            decision=DECISIONS.get(state, ""),
        )  # fmt: skip
        self.act("file", "objection", made, "", "filed", at, filer, "public")
        if state != "filed":
            self.act("acknowledge", "objection", made, "filed", "acknowledged", at + MOMENT / 5, handler, "decider")
        if decided:
            step = {"upheld": "uphold", "dismissed": "dismiss"}[state]
            self.act(step, "objection", made, "acknowledged", state, at + MOMENT / 3, handler, "decider")

    def _contract(self, award: UUID, winner: Offer) -> None:
        at, story, made = self.at, self.story, new_id(self.chance)
        signed = at.get("signed")
        state = {"executing": "effective", "completed": "completed", "terminated": "terminated"}.get(
            self.state, ("draft", "signing")[self.turn % 2]
        )
        owner_signed = signed or (at["awarded"] if state == "signing" else None)
        self.rows.add(
            Contract, id=made, state=state, created_at=at["awarded"], challenge_id=story.id, award_id=award,
            bid_id=winner.id, amount=winner.price, task_book="" if state == "draft" else TASK_BOOK, pledge=PLEDGE,
            targets=[_committed(target) for target in story.targets], ip_clause="双方共有",
            sign_by=at["awarded"] + self.frozen.rules.signing_period,
            owner_signed_by_id=story.owner.id if owner_signed else None, owner_signed_at=owner_signed,
            bidder_signed_by_id=winner.author.id if signed else None, bidder_signed_at=signed, effective_at=signed,
        )  # fmt: skip
        self.rows.add(
            ContractShare, id=new_id(self.chance), contract_id=made, organization_id=winner.lead, position=1,
            **dict.fromkeys(ContractShare.SHARES, Decimal(100)),
        )  # fmt: skip
        self.act("create", "contract", made, "", "draft", at["awarded"], amount=str(winner.price))
        if owner_signed:
            self.act("offer", "contract", made, "draft", "signing", at["awarded"], story.owner, "owner")
            self.act("sign_as_owner", "contract", made, "signing", "signing", owner_signed, story.owner, "owner")
        if signed:
            self.act("sign_as_bidder", "contract", made, "signing", "signing", signed, winner.author, "bidder")
            self.act("take_effect", "contract", made, "signing", "effective", signed)
            self._book(made, "commit", signed, f"{made}:commit", "origin", "promised", winner.price)
            self._book(made, "receive", signed, f"{made}:receive:SK", "promised", "held", winner.price, reference="SK",
                       actor_id=self.crowd.staff["finance"][0].id)  # fmt: skip
        shares = self.frozen.rules.payment_presets[story.preset]
        amounts = split(winner.price, [Decimal(share) for share in shares])
        for position, (share, amount) in enumerate(zip(shares, amounts, strict=True), start=1):
            self._milestone(made, winner, position, len(shares), share, amount)

    def _book(self, contract: UUID, kind: str, at: datetime, key: str, giver: str, taker: str, amount: Decimal,
              **data: Any) -> None:  # fmt: skip
        """One booking of the enterprise's money."""
        made = new_id(self.chance)
        self.rows.add(Booking, id=made, contract_id=contract, kind=kind, at=at, key=key, **data)
        for account, value in ((giver, -amount), (taker, amount)):
            self.rows.add(
                Posting, booking_id=made, contract_id=contract, source="enterprise", account=account, amount=value
            )

    def _milestone(self, contract: UUID, winner: Offer, position: int, count: int, share: int, amount: Decimal) -> None:
        made, story, signed = new_id(self.chance), self.story, self.at.get("signed")
        state = self._milestone_state(position, count)
        delivered = signed if state != "planned" else None
        accepted = delivered if state == "accepted" else None
        due = (signed or self.at["awarded"]) + DAY * 30 * story.months * position / count
        rectify = state == "rectification"
        self.rows.add(
            Milestone, id=made, state=state, created_at=self.at["awarded"], contract_id=contract, position=position,
            title=("方案冻结与样件", "中试与连续运行", "现场考核", "移交与推广")[position - 1], share=share,
            deliverable="报告、样件与第三方检测报告。", due_on=due.date(),
            report="各项指标达到约定值，检测报告见附件。" if delivered else "",
            submitted_by_id=winner.author.id if delivered else None, submitted_at=delivered,
            accepted_by_id=story.owner.id if accepted else None, accepted_at=accepted,
            rectifications=1 if rectify else 0, rectify_by=signed + 400 * DAY if rectify and signed else None,
            opinion="请补充连续运行数据。" if rectify else "未达到约定指标。" if state in ("failed", "closed") else "",
        )  # fmt: skip
        if delivered and position == count:
            self._measurements(made)
        if delivered:
            self.act("submit", "milestone", made, "planned", "submitted", delivered, winner.author, "bidder")
        if accepted:
            for step, source, target in ACCEPTANCE:
                self.act(step, "milestone", made, source, target, accepted, story.owner, "owner")
        self._payment(contract, made, winner, amount, accepted, position)

    def _measurements(self, milestone: UUID) -> None:
        """Every target met just as agreed on."""
        for place, target in enumerate(self.story.targets):
            self.rows.add(
                Measurement, id=new_id(self.chance), milestone_id=milestone, position=place,
                value=target.get("value"), text=target.get("text", ""), method=target["method"],
            )  # fmt: skip

    def _milestone_state(self, position: int, count: int) -> str:
        """Everything accepted at the end; before it the first few, then one on its way."""
        if self.state == "completed":
            return "accepted"
        done = self.turn % count if self.state in ("executing", "terminated") else -1
        if position <= done:
            return "accepted"
        if position == done + 1 and self.state == "terminated":
            return "failed" if self.turn % 2 == 0 else "closed"  # at fault, or not
        if position == done + 1:
            return ("planned", "submitted", "under_acceptance", "rectification")[self.turn // count % 4]
        return "planned"

    def _payment(
        self, contract: UUID, milestone: UUID, winner: Offer, amount: Decimal, accepted: datetime | None, position: int
    ) -> None:
        state = "scheduled"
        if accepted:
            state = "paid" if self.state == "completed" else PAID[(self.turn + position) % 4]
        if self.state == "terminated" and state != "paid":
            state = "frozen"
        at = dict.fromkeys(STEPS[: STEPS.index(state) + 1], accepted) if state in STEPS else {}
        made = new_id(self.chance)
        self.rows.add(
            Payment, id=made, state=state, created_at=self.at["awarded"], milestone_id=milestone,
            contract_id=contract, amount=amount,
            requested_by_id=winner.author.id if "requested" in at else None, requested_at=at.get("requested"),
            approved_by_id=self.story.decider.id if "approved" in at else None, approved_at=at.get("approved"),
            paid_by_id=self.crowd.staff["finance"][0].id if "paid" in at else None, paid_at=at.get("paid"),
            reference=f"PAY-{self.story.part.place:06d}-{position}" if "paid" in at else "",
        )  # fmt: skip
        way = (("requested", "request", "scheduled", winner.author, "bidder"),
               ("approved", "approve", "requested", self.story.decider, "decider"),
               ("paid", "pay", "approved", self.crowd.staff["finance"][0], "finance"))  # fmt: skip
        for target, step, source, person, role in way:
            if target in at and accepted:
                self.act(step, "payment", made, source, target, accepted, person, role)
        moves = {"approved": ("reserve", "held", "reserved"), "paid": ("pay", "reserved", "paid")}
        for place, (reached, (kind, giver, taker)) in enumerate(moves.items()):
            if reached in at and accepted:
                actor = self.story.decider if kind == "reserve" else self.crowd.staff["finance"][0]
                self._book(contract, kind, accepted, f"{made}:{kind}:{place}", giver, taker, amount, payment_id=made,
                           actor_id=actor.id)  # fmt: skip
        if state == "frozen":
            self._book(contract, "freeze", self.at["signed"], f"{made}:freeze:0", "held", "frozen", amount,
                       payment_id=made)  # fmt: skip


def _committed(target: dict[str, Any]) -> dict[str, Any]:
    """One target as the contract keeps it."""
    value = target.get("value")
    return {
        "name": target["name"], "comparator": target["comparator"], "unit": target.get("unit", ""),
        "value": str(value.normalize()) if value is not None else target["text"], "method": target["method"],
        "core": target.get("core", False),
    }  # fmt: skip
