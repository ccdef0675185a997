"""The expert pool: applying, being taken in, keeping one's profile, absences and the taxonomy of specialties."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict, Unpack

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
from reviews.models import Absence, Expert, ExpertInvitation, Expertise, Relation, Specialty

NOT_CHECKED = ("user", "state", "approved_by")  # set by the platform; a protected state cannot even be cleaned
ABSENCES_AT_MOST = 30
LONGEST_ABSENCE = timedelta(days=731)


class Profile(TypedDict, total=False):
    """What an expert says of themselves; what is left out stays as it is."""

    fields: Sequence[str]
    biography: str
    organization: Organization | None
    employed_since: date | None
    languages: Sequence[str]
    panels_at_most: int | None
    specialties: Mapping[Specialty, int]  # with the level of each


def apply_as_expert(user: User, **profile: Unpack[Profile]) -> Expert:
    """A person asks to be taken into the pool; an operator checks identity and employer."""
    decision = require(user, "expert.apply")
    with transaction.atomic():
        expert = _add(Expert(user=user), profile)
        _record_birth(expert, "apply", user, decision.role)
        notifications.tell("expert_applied", expert, actor=user)
    return expert


def add_expert(user: User, *, actor: User, may_chair: bool = True, **profile: Unpack[Profile]) -> Expert:
    """An operator takes a person straight into the pool. Raises Refused for the platform's own staff."""
    with transaction.atomic():
        expert = _entered(Expert(user=user, may_chair=may_chair), actor, profile)
        approved: Expert = perform(expert.approve, actor=actor)
    return approved


def ask_expert(user: User, *, actor: User, **profile: Unpack[Profile]) -> Expert:
    """An operator enters a person's profile; they are in the pool once they agree. Raises Refused for own staff."""
    with transaction.atomic():
        expert = _entered(Expert(user=user), actor, profile)
        asked: Expert = perform(expert.ask_consent, actor=None, vouched_by=actor)
        notifications.tell("expert_asked", asked, actor=actor)
    return asked


def _entered(expert: Expert, actor: User, profile: Profile) -> Expert:
    """The row of somebody whom an operator vouches for."""
    decision = require(actor, "expert.approve")
    if set(expert.user.roles) & set(STAFF):
        raise Refused(_("The platform's staff does not review."), code="separation")
    expert = _add(expert, profile)
    _record_birth(expert, "add", actor, decision.role)
    return expert


def edit_expert(expert: Expert, *, actor: User, may_chair: bool | None = None, **profile: Unpack[Profile]) -> Expert:
    """Change a profile; whether somebody may chair is the operators' to say, None leaves it.

    Raises Denied for what only operators change: the right to chair, and the employer of who is in the pool already.
    Open panels are looked at again at once.
    """
    with transaction.atomic():
        expert = workflow.lock(expert)
        decision = require(actor, "expert.edit", expert)
        before = _profile(expert)
        if decision.role != "operator":
            _leave_to_operators(expert, may_chair, profile)
        if may_chair is not None:
            expert.may_chair = may_chair
        _change_employer(expert, profile)
        _fill(expert, profile)
        expert.save()
        after = _profile(expert)
        if after != before:
            changed = sorted(key for key in after if after[key] != before[key])
            _record(expert, "edit", actor, decision.role, {**_told(after), "changed": changed})
            recheck_panels(expert)
    return expert


def add_absence(expert: Expert, *, actor: User, since: date, until: date) -> Absence:
    """Days, both included, on which the expert takes no review; panels they sit on already are untouched."""
    with transaction.atomic():
        expert = workflow.lock(expert)
        decision = require(actor, "expert.edit", expert)
        if until < since:
            raise ValidationError({"until": _("This day lies before the beginning.")})
        if until < localtime(expert.now).date():
            raise ValidationError({"until": _("These days are over.")})
        if until - since > LONGEST_ABSENCE:
            raise ValidationError({"until": _("Two years at most; ask the operators to pause you for longer.")})
        if expert.absences.filter(since__lte=until, until__gte=since).exists():
            raise ValidationError({"since": _("Some of these days are noted already.")})
        if expert.absences.count() >= ABSENCES_AT_MOST:
            raise ValidationError({"since": _("That is enough; strike absences that are over first.")})
        absence = Absence.objects.create(expert=expert, since=since, until=until)
        _record(expert, "add_absence", actor, decision.role, {"since": since, "until": until})
    return absence


def strike_absence(absence: Absence, *, actor: User) -> None:
    """The expert is available after all; the ledger keeps the days."""
    with transaction.atomic():
        expert = workflow.lock(absence.expert)
        decision = require(actor, "expert.edit", expert)
        found = expert.absences.filter(pk=absence.pk).first()
        if found is None:
            raise Refused(_("This absence has been struck already."), code="done")
        found.delete()
        _record(expert, "strike_absence", actor, decision.role, {"since": absence.since, "until": absence.until})


def add_specialty(*, actor: User, industry: str, name: str, name_en: str) -> Specialty:
    """An operator adds a branch of an industry to the taxonomy."""
    decision = require(actor, "specialty.add")
    specialty = Specialty(industry=industry, name=name, name_en=name_en)
    specialty.full_clean()
    with transaction.atomic():
        specialty.save(force_insert=True)
        ledger.append(specialty, "add", actor=actor, acting_as=decision.role, data={"industry": industry, "name": name})
    return specialty


def _leave_to_operators(expert: Expert, may_chair: bool | None, profile: Profile) -> None:
    if may_chair is not None and may_chair != expert.may_chair:
        raise Denied(deny(_("Operators say who may chair a panel.")))
    if expert.state == Expert.State.APPLIED:
        return
    moved = profile.get("organization", expert.organization) != expert.organization
    if moved or profile.get("employed_since", expert.employed_since) != expert.employed_since:
        raise Denied(deny(_("Tell the operators where you work now; conflicts of interest are computed from it.")))


def _change_employer(expert: Expert, profile: Profile) -> None:
    """Whom an expert leaves stays known with its dates, since conflicts look back."""
    left = expert.organization
    if left is None or profile.get("organization", left) == left:
        return
    today = localtime(expert.now).date()
    given = profile.get("employed_since")
    moved = given if given and given != expert.employed_since else today
    if expert.employed_since and moved < expert.employed_since:
        raise ValidationError({"employed_since": _("This day lies before the work for the employer before began.")})
    Relation.objects.create(
        expert=expert,
        kind=Relation.Kind.FORMER_EMPLOYER,
        organization=left,
        since=expert.employed_since,
        until=moved,
        source=str(_("Profile of %(day)s") % {"day": today.isoformat()}),
    )
    profile["employed_since"] = moved if profile.get("organization") else None


def _add(expert: Expert, profile: Profile) -> Expert:
    # Looked for first: a profile with specialties is written in two tables, and the second must not be tried in vain.
    if Expert.objects.filter(user=expert.user).exists():
        raise Refused(_("This person is in the expert pool already, or has applied."), code="exists")
    try:
        with transaction.atomic():
            _fill(expert, profile)
    except IntegrityError as error:
        raise Refused(_("This person is in the expert pool already, or has applied."), code="exists") from error
    return expert


def _fill(expert: Expert, profile: Profile) -> None:
    """Write what is given; ValidationError by field for what does not hold."""
    for name, value in profile.items():
        if name != "specialties":
            setattr(expert, name, list(value) if name in ("fields", "languages") else value)  # type: ignore[call-overload]
    if expert.employed_since and expert.employed_since > localtime(expert.now).date():
        raise ValidationError({"employed_since": _("This day has not come yet.")})
    expert.full_clean(exclude=NOT_CHECKED)
    given = profile.get("specialties")
    known = {item.specialty: item.level for item in expert.expertise.select_related("specialty")}
    for specialty in given if given is not None else known:
        if specialty.industry not in expert.fields:
            values = {"specialty": specialty, "field": specialty.get_industry_display()}
            raise ValidationError(
                {"specialties": _("“%(specialty)s” belongs to “%(field)s”; tick that field as well.") % values}
            )
    if expert._state.adding:
        expert.save(force_insert=True)
    if given is not None and dict(given) != known:
        expert.expertise.all().delete()
        Expertise.objects.bulk_create(
            Expertise(expert=expert, specialty=specialty, level=level) for specialty, level in given.items()
        )


def _profile(expert: Expert) -> dict[str, Any]:
    """Everything that a change of the profile may touch."""
    return {
        "fields": list(expert.fields),
        "organization": expert.organization_id,
        "employed_since": expert.employed_since,
        "languages": list(expert.languages),
        "panels_at_most": expert.panels_at_most,
        "may_chair": expert.may_chair,
        "specialties": {str(pk): level for pk, level in expert.expertise.values_list("specialty", "level")},
        "biography": expert.biography,
    }


def _told(profile: dict[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a profile: all but the text about the person, which may have to be forgotten."""
    return {key: value for key, value in profile.items() if key != "biography"}


def _record_birth(expert: Expert, action: str, actor: User, role: str) -> None:
    """The first entry of an expert's chain; an open invitation to their address is answered by it."""
    data = _told(_profile(expert))
    ledger.append(expert, action, actor=actor, acting_as=role, target=Expert.State.APPLIED, data=data)
    for invitation in ExpertInvitation.objects.filter(email=expert.user.email, state=ExpertInvitation.State.OPEN):
        perform(invitation.answer, actor=None)


def _record(expert: Expert, action: str, actor: User, role: str, data: dict[str, Any]) -> None:
    ledger.append(expert, action, actor=actor, acting_as=role, source=expert.state, target=expert.state, data=data)
