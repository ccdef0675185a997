"""Follow-ups and referrals over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from accounts.api import of
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from challenges import actions
from challenges.schemas.follow_ups import (
    FollowUpDetail,
    FollowUpSummary,
    ReferralDetail,
    ReferralIn,
    ReferralSummary,
)

router = Router()
FOLLOW_UP_SORTS = {"due": ("due_on", "id"), "newest": ("-created_at", "id")}
mount(
    router,
    Resource(
        kind="follow-ups",
        summary=FollowUpSummary,
        detail=FollowUpDetail,
        query=query_of("FollowUpQuery", sorts=FOLLOW_UP_SORTS, state=str, contract=UUID, challenge=UUID),
        filters={"state": "state", "contract": "contract", "challenge": "contract__challenge"},
        sorts=FOLLOW_UP_SORTS,
    ),
)
mount(
    router,
    Resource(
        kind="referrals",
        summary=ReferralSummary,
        detail=ReferralDetail,
        query=query_of("ReferralQuery", state=str, kind=str, outcome=UUID),
        filters={"state": "state", "kind": "kind", "outcome": "outcome"},
    ),
)


@router.post(
    "/outcomes/{uuid:pk}/referrals",
    response={201: ReferralDetail, **REFUSALS},
    operation_id="create_referral",
    tags=["referrals"],
)
def create_referral(request: HttpRequest, pk: UUID, given: ReferralIn) -> Any:
    """Refer a confirmed outcome to a fund, an insurer or a pilot base."""
    made = actions.refer_outcome(found(request.user, "outcomes", pk), actor=of(request), **given.dict())
    return Status(201, found(request.user, "referrals", made.pk))
