"""A large round: reviewers are matched to bids, looked at as a draft, and released; whoever leaves frees their bids."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Bid
from reviews.actions.seats import invite, keep_a_chair, when_a_matched_seat_falls
from reviews.actions.sheets import hand_out_sheets
from reviews.conflicts import find
from reviews.models import Assignment, Expert, Matching, PairWish, Panel, ScoreSheet
from reviews.models.panel_guards import JUDGED

MATCHED_IN = (Panel.State.FORMING, Panel.State.DRAWN, Panel.State.SCORING)
ASKED = ("per_bid", "load_min", "load_max", "cap", "worst_first")


def start_matching(panel: Panel, *, actor: User, **asked: Any) -> Matching:
    """Ask for a matching (`per_bid`, `load_min`, `load_max`, `cap` in percent, `worst_first`); the clock computes it.

    A draft or an impossible one gives way to it. Raises ValidationError for numbers that make no sense.
    """
    with transaction.atomic():
        panel = workflow.lock(panel)
        decision = require(actor, "panel.match", panel)
        _may_be_matched(panel)
        for before in panel.matchings.filter(state__in=Matching.OPEN):
            if before.state == Matching.State.WAITING:
                raise Refused(_("A matching is being computed; wait for it, or discard it."), code="waiting")
            perform(before.discard, actor=actor)
        return _begin(panel, asked, actor=actor, role=decision.role)


def _may_be_matched(panel: Panel) -> None:
    if panel.way != Panel.Way.MATCHED:
        raise Refused(_("This panel is drawn by lot, not matched to bids."), code="way")
    if not panel.supervisor_seed:
        raise Refused(_("The supervisor gives the second seed first."), code="condition")
    if panel.state not in MATCHED_IN:
        raise Refused(_("The panel has finished scoring; nothing is matched any more."), code="state")
    if panel.challenge.bids.filter(state=Bid.State.OPENED).exists():
        raise Refused(_("Decide on the eligibility of every bid first."), code="condition")


def _begin(panel: Panel, asked: Mapping[str, Any], *, actor: User | None, role: str) -> Matching:
    matching = Matching(panel=panel, created_by=actor, **asked)
    matching.full_clean(exclude={item.name for item in Matching._meta.fields} - set(ASKED))
    quorum = panel.challenge.frozen_rules.score_quorum
    if matching.per_bid < quorum:
        raise Refused(
            _("Each bid needs at least %(n)d reviewers, the quorum of score sheets.") % {"n": quorum}, code="quorum"
        )
    matching.save(force_insert=True)
    ledger.append(
        matching, "create", actor=actor, acting_as=role, target=Matching.State.WAITING,
        data={name: getattr(matching, name) for name in ASKED} | {"panel": panel.pk},
    )  # fmt: skip
    return matching


def wish_pair(panel: Panel, *, actor: User, bid: Bid, expert: Expert, wish: str, reason: str) -> PairWish:
    """Forbid or require one pair in the matchings to come, or (wish "free") neither any more; with a reason."""
    with transaction.atomic():
        panel = workflow.lock(panel)
        decision = require(actor, "panel.match", panel)
        _may_be_matched(panel)
        if bid.challenge_id != panel.challenge_id:
            raise Refused(_("This bid is of another challenge."), code="bid")
        if wish == PairWish.Wish.REQUIRE:
            found = find(panel.challenge, experts=[expert], bids=[bid]).get(expert.pk, [])
            if found:
                raise Refused(
                    _("This pair cannot be required: %(evidence)s") % {"evidence": found[0].evidence}, code="conflict"
                )
        made, _new = PairWish.objects.update_or_create(
            panel=panel, bid=bid, expert=expert, defaults={"wish": wish, "reason": reason, "made_by": actor}
        )
        ledger.append(
            made,
            "wish_pair", actor=actor, acting_as=decision.role,
            data={"bid": bid.pk, "expert": expert.pk, "wish": wish, "reason": reason},
        )  # fmt: skip
    return made


@step(Matching, "release")
def release(matching: Matching, *, actor: User) -> Matching:
    """Invite those matched who hold no seat; sheets of new pairs follow at once where the scoring runs already.

    Refused when a conflict has come up since, or nobody may chair: then it must be computed again.
    """
    panel = workflow.lock(matching.panel)
    challenge = panel.challenge
    if panel.state not in MATCHED_IN or challenge.state not in JUDGED:
        raise Refused(_("The panel has finished scoring; nothing is matched any more."), code="state")
    matching = perform(matching.release, actor=actor)
    rows = matching.matches.values_list("expert", "bid")
    pairs = set(rows)
    experts = list(
        Expert.objects.filter(pk__in=matching.matches.values("expert")).select_related("user").order_by("pk")
    )
    found = find(challenge, experts=experts)
    stale = [
        item.evidence
        for expert, items in found.items()
        for item in items
        if item.bid is None or (expert, item.bid) in pairs
    ]
    if stale:
        raise Refused(
            _("A conflict of interest has come up since; compute the matching again: %(evidence)s")
            % {"evidence": " ".join(stale[:3])},
            code="conflict",
        )
    seats = {seat.expert_id: seat for seat in panel.assignments.filter(state__in=Assignment.HELD)}
    has_chair = any(seat.is_chair for seat in seats.values())
    chair = None if has_chair else matching.result.get("chair")
    if not chair and not has_chair:
        raise Refused(_("Nobody matched may chair a panel. Say of more experts that they may chair."), code="chair")
    if panel.state == Panel.State.FORMING:
        panel = perform(panel.adopt, actor=None)
    for expert in experts:
        if expert.pk not in seats:
            invite(panel, expert, is_chair=str(expert.pk) == chair)
    panel.size, panel.released_at = len(experts), panel.released_at or panel.now
    panel.save()
    if panel.state == Panel.State.SCORING:
        accepted = [seat for seat in seats.values() if seat.state == Assignment.State.ACCEPTED]
        hand_out_sheets(challenge, accepted, part=ScoreSheet.Part.TECHNICAL)
    keep_a_chair(panel)
    return matching


@when_a_matched_seat_falls
def match_again(panel: Panel) -> None:
    """The bids of a seat that was left are matched among the rest, with what was asked the last time; as a draft."""
    last = panel.matchings.filter(state=Matching.State.RELEASED).order_by("-released_at").first()
    if last is None:
        return
    for stale in panel.matchings.filter(state__in=Matching.OPEN):
        perform(stale.discard, actor=None)
    _begin(panel, {name: getattr(last, name) for name in ASKED}, actor=None, role="platform")
    notifications.tell("bids_freed", panel)


def last_asked(panel: Panel) -> dict[str, Any]:
    """What was asked of the panel's newest matching, for the next; for the first, what its challenge needs at least."""
    newest = panel.matchings.order_by("-created_at").first()
    if newest is not None:
        return {name: getattr(newest, name) for name in ASKED}
    rules, bids = panel.challenge.frozen_rules, panel.challenge.bids.filter(state__in=("opened", "eligible")).count()
    experts = Expert.objects.filter(state=Expert.State.ACTIVE, fields__contains=[panel.challenge.industry]).count()
    load = -(-bids * rules.panel_size * 2 // max(1, experts))  # twice the even share
    return {"per_bid": rules.panel_size, "load_min": 0, "load_max": max(1, min(load, bids)), "cap": 100,
            "worst_first": True}  # fmt: skip
