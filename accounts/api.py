"""The API of people, organisations, the inbox and documents; what every app's API is made with."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Status

from accounts import actions, documents, queries
from accounts.forms import OrganizationForm, ParentForm
from accounts.models import ApiToken, Notification, User
from accounts.resources import REFUSALS, SEEN, Paging, Resource, cut, found, mount, query_of
from accounts.schemas import (
    Inbox,
    Me,
    NotificationOut,
    OrganizationDetail,
    OrganizationIn,
    OrganizationSummary,
    ParentIn,
    Refusal,
    TokenIn,
    TokenOut,
)
from accounts.signin import PUBLIC, Bearer, sign_in

router = Router()


def of(request: HttpRequest) -> User:
    """The person who asks, on a route that asks for one."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  (the route's sign-in has seen to it)
    return user


def cleaned(form: Any) -> dict[str, Any]:
    """The form's cleaned data; ValidationError by field when it does not hold."""
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return dict(form.cleaned_data)


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post(
    "/tokens",
    auth=None,
    response={200: TokenOut, 400: Refusal, 401: Refusal, 422: Any, 429: Refusal},
    operation_id="create_token",
    tags=["people"],
)
def create_token(request: HttpRequest, given: TokenIn) -> Any:
    """Sign a program in: a bearer token for 30 days, shown this once. Accounts with two-step sign-in send `code`."""
    user = sign_in(request, email=given.email, password=given.password, code=given.code)
    token, expires_at = ApiToken.issue(user)
    return {"token": token, "expires_at": expires_at}


@router.delete("/tokens", auth=Bearer(), response={204: None, 401: Refusal}, operation_id="end_token", tags=["people"])
def end_token(request: HttpRequest) -> Any:
    """Sign a program out: the token that this is called with opens nothing any more."""
    ApiToken.end(request.headers["Authorization"].partition(" ")[2])
    return Status(204, None)


@router.get("/me", response={200: Me, 401: Refusal}, operation_id="get_me", tags=["people"])
def me(request: HttpRequest) -> Any:
    """Who you are: your platform duties, your organisations, and how much of your inbox is unread."""
    user = of(request)
    memberships = user.memberships.filter(ended_at=None).select_related("organization").order_by("organization__name")
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "roles": user.roles,
        "language": user.language,
        "unread": queries.inbox(user, unread_only=True).count(),
        "organizations": [
            {"organization": {"id": item.organization_id, "name": item.organization.name}, "role": item.role}
            for item in memberships
        ],
    }


class InboxQuery(Paging):
    """A page of the inbox, or what came since a cursor."""

    unread: bool = False
    after: str | None = None


@router.get("/inbox", response={200: Inbox, **SEEN}, operation_id="list_inbox", tags=["people"])
def inbox(request: HttpRequest, asked: Query[InboxQuery]) -> Any:
    """What was told to you. With `after` (a cursor of an earlier answer): what came since, oldest first, each once."""
    user = of(request)
    unread = queries.inbox(user, unread_only=True).count()
    if asked.after is not None:
        news = queries.news_since(user, asked.after)
        return {"items": news.rows, "unread": unread, "cursor": news.cursor, "more": news.more}
    # The cursor is taken before the rows are read: what comes between is given twice rather than never.
    cursor = queries.news_since(user, "").cursor
    page = cut(queries.inbox(user, unread_only=asked.unread), asked)
    return {**page, "unread": unread, "cursor": cursor, "more": page["total"] > asked.page * asked.size}


@router.post(
    "/inbox/{uuid:pk}/read", response={200: NotificationOut, **SEEN}, operation_id="read_notification", tags=["people"]
)
def read_notification(request: HttpRequest, pk: UUID) -> Any:
    """Mark one notification as read."""
    rows = queries.inbox(of(request)).filter(pk=pk)
    rows.filter(read_at=None).order_by().update(read_at=Now())
    row: Notification | None = rows.first()
    if row is None:
        raise Http404
    return row


# ── organisations ─────────────────────────────────────────────────────────────────────────────────────────────────


ORGANIZATION_SORTS = {"name": ("name", "id"), "newest": ("-created_at", "id")}
organizations = Resource(
    kind="organizations",
    summary=OrganizationSummary,
    detail=OrganizationDetail,
    query=query_of("OrganizationQuery", sorts=ORGANIZATION_SORTS, state=str, kind=str, q=str),
    filters={"state": "state", "kind": "kind"},
    sorts=ORGANIZATION_SORTS,
    search=queries.named,
)
mount(router, organizations)


@router.post(
    "/organizations",
    response={201: OrganizationDetail, **REFUSALS},
    operation_id="create_organization",
    tags=["organizations"],
)
def create_organization(request: HttpRequest, given: OrganizationIn) -> Any:
    """Register your organisation; an operator verifies it before it posts challenges or bids."""
    data = cleaned(OrganizationForm(given.dict()))
    made = actions.register_organization(actor=of(request), **data)
    return Status(201, found(request.user, "organizations", made.pk))


@router.post(
    "/organizations/{uuid:pk}/parent",
    response={200: OrganizationDetail, **REFUSALS},
    operation_id="place_organization_under",
    tags=["organizations"],
)
def place_organization_under(request: HttpRequest, pk: UUID, given: ParentIn) -> Any:
    """Say which organisation this one belongs to; conflicts of interest are computed from it at once."""
    organization = found(request.user, "organizations", pk)
    actions.place_under(organization, actor=of(request), parent=cleaned(ParentForm(given.dict()))["parent"])
    return found(request.user, "organizations", pk)


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get(
    "/documents/{uuid:pk}",
    auth=PUBLIC,
    response={401: Refusal, 404: Refusal, 503: Refusal},
    operation_id="download_document",
    tags=["documents"],
    openapi_extra={
        "responses": {
            200: {
                "description": "The file's bytes",
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    },
)
def download_document(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """Download a file of any kind; the ledger records who took it. 404 when it is out of your sight."""
    document, shelf = documents.find(request.user, pk)
    return documents.download(document, user=request.user, action=shelf.read)


@router.delete(
    "/documents/{uuid:pk}",
    response={204: None, **REFUSALS},
    operation_id="remove_document",
    tags=["documents"],
)
def remove_document(request: HttpRequest, pk: UUID) -> Any:
    """Take a file back while what it belongs to can still be changed."""
    document, _shelf = documents.find(request.user, pk)
    documents.remove(document, actor=of(request))
    return Status(204, None)
