"""The expert pool: applying, being taken in, keeping one's profile and ties."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import Organization, User
from accounts.policy import Denied, deny, require
from accounts.workflow import Refused, perform
from challenges.permissions import STAFF
from reviews.actions.recheck import recheck_panels
from reviews.models import Expert, Relation

NOT_CHECKED = ("user", "state", "approved_by")  # set by the platform; a protected state cannot even be cleaned


def apply_as_expert(
    user: User, *, fields: Sequence[str], biography: str = "", organization: Organization | None = None
) -> Expert:
    """A person asks to be taken into the pool; an operator checks identity and employer."""
    decision = require(user, "expert.apply")
    expert = Expert(user=user, fields=list(fields), biography=biography, organization=organization)
    with transaction.atomic():
        _add(expert)
        ledger.append(
            expert, "apply", actor=user, acting_as=decision.role, target=Expert.State.APPLIED, data=_profile(expert)
        )
        notifications.tell("expert_applied", expert, actor=user)
    return expert


def add_expert(
    user: User,
    *,
    actor: User,
    fields: Sequence[str],
    biography: str = "",
    organization: Organization | None = None,
    may_chair: bool = True,
) -> Expert:
    """An operator takes a person straight into the pool. Raises Refused for the platform's own staff."""
    decision = require(actor, "expert.approve")
    if set(user.roles) & set(STAFF):
        raise Refused(_("The platform's staff does not review."), code="separation")
    expert = Expert(user=user, fields=list(fields), biography=biography, organization=organization, may_chair=may_chair)
    with transaction.atomic():
        _add(expert)
        ledger.append(
            expert, "add", actor=actor, acting_as=decision.role, target=Expert.State.APPLIED, data=_profile(expert)
        )
        approved: Expert = perform(expert.approve, actor=actor)
    return approved


def edit_expert(
    expert: Expert,
    *,
    actor: User,
    fields: Sequence[str],
    biography: str,
    organization: Organization | None,
    may_chair: bool | None = None,
) -> Expert:
    """Change a profile; whether somebody may chair is the operators' to say, None leaves it."""
    with transaction.atomic():
        expert = workflow.lock(expert)
        decision = require(actor, "expert.edit", expert)
        if may_chair is not None and may_chair != expert.may_chair:
            if decision.role != "operator":
                raise Denied(deny(_("Operators say who may chair a panel.")))
            expert.may_chair = may_chair
        if decision.role != "operator" and expert.state != Expert.State.APPLIED and organization != expert.organization:
            raise Denied(deny(_("Tell the operators where you work now; conflicts of interest are computed from it.")))
        if expert.organization is not None and organization != expert.organization:
            _remember_employer(expert)
        expert.fields, expert.biography, expert.organization = list(fields), biography, organization
        expert.full_clean(exclude=NOT_CHECKED)
        expert.save()
        ledger.append(
            expert,
            "edit",
            actor=actor,
            acting_as=decision.role,
            source=expert.state,
            target=expert.state,
            data=_profile(expert),
        )
        recheck_panels(expert)
    return expert


def declare_relation(
    expert: Expert,
    *,
    actor: User,
    kind: str,
    organization: Organization | None = None,
    person: User | None = None,
    since: date | None = None,
    until: date | None = None,
    source: str = "",
) -> Relation:
    """Note a tie from which conflicts are computed; `until` None means that it goes on.

    Open panels are looked at again at once: a seat that the tie excludes is left, and its alternate called.
    """
    decision = require(actor, "expert.edit", expert)
    relation = Relation(
        expert=expert, kind=kind, organization=organization, person=person, since=since, until=until, source=source
    )
    if person is not None and person.pk == expert.user_id:
        raise ValidationError({"person": _("Name another person.")})
    relation.full_clean(exclude=["expert"])
    with transaction.atomic():
        relation.save(force_insert=True)
        ledger.append(
            expert,
            "declare_relation",
            actor=actor,
            acting_as=decision.role,
            source=expert.state,
            target=expert.state,
            data={"relation": relation.pk, "kind": kind},
        )
        recheck_panels(expert)
    return relation


def _remember_employer(expert: Expert) -> None:
    """Whom an expert leaves stays known with its dates, since conflicts look back."""
    today = localtime(expert.now).date()
    Relation.objects.create(
        expert=expert,
        kind=Relation.Kind.FORMER_EMPLOYER,
        organization=expert.organization,
        since=expert.employed_since,
        until=today,
        source=str(_("Profile of %(day)s") % {"day": today.isoformat()}),
    )
    expert.employed_since = today


def _add(expert: Expert) -> None:
    expert.full_clean(exclude=NOT_CHECKED)
    try:
        with transaction.atomic():
            expert.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("This person is in the expert pool already, or has applied."), code="exists") from error


def _profile(expert: Expert) -> dict[str, Any]:
    return {"fields": expert.fields, "organization": expert.organization_id, "may_chair": expert.may_chair}
