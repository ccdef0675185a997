"""The public list, the page of one challenge, and the owner's draft."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.lists import listed
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges import screens
from challenges.actions import answer_question, ask_question, create_challenge, edit_challenge, republish
from challenges.actions.awards import public_ranking
from challenges.models import Award, Challenge, ChallengeDocument, Question
from challenges.models.milestone_guards import outcome_of
from challenges.page_forms import (
    AnswerForm,
    ChallengeFilters,
    ChallengeForm,
    QuestionForm,
    RepublishForm,
    TargetForm,
    TargetFormSet,
    target_initial,
    typed_rows,
)
from challenges.stages import around, stage

TARGET_FIELDS = tuple(TargetForm.base_fields)
OBJECTED = ("filed", "acknowledged")
RECORDABLE = ("ranked", "awarded", "executing", "completed", "no_award", "cancelled", "terminated")


@require_GET
def challenge_list(request: HttpRequest) -> HttpResponse:
    """What is posted: filtered, searched, sorted, cut into pages."""
    filters = ChallengeFilters(request.GET, user=request.user)
    rows = screens.challenge_list(request.user, filters)
    page = pages.page_of(request, rows)
    for row in page.rows:
        row.first_targets, row.more_targets = screens.shown(row.all_targets)
    total = len(page) if page.number == 1 and not page.has_next else screens.bounded_count(rows)
    context = {
        "filters": filters,
        "page": page,
        "shown_total": total,
        "more_than_counted": total >= screens.COUNT_LIMIT,
        "may_create": can(request.user, "challenge.create"),
    }
    return render(request, "challenges/challenge_list.html", context)


@require_GET
def challenge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One challenge: where it stands, what is asked for, and what this person may do."""
    return _show(request, pages.found(request.user, "challenges", pk))


def _show(
    request: HttpRequest,
    found: Challenge,
    *,
    ask: QuestionForm | None = None,
    answers: dict[UUID, AnswerForm] | None = None,
) -> HttpResponse:
    user = request.user
    files = list(visible(user, "challenge_document.read").filter(challenge=found).order_by("uploaded_at", "id"))
    award = _award(user, found)
    objections = visible(user, "objection.view").filter(award=award, state__in=OBJECTED).count() if award else 0
    context = {
        "challenge": found,
        "stage": stage(found, award, open_objections=objections),
        "targets": list(found.targets.all()),
        "attachments": [item for item in files if item.purpose == ChallengeDocument.Purpose.ATTACHMENT],
        "proofs": [item for item in files if item.purpose == ChallengeDocument.Purpose.PROOF_OF_FUNDS],
        "questions": _questions(user, found, answers or {}),
        "ask": ask or QuestionForm(),
        "asking": can(user, "challenge.ask", found),
        "notices": _notices(found, award),
        "ranking": public_ranking(found) if found.awarded_at else [],
        "award": award,
        "outcomes": _outcomes(found),
        "bids": screens.opened_bids(user, found),
        "actions": [*_first_actions(user, found), *pages.steps(user, found, but=screens.remedies_not_due(found))],
        "may_edit": can(user, "challenge.edit", found).allowed,
        "may_read_ledger": can(user, "challenge.ledger", found).allowed,
        "similar": screens.similar(user, found) if _vets(user, found) else None,
        "consents": _consents(user, found),
        "rubric": screens.shown_rubric(user, found),
        "next_version": visible(user, "challenge.view").filter(previous=found).first(),
    }
    wrong = (ask is not None and ask.errors) or any(form.errors for form in (answers or {}).values())
    return render(request, "challenges/challenge_detail.html", context, status=422 if wrong else 200)


def _award(user: Any, found: Challenge) -> Award | None:
    if found.ranked_at is None:
        return None
    rows = visible(user, "award.view").filter(challenge=found).prefetch_related("bids__lead")
    award: Award | None = rows.order_by("-created_at", "id").first()
    return award


def _outcomes(found: Challenge) -> list[dict[str, Any]]:
    """Of a completed challenge, what each team reached of the targets: numbers alone, no evidence."""
    if found.state != Challenge.State.COMPLETED:
        return []
    contracts = found.contracts.filter(state="completed").select_related("challenge", "bid__lead").order_by("pk")
    outcomes: list[dict[str, Any]] = [{"lead": item.bid.lead.name, "findings": outcome_of(item)} for item in contracts]
    return [item for item in outcomes if any(line.measurement for line in item["findings"])]


def _vets(user: Any, found: Challenge) -> bool:
    return found.state in (Challenge.State.SUBMITTED, Challenge.State.VETTED) and any(
        can(user, action, found) for action in ("challenge.vet", "challenge.publish")
    )


def _consents(user: Any, found: Challenge) -> list[Any] | None:
    """Who stands by to open the bids, for the custodians themselves."""
    if found.state != Challenge.State.BIDDING_CLOSED or not can(user, "challenge.consent_to_opening", found):
        return None
    return list(found.opening_consents.select_related("custodian").order_by("at"))


def _questions(user: Any, found: Challenge, answers: dict[UUID, AnswerForm]) -> list[Question]:
    rows = list(found.questions.all()) if found.published_at else []
    may_answer = can(user, "challenge.answer", found).allowed
    for row in rows:
        row.form = None  # type: ignore[attr-defined]
        if may_answer and row.answered_at is None:
            row.form = answers.get(row.pk) or AnswerForm(prefix=row.pk.hex[:8])  # type: ignore[attr-defined]
    return rows


def _notices(found: Challenge, award: Award | None) -> list[dict[str, Any]]:
    """What was made public on the challenge, oldest first."""
    if found.published_at is None:
        return []
    lines: list[dict[str, Any]] = [
        {"title": _("Challenge published"), "at": found.published_at, "icon": "speakerphone", "tone": "live"}
    ]
    lines += [
        {
            "title": _("Amendment, notice version %(n)d") % {"n": item.version},
            "at": item.at,
            "text": item.text,
            "icon": "edit",
            "tone": "care",
        }
        for item in found.amendments.all()
    ]
    if found.few_bids_reason:
        lines.append({"title": _("Fewer bids suffice"), "text": found.few_bids_reason, "icon": "gavel", "tone": "care"})
    if found.closed_at:
        lines.append({"title": _("Bidding closed"), "at": found.closed_at, "icon": "lock", "tone": "wait"})
    if found.opened_at:
        lines.append({"title": _("Bids opened"), "at": found.opened_at, "icon": "lock-open", "tone": "wait"})
    if award is not None and award.notice_opens_at:
        lines.append(
            {
                "title": _("Public notice of the award"),
                "at": award.notice_opens_at,
                "text": listed(bid.lead.name for bid in award.bids.all()),
                "url": reverse("award", args=[award.pk]),
                "kind": "award",
                "value": award.state,
                "icon": "trophy",
                "tone": "live",
            }
        )
    if found.awarded_at:
        lines.append({"title": _("Award confirmed"), "at": found.awarded_at, "icon": "circle-check", "tone": "done"})
    if found.signed_at:
        lines.append({"title": _("Contract in force"), "at": found.signed_at, "icon": "signature", "tone": "live"})
    if found.ended_at:
        lines.append(
            {"title": found.get_state_display(), "at": found.ended_at, "text": found.end_reason, "icon": "flag"}
        )
    return lines


def _first_actions(user: Any, found: Challenge) -> list[dict[str, Any]]:
    """What leads to another page instead of being a step: edit the draft, bid, publish again."""
    lines = []
    if can(user, "challenge.edit", found):
        lines.append(_line("edit", _("Edit the draft"), reverse("challenge_edit", args=[found.pk]), icon="pencil"))
    own = screens.own_bids(user, found)
    lines += [_line("bid", _("Open my team's bid"), reverse("bid", args=[bid.pk]), icon="file-text") for bid in own]
    if found.state == Challenge.State.PUBLISHED and not own:
        lines += _bid_action(user, found)
    if can(user, "challenge.adapt_rubric", found):
        url = reverse("challenge_rubric", args=[found.pk])
        lines.append(_line("rubric", _("Adapt the rubric"), url, icon="adjustments"))
    lines += _panel_action(user, found)
    ended = found.state in (Challenge.State.NO_AWARD, Challenge.State.CANCELLED)
    if ended and can(user, "challenge.create", found.owner):
        lines.append(
            _line("republish", _("Post it again as a new draft"), reverse("challenge_republish", args=[found.pk]))
        )
    if found.state in RECORDABLE and can(user, "credit_record.create", found):
        url = reverse("credit_record_create", args=[found.pk])
        lines.append(_line("credit", _("Open a credit record"), url, icon="flag"))
    return lines


def _panel_action(user: Any, found: Challenge) -> list[dict[str, Any]]:
    """The panel's page for those who may see it; where there is none yet, its beginning for operators."""
    panel = found.panels.first() if found.opened_at else None
    lines = []
    if panel is not None and can(user, "panel.view", panel):
        lines.append(_line("panel", _("The panel"), reverse("panel", args=[panel.pk]), icon="users-group"))
    if panel is not None and not (panel.state == "closed" and found.state == Challenge.State.OPENED):
        return lines
    if found.state == Challenge.State.OPENED and can(user, "panel.create", found):
        url = reverse("panel_create", args=[found.pk])
        lines.insert(0, _line("form_panel", _("Form the panel"), url, icon="users-plus"))
    return lines


def _bid_action(user: Any, found: Challenge) -> list[dict[str, Any]]:
    decision = can(user, "challenge.bid", found)
    url = reverse("bid_create", args=[found.pk])
    if decision.code == "sign_in":
        return [_line("bid", _("Sign in to bid"), f"{reverse('account_login')}?next={url}", style="primary")]
    if decision.code == "organization":
        return [_line("bid", _("Register your organisation to bid"), reverse("organization_create"), style="primary")]
    if decision.allowed or decision.code == "state":
        line = _line("bid", _("Write a bid"), url, style="primary", icon="file-plus")
        return [line | {"allowed": decision.allowed, "reason": decision.reason}]
    return []


def _line(name: str, label: str, url: str, *, style: str = "", icon: str = "") -> dict[str, Any]:
    return {"name": name, "label": label, "url": url, "allowed": True, "style": style, "icon": icon}


@login_required
@require_http_methods(["POST"])
def question_ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask publicly; what was typed stays when it is refused."""
    found = pages.found(request.user, "challenges", pk)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        require(request.user, "challenge.ask", found)
        return _show(request, found, ask=form)
    ask_question(found, actor=pages.person(request), text=form.cleaned_data["text"])
    messages.success(request, _("Your question is public; the owner has been told."))
    return redirect(f"{reverse('challenge', args=[pk])}#questions")


@login_required
@require_http_methods(["POST"])
def question_answer(request: HttpRequest, pk: UUID, question_pk: UUID) -> HttpResponse:
    """Answer publicly; what was typed stays when it is refused."""
    found = pages.found(request.user, "challenges", pk)
    question = get_object_or_404(found.questions, pk=question_pk)
    form = AnswerForm(request.POST, prefix=question.pk.hex[:8])
    if not form.is_valid():
        require(request.user, "challenge.answer", found)
        return _show(request, found, answers={question.pk: form})
    answer_question(question, actor=pages.person(request), text=form.cleaned_data["text"])
    messages.success(request, _("Your answer is public."))
    return redirect(f"{reverse('challenge', args=[pk])}#questions")


@login_required
@require_http_methods(["GET", "POST"])
def challenge_create(request: HttpRequest) -> HttpResponse:
    """Write a draft for an organisation of one's own."""
    person = pages.person(request)
    require(person, "challenge.create")
    if request.method == "POST" and (changed := _changed_rows(request)) is not None:
        form = ChallengeForm(initial=request.POST.dict(), user=person)
        return _render_form(request, form, TargetFormSet(initial=changed, prefix="targets"))
    data = request.POST if request.method == "POST" else None
    form = ChallengeForm(data, user=person)
    rows: Any = TargetFormSet(data, prefix="targets", initial=None if data else [{}])
    if data is None or not (form.is_valid() & rows.is_valid()):
        return _render_form(request, form, rows)
    given = dict(form.cleaned_data)
    made = create_challenge(actor=person, organization=given.pop("organization"), data=given, targets=rows.rows())
    messages.success(request, _("The draft is saved. Now upload the proof of funds."))
    return redirect(f"{reverse('challenge_edit', args=[made.pk])}#documents")


@login_required
@require_http_methods(["GET", "POST"])
def challenge_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft; its files are uploaded beside the form."""
    person = pages.person(request)
    found = pages.found(person, "challenges", pk)
    require(person, "challenge.edit", found)
    if request.method == "POST" and (changed := _changed_rows(request)) is not None:
        form = ChallengeForm(initial=request.POST.dict(), instance=found, user=person)
        return _render_form(request, form, TargetFormSet(initial=changed, prefix="targets"), found)
    data = request.POST if request.method == "POST" else None
    form = ChallengeForm(data, instance=found, user=person)
    stored = target_initial(found.targets.all()) or [{}]
    rows: Any = TargetFormSet(data, prefix="targets", initial=None if data else stored)
    if data is None or not (form.is_valid() & rows.is_valid()):
        return _render_form(request, form, rows, found)
    edit_challenge(found, actor=person, data=form.cleaned_data, targets=rows.rows())
    messages.success(request, _("The draft is saved."))
    return redirect("challenge", pk)


def _changed_rows(request: HttpRequest) -> list[dict[str, Any]] | None:
    """The rows of targets as typed, with one more or one less, when that is the button that was pressed."""
    rows = typed_rows(request.POST, "targets", TARGET_FIELDS)
    if "add_target" in request.POST:
        return [*rows, {}]
    place = request.POST.get("remove_target", "")
    if place.isdecimal() and len(place) < 5:
        return [row for number, row in enumerate(rows) if number != int(place)] or [{}]
    return None


def _render_form(request: HttpRequest, form: ChallengeForm, rows: Any, found: Challenge | None = None) -> HttpResponse:
    files = list(found.documents.all()) if found else []
    context = {
        "challenge": found,
        "stage": stage(found) if found else None,
        "form": form,
        "rows": rows,
        "accept": documents.ACCEPT,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "attachments": [item for item in files if item.purpose == ChallengeDocument.Purpose.ATTACHMENT],
        "proofs": [item for item in files if item.purpose == ChallengeDocument.Purpose.PROOF_OF_FUNDS],
    }
    wrong = form.errors or (rows.is_bound and (rows.total_error_count() or rows.non_form_errors()))
    return render(request, "challenges/challenge_edit.html", context, status=422 if wrong else 200)


@login_required
@require_http_methods(["POST"])
def challenge_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An attachment or the proof of funds of a draft."""
    person = pages.person(request)
    found = pages.found(person, "challenges", pk)
    purpose = request.POST.get("part", "")
    if purpose not in ChallengeDocument.Purpose.values:
        purpose = ChallengeDocument.Purpose.ATTACHMENT
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=ChallengeDocument, challenge=found, purpose=purpose),
        back=f"{reverse('challenge_edit', args=[pk])}#documents",
    )


@login_required
@require_http_methods(["GET", "POST"])
def challenge_republish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new draft with the content of one that ended without an award."""
    found = pages.found(request.user, "challenges", pk)
    require(request.user, "challenge.create", found.owner)
    refused: Any = ""
    form = RepublishForm(
        request.POST if request.method == "POST" else None, offers=found.state == Challenge.State.NO_AWARD
    )
    if request.method == "POST" and form.is_valid():
        try:
            draft = republish(found, actor=pages.person(request), **form.chosen)
        except Refused as refusal:
            if refusal.code in form.fields:
                form.add_error(refusal.code, str(refusal.reason))
            else:
                refused = refusal.reason
        else:
            messages.success(request, _("The new draft is saved. Give it a new bid deadline."))
            return redirect("challenge_edit", draft.pk)
    url = reverse("challenge", args=[pk])
    context = {
        "title": _("Post it again as a new draft"),
        "label": _("Make the new draft"),
        "subject": found.title,
        "subject_url": url,
        "back": url,
        "refused": refused,
        "consequences": [
            _("A draft with the same text and targets is made, linked to this challenge."),
            _("It goes through vetting and publication again; bids start from nothing."),
        ],
        "form": form,
        **around(found),
    }
    return render(request, "confirm.html", context, status=409 if refused else 422 if form.errors else 200)
