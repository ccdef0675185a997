"""The one page for every change of state: what will happen, what it asks for, and the button that does it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import kinds, pages, workflow
from accounts.models import Stateful
from accounts.policy import Decision, Denied, visible
from accounts.workflow import Refused, Transition


@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, kind: str, pk: UUID, name: str) -> HttpResponse:
    """Show a step's consequences and inputs, or take it; 403 or 409 with the reason when it is not to be taken."""
    obj = pages.found(request.user, kind, pk)
    if name not in workflow.step_names(type(obj)):
        raise Http404
    found = workflow.find(obj, name, request.user)
    form_class = kinds.form_of(kind, name)
    if request.method == "GET":
        _require_open(found)
        form = form_class(obj=obj, actor=request.user) if form_class else None
        return _render(request, kind, obj, found, form)
    form = form_class(request.POST, request.FILES, obj=obj, actor=request.user) if form_class else None
    if form is not None and not form.is_valid():
        _require_open(found)
        return _render(request, kind, obj, found, form, status=422)
    try:
        taken = workflow.take(obj, name, actor=request.user, **(form.cleaned_data if form else {}))
    except Refused as refusal:
        if found is None:
            raise
        return _render(request, kind, obj, found, form, refused=refusal.reason, status=409)
    label = found.label if found else name
    messages.success(request, _("Done: %(step)s.") % {"step": label})
    return redirect(_after(request, kind, taken))


def _require_open(found: Transition | None) -> None:
    """Refuse with the same reason that stands beneath the disabled button."""
    if found is None:
        raise Refused(
            _("This step is not open in the present state; somebody may have acted before you."), code="state"
        )
    if not found.allowed and found.code == "condition":
        raise Refused(found.reason, code=found.code)
    if not found.allowed:
        raise Denied(Decision(allowed=False, reason=found.reason, code=found.code))


def _render(
    request: HttpRequest,
    kind: str,
    obj: Stateful,
    found: Transition | None,
    form: Any,
    *,
    refused: Any = "",
    status: int = 200,
) -> HttpResponse:
    label = found.label if found else ""
    context = {
        "title": label,
        "label": label,
        "subject": obj.label,
        "subject_url": _page(kind, obj),
        "back": _page(kind, obj),
        "consequences": found.consequences if found else (),
        "danger": found is not None and found.style == "danger",
        "form": form,
        "refused": refused,
    }
    return render(request, "confirm.html", context, status=status)


def _page(kind: str, obj: Stateful) -> str:
    known = kinds.get(kind)
    try:
        return reverse(known.page, args=[obj.pk]) if known else "/"
    except NoReverseMatch:
        return "/"


def _after(request: HttpRequest, kind: str, obj: Stateful) -> str:
    """The object's page, or the work page when the step has taken the object out of sight."""
    known = kinds.get(kind)
    seen = known is not None and visible(request.user, known.view).filter(pk=obj.pk).exists()
    return _page(kind, obj) if seen else reverse("work")
