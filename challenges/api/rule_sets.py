"""Rule sets over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from accounts.api import of
from accounts.policy import require
from accounts.resources import REFUSALS, Resource, found, mount, query_of
from challenges import actions
from challenges.schemas.rule_sets import RuleSetDetail, RuleSetIn, RuleSetPatch, RuleSetSummary

router = Router()
SORTS = {"name": ("name", "-version"), "newest": ("-created_at", "id")}
mount(
    router,
    Resource(
        kind="rule-sets",
        summary=RuleSetSummary,
        detail=RuleSetDetail,
        query=query_of("RuleSetQuery", sorts=SORTS, state=str, name=str),
        filters={"state": "state", "name": "name"},
        sorts=SORTS,
        public=True,
    ),
)


@router.post(
    "/rule-sets", response={201: RuleSetDetail, **REFUSALS}, operation_id="create_rule_set", tags=["rule-sets"]
)
def create_rule_set(request: HttpRequest, given: RuleSetIn) -> Any:
    """Begin a new version with the numbers of another one."""
    user = of(request)
    require(user, "rule_set.create")
    made = actions.new_version(found(user, "rule-sets", given.source), actor=user)
    return Status(201, found(user, "rule-sets", made.pk))


@router.patch(
    "/rule-sets/{uuid:pk}",
    response={200: RuleSetDetail, **REFUSALS},
    operation_id="edit_rule_set",
    tags=["rule-sets"],
)
def edit_rule_set(request: HttpRequest, pk: UUID, given: RuleSetPatch) -> Any:
    """Change the numbers of a draft; they are checked against each other when it is proposed."""
    rule_set = found(request.user, "rule-sets", pk)
    actions.edit_rule_set(rule_set, actor=of(request), rules=given.rules, note=given.note)
    return found(request.user, "rule-sets", pk)
