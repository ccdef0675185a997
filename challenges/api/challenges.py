"""Challenges over the API: the list, drafts, files, questions, the ledger."""

from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from accounts import documents, ledger
from accounts.api import of
from accounts.models import Organization, User
from accounts.policy import can, require, visible
from accounts.resources import REFUSALS, SEEN, Paging, Resource, cut, found, mount, one, page_of, query_of
from accounts.schemas import LedgerEntryOut, LedgerVerdict
from accounts.workflow import Refused
from challenges import actions
from challenges.models import Challenge, ChallengeDocument, Question
from challenges.queries import searched
from challenges.schemas.challenges import (
    AnswerIn,
    ChallengeDetail,
    ChallengeDocumentOut,
    ChallengeIn,
    ChallengePatch,
    ChallengeSummary,
    QuestionIn,
    QuestionOut,
    RepublishIn,
    RubricIn,
)
from challenges.schemas.common import Amount, Moment

router = Router()
SORTS = {
    "newest": ("-published_at", "-created_at", "id"),
    "deadline": ("bid_deadline", "id"),
    "reward": ("-reward", "id"),
}
challenges = Resource(
    kind="challenges",
    summary=ChallengeSummary,
    detail=ChallengeDetail,
    query=query_of(
        "ChallengeQuery",
        sorts=SORTS,
        state=str,
        industry=str,
        kind=str,
        owner=UUID,
        reward_from=Amount,
        reward_to=Amount,
        deadline_from=Moment,
        deadline_to=Moment,
        q=str,
    ),
    filters={
        "state": "state",
        "industry": "industry",
        "kind": "kind",
        "owner": "owner",
        "reward_from": "reward__gte",
        "reward_to": "reward__lte",
        "deadline_from": "bid_deadline__gte",
        "deadline_to": "bid_deadline__lte",
    },
    sorts=SORTS,
    search=searched,
    public=True,
)
mount(router, challenges)


def own_organization(user: User, pk: UUID | None, *, name: str) -> Organization:
    """The organisation `pk` of `user`, or their only one; ValidationError at the field `name` when it is unclear."""
    mine = Organization.objects.filter(pk__in=list(user.membership_roles))
    rows = list(mine if pk is None else mine.filter(pk=pk))
    if len(rows) != 1:
        raise ValidationError({name: _("Name one organisation that you belong to, by its id.")})
    return rows[0]


@router.post(
    "/challenges", response={201: ChallengeDetail, **REFUSALS}, operation_id="create_challenge", tags=["challenges"]
)
def create_challenge(request: HttpRequest, given: ChallengeIn) -> Any:
    """Begin a draft for your organisation."""
    user = of(request)
    require(user, "challenge.create")
    made = actions.create_challenge(
        actor=user,
        organization=own_organization(user, given.organization, name="organization"),
        data=given.dict(exclude={"organization", "targets"}),
        targets=[target.dict() for target in given.targets],
    )
    return Status(201, found(user, "challenges", made.pk))


@router.patch(
    "/challenges/{uuid:pk}",
    response={200: ChallengeDetail, **REFUSALS},
    operation_id="edit_challenge",
    tags=["challenges"],
)
def edit_challenge(request: HttpRequest, pk: UUID, given: ChallengePatch) -> Any:
    """Change a draft: what is given is changed, `targets` replaces all of them."""
    data = given.dict(exclude={"targets"}, exclude_unset=True)
    targets = [target.dict() for target in given.targets] if "targets" in given.model_fields_set else None
    actions.edit_challenge(found(request.user, "challenges", pk), actor=of(request), data=data, targets=targets)
    return found(request.user, "challenges", pk)


@router.put(
    "/challenges/{uuid:pk}/rubric",
    response={200: ChallengeDetail, **REFUSALS},
    operation_id="adapt_rubric",
    tags=["challenges"],
)
def adapt_rubric(request: HttpRequest, pk: UUID, given: RubricIn) -> Any:
    """Judge a vetted challenge by this rubric, or by its template again; publishing freezes it."""
    actions.adapt_rubric(found(request.user, "challenges", pk), actor=of(request), rubric=given.rubric)
    return found(request.user, "challenges", pk)


@router.post(
    "/challenges/{uuid:pk}/republish",
    response={201: ChallengeDetail, **REFUSALS},
    operation_id="republish_challenge",
    tags=["challenges"],
)
def republish(request: HttpRequest, pk: UUID, given: RepublishIn | None = None) -> Any:
    """A new draft, linked to this challenge that ended without an award, for everyone or for one team directly."""
    given = given or RepublishIn()
    invited = Organization.objects.filter(pk=given.invited).first() if given.invited else None
    if given.invited and invited is None:
        raise Refused(_("No organisation on the platform has this id."), code="invited")
    ended = found(request.user, "challenges", pk)
    made = actions.republish(ended, actor=of(request), invited=invited, reason=given.reason)
    return Status(201, found(request.user, "challenges", made.pk))


@router.post(
    "/challenges/{uuid:pk}/documents",
    response={201: ChallengeDocumentOut, **REFUSALS},
    operation_id="add_challenge_document",
    tags=["challenges"],
)
def add_document(
    request: HttpRequest,
    pk: UUID,
    file: File[UploadedFile],
    purpose: Form[Literal["attachment", "proof_of_funds"]] = "attachment",
) -> Any:
    """Add a file to a draft: an attachment, public with the notice, or the proof of funds."""
    challenge = found(request.user, "challenges", pk)
    return Status(
        201, documents.store(file, actor=of(request), model=ChallengeDocument, challenge=challenge, purpose=purpose)
    )


@router.post(
    "/challenges/{uuid:pk}/questions",
    response={201: QuestionOut, **REFUSALS},
    operation_id="ask_question",
    tags=["challenges"],
)
def ask_question(request: HttpRequest, pk: UUID, given: QuestionIn) -> Any:
    """Ask in public while the bidding is open; the asker is not named."""
    made = actions.ask_question(found(request.user, "challenges", pk), actor=of(request), text=given.text)
    return Status(201, Question.objects.get(pk=made.pk))


@router.post(
    "/questions/{uuid:pk}/answer",
    response={200: QuestionOut, **REFUSALS},
    operation_id="answer_question",
    tags=["challenges"],
)
def answer_question(request: HttpRequest, pk: UUID, given: AnswerIn) -> Any:
    """Answer a question on your challenge, in public."""
    question = Question.objects.filter(pk=pk, challenge__in=visible(request.user, "challenge.view").values("pk"))
    return actions.answer_question(one(question), actor=of(request), text=given.text)


@router.get(
    "/challenges/{uuid:pk}/ledger",
    response={200: page_of(LedgerEntryOut), 403: REFUSALS[403], **SEEN},
    operation_id="read_ledger",
    tags=["challenges"],
)
def read_ledger(request: HttpRequest, pk: UUID, asked: Query[Paging]) -> Any:
    """The entries on the challenge that you may read, oldest first."""
    return cut(_entries(of(request), found(request.user, "challenges", pk)), asked)


@router.get(
    "/challenges/{uuid:pk}/ledger/verify",
    response={200: LedgerVerdict, 403: REFUSALS[403], **SEEN},
    operation_id="verify_ledger",
    tags=["challenges"],
)
def verify_ledger(request: HttpRequest, pk: UUID) -> Any:
    """Recompute every chain of the challenge that you may read."""
    entries = _entries(of(request), found(request.user, "challenges", pk))
    chains = list(entries.order_by("chain").values_list("chain", flat=True).distinct())
    verdicts = [(chain, ledger.verify(chain)) for chain in chains]
    return {
        "intact": all(verdict.intact for _chain, verdict in verdicts),
        "chains": [
            {
                "chain": chain,
                "entries": verdict.entries,
                "intact": verdict.intact,
                "broken_at": verdict.broken_at,
                "head": verdict.head,
            }
            for chain, verdict in verdicts
        ],
    }


def _entries(user: User, challenge: Challenge) -> Any:
    entries = ledger.readable(user, challenge.pk)
    if not can(user, "challenge.ledger", challenge) and not entries.exists():
        require(user, "challenge.ledger", challenge)
    return entries
