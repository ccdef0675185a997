"""How a challenge ends once it is ranked: awards, objections, contracts and what comes of them."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from challenges.actions.follow_ups import years_after
from challenges.models import Award, AwardedBid
from reviews.generate import contract, course, credit, race, results
from reviews.generate.bids import Offer
from reviews.generate.objections import DECISIONS, object_and_appeal, object_to
from reviews.generate.scene import Scene
from reviews.generate.story import DAY, MOMENT

NOTICE = 7 * DAY
# Of every so many challenges in this state, those with two bids above the thresholds, one is a race.
RACES = {"award_proposed": 3, "executing": 4, "completed": 6}
# What an award in its notice waits for: an objection, or the appeal against one, that came so far; or nothing.
OBJECTED = {1: "filed", 3: "acknowledged"}
APPEALED = {2: "filed", 4: "acknowledged"}


class Ending:
    """Tells one challenge from its ranking on."""

    def __init__(self, scene: Scene, offers: list[Offer]) -> None:
        self.scene, self.story = scene, scene.story
        self.turn, self.at, self.state = self.story.part.turn, self.story.at, self.story.part.state
        self.ranked = sorted((offer for offer in offers if offer.rank), key=lambda offer: offer.rank or 0)

    def tell(self) -> None:
        """Everything there is for the state that the challenge has reached."""
        if self.state == "ranked" and self.turn % 3 == 1:
            self._revoked()
        if self.state == "no_award":
            self._settle([])
        if "proposed" not in self.at:
            return
        if self._is_declined():
            self._declined(self.ranked.pop(0))
        winners = self.ranked[: 2 if self._races() else 1]
        award = self._award(winners)
        run = race.plan(self.scene, award) if len(winners) > 1 else None
        if "awarded" in self.at:
            self._settle(winners)
            self._contracts(award, winners, run)

    def _races(self) -> bool:
        every = RACES.get(self.state)
        return bool(every and len(self.ranked) > 1 and self.scene.turn(f"race {self.state}") % every == 0)

    def _is_declined(self) -> bool:
        """Now and then the first winner declined; long ago always, so that some records have expired."""
        if len(self.ranked) < 2:
            return False
        if self.state == "completed":
            recorded = timezone.localdate(self.at["proposed"] + credit.DECIDED)
            long_ago = years_after(recorded, self.scene.frozen.rules.credit_years)
            return long_ago < timezone.localdate(self.scene.today)
        return self.state == "executing" and self.scene.turn("declined") % 6 == 2

    def _settle(self, winners: list[Offer]) -> None:
        others = [offer for offer in self.ranked if offer not in winners]
        reserve = others[0] if winners and others and self.state != "completed" else None
        for offer in self.ranked:
            offer.state = "awarded" if offer in winners else "reserve" if offer is reserve else "not_awarded"

    def _award_row(
        self, state: str, winners: list[Offer], proposed: datetime, ends: datetime, confirmed: datetime | None
    ) -> UUID:
        award = self.scene.add(
            Award, state=state, created_at=proposed, challenge_id=self.story.id,
            proposed_by_id=self.story.decider.id, ranking_sha256=self.story.ranking_sha256, notice_opens_at=proposed,
            notice_ends_at=ends, confirmed_at=confirmed,
            revoked_reason=DECISIONS["upheld"] if state == "revoked" else "",
            revoked_at=proposed + MOMENT if state == "revoked" else None,
        )  # fmt: skip
        for winner in winners:
            self.scene.rows.add(AwardedBid, award_id=award, bid_id=winner.id)
        self.scene.act("open_notice", "award", award, "proposed", "notice", proposed)
        return award

    def _award(self, winners: list[Offer]) -> UUID:
        scene, proposed, awarded = self.scene, self.at["proposed"], self.at.get("awarded")
        if awarded is None:
            objected, appealed = OBJECTED.get(self.turn % 6), APPEALED.get(self.turn % 6)
            award = self._award_row(
                "suspended" if objected or appealed else "notice", winners, proposed, proposed + NOTICE, None
            )
            if objected:
                object_to(scene, award, proposed + MOMENT / 2, objected)
            if appealed:
                object_and_appeal(scene, award, proposed + MOMENT / 4, appealed)
            if objected or appealed:
                scene.act("suspend", "award", award, "notice", "suspended", proposed + MOMENT / 2)
            return award
        award = self._award_row("confirmed", winners, proposed, awarded, awarded)
        if self.turn % 9 in (4, 7):
            tell = object_to if self.turn % 9 == 4 else object_and_appeal
            tell(scene, award, proposed + DAY, "dismissed")
            scene.act("suspend", "award", award, "notice", "suspended", proposed + DAY)
            scene.act("resume", "award", award, "suspended", "notice", proposed + 5 * DAY)
        scene.act("confirm", "award", award, "notice", "confirmed", awarded)
        return award

    def _revoked(self) -> None:
        if not self.ranked:
            return
        at = self.at["ranked"] + MOMENT / 5
        award = self._award_row("revoked", self.ranked[:1], at, at + NOTICE, None)
        object_to(self.scene, award, at, "upheld")
        self.scene.act("suspend", "award", award, "notice", "suspended", at)
        self.scene.act("revoke", "award", award, "suspended", "revoked", at + MOMENT)

    def _declined(self, winner: Offer) -> None:
        before = self.at["proposed"] - 2 * DAY
        at = before + DAY + MOMENT
        award = self._award_row("declined", [winner], before, before + DAY, before + DAY)
        winner.state = "declined"
        self.scene.act("decline", "award", award, "confirmed", "declined", at)
        operator = self.story.operator
        credit.record(
            self.scene, winner.lead, "declined", at, by=operator, role="operator", answerer=winner.author
        )  # fmt: skip

    def _contracts(self, award: UUID, winners: list[Offer], run: race.Run | None) -> None:
        scene = self.scene
        terms = contract.usual_terms(scene)
        if run:
            shares = scene.frozen.rules.payment_presets[self.story.preset]
            terms = race.schedule(run, shares, terms[-1][1])
        came = run.state if run else ""
        deals = [
            contract.begin(scene, award, winner, terms, race=came, stays=winner is winners[0]) for winner in winners
        ]
        if run:
            race.settle(scene, run, deals)
        for deal in deals:
            self._course(deal, runs=run is not None)
            contract.write(scene, deal)
            if "signed" in self.at:
                course.check_midterm(scene, deal)
            if deal.state == "completed":
                results.register(scene, deal)
                results.follow_up(scene, deal)

    def _course(self, deal: contract.Deal, *, runs: bool) -> None:
        """What changes the contract, or ends it; nothing of that in a race, where it would wait for the decision."""
        scene = self.scene
        if deal.state == "terminated":
            course.end_early(scene, deal, "decided")
        if runs or deal.state not in ("effective", "completed"):
            return
        turn = scene.turn(deal.state)
        if turn % (2 if deal.state == "effective" else 5) == 1:
            course.amend(scene, deal)
        if turn % 6 == 2:
            course.end_early(scene, deal, self._proposal(deal))

    def _proposal(self, deal: contract.Deal) -> str:
        """How far a proposal to terminate came that has not ended the contract."""
        if deal.state == "completed":
            return "withdrawn"
        return ("proposed", "answered")[self.scene.turn("proposal") % 2]
