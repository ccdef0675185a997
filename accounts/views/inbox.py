"""The inbox: the list with read marks, one item that leads to what it is about, and the news for an open page."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import kinds, notifications, pages, queries
from accounts.models import Notification

INBOX_PAGE = 30


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Everything that was told to this person, newest first."""
    unread_only = request.GET.get("show") == "unread"
    page = pages.page_of(request, queries.inbox(request.user, unread_only=unread_only), INBOX_PAGE)
    for row in page.rows:
        row.sentence = notifications.title(row)
    return render(request, "accounts/inbox.html", {"page": page, "unread_only": unread_only})


@login_required
@require_GET
def inbox_item(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark the item read and go to the page of what it is about."""
    row = queries.inbox(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    if row.read_at is None:
        row.read_at = Now()
        row.save(update_fields=["read_at"])
    return redirect(_about(row))


@login_required
@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark everything read."""
    queries.inbox(request.user, unread_only=True).order_by().update(read_at=Now())
    return redirect("inbox")


@require_GET
def inbox_poll(request: HttpRequest) -> JsonResponse:
    """What came since `after`; answers as config/static/js/inbox.js asks."""
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"reason": "sign_in"}, status=401)
    news = queries.news_since(user, request.GET.get("after", ""))
    answer = JsonResponse(
        {
            "cursor": news.cursor,
            "unread": Notification.objects.filter(recipient=user, read_at=None).count(),
            "more": news.more,
            "items": [_item(row) for row in news.rows],
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _item(row: Notification) -> dict[str, Any]:
    about = [f"{row.object_kind}:{row.object_id}"]
    if row.challenge_id and row.object_kind != "challenge":
        about.append(f"challenge:{row.challenge_id}")
    return {
        "id": str(row.pk),
        "title": notifications.title(row),
        "url": reverse("inbox_item", args=[row.pk]),
        "at": row.created_at.isoformat(),
        "needs_action": row.needs_action,
        "about": about,
    }


def _about(row: Notification) -> str:
    """The page of the row's object, or of its challenge, or the inbox."""
    notice = notifications.kinds().get(row.kind)
    if notice is not None and notice.page:
        return reverse(notice.page)
    for model_name, key in ((row.object_kind, row.object_id), ("challenge", row.challenge_id)):
        kind = kinds.of(model_name)
        if kind is None or key is None:
            continue
        try:
            return reverse(kind.page, args=[key])
        except NoReverseMatch:
            continue
    return reverse("inbox")
