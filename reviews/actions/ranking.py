"""The end of the review: the ranking from the locked sheets, its snapshot, and each bid's place."""

from collections.abc import Container
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Bid, Challenge
from reviews import ranking, ties
from reviews.models import Panel, Ranking, ScoreSheet, TieBreak


@step(Challenge, "finish_review")
def finish_review(challenge: Challenge, *, actor: User | None) -> Challenge:
    """Rank the bids, keep the snapshot with its hash, close the panel, and settle the bids that are not ranked.

    Refused while a tie waits for the panel's vote or for lots: no two bids share a rank.
    """
    challenge = workflow.lock(challenge)
    require(actor, "challenge.finish_review", challenge)
    panel = challenge.panels.filter(state=Panel.State.CONSENSUS).first()
    panel = workflow.lock(panel) if panel is not None else None
    if panel is None or not panel.has_every_sheet_locked() or panel.consensus_waits_for() or panel.tie_waits_for():
        return perform(challenge.finish_review, actor=actor, ranking_sha256="")  # type: ignore[no-any-return]  # refused
    bids = _ranked_bids(challenge)
    snapshot = ranked_now(panel)
    Ranking(challenge=challenge, panel=panel, snapshot=snapshot, sha256=snapshot["sha256"]).save(force_insert=True)
    challenge = perform(challenge.finish_review, actor=actor, ranking_sha256=snapshot["sha256"])
    perform(panel.close, actor=None)
    for told in sorted(snapshot["result"]["bids"], key=lambda item: str(item["id"])):
        bid = bids[told["id"]]
        if told["rank"] is None:
            perform(bid.pass_over, actor=None, score=told["published"])
        else:
            perform(bid.take_rank, actor=None, rank=told["rank"], score=told["published"])
    return challenge


def _ranked_bids(challenge: Challenge) -> dict[str, Bid]:
    return {str(bid.pk): bid for bid in challenge.bids.filter(state=Bid.State.ELIGIBLE).order_by("pk")}


def ranked_now(panel: Panel, *, only: Container[UUID] | None = None) -> dict[str, Any]:
    """The ranking's snapshot as locked sheets, amendments, counted votes and drawn lots make it at this moment.

    Of `only` some bids it tells totals and spreads, which rest on nothing of the others.
    """
    bids = _ranked_bids(panel.challenge)
    if only is not None:
        bids = {pk: bid for pk, bid in bids.items() if bid.pk in only}
    inputs = inputs_of(panel.challenge, panel, bids)
    tie = TieBreak.objects.filter(panel=panel).exclude(TieBreak.WAITS_FOR_VOTES).first()
    if tie is not None:
        ballots = tie.ballots.order_by("assignment")
        cast = [{"reviewer": str(ballot.assignment_id), "bids": ballot.bids} for ballot in ballots]
        votes, lots = ties.count(tie.groups, cast), tie.draw["lots"] if tie.draw else {}
        for bid in inputs["bids"]:
            bid |= {
                key: told[bid["id"]] for key, told in (("tie_vote", votes), ("drawn_lot", lots)) if bid["id"] in told
            }
        inputs["tie_break"] = {"groups": tie.groups, "ballots": cast} | ({"draw": tie.draw} if tie.draw else {})
    return ranking.snapshot(inputs)


def inputs_of(challenge: Challenge, panel: Panel, bids: dict[str, Bid]) -> dict[str, Any]:
    """What the ranking is computed from: one sheet per reviewer and bid, both parts together, the void ones named.

    Where a reviewer amended a score in the consensus the amended one stands there, with what it was before.

    Reviewers stand there by the id of their seat, which tells nobody who they are.
    """
    rules, rubric = challenge.frozen_rules, challenge.frozen_rubric
    sheets = ScoreSheet.objects.filter(assignment__panel=panel, bid__in=[bid.pk for bid in bids.values()])
    locked: dict[tuple[str, str], dict[str, str]] = {}
    ids: dict[tuple[str, str], str] = {}
    amended: dict[tuple[str, str], list[dict[str, str]]] = {}
    void = []
    for sheet in sheets.order_by("pk").prefetch_related("amendments"):
        key = (str(sheet.assignment_id), str(sheet.bid_id))
        if sheet.state == ScoreSheet.State.VOID:
            void.append({"id": str(sheet.pk), "void": True})
            continue
        if sheet.part == ScoreSheet.Part.TECHNICAL:
            ids[key] = str(sheet.pk)
        locked[key] = locked.get(key, {}) | sheet.amended_scores
        for item in sheet.amendments.all():
            told = {"criterion": item.criterion, "before": item.before, "after": item.after}
            amended.setdefault(key, []).append(told)
    wanted = {item.key for item in rubric.criteria}
    return {
        "challenge": challenge.number,
        "rule_set": str(challenge.rule_set) if challenge.rule_set else "",
        "bids": [{"id": pk, "code": bid.code} for pk, bid in bids.items()],
        "criteria": [
            {
                "key": item.key,
                "weight": str(item.weight),
                "scale": str(rubric.scale),
                "core": item.core,
                "axis": item.axis,
                **({"threshold": str(item.threshold)} if item.threshold is not None else {}),
            }
            for item in rubric.criteria
        ],
        "sheets": [
            {"id": ids[reviewer, bid], "reviewer": reviewer, "bid": bid, "void": False, "scores": scores}
            | ({"amendments": amended[reviewer, bid]} if (reviewer, bid) in amended else {})
            for (reviewer, bid), scores in locked.items()
            if scores.keys() == wanted and (reviewer, bid) in ids
        ]
        + void,
        "rules": {
            "quorum": rules.score_quorum,
            "z_min_bids": rules.z_min_bids,
            "trim_from": rules.trim_from,
            "spread_limit": str(rules.spread_limit),
            "total_threshold": str(rubric.total_threshold),
        },
    }


def extend_review(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """Give late reviewers one more review period from now; the reason stays in the ledger."""
    with transaction.atomic():
        challenge = workflow.lock(challenge)
        decision = require(actor, "challenge.start_review", challenge)
        panel = challenge.panels.filter(state=Panel.State.SCORING).first()
        if challenge.state != Challenge.State.UNDER_REVIEW or panel is None:
            raise Refused(_("Only a review that is being scored can be extended."), code="state")
        if len(reason.strip()) < 4:
            raise Refused(_("Write the reason; it stays in the ledger."), code="reason")
        challenge.review_ends_at = challenge.now + challenge.frozen_rules.review_period
        challenge.save()
        ledger.append(
            challenge,
            "extend_review",
            actor=actor,
            acting_as=decision.role,
            source=challenge.state,
            target=challenge.state,
            data={"reason": reason, "review_ends_at": challenge.review_ends_at},
            at=challenge.now,
        )
        notifications.tell("review_extended", panel, actor=actor, reason=reason)
    return challenge
