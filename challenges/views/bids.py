"""Bids: the list, one with its receipt, and the editor that saves as one types."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import documents, pages
from accounts.policy import Denied, can, require, visible
from accounts.workflow import Refused
from challenges import screens
from challenges.actions import save_envelope, set_members, set_partners, set_pledge, start_bid
from challenges.actions.credit import in_force
from challenges.bid_forms import (
    PART_FORMS,
    BidFilters,
    LeadForm,
    MemberFormSet,
    MemberRowForm,
    PartnerFormSet,
    PartnerRowForm,
    PledgeForm,
    TechnicalForm,
    member_initial,
    part_initial,
    partner_initial,
    shown_commitment,
)
from challenges.models import Bid, BidDocument, CreditRecord, Envelope
from challenges.models import bid_guards as rules
from challenges.page_forms import typed_rows
from challenges.stages import around, stage

PLEDGE = "pledge"
EDITABLE = (Bid.State.DRAFT, Bid.State.WITHDRAWN)
WITH_FEEDBACK = ("awarded", "executing", "completed", "terminated", "no_award")


@login_required
@require_GET
def bids(request: HttpRequest) -> HttpResponse:
    """The bids of one's teams; for the platform's staff those that were opened."""
    filters = BidFilters(request.GET)
    rows = screens.bid_list(request.user, text=filters.value("q"), state=filters.value("state"))
    return render(request, "challenges/bid_list.html", {"filters": filters, "page": pages.page_of(request, rows)})


@login_required
@require_http_methods(["GET", "POST"])
def bid_create(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin a bid: choose who leads it."""
    person = pages.person(request)
    found = pages.found(person, "challenges", pk)
    require(person, "challenge.bid", found)
    form = LeadForm(request.POST or None, user=person)
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            bid = start_bid(found, actor=person, lead=form.cleaned_data["lead"])
        except Refused as refusal:
            refused = refusal.reason
        else:
            return redirect("bid_edit", bid.pk)
    url = reverse("challenge", args=[pk])
    context = {
        "title": _("Write a bid"),
        "label": _("Begin the bid"),
        "subject": found.title,
        "subject_url": url,
        "back": url,
        "form": form,
        "refused": refused,
        "consequences": [
            _("A draft is made that only your team reads, and you are its first member."),
            _("You write and upload until the bid deadline; nothing counts before you submit it sealed."),
        ],
        **around(found),
    }
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "confirm.html", context, status=status)


@login_required
@require_GET
def bid(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One bid: receipt, what each envelope in sight says, and the steps."""
    found: Bid = pages.found(request.user, "bids", pk)
    envelopes = visible(request.user, "envelope.read").filter(bid=found).prefetch_related("documents")
    parts = {item.part: item for item in envelopes}
    unconfirmed = found.state == Bid.State.SUBMITTED and found.confirmed_version < found.challenge.notice_version
    actions = pages.steps(request.user, found, but=() if unconfirmed else ("reconfirm",))
    if found.state in EDITABLE and can(request.user, "bid.edit", found):
        url = reverse("bid_edit", args=[pk])
        actions.insert(0, {"name": "edit", "label": _("Go on writing"), "allowed": True, "url": url, "icon": "pencil"})
    on_team = can(request.user, "bid.submit", found).allowed
    context = {
        "bid": found,
        "challenge": found.challenge,
        "stage": stage(found.challenge),
        "technical": parts.get("technical"),
        "commercial": parts.get("commercial"),
        "identity": parts.get("identity"),
        "commitments": _commitments(found) if "technical" in parts else [],
        "members": list(found.members.select_related("organization")) if "identity" in parts else [],
        "partners": list(found.partners.select_related("organization")) if "identity" in parts else [],
        "credit": _credit(request.user, found) if "identity" in parts else [],
        "actions": actions,
        "on_team": on_team,
        "unconfirmed": unconfirmed,
        "has_feedback": found.challenge.state in WITH_FEEDBACK and found.rank is not None,
    }
    return render(request, "challenges/bid_detail.html", context)


def _credit(user: Any, found: Bid) -> list[CreditRecord]:
    """The records in force of lead and partners, for those who may read them: what eligibility is checked with."""
    parties = [found.lead_id, *found.partners.values_list("organization", flat=True)]
    return list(in_force(parties).filter(pk__in=visible(user, "credit_record.view").values("pk")))


def _commitments(found: Bid) -> list[dict[str, Any]]:
    """Each target with what was committed, and whether it reaches what is asked."""
    given = {item.target_id: item for item in found.commitments.all()}
    rows = []
    for target in found.challenge.targets.all():
        item = given.get(target.pk)
        shown = shown_commitment(item) if item else ""
        reaches = _reaches(target, item) if item else None
        rows.append({"target": target, "committed": shown, "reaches": reaches})
    return rows


def _reaches(target: Any, item: Any) -> bool | None:
    """None where only a person can tell, since one of the two is text."""
    if target.value is None or item.value is None:
        return None
    match target.comparator:
        case ">=":
            return bool(item.value >= target.value)
        case "<=":
            return bool(item.value <= target.value)
    return bool(item.value == target.value)


# ── the editor ────────────────────────────────────────────────────────────────────────────────────────────────────


def _editable(request: HttpRequest, pk: UUID) -> Bid:
    """The bid with its envelopes; Denied with the reason when it is sealed or over."""
    pages.found(request.user, "bids", pk)
    rows = visible(request.user, "bid.view").select_related("challenge__owner", "lead")
    found: Bid = rows.prefetch_related("envelopes", Prefetch("commitments"), "members", "partners").get(pk=pk)
    require(request.user, "bid.edit", found)
    return found


@login_required
@require_GET
def bid_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The first part that is not complete."""
    found = _editable(request, pk)
    first = next((item["key"] for item in _parts(found) if not item["done"]), "technical")
    return redirect("bid_part", pk, first)


def _parts(found: Bid) -> list[dict[str, Any]]:
    """The parts of the editor with their ticks, told by the same conditions that guard the submission."""
    technical = rules.technical_is_complete(found) and rules.has_technical_document(found)
    identity = rules.identity_is_complete(found) and rules.shares_sum_to_hundred(found)
    return [
        {"key": "technical", "word": _("Technical"), "done": technical},
        {"key": "commercial", "word": _("Commercial"), "done": rules.commercial_is_complete(found)},
        {"key": "identity", "word": _("Identity"), "done": identity},
        {"key": PLEDGE, "word": _("Pledge"), "done": found.pledged},
    ]


@login_required
@require_http_methods(["GET", "POST"])
def bid_part(request: HttpRequest, pk: UUID, part: str) -> HttpResponse:
    """One part of the editor; POST keeps it where no script does so as one types."""
    if part not in PART_FORMS:
        raise Http404
    found = _editable(request, pk)
    form = _form(found, part, request.POST or None)
    if not form.is_valid():
        return _editor(request, found, part, form, status=422 if form.is_bound else 200)
    try:
        _save(request, found, part, form)
    except Refused as refusal:
        return _editor(request, found, part, form, refused=refusal.reason, status=409)
    messages.success(request, _("Saved."))
    return redirect("bid_part", pk, part)


@login_required
@require_http_methods(["POST"])
def bid_save(request: HttpRequest, pk: UUID, part: str) -> HttpResponse:
    """What js/autosave.js sends as one types; answers with the new version, or why nothing was kept."""
    if part not in PART_FORMS:
        raise Http404
    try:
        found = _editable(request, pk)
        form = _form(found, part, request.POST)
        if not form.is_valid():
            return JsonResponse({"errors": form.errors}, status=422)
        saved = _save(request, found, part, form)
    except Denied as refusal:
        return JsonResponse({"reason": str(refusal.reason), "code": refusal.code}, status=403)
    except Refused as refusal:
        return JsonResponse({"reason": str(refusal.reason), "code": refusal.code}, status=409)
    return JsonResponse({"saved_at": saved.updated_at.isoformat(), "version": saved.version})


def _form(found: Bid, part: str, data: Any = None) -> Any:
    if part == "technical":
        targets = found.challenge.targets.all()
        return TechnicalForm(data, targets=targets, initial=part_initial(found, part))
    return PART_FORMS[part](data, initial=part_initial(found, part))


def _save(request: HttpRequest, found: Bid, part: str, form: Any) -> Envelope:
    content = dict(form.cleaned_data)
    commitments = content.pop("commitments", None)
    version = request.POST.get("version", "")
    return save_envelope(
        found,
        actor=pages.person(request),
        part=part,
        content=content,
        version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        commitments=commitments,
    )


def _editor(
    request: HttpRequest,
    found: Bid,
    part: str,
    form: Any,
    *,
    refused: Any = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    envelope = next((item for item in found.envelopes.all() if item.part == part), None)
    context = {
        "bid": found,
        "challenge": found.challenge,
        "stage": stage(found.challenge),
        "part": part,
        "parts": _parts(found),
        "form": form,
        "envelope": envelope,
        "version": (refused and request.POST.get("version")) or (envelope.version if envelope else ""),
        "files": list(BidDocument.objects.filter(envelope=envelope)) if envelope else [],
        "accept": documents.ACCEPT,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "refused": refused,
        **more,
    }
    if part == "identity":
        members = found.members.select_related("user", "organization")
        partners = found.partners.select_related("organization")
        context.setdefault("members", MemberFormSet(prefix="members", initial=member_initial(members, found.lead)))
        context.setdefault("partners", PartnerFormSet(prefix="partners", initial=partner_initial(partners)))
    return render(request, "challenges/bid_edit.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def bid_members(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The team, replaced as a whole."""
    if request.method == "GET":
        return redirect("bid_part", pk, "identity")
    found = _editable(request, pk)
    changed = _changed_rows(request, "members", MemberRowForm)
    if changed is not None:
        return _identity(request, found, members=MemberFormSet(prefix="members", initial=changed))
    rows: Any = MemberFormSet(request.POST, prefix="members")
    if not rows.is_valid():
        return _identity(request, found, members=rows, status=422)
    try:
        set_members(found, actor=pages.person(request), members=rows.members(found))
    except ValidationError as fault:
        return _identity(request, found, members=rows, refused=" ".join(fault.messages), status=422)
    messages.success(request, _("The team is saved."))
    return redirect(f"{reverse('bid_part', args=[pk, 'identity'])}#members")


@login_required
@require_http_methods(["GET", "POST"])
def bid_partners(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The consortium, replaced as a whole."""
    if request.method == "GET":
        return redirect("bid_part", pk, "identity")
    found = _editable(request, pk)
    changed = _changed_rows(request, "partners", PartnerRowForm)
    if changed is not None:
        if "add_row" in request.POST and len(changed) == 1:
            changed = [{"uscc": found.lead.uscc}, *changed]
        return _identity(request, found, partners=PartnerFormSet(prefix="partners", initial=changed))
    rows: Any = PartnerFormSet(request.POST, prefix="partners")
    if not rows.is_valid():
        return _identity(request, found, partners=rows, status=422)
    try:
        set_partners(found, actor=pages.person(request), partners=rows.partners())
    except ValidationError as fault:
        return _identity(request, found, partners=rows, refused=" ".join(fault.messages), status=422)
    messages.success(request, _("The consortium is saved."))
    return redirect(f"{reverse('bid_part', args=[pk, 'identity'])}#partners")


def _identity(request: HttpRequest, found: Bid, *, status: int = 200, **rows: Any) -> HttpResponse:
    return _editor(request, found, "identity", _form(found, "identity"), status=status, **rows)


def _changed_rows(request: HttpRequest, prefix: str, form: Any) -> list[dict[str, Any]] | None:
    """The rows as typed, with one more or one less, when that is the button that was pressed."""
    rows = typed_rows(request.POST, prefix, tuple(form.base_fields))
    if "add_row" in request.POST:
        return [*rows, {}]
    place = request.POST.get("remove_row", "")
    if place.isdecimal() and len(place) < 5:
        return [row for number, row in enumerate(rows) if number != int(place)]
    return None


@login_required
@require_http_methods(["GET", "POST"])
def bid_pledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The pledge (军令状): read, then ticked."""
    found = _editable(request, pk)
    form = PledgeForm(request.POST or None, initial={"pledged": found.pledged})
    if request.method == "POST" and form.is_valid():
        set_pledge(found, actor=pages.person(request), pledged=form.cleaned_data["pledged"])
        messages.success(request, _("Saved."))
        return redirect("bid_pledge", pk)
    return _editor(request, found, PLEDGE, form)


@login_required
@require_http_methods(["POST"])
def bid_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A file into one envelope."""
    person = pages.person(request)
    found: Bid = pages.found(person, "bids", pk)
    part = request.POST.get("part", "technical")
    envelope = found.envelopes.filter(part=part).first()
    if envelope is None:
        raise Http404
    return pages.upload(
        request,
        lambda given: documents.store(given, actor=person, model=BidDocument, envelope=envelope),
        back=reverse("bid_part", args=[pk, part]),
    )
