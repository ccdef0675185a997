"""Taking a file back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import documents, kinds, pages
from accounts.policy import require


@login_required
@require_http_methods(["GET", "POST"])
def document_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a file back from what it belongs to, while that can still be changed."""
    found, shelf = documents.find(request.user, pk)
    owner = shelf.owner(found)
    require(request.user, shelf.add, owner)
    back = _back(request, owner)
    if request.method == "POST":
        documents.remove(found, actor=pages.person(request))
        messages.success(request, _("“%(name)s” was removed.") % {"name": found.name})
        return redirect(back)
    context = {
        "title": _("Remove “%(name)s”") % {"name": found.name},
        "label": _("Remove the file"),
        "subject": owner.label,
        "subject_url": back,
        "back": back,
        "danger": True,
        "consequences": [_("The file is deleted from the store. The ledger keeps its SHA-256 and who removed it.")],
    }
    return render(request, "confirm.html", context)


def _back(request: HttpRequest, owner: Any) -> str:
    """The page one came from when it is ours, else the owner's page."""
    asked = request.GET.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    kind = kinds.of(owner)
    return reverse(kind.page, args=[owner.pk]) if kind else "/"
