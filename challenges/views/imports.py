"""The bureau's workbook: read first, shown row by row or fault by fault, imported only once that was confirmed."""

import io
import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import pages
from accounts.policy import require
from accounts.workflow import Refused
from challenges import screens, workbook
from challenges.actions import import_challenges
from challenges.actions.challenges import already_imported
from challenges.page_forms import WorkbookForm
from challenges.workbook import Reading, Unreadable

# Between the look and the confirmation the file's bytes wait in the cache under a random token of the person who
# uploaded it, and are read again, with every check, when they confirm. If the cache forgets, one uploads again.
KEPT_SECONDS = 30 * 60


@login_required
@require_http_methods(["GET", "POST"])
def import_workbook(request: HttpRequest) -> HttpResponse:
    """Upload, look, confirm: all rows become drafts, or none."""
    person = pages.person(request)
    require(person, "challenge.import")
    if request.method == "GET":
        return render(request, "challenges/import.html", {"form": WorkbookForm()})
    token = request.POST.get("token", "")
    if token:
        return _confirmed(request, token)
    form = WorkbookForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "challenges/import.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    content = upload.read(workbook.MAX_BYTES + 1)
    try:
        reading = _read(content)
    except Unreadable as fault:
        form.add_error("file", fault.message)
        return render(request, "challenges/import.html", {"form": form}, status=422)
    known = already_imported(reading)
    token = ""
    if reading.ok and not known:
        token = secrets.token_urlsafe(24)
        cache.set(_key(person.pk, token), content, KEPT_SECONDS)
    context = {"form": WorkbookForm(), "reading": reading, "known": known, "token": token, "name": upload.name}
    return render(request, "challenges/import.html", context, status=200 if token else 422)


def _confirmed(request: HttpRequest, token: str) -> HttpResponse:
    person = pages.person(request)
    content = cache.get(_key(person.pk, token))
    form = WorkbookForm()
    if content is None:
        refused: Any = _("The file is no longer kept. Upload it again; nothing was imported.")
        return render(request, "challenges/import.html", {"form": form, "refused": refused}, status=409)
    try:
        made = import_challenges(_read(content), actor=person)
    except (Refused, Unreadable) as refusal:
        refused = refusal.reason if isinstance(refusal, Refused) else refusal.message
        return render(request, "challenges/import.html", {"form": form, "refused": refused}, status=409)
    cache.delete(_key(person.pk, token))
    said = ngettext("%(n)d draft was made.", "%(n)d drafts were made.", len(made)) % {"n": len(made)}
    messages.success(request, said)
    return redirect("import_done")


def _read(content: bytes) -> Reading:
    return workbook.read(io.BytesIO(content), today=timezone.localdate())


def _key(person: Any, token: str) -> str:
    return f"import:{person}:{token}"


@login_required
@require_http_methods(["GET"])
def import_done(request: HttpRequest) -> HttpResponse:
    """The drafts this operator has imported, newest first."""
    person = pages.person(request)
    require(person, "challenge.import")
    page = pages.page_of(request, screens.imported(person), size=50)
    return render(request, "challenges/import_done.html", {"page": page})
