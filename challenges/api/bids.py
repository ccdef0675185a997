"""Bids over the API: the team's work in the envelopes until they are sealed, what is open after the opening."""

from collections.abc import Iterable
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from accounts import documents, uscc
from accounts.api import of
from accounts.models import Organization, User
from accounts.policy import require
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from challenges import actions
from challenges.actions.bids import NOT_OF_CONSORTIUM
from challenges.api.challenges import own_organization
from challenges.models import Bid, BidDocument
from challenges.queries import bids_found
from challenges.schemas.bids import BidDetail, BidDocumentOut, BidIn, BidMemberIn, BidPartnerIn, BidPatch, BidSummary

router = Router()


SORTS = {"newest": ("-created_at", "id"), "rank": ("rank", "id")}
bids = Resource(
    kind="bids",
    summary=BidSummary,
    detail=BidDetail,
    query=query_of("BidQuery", sorts=SORTS, state=str, challenge=UUID, lead=UUID, q=str),
    filters={"state": "state", "challenge": "challenge", "lead": "lead"},
    sorts=SORTS,
    search=lambda rows, text: rows.filter(pk__in=bids_found(text)),
)
mount(router, bids)


@router.post(
    "/challenges/{uuid:pk}/bids", response={201: BidDetail, **REFUSALS}, operation_id="create_bid", tags=["bids"]
)
def create_bid(request: HttpRequest, pk: UUID, given: BidIn) -> Any:
    """Begin a bid led by your organisation; only your team sees it until the opening."""
    user, challenge = of(request), found(request.user, "challenges", pk)
    require(user, "challenge.bid", challenge)
    made = actions.start_bid(challenge, actor=user, lead=own_organization(user, given.lead, name="lead"))
    return Status(201, found(user, "bids", made.pk))


@router.patch("/bids/{uuid:pk}", response={200: BidDetail, **REFUSALS}, operation_id="edit_bid", tags=["bids"])
def edit_bid(request: HttpRequest, pk: UUID, given: BidPatch) -> Any:
    """Change parts, team, partners or pledge of a bid that is not sealed: all of what is given, or nothing of it."""
    user, bid = of(request), found(request.user, "bids", pk)
    require(user, "bid.edit", bid)
    with transaction.atomic():
        _save_parts(bid, user, given)
        if given.partners is not None:  # first, since the team comes from lead and partners
            actions.set_partners(bid, actor=user, partners=_partners(given.partners))
        if given.members is not None:
            actions.set_members(bid, actor=user, members=[_member(item) for item in given.members])
        if given.pledged is not None:
            actions.set_pledge(bid, actor=user, pledged=given.pledged)
    return found(user, "bids", pk)


def _save_parts(bid: Bid, user: User, given: BidPatch) -> None:
    promised = (
        {str(pk): item.dict() for pk, item in given.commitments.items()} if given.commitments is not None else None
    )
    for part in ("technical", "commercial", "identity"):
        envelope = getattr(given, part)
        if envelope is not None:
            actions.save_envelope(
                bid,
                actor=user,
                part=part,
                content={name: str(value) for name, value in envelope.content.items()},
                version=envelope.version,
                commitments=promised if part == "technical" else None,
            )


def _member(item: BidMemberIn) -> dict[str, Any]:
    user = User.objects.filter(email=item.email.lower(), is_active=True).first() if item.email else None
    if item.email and user is None:
        raise ValidationError({"members": NOT_OF_CONSORTIUM % {"email": item.email}})
    organization = _organization(item.uscc, field="members") if item.uscc else None
    return {"name": item.name, "duty": item.duty, "user": user, "organization": organization}


def _partners(items: Iterable[BidPartnerIn]) -> list[dict[str, Any]]:
    return [
        {"organization": _organization(item.uscc, field="partners"), **item.dict(exclude={"uscc"})} for item in items
    ]


def _organization(code: str, *, field: str) -> Organization:
    organization = Organization.objects.filter(uscc=uscc.clean(code)).first()
    if organization is None:
        reason = _("No organisation with the code %(code)s is registered; ask it to register first.")
        raise ValidationError({field: reason % {"code": code}})
    return organization


@router.post(
    "/bids/{uuid:pk}/documents",
    response={201: BidDocumentOut, **REFUSALS},
    operation_id="add_bid_document",
    tags=["bids"],
)
def add_document(
    request: HttpRequest,
    pk: UUID,
    file: File[UploadedFile],
    part: Form[Literal["technical", "commercial", "identity"]] = "technical",
) -> Any:
    """Add a file to one part of a bid that is not sealed."""
    bid = found(request.user, "bids", pk)
    require(of(request), "bid.edit", bid)
    envelope = bid.envelopes.select_related("bid__challenge").get(part=part)
    return Status(201, documents.store(file, actor=of(request), model=BidDocument, envelope=envelope))
