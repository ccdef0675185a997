"""The API of the expert pool: profiles, ties, absences, specialties, invitations, and the matrix of conflicts."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Query, Router, Status

from accounts.api import cleaned, of
from accounts.models import User
from accounts.models.words import holding
from accounts.policy import require
from accounts.resources import REFUSALS, SEEN, Paging, Resource, found, mount, query_of
from reviews import actions
from reviews.conflicts import matrix
from reviews.expert_forms import (
    AbsenceForm,
    AddExpertForm,
    CorrectRelationForm,
    ExpertForm,
    InvitationForm,
    RelationForm,
    SpecialtyForm,
)
from reviews.models import Absence, Expert, Relation, Specialty
from reviews.pool_schemas import (
    AbsenceIn,
    ExpertDetail,
    ExpertIn,
    ExpertSummary,
    InvitationDetail,
    InvitationIn,
    InvitationSummary,
    MatrixOut,
    RelationIn,
    RelationPatch,
    SpecialtyIn,
    SpecialtyOut,
)

router = Router()


def _by_name(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(user__in=holding(User.objects.all(), text).values("pk"))


mount(
    router,
    Resource(
        kind="experts",
        summary=ExpertSummary,
        detail=ExpertDetail,
        query=query_of("ExpertQuery", state=str, field=str, organization=UUID, specialty=UUID, q=str),
        filters={
            "state": "state",
            "field": "fields__contains",
            "organization": "organization",
            "specialty": "expertise__specialty",
        },
        search=_by_name,
    ),
)
mount(
    router,
    Resource(
        kind="expert-invitations",
        summary=InvitationSummary,
        detail=InvitationDetail,
        query=query_of("InvitationQuery", state=str),
        filters={"state": "state"},
    ),
)


@router.post("/experts", response={201: ExpertDetail, **REFUSALS}, operation_id="create_expert", tags=["experts"])
def create_expert(request: HttpRequest, given: ExpertIn) -> Any:
    """Apply for the pool; an operator takes another person in by `email`."""
    user = of(request)
    if given.email is None:
        require(user, "expert.apply")
        made = actions.apply_as_expert(user, **cleaned(ExpertForm(given.dict())))
    else:
        require(user, "expert.approve")
        data = cleaned(AddExpertForm({**given.dict(), "may_chair": given.may_chair is not False}))
        made = actions.add_expert(data.pop("email"), actor=user, **data)
    return Status(201, found(user, "experts", made.pk))


@router.patch(
    "/experts/{uuid:pk}", response={200: ExpertDetail, **REFUSALS}, operation_id="edit_expert", tags=["experts"]
)
def edit_expert(request: HttpRequest, pk: UUID, given: ExpertIn) -> Any:
    """Change a profile; what is not given stays."""
    expert: Expert = found(request.user, "experts", pk)
    present = {
        "fields": expert.fields,
        "biography": expert.biography,
        "organization": expert.organization_id,
        "employed_since": expert.employed_since,
        "languages": expert.languages,
        "panels_at_most": expert.panels_at_most,
        "specialties": [
            {"specialty": key, "level": level} for key, level in expert.expertise.values_list("specialty", "level")
        ],
    } | given.dict(exclude_unset=True)
    data = cleaned(ExpertForm(present))
    actions.edit_expert(expert, actor=of(request), may_chair=given.may_chair, **data)
    return found(request.user, "experts", pk)


@router.post(
    "/experts/{uuid:pk}/relations",
    response={201: ExpertDetail, **REFUSALS},
    operation_id="declare_relation",
    tags=["experts"],
)
def declare_relation(request: HttpRequest, pk: UUID, given: RelationIn) -> Any:
    """Note a tie from which conflicts of interest are computed."""
    expert = found(request.user, "experts", pk)
    actions.declare_relation(expert, actor=of(request), **cleaned(RelationForm(given.dict())))
    return Status(201, found(request.user, "experts", pk))


@router.patch(
    "/experts/{uuid:pk}/relations/{uuid:relation}",
    response={200: ExpertDetail, **REFUSALS},
    operation_id="correct_relation",
    tags=["experts"],
)
def correct_relation(request: HttpRequest, pk: UUID, relation: UUID, given: RelationPatch) -> Any:
    """Correct or end a tie; it is never deleted, and the ledger keeps what stood there before."""
    expert = found(request.user, "experts", pk)
    kept = Relation.objects.filter(expert=expert, pk=relation).select_related("organization", "person").first()
    if kept is None:
        raise Http404
    present = CorrectRelationForm.initial_of(kept) | {"organization": kept.organization_id}
    data = cleaned(CorrectRelationForm(present | given.dict(exclude_unset=True)))
    actions.correct_relation(kept, actor=of(request), **data)
    return found(request.user, "experts", pk)


@router.post(
    "/experts/{uuid:pk}/absences",
    response={201: ExpertDetail, **REFUSALS},
    operation_id="add_absence",
    tags=["experts"],
)
def add_absence(request: HttpRequest, pk: UUID, given: AbsenceIn) -> Any:
    """Note days on which the expert takes no review."""
    expert = found(request.user, "experts", pk)
    actions.add_absence(expert, actor=of(request), **cleaned(AbsenceForm(given.dict())))
    return Status(201, found(request.user, "experts", pk))


@router.delete(
    "/experts/{uuid:pk}/absences/{uuid:absence}",
    response={200: ExpertDetail, **REFUSALS},
    operation_id="strike_absence",
    tags=["experts"],
)
def strike_absence(request: HttpRequest, pk: UUID, absence: UUID) -> Any:
    """The expert is available after all."""
    expert = found(request.user, "experts", pk)
    kept = Absence.objects.filter(expert=expert, pk=absence).select_related("expert").first()
    if kept is None:
        raise Http404
    actions.strike_absence(kept, actor=of(request))
    return found(request.user, "experts", pk)


@router.get(
    "/specialties", response={200: list[SpecialtyOut], **SEEN}, operation_id="list_specialties", tags=["experts"]
)
def list_specialties(request: HttpRequest) -> Any:
    """The taxonomy: every specialty of every industry."""
    return list(Specialty.objects.order_by("industry", "name"))


@router.post("/specialties", response={201: SpecialtyOut, **REFUSALS}, operation_id="add_specialty", tags=["experts"])
def add_specialty(request: HttpRequest, given: SpecialtyIn) -> Any:
    """Add a branch to an industry; for operators."""
    require(request.user, "specialty.add")
    return Status(201, actions.add_specialty(actor=of(request), **cleaned(SpecialtyForm(given.dict()))))


@router.post(
    "/expert-invitations",
    response={201: InvitationDetail, **REFUSALS},
    operation_id="invite_expert",
    tags=["expert-invitations"],
)
def invite_expert(request: HttpRequest, given: InvitationIn) -> Any:
    """Ask an address to apply for the pool; the e-mail goes out within a minute."""
    require(request.user, "expert.invite")
    made = actions.invite_expert(actor=of(request), **cleaned(InvitationForm(given.dict())))
    return Status(201, found(request.user, "expert-invitations", made.pk))


@router.post(
    "/assignments/{uuid:pk}/ties",
    response={200: ExpertDetail, **REFUSALS},
    operation_id="declare_tie_on_seat",
    tags=["assignments"],
)
def declare_tie_on_seat(request: HttpRequest, pk: UUID, given: RelationIn) -> Any:
    """Declare a tie while you hold a seat: where it is a hard conflict the seat is left at once."""
    seat = found(request.user, "assignments", pk)
    require(request.user, "assignment.declare_tie", seat)
    actions.declare_on_seat(seat, actor=of(request), **cleaned(RelationForm(given.dict())))
    return found(request.user, "experts", seat.expert_id)


class MatrixQuery(Paging):
    """Narrows the matrix: by rule, by a bid's code, by name, by what was found."""

    rule: str | None = None
    bid: str | None = None
    q: str | None = None
    show: str | None = None


@router.get(
    "/challenges/{uuid:pk}/conflicts",
    response={200: MatrixOut, **REFUSALS},
    operation_id="get_conflicts",
    tags=["challenges"],
)
def get_conflicts(request: HttpRequest, pk: UUID, asked: Query[MatrixQuery]) -> Any:
    """All experts of the pool against the opened bids, each finding with its evidence; `show` is hard, soft or free."""
    challenge = found(request.user, "challenges", pk)
    require(request.user, "conflict.view", challenge)
    narrowed = matrix.Asked(asked.rule or "", asked.bid or "", asked.q or "", asked.show or "")
    page = matrix.page(challenge, narrowed, number=asked.page, size=asked.size)
    return {
        "items": [
            {
                "expert": {"id": row.expert.pk, "name": str(row.expert)},
                "findings": [
                    {
                        "code": item.code,
                        "hard": item.hard,
                        "bid": page.bids.get(item.bid) if item.bid else None,
                        "evidence": item.evidence,
                    }
                    for item in row.findings
                ],
            }
            for row in page.rows
        ],
        "page": asked.page,
        "size": asked.size,
        "more": page.has_next,
        "rules": matrix.explained(challenge),
    }
