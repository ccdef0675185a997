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
from accounts.policy import visible
from accounts.workflow import Refused, Transition


@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, kind: str, pk: UUID, name: str) -> HttpResponse:
    """Show a step's consequences and inputs, or take it; 403 or 409 with the reason when it is not to be taken."""
    obj = pages.found(request.user, kind, pk)
    if name not in workflow.step_names(type(obj)):
        raise Http404
    found = workflow.find(obj, name, request.user)
    typed = request.method == "POST"
    if found is None or not (found.allowed or (typed and found.code == "condition")):
        return _refuse(request, kind, obj, found, name)
    form_class = kinds.form_of(kind, name)
    given = (request.POST, request.FILES) if typed else ()
    form = form_class(*given, obj=obj, actor=request.user) if form_class else None
    if not typed or (form is not None and not form.is_valid()):
        return _render(request, kind, obj, found, form, status=422 if typed else 200)
    try:
        taken = workflow.take(obj, name, actor=pages.person(request), **(form.cleaned_data if form else {}))
    except Refused as refusal:
        return _render(request, kind, obj, found, form, refused=refusal.reason, status=409)
    messages.success(request, _("Done: %(step)s.") % {"step": found.label})
    return redirect(_after(request, kind, taken))


def _refuse(request: HttpRequest, kind: str, obj: Stateful, found: Transition | None, name: str) -> HttpResponse:
    """The reason beneath the disabled button, on a page of its own: 403, or 409 when a condition says no."""
    gone = _("This step is not open in the present state; somebody may have acted before you.")
    context = {
        "title": found.label if found else _("This step is not open"),
        "subject": obj.label,
        "subject_url": _page(kind, obj),
        "reason": found.reason if found else gone,
        **kinds.surroundings(obj, name),
    }
    status = 409 if found is None or found.code == "condition" else 403
    return render(request, "accounts/step_refused.html", context, status=status)


def _render(
    request: HttpRequest,
    kind: str,
    obj: Stateful,
    found: Transition,
    form: Any,
    *,
    refused: Any = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "title": found.label,
        "label": found.label,
        "subject": obj.label,
        "subject_url": _page(kind, obj),
        "back": _page(kind, obj),
        "consequences": found.consequences,
        "touches": found.touches(obj) if found.touches else (),
        "danger": found.style == "danger",
        "form": form,
        "refused": refused,
        **kinds.surroundings(obj, found.name),
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
