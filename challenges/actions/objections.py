"""Objections and the one appeal: filed with ground and evidence, decided, and the remedy carried out."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import documents, ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.actions.awards import CANDIDATES, settle_others
from challenges.calendar import CalendarUnknown
from challenges.models import Award, Bid, BidGrant, Challenge, Ground, Objection, ObjectionDocument, Remedy

NOT_JUDGEMENT = _(
    "What the experts thought of a bid is their academic judgement, which no handler replaces. You can "
    "object to procedure (a conflict of interest, a rule that was not kept, a sum that is wrong) or to fact (a "
    "statement, a document or a qualification that is not true)."
)
NO_EVIDENCE = _("Give evidence: a file, or where and how what you say can be verified.")
SHORTEST_NOTE = 10


def file_objection(
    award: Award,
    *,
    actor: User,
    name: str,
    contact: str,
    text: str,
    ground: str,
    evidence_note: str = "",
    evidence: ObjectionDocument | None = None,
) -> Objection:
    """A named, evidenced objection inside the window; the award is suspended until it is decided.

    `evidence` is a file that `documents.put` has stored: nothing waits for the store while the award is locked.
    """
    with transaction.atomic():
        workflow.lock(award.challenge)
        award = workflow.lock(award)
        decision = require(actor, "award.object", award)
        objection = Objection(
            award=award, filed_by=actor, name=name, contact=contact, text=text, ground=ground,
            evidence_note=evidence_note,
        )  # fmt: skip
        _file(objection, actor=actor, role=decision.role, evidence=evidence)
        if award.state == Award.State.NOTICE:
            perform(award.suspend, actor=None)
        notifications.tell("objection_filed", objection, actor=actor)
    return objection


def file_appeal(
    objection: Objection,
    *,
    actor: User,
    text: str,
    ground: str,
    evidence_note: str = "",
    evidence: ObjectionDocument | None = None,
) -> Objection:
    """The one appeal of a dismissed objection, by whoever filed it; the award stays suspended until it is decided."""
    with transaction.atomic():
        workflow.lock(objection.award.challenge)
        award = workflow.lock(objection.award)
        objection = workflow.lock(objection)
        decision = require(actor, "objection.appeal", objection)
        appeal = Objection(
            award=award, filed_by=actor, name=objection.name, contact=objection.contact, text=text, ground=ground,
            evidence_note=evidence_note, against=objection,
        )  # fmt: skip
        _file(appeal, actor=actor, role=decision.role, evidence=evidence)
        notifications.tell("appeal_filed", appeal, actor=actor)
    return appeal


def _file(objection: Objection, *, actor: User, role: str, evidence: ObjectionDocument | None) -> None:
    if objection.ground not in Ground.values:
        raise Refused(NOT_JUDGEMENT, code="ground")
    if evidence is None and len(objection.evidence_note.strip()) < SHORTEST_NOTE:
        raise Refused(NO_EVIDENCE, code="evidence")
    objection.acknowledge_by = _acknowledged_by(objection.award, objection.award.now)
    objection.save(force_insert=True)
    data: dict[str, Any] = {"objection": objection.pk, "ground": objection.ground}
    if objection.against_id:
        data["against"] = objection.against_id
    ledger.append(objection, "file", actor=actor, acting_as=role, target="filed", data=data)
    if evidence is not None:
        evidence.objection = objection
        documents.keep(evidence, actor=actor)


def _acknowledged_by(award: Award, filed_at: datetime) -> datetime | None:
    """When the objection is to be acknowledged; None while the calendar does not reach so far.

    The window does not wait for the platform's calendar, so an objection is never refused for the want of it.
    """
    try:
        return award.challenge.frozen_rules.objection_acknowledged_within.after(filed_at)
    except CalendarUnknown:
        return None


def date_acknowledgements() -> None:
    """Say by when objections filed before the calendar reached so far are to be acknowledged. Run by the clock."""
    for undated in Objection.objects.filter(state=Objection.State.FILED, acknowledge_by=None).order_by("pk"):
        with transaction.atomic():
            objection = workflow.lock(undated)
            objection.acknowledge_by = _acknowledged_by(objection.award, objection.created_at)
            objection.save()


@step(Objection, "uphold")
def uphold(objection: Objection, *, actor: User, decision: str, remedy: str, bid: Bid | None = None) -> Objection:
    """Procedure or fact was wrong; the remedy is named, and the bid where one is to be disqualified."""
    award = workflow.lock(objection.award)
    if remedy not in Remedy.values:
        raise Refused(_("Name the remedy."), code="remedy")
    if (bid is not None) != (remedy == Remedy.DISQUALIFY):
        raise Refused(_("Name the bid that is disqualified, and one only for this remedy."), code="bid")
    if bid is not None and not award.challenge.bids.filter(pk=bid.pk, state__in=CANDIDATES).exists():
        raise Refused(_("Choose among the ranked bids above the thresholds."), code="bid")
    return perform(objection.uphold, actor=actor, decision=decision, remedy=remedy, bid=bid)  # type: ignore[no-any-return]


@step(Objection, "dismiss")
def dismiss(objection: Objection, *, actor: User, decision: str) -> Objection:
    """With reasons; the notice goes on when nothing is open or upheld and no time to appeal runs any more."""
    award = workflow.lock(objection.award)
    objection = perform(objection.dismiss, actor=actor, decision=decision)
    if award.state == Award.State.SUSPENDED and award.may_go_on():
        perform(award.resume, actor=None)
    return objection


@step(Challenge, "reopen_award")
def reopen_award(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """Back to the ranking, without the bids that were disqualified; the award stays on record as revoked."""
    challenge = perform(challenge.reopen_award, actor=actor, reason=reason)
    _fall(challenge, reason=reason)
    return challenge


@step(Challenge, "rescore")
def rescore(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """Back to the forming of a panel, another one: the old panel's grants end, its ranking and award stay on record."""
    challenge = perform(challenge.rescore, actor=actor, reason=reason)
    _fall(challenge, reason=reason)
    for bid in challenge.bids.filter(state__in=(*CANDIDATES, Bid.State.NOT_AWARDED)).order_by("pk"):
        perform(bid.return_to_review, actor=None)
    # Who scored keeps a stake by the ledger; a grant that stayed would open the bids again to the old panel.
    judging = BidGrant.objects.filter(permission__codename__in=("score_bid", "price_bid"))
    judging.filter(content_object__challenge=challenge).delete()
    return challenge


@step(Challenge, "annul_award")
def annul_award(challenge: Challenge, *, actor: User, reason: str) -> Challenge:
    """The award is revoked and no other follows; every bid still in play is settled."""
    challenge = perform(challenge.annul_award, actor=actor, reason=reason)
    _fall(challenge, reason=reason)
    settle_others(challenge)
    return challenge


def _fall(challenge: Challenge, *, reason: str) -> None:
    """Revoke the suspended award with the remedy due, and take out the bids that were disqualified."""
    award = workflow.lock(challenge.awards.get(state=Award.State.SUSPENDED))
    remedy = award.remedy_due()
    named = award.objections.filter(state=Objection.State.UPHELD).values("disqualified")
    for bid in challenge.bids.filter(pk__in=named, state__in=CANDIDATES).order_by("pk"):
        perform(bid.disqualify, actor=None, reason=reason)
    perform(award.revoke, actor=None, reason=reason, remedy=remedy)
