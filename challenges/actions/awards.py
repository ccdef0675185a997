"""The award: proposal, public notice, confirmation by the clock, decline."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import workflow
from accounts.models import User
from accounts.workflow import Refused, perform, step
from challenges.actions.contracts import create_contract
from challenges.actions.credit import open_credit_record
from challenges.actions.races import check_plan, plan_race
from challenges.actions.terminations import end_if_nothing_is_left
from challenges.models import Award, AwardedBid, Bid, Challenge, Contract, CreditRecord, Objection
from challenges.models.award import STANDS_IN_THE_WAY
from challenges.permissions.bids import won_by

CANDIDATES = (Bid.State.RANKED, Bid.State.RESERVE)


def departs(candidates: Sequence[Bid], chosen: Sequence[Bid]) -> bool:
    """Whether the choice is not simply the best of the ranking: somebody left out is ranked as high as a winner."""
    left_out = [bid.rank for bid in candidates if bid not in chosen and bid.rank is not None]
    worst = max((bid.rank for bid in chosen if bid.rank is not None), default=0)
    return bool(left_out) and min(left_out) <= worst


@step(Challenge, "propose_award")
def propose_award(
    challenge: Challenge, *, actor: User, bids: Sequence[Bid], reason: str = "", race: dict[str, Any] | None = None
) -> Challenge:
    """Propose these bids and open the public notice; departing from the ranking needs a reason that stays public.

    `race` is the plan of several winners' shared test, {"early_share", "test_on", "subject", "places"}; several
    winners have one, a single winner has none.
    """
    challenge = workflow.lock(challenge)
    candidates = list(challenge.bids.filter(state__in=CANDIDATES).order_by("rank"))
    chosen = [bid for bid in candidates if bid in bids]
    if not chosen or len(chosen) != len(bids):
        raise Refused(_("Choose among the ranked bids above the thresholds."), code="bids")
    departing = departs(candidates, chosen)
    if departing and not reason.strip():
        raise Refused(_("This choice departs from the ranking: write the reason; it stays public."), code="reason")
    check_plan(challenge, chosen, race)
    challenge = perform(challenge.propose_award, actor=actor, bids=chosen, reason=reason)
    award = Award(
        challenge=challenge, proposed_by=actor, departs_from_ranking=departing, reason=reason,
        ranking_sha256=challenge.ranking_sha256, shown_ranking=_as_shown(challenge),
    )  # fmt: skip
    award.save(force_insert=True)
    AwardedBid.objects.bulk_create(AwardedBid(award=award, bid=bid) for bid in chosen)
    if race is not None:
        plan_race(award, actor=actor, plan=race)
    perform(award.open_notice, actor=None)
    return challenge


def confirm_due_awards() -> int:
    """Let notices go on whose objections are settled, then confirm every award whose notice is over; how many.

    Run by the clock.
    """
    waits = Objection.objects.filter(STANDS_IN_THE_WAY, award=OuterRef("pk"))
    settled = Award.objects.filter(~Exists(waits), state=Award.State.SUSPENDED)
    workflow.sweep(settled, lambda award: perform(award.resume, actor=None))
    due = Award.objects.filter(state=Award.State.NOTICE, notice_ends_at__lte=Now()).select_related("challenge")
    return workflow.sweep(due, _confirm)


def _confirm(award: Award) -> None:
    workflow.lock(award.challenge)
    award = perform(award.confirm, actor=None)
    challenge = perform(award.challenge.confirm_award, actor=None)
    winners = list(award.bids.order_by("pk"))
    others = list(
        challenge.bids.filter(state__in=CANDIDATES).exclude(pk__in=[bid.pk for bid in winners]).order_by("pk")
    )
    for bid in winners:
        perform(bid.win, actor=None)
    best = min((bid.rank for bid in others if bid.rank is not None), default=None)
    for bid in others:
        if bid.rank == best and bid.state == Bid.State.RANKED:
            perform(bid.stand_by, actor=None)
        elif bid.rank != best:
            perform(bid.pass_over, actor=None)
    for bid in winners:
        create_contract(award, bid)


@step(Challenge, "decline")
def decline_award(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """The only winner left declines: award and contract fall, every ranked bid can be proposed again."""
    challenge = workflow.lock(challenge)
    award = challenge.awards.get(state=Award.State.CONFIRMED)
    challenge = perform(challenge.decline, actor=actor, reason=reason)
    perform(award.decline, actor=None)
    for contract in challenge.contracts.filter(state__in=("draft", "signing")):
        perform(contract.terminate, actor=None)
    perform(award.bids.get(state=Bid.State.AWARDED).decline, actor=None, reason=reason)
    _rank_again(challenge)
    return challenge


def _rank_again(challenge: Challenge) -> None:
    for bid in challenge.bids.filter(state__in=("reserve", "not_awarded"), rank__isnull=False).order_by("pk"):
        perform(bid.return_to_ranking, actor=None)


@step(Challenge, "decline_alongside")
def decline_alongside(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """One of several winners declines: their contract and bid fall, the award stands for the others."""
    challenge = perform(challenge.decline_alongside, actor=actor, reason=reason)
    bid = won_by(actor, challenge)
    perform(bid.contract.terminate, actor=None)
    perform(bid.decline, actor=None, reason=reason)
    return end_if_nothing_is_left(challenge, reason=reason)


@step(Contract, "declare_default")
def declare_default(contract: Contract, *, actor: User, reason: str) -> Contract:
    """A winner did not sign in time: as if declined, for the only winner or for one of several."""
    challenge = workflow.lock(contract.challenge)
    contract = perform(contract.declare_default, actor=actor, reason=reason)
    perform(contract.bid.decline, actor=None, reason=reason)
    if challenge.state == Challenge.State.AWARDED and not challenge.bids.filter(state=Bid.State.AWARDED).exists():
        perform(challenge.lose_winner, actor=None, reason=reason)
        perform(challenge.awards.get(state=Award.State.CONFIRMED).decline, actor=None)
        _rank_again(challenge)
    end_if_nothing_is_left(challenge, reason=reason)
    return contract


@step(Challenge, "grant_withdrawal")
def grant_withdrawal(challenge: Challenge, *, actor: User, reason: str, good_reason: bool) -> Challenge:
    """End without an award at the owner's wish: award, drafts of contracts and every bid in play are settled.

    Without good reason a credit record is opened on the owner, which another decider decides.
    """
    challenge = perform(challenge.grant_withdrawal, actor=actor, reason=reason, good_reason=good_reason)
    for award in challenge.awards.filter(state__in=Award.ALIVE).order_by("pk"):
        perform(award.fall, actor=None, reason=reason)
    for contract in challenge.contracts.filter(state__in=("draft", "signing")).order_by("pk"):
        perform(contract.terminate, actor=None)
    for bid in challenge.bids.filter(state=Bid.State.AWARDED).order_by("pk"):
        perform(bid.return_to_ranking, actor=None)
    for bid in challenge.bids.filter(state__in=(Bid.State.OPENED, Bid.State.ELIGIBLE, *CANDIDATES)).order_by("pk"):
        perform(bid.pass_over, actor=None)
    if not good_reason:
        kind = CreditRecord.Kind.WITHDREW
        open_credit_record(challenge, actor=actor, organization=challenge.owner, kind=kind, facts=reason)
    return challenge


@step(Challenge, "declare_no_award")
def declare_no_award(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """End without an award; every bid still in play is settled."""
    challenge = perform(challenge.declare_no_award, actor=actor, reason=reason)
    settle_others(challenge)
    return challenge


def settle_others(challenge: Challenge) -> None:
    """Bids that can no longer win become `not_awarded`."""
    for bid in challenge.bids.filter(state__in=CANDIDATES).order_by("pk"):
        perform(bid.pass_over, actor=None)


def _as_shown(challenge: Challenge) -> list[dict[str, Any]]:
    """The ranking as JSON keeps it."""
    return [{**line, "id": str(line["id"]), "score": str(line["score"])} for line in public_ranking(challenge)]


def ranking_of(award: Award) -> list[dict[str, Any]]:
    """The ranking as the notice of this award made it public, whatever became of it since.

    A bid that was disqualified later carries the public reason as `out`.
    """
    lines = award.shown_ranking or _as_shown(award.challenge)
    out = award.challenge.bids.filter(state=Bid.State.INELIGIBLE).values_list("pk", "ineligible_reason")
    reasons = dict(out)
    return [
        {**line, "id": UUID(line["id"]), "score": Decimal(line["score"]), "out": reasons.get(UUID(line["id"]), "")}
        for line in lines
    ]


def public_ranking(challenge: Challenge) -> list[dict[str, Any]]:
    """What the notice shows of the ranking: place, lead organisation, published score; nothing of those below."""
    bids = challenge.bids.filter(rank__isnull=False).select_related("lead").order_by("rank", "code")
    return [
        {"rank": bid.rank, "lead": bid.lead.name, "score": bid.score, "code": bid.code, "id": bid.pk} for bid in bids
    ]
