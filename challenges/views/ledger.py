"""The ledger of a challenge: who did what, acting as what, when; verified on demand, exported as a table."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import kinds, ledger, pages
from accounts.models import LedgerEntry
from accounts.policy import holds, require, visible
from accounts.tables import plain_cell
from challenges.ledger_words import action_word, action_words, kind_word, role_word
from challenges.models import Challenge
from challenges.permissions import either
from challenges.queries import searched
from challenges.stages import stage

STAFF = ("operator", "decider", "supervisor", "finance")
EXPORT_AT_ONCE = 500


class LedgerFilters(pages.FilterForm):
    """Filter by what was done, by whom, and to what kind of object."""

    q = forms.CharField(label=gettext_lazy("Search by person"), max_length=100)
    action = forms.ChoiceField(label=gettext_lazy("What"))
    kind = forms.ChoiceField(label=gettext_lazy("About"))
    chain = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, given: Any, *, user: Any, entries: QuerySet[LedgerEntry]) -> None:
        self.entries = entries
        self.names_reviewers = bool(holds(user, "operator", "supervisor"))
        super().__init__(given)

    def prepare(self) -> None:
        """Only what stands in this ledger can be chosen."""
        seen = sorted(set(self.entries.order_by().values_list("object_kind", "action").distinct()))
        words = action_words()
        acts = {action: str(action_word(words, kind, action)) for kind, action in seen}
        about = {kind: str(kind_word(kind)) for kind, _action in seen}
        fields: dict[str, Any] = self.fields
        fields["action"].choices = [("", _("Any step")), *sorted(acts.items(), key=lambda item: item[1])]
        fields["kind"].choices = [("", _("Anything")), *about.items()]

    def narrow(self, entries: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        """The entries that fit every filter."""
        if self.value("action"):
            entries = entries.filter(action=self.value("action"))
        if self.value("kind"):
            entries = entries.filter(object_kind=self.value("kind"))
        if self.value("chain"):
            entries = entries.filter(chain=self.value("chain"))
        if self.value("q"):
            found = entries.filter(actor__name__icontains=self.value("q"))
            entries = found if self.names_reviewers else found.exclude(acting_as__in=ledger.UNNAMED)
        return entries


@login_required
@require_GET
def ledgers(request: HttpRequest) -> HttpResponse:
    """The challenges whose ledger this person may read, in whole or in part."""
    rows = visible(request.user, "challenge.view").select_related("owner")
    if not holds(request.user, *STAFF):
        person = pages.person(request)
        own_bids = visible(person, "bid.view").order_by().values("challenge")
        own = rows.filter(owner__in=list(person.membership_roles))
        rows = either(rows, own, rows.filter(pk__in=own_bids))
    filters = SearchForm(request.GET)
    if filters.value("q"):
        rows = searched(rows, filters.value("q"))
    page = pages.page_of(request, rows.order_by("-created_at", "id"))
    return render(request, "challenges/ledger_list.html", {"filters": filters, "page": page})


class SearchForm(pages.FilterForm):
    """A search box alone."""

    q = forms.CharField(label=gettext_lazy("Title or number"), max_length=100)


@login_required
@require_GET
def challenge_ledger(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was done on one challenge, chain by chain as far as this person may read, and whether it is intact."""
    challenge, entries = _readable(request, pk)
    filters = LedgerFilters(request.GET, user=request.user, entries=entries)
    page = pages.page_of(request, filters.narrow(entries), size=50)
    words = action_words()
    rows = [
        {
            "entry": entry,
            "label": action_word(words, entry.object_kind, entry.action),
            "role": role_word(entry.acting_as),
            "about": kind_word(entry.object_kind),
            "unnamed": not ledger.names_actor(request.user, entry),
            "reason": _given(request.user, entry),
        }
        for entry in page
    ]
    context = {
        "challenge": challenge,
        "stage": stage(challenge),
        "filters": filters,
        "page": page,
        "rows": rows,
        "verdicts": _verdicts(request, entries) if request.GET.get("verify") else None,
    }
    return render(request, "challenges/ledger_detail.html", context)


def _given(user: Any, entry: LedgerEntry) -> str:
    """The reason that was given, unless it could tell who a reviewer is."""
    if not ledger.tells_given(user, entry):
        return ""
    return next((str(entry.data[name]) for name in ("reason", "opinion", "decision") if entry.data.get(name)), "")


def _readable(request: HttpRequest, pk: UUID) -> tuple[Challenge, QuerySet[LedgerEntry]]:
    challenge: Challenge = pages.found(request.user, "challenges", pk)
    entries = ledger.readable(request.user, pk)
    if not entries.exists():
        require(request.user, "challenge.ledger", challenge)
    return challenge, entries


def _verdicts(request: HttpRequest, entries: QuerySet[LedgerEntry]) -> dict[str, Any]:
    """Each readable chain recomputed from its first entry, with the word for what it is about."""
    first = dict(entries.filter(seq=1).order_by().values_list("chain", "object_kind"))
    names = _names(request, first)
    verdicts = ledger.verify_each(first)
    lines = [
        {"chain": chain, "about": kind_word(kind), "name": names.get(chain, ""), "verdict": verdicts[chain]}
        for chain, kind in first.items()
    ]
    return {
        "lines": lines,
        "intact": all(verdict.intact for verdict in verdicts.values()),
        "entries": sum(verdict.entries for verdict in verdicts.values()),
        "at": timezone.now(),
    }


def _names(request: HttpRequest, chains: dict[UUID, str]) -> dict[UUID, str]:
    """What each chain's object is called, for the kinds this person may see."""
    names: dict[UUID, str] = {}
    for kind_name in set(chains.values()):
        kind = kinds.of(kind_name)
        if kind is not None:
            of_kind = [chain for chain, name in chains.items() if name == kind_name]
            rows = visible(request.user, kind.view).select_related(*kind.select).filter(pk__in=of_kind)
            names |= {row.pk: str(row) for row in rows}
    return names


@login_required
@require_GET
def challenge_ledger_export(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """The same entries as a CSV table; a cell that a spreadsheet would compute is made text."""
    challenge, entries = _readable(request, pk)
    entries = LedgerFilters(request.GET, user=request.user, entries=entries).narrow(entries)
    head = [
        _("Chain"), _("No."), _("When"), _("Who"), _("Acting as"), _("What"), _("About"), _("From"), _("To"),
        _("Given"), _("Hash before"), _("Hash"),
    ]  # fmt: skip
    lines = _csv([head], (_line(request.user, entry) for entry in entries.iterator(EXPORT_AT_ONCE)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ledger-{challenge.number}.csv"'
    return response


def _line(user: Any, entry: LedgerEntry) -> list[Any]:
    named = ledger.names_actor(user, entry)
    given = ledger.canonical(entry.data) if entry.data and ledger.tells_given(user, entry) else ""
    return [
        entry.chain, entry.seq, timezone.localtime(entry.at).isoformat(), entry.actor if named and entry.actor else "",
        entry.acting_as, entry.action, f"{entry.object_kind}:{entry.object_id}", entry.source, entry.target,
        given, entry.previous, entry.hash,
    ]  # fmt: skip


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(*parts: Iterable[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    for rows in parts:
        for row in rows:
            yield writer.writerow([plain_cell(cell) for cell in row])
