"""Ties that experts declare, correct and end; each change is in the ledger, and open panels are looked at again."""

from datetime import date
from typing import Any, Literal, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import Organization, User
from accounts.policy import require
from accounts.workflow import Refused
from reviews.actions.recheck import recheck_panels
from reviews.models import Assignment, Expert, Panel, Relation


class Tie(TypedDict, total=False):
    """To whom and since when; `until` None means that it goes on."""

    organization: Organization | None
    person: User | None
    since: date | None
    until: date | None
    source: str


def declare_relation(expert: Expert, *, actor: User, kind: str, **tie: Unpack[Tie]) -> Relation:
    """Note a tie from which conflicts are computed.

    Open panels are looked at again at once: a seat that the tie excludes is left, and its alternate called.
    """
    decision = require(actor, "expert.edit", expert)
    relation = Relation(expert=expert, kind=kind, **tie)
    _check(relation)
    with transaction.atomic():
        relation.save(force_insert=True)
        _record(relation, "declare_relation", actor, decision.role, {"kind": kind})
        recheck_panels(expert)
    return relation


def correct_relation(relation: Relation, *, actor: User, reason: str, kind: str, **tie: Unpack[Tie]) -> Relation:
    """Correct or end a tie: it is never deleted, and the ledger keeps what stood there before and why it changed.

    Operators are told, since a conflict may end with it.
    """
    with transaction.atomic():
        expert = workflow.lock(relation.expert)
        relation = Relation.objects.select_for_update().get(pk=relation.pk)
        relation.expert = expert
        decision = require(actor, "expert.edit", expert)
        before = _plain(relation)
        for name, value in {"kind": kind, **tie}.items():
            setattr(relation, name, value)
        _check(relation)
        after = _plain(relation)
        if after == before:
            raise Refused(_("Nothing was changed."), code="unchanged")
        relation.save()
        changes = {"before": before, "after": after, "reason": reason}
        _record(relation, "correct_relation", actor, decision.role, changes)
        notifications.tell("tie_corrected", expert, actor=actor)
        recheck_panels(expert)
    return relation


def declare_on_seat(
    assignment: Assignment, *, actor: User, kind: str, **tie: Unpack[Tie]
) -> Literal["seat", "bids", ""]:
    """A late declaration by who holds a seat; answers what it took from them there as a hard conflict.

    The `seat`, or of a matched panel the `bids` it is with, or nothing.
    """
    require(actor, "assignment.declare_tie", assignment)
    with transaction.atomic():
        panel = workflow.lock(assignment.panel)
        fresh = workflow.lock(assignment)
        if fresh.state not in Assignment.HELD or panel.state == Panel.State.CLOSED:
            raise Refused(_("You no longer hold this seat; declare the tie in your profile."), code="state")
        pairs = panel.pairs().filter(expert=fresh.expert_id)
        before = pairs.count()
        declare_relation(fresh.expert, actor=actor, kind=kind, **tie)
        if Assignment.objects.get(pk=assignment.pk).state not in Assignment.HELD:
            return "seat"
        return "bids" if pairs.count() < before else ""


def _check(relation: Relation) -> None:
    if relation.person_id is not None and relation.person_id == relation.expert.user_id:
        raise ValidationError({"person": _("Name another person.")})
    relation.full_clean(exclude=["expert"])


def _plain(relation: Relation) -> dict[str, Any]:
    names = ("kind", "organization_id", "person_id", "since", "until", "source")
    return {name.removesuffix("_id"): getattr(relation, name) for name in names}


def _record(relation: Relation, action: str, actor: User, role: str, data: dict[str, Any]) -> None:
    expert = relation.expert
    ledger.append(
        expert,
        action,
        actor=actor,
        acting_as=role,
        source=expert.state,
        target=expert.state,
        data={"relation": relation.pk, **data},
    )
