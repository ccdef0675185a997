"""A reviewer's work: invitations, seats, and the score sheet beside the part of the bid that it judges, blind."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages, workflow
from accounts.policy import Denied, can, require, visible
from accounts.workflow import Refused
from challenges.models import Envelope, Target
from challenges.stages import stage
from reviews import queries
from reviews.actions import save_scores
from reviews.conflicts.own import own_conflicts, reason_for
from reviews.forms import ScoreForm
from reviews.models import Amendment, Assignment, ScoreSheet
from reviews.models.sheet import scoring_is_open

CONTENT = {
    "summary": gettext_lazy("Summary"),
    "approach": gettext_lazy("Approach"),
    "schedule": gettext_lazy("Schedule"),
    "risks": gettext_lazy("Risks"),
    "price": gettext_lazy("Price"),
    "budget": gettext_lazy("Budget"),
}
CENT = Decimal("0.01")
BOTH_TEXTS = gettext_lazy(
    "This sheet was saved in another window meanwhile. Both texts stand below; what you save next counts."
)


@dataclass(frozen=True)
class Neighbours:
    """The bids before and after this one among the reviewer's sheets of the same part, and where it stands."""

    previous: ScoreSheet | None
    next: ScoreSheet | None
    place: int
    sheets: list[ScoreSheet]

    @property
    def count(self) -> int:
        """How many bids there are."""
        return len(self.sheets)

    @property
    def locked(self) -> int:
        """How many of the reviewer's own sheets are locked."""
        return sum(item.state == ScoreSheet.State.LOCKED for item in self.sheets)


@login_required
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits for this reviewer: invitations, seats with their progress, sheets."""
    person = pages.person(request)
    everything = "all" in request.GET
    rows = queries.my_sheets(person)
    if not everything:
        rows = rows.exclude(state=ScoreSheet.State.LOCKED)
    context = {
        "everything": everything,
        "may_apply": can(person, "expert.apply").allowed,
        "invitations": list(queries.my_invitations(person)),
        "seats": list(queries.my_assignments(person)[:20]),
        "page": pages.page_of(request, rows, size=30),
    }
    return render(request, "reviews/review_list.html", context)


@login_required
@require_GET
def assignment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One seat on a panel: what is judged, until when to answer, the steps, and the sheets of who holds it."""
    found: Assignment = pages.found(request.user, "assignments", pk)
    challenge = found.panel.challenge
    mine = found.expert.user_id == pages.person(request).pk
    sheets = found.sheets.exclude(state=ScoreSheet.State.VOID).select_related("bid").order_by("-part", "bid__code")
    tie = _tie_action(request.user, found) if mine else None
    context = {
        "assignment": found,
        "challenge": challenge,
        "stage": stage(challenge),
        "targets": list(challenge.targets.all()),
        "mine": mine,
        "sheets": list(sheets) if mine and found.state == Assignment.State.ACCEPTED else [],
        "actions": pages.steps(request.user, found),
        "panel": found.panel if can(request.user, "panel.view", found.panel) else None,
        "reason": reason_for(request.user, found),
        "own_conflicts": own_conflicts(found) if mine else [],
        "tie": tie,
        "tie_actions": [tie],
    }
    return render(request, "reviews/assignment_detail.html", context)


def _tie_action(user: Any, seat: Assignment) -> dict[str, Any]:
    """The button for a tie that comes up later, disabled with its reason once the seat is left."""
    decision = can(user, "assignment.declare_tie", seat)
    url = reverse("assignment_tie", args=[seat.pk])
    label = _("Declare a tie")
    return {"name": "tie", "label": label, "allowed": bool(decision), "reason": decision.reason, "url": url}


@login_required
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Fill in a sheet beside the document, or read one that is submitted, locked or a peer's after the end."""
    found = _found(request, pk)
    if request.method == "GET":
        return _show(request, found, ScoreForm(sheet=found))
    form, kept = ScoreForm(request.POST, sheet=found), None
    try:
        kept = _keep(request, found, form)
        if kept is not None and "submit" in request.POST and _complete(form):
            workflow.take(kept, "submit", actor=pages.person(request))
            messages.success(request, _("Submitted. Read it once more, then lock it or take it back."))
            return redirect("sheet", pk)
    except Refused as refusal:
        if refusal.code != "version":
            return _show(request, found, form, refused=refusal.reason, status=409)
        saved = queries.own_sheet(pages.person(request), pk) or found
        form.stand_beside(saved)
        return _show(request, saved, form, refused=BOTH_TEXTS, status=409)
    if form.errors:
        return _show(request, kept or found, _of_version(form, kept), status=422)
    messages.success(request, _("Saved."))
    return redirect("sheet", pk)


def _found(request: HttpRequest, pk: UUID) -> ScoreSheet:
    """The sheet; who held the seat and holds it no longer is told so, everyone else finds nothing here."""
    try:
        found: ScoreSheet = pages.found(request.user, "sheets", pk)
    except Http404:
        former = queries.own_sheet(pages.person(request), pk)
        if former is not None:
            require(request.user, "sheet.score", former)
        raise
    return found


def _keep(request: HttpRequest, sheet: ScoreSheet, form: ScoreForm) -> ScoreSheet | None:
    """Save what was typed, if it can be; an unchanged sheet is left as it is."""
    if not form.is_valid():
        return None
    if all(sheet.scores.get(key) == entry for key, entry in form.scores.items()):
        return sheet
    try:
        version = form.cleaned_data["version"]
        return save_scores(sheet, actor=pages.person(request), scores=form.scores, version=version)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _of_version(form: ScoreForm, kept: ScoreSheet | None) -> ScoreForm:
    """The form as it was typed, for the version that has just been kept: the next save must not meet itself."""
    if kept is not None:
        form.data = {**{name: form.data.get(name) for name in form.data}, "version": str(kept.version)}
    return form


def _complete(form: ScoreForm) -> bool:
    """Whether every criterion has a score and a comment; what is missing is told at its field."""
    scores = form.scores  # read once: an error takes its field out of what was cleaned
    for line in form.lines:
        given = scores[line.criterion.key]
        if not given["score"]:
            form.add_error(line.score.name, _("Give a score."))
        if not given["comment"].strip():
            form.add_error(line.comment.name, _("Write a comment; the team reads it without your name."))
    return not form.errors


@login_required
@require_http_methods(["POST"])
def sheet_save(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Keep a sheet as it is typed: js/autosave.js's half of the answer."""
    try:
        found = _found(request, pk)
        form = ScoreForm(request.POST, sheet=found)
        kept = _keep(request, found, form)
    except Refused as refusal:
        answer: dict[str, Any] = {"reason": str(refusal.reason), "code": refusal.code}
        saved = queries.own_sheet(pages.person(request), pk) if refusal.code == "version" else None
        if saved is not None:
            answer |= {"version": saved.version, "fields": ScoreForm(sheet=saved).stored}
        return JsonResponse(answer, status=409)
    except Denied as denied:
        return JsonResponse({"reason": str(denied.reason)}, status=403)
    if kept is None:
        return JsonResponse({"errors": form.errors}, status=422)
    return JsonResponse({"saved_at": kept.saved_at, "version": kept.version})


def _show(
    request: HttpRequest, sheet: ScoreSheet, form: ScoreForm, *, refused: Any = "", status: int = 200
) -> HttpResponse:
    challenge = sheet.assignment.panel.challenge
    rubric = challenge.frozen_rubric
    may_score = can(request.user, "sheet.score", sheet)
    mine = sheet.assignment.expert.user_id == pages.person(request).pk
    lines = list(form.lines)
    unfinished = may_score.allowed and sheet.state == ScoreSheet.State.OPEN
    amendments = list(sheet.amendments.all()) if sheet.state == ScoreSheet.State.LOCKED else []
    context = {
        "sheet": sheet,
        "challenge": challenge,
        "stage": stage(challenge),
        "form": form,
        "lines": lines,
        "entries": [(line, [item for item in amendments if item.criterion == line.criterion.key]) for line in lines],
        "amended": bool(amendments),
        "scale": rubric.scale,
        "open": unfinished and (scoring_is_open(sheet) or form.is_bound),  # what was refused stays to be copied
        "closed": scoring_is_open.explain(sheet) if unfinished else "",
        "mine": mine,
        "most": sum(line.criterion.weight for line in lines),
        "total": _total(sheet, lines, amendments, rubric.scale),
        "neighbours": _neighbours(sheet) if mine else None,
        "actions": pages.steps(request.user, sheet, but={"submit"}),
        "refused": refused,
        **_papers(request.user, sheet),
    }
    return render(request, "reviews/sheet_detail.html", context, status=status)


def _total(sheet: ScoreSheet, lines: list[Any], amendments: list[Amendment], scale: int) -> Decimal:
    """Weighted points so far, of the points this part can give; as amended where scores were."""
    total, after = Decimal(0), {item.criterion: item.after for item in amendments}
    for line in lines:
        key = line.criterion.key
        score = after.get(key, sheet.scores.get(key, {}).get("score"))
        if score not in (None, ""):
            total += Decimal(score) * line.criterion.weight / scale
    return total.quantize(CENT, ROUND_HALF_UP)


def _neighbours(sheet: ScoreSheet) -> Neighbours:
    rows = sheet.assignment.sheets.filter(part=sheet.part).exclude(state=ScoreSheet.State.VOID)
    siblings = list(rows.select_related("bid").order_by("bid__code", "pk"))
    place = next((i for i, item in enumerate(siblings) if item.pk == sheet.pk), 0)
    return Neighbours(
        previous=siblings[place - 1] if place > 0 else None,
        next=siblings[place + 1] if place + 1 < len(siblings) else None,
        place=place + 1,
        sheets=siblings,
    )


def _papers(user: Any, sheet: ScoreSheet) -> dict[str, Any]:
    """The part of the bid that the sheet judges, as its reader may see it: text, promised values and files."""
    readable = visible(user, "envelope.read").filter(bid=sheet.bid, part=sheet.part)
    envelope: Envelope | None = readable.select_related("bid").first()
    if envelope is None:
        return {"envelope": None, "texts": [], "commitments": [], "files": []}
    envelope.bid = sheet.bid
    role = require(user, "envelope.read", envelope).role
    texts = [(key, word, envelope.content[key]) for key, word in CONTENT.items() if envelope.content.get(key)]
    technical = sheet.part == ScoreSheet.Part.TECHNICAL
    return {
        "envelope": envelope,
        "texts": texts,
        "commitments": _promises(sheet) if technical else [],
        "files": [_file(document, role) for document in envelope.documents.all()],
    }


def _promises(sheet: ScoreSheet) -> list[dict[str, Any]]:
    """Each target with the value the bid promises, both written alike."""
    rows = sheet.bid.commitments.select_related("target")
    return [
        {"target": item.target, "shown_value": Target(value=item.value, text=item.text).shown_value} for item in rows
    ]


def _file(document: Any, role: str) -> dict[str, Any]:
    url = reverse("document", args=[document.pk])
    return {
        "id": document.pk,
        "name": documents.shown_name(document, role),
        "size": document.size,
        "sha256": document.sha256,
        "url": url,
        "inline": f"{url}?inline=1" if document.content_type == "application/pdf" else "",
    }
