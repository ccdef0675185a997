"""What the pages of every app do alike: find what is in sight, list the steps, cut lists into pages, read filters."""

from collections.abc import Callable, Container
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import kinds, workflow
from accounts.models import Stateful, User
from accounts.policy import Denied, visible
from config.storage import StoreDown

PAGE_SIZE = 20


class Slice:
    """One page of a list, found without counting the rows: one more is read than is shown."""

    def __init__(self, rows: QuerySet[Any], number: int, size: int = PAGE_SIZE) -> None:
        self.number = max(1, number)
        start = (self.number - 1) * size
        found = list(rows[start : start + size + 1])
        self.rows = found[:size]
        self.has_previous = self.number > 1
        self.has_next = len(found) > size

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE_SIZE) -> Slice:
    """The page of `rows` that the address asks for; rows must have an order."""
    asked = request.GET.get("page", "1")
    return Slice(rows, min(int(asked), 100_000) if asked.isascii() and asked.isdigit() else 1, size)


def found(user: User | AnonymousUser, kind_name: str, pk: UUID) -> Any:
    """The object of this kind that `user` may see, with what its kind selects; Http404 when it is out of sight."""
    kind = kinds.get(kind_name)
    obj = visible(user, kind.view).select_related(*kind.select).filter(pk=pk).first() if kind else None
    if obj is None:
        raise Http404
    return obj


def steps(user: User | AnonymousUser, obj: Stateful, *, but: Container[str] = ()) -> list[dict[str, Any]]:
    """The steps that concern `user`, as parts/actions.html shows them: each leads to its own page."""
    kind = kinds.of(obj)
    return [
        {
            "name": item.name,
            "label": item.label,
            "allowed": item.allowed,
            "reason": item.reason,
            "style": item.style,
            "url": reverse("step", args=[kind.name, obj.pk, item.name]) if kind else "",
        }
        for item in workflow.transitions(user, obj)
        if item.concerns_me and item.name not in but
    ]


def person(request: HttpRequest) -> User:
    """Who is signed in; only for pages that ask for a sign-in."""
    if not isinstance(request.user, User):
        raise TypeError("This page is for people who are signed in")
    return request.user


def upload(request: HttpRequest, store: Callable[[Any], Any], *, back: str) -> HttpResponse:
    """Take the file of parts/upload.html: JSON for js/upload.js, else back to the page with what happened."""
    as_json = request.accepts("application/json") and not request.accepts("text/html")
    given = request.FILES.get("file")
    reason, status = "", 200
    if not isinstance(given, UploadedFile):
        reason, status = _("Choose a file first."), 422
    else:
        try:
            store(given)
        except ValidationError as error:
            reason, status = " ".join(error.messages), 422
        except workflow.Refused as refusal:
            reason, status = str(refusal.reason), 409
        except (Denied, StoreDown) as fault:
            if not as_json:
                raise  # these have a page of their own
            reason, status = (str(fault), 503) if isinstance(fault, StoreDown) else (str(fault.reason), 403)
    if as_json:
        return JsonResponse({"reason": reason} if reason else {}, status=status)
    if reason:
        messages.error(request, reason)
    else:
        messages.success(request, _("The file is stored."))
    return redirect(back)


class FilterForm(forms.Form):
    """The filters of a list, bound to the address; a value that does not fit counts as not given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
        self.prepare()
        self.is_valid()

    def prepare(self) -> None:
        """Fill in choices that depend on the list, before the address is read."""

    def value(self, name: str) -> Any:
        """What was chosen, or nothing."""
        return self.cleaned_data.get(name) or ""

    @property
    def active(self) -> int:
        """How many filters beside the search box are set."""
        return sum(bool(self.cleaned_data.get(name)) for name in self.fields if name != "q")
