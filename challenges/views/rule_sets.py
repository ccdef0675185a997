"""Rule sets: every version with its numbers in words, what it changes, and the draft an operator edits."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import pages
from accounts.policy import can, require, visible
from accounts.workflow import Refused
from challenges import rule_words
from challenges.actions import edit_rule_set, new_version
from challenges.models import RuleSet
from challenges.rubric_forms import with_changed_rows
from challenges.rule_set_forms import RuleSetForm


@require_GET
def rule_sets(request: HttpRequest) -> HttpResponse:
    """Every version in sight, by name, newest first."""
    rows = visible(request.user, "rule_set.view").select_related("edited_by", "approved_by")
    context = {"page": pages.page_of(request, rows.order_by("name", "-version"), size=50)}
    return render(request, "challenges/rule_set_list.html", context)


@require_GET
def rule_set(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version: numbers in words, what differs from the version in force, and its steps."""
    found: RuleSet = pages.found(request.user, "rule-sets", pk)
    rules = rule_words.parsed(found.rules)
    current = _in_force(found)
    before = rule_words.parsed(current.rules) if current else None
    actions = pages.steps(request.user, found)
    if can(request.user, "rule_set.edit", found):
        url = reverse("rule_set_edit", args=[pk])
        actions.insert(0, {"name": "edit", "label": _("Edit the numbers"), "allowed": True, "url": url})
    if can(request.user, "rule_set.create"):
        url = reverse("rule_set_copy", args=[pk])
        label = _("Make a new version from this one")
        actions.append({"name": "copy", "label": label, "allowed": True, "url": url, "method": "post", "icon": "copy"})
    context = {
        "rule_set": found,
        "current": current,
        "actions": actions,
        "groups": rule_words.groups(rules, before) if rules else [],
        "presets": rule_words.presets(rules, before) if rules else [],
        "classes": rule_words.class_words(),
        "rubric": rule_words.rubric_table(rules, before) if rules else [],
        "totals": rule_words.totals(rules, before) if rules else [],
        "unreadable": rules is None,
    }
    return render(request, "challenges/rule_set_detail.html", context)


def _in_force(rule_set: RuleSet) -> RuleSet | None:
    """The version this one is compared with."""
    in_force = RuleSet.objects.filter(name=rule_set.name, state=RuleSet.State.IN_FORCE)
    return in_force.exclude(pk=rule_set.pk).first()


@login_required
@require_http_methods(["POST"])
def rule_set_copy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft with the next version number and these numbers."""
    source: RuleSet = pages.found(request.user, "rule-sets", pk)
    draft = new_version(source, actor=pages.person(request))
    messages.success(request, _("Draft %(draft)s is made; change its numbers and propose it.") % {"draft": draft})
    return redirect("rule_set_edit", draft.pk)


@login_required
@require_http_methods(["GET", "POST"])
def rule_set_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Edit a draft; numbers that contradict each other are told at their fields."""
    found: RuleSet = pages.found(request.user, "rule-sets", pk)
    require(request.user, "rule_set.edit", found)
    if rule_words.parsed(found.rules) is None:
        raise Refused(_("The numbers of this draft cannot be read; make a new version from another one."), code="rules")
    if request.method == "POST" and (changed := with_changed_rows(request.POST)) is not None:
        form = RuleSetForm(changed, rule_set=found)
        form.leave_unchecked()
        given = request.POST.get("add") or request.POST.get("remove", "").rpartition("-")[0]
        context = {"rule_set": found, "form": form, "changed": given}
        return render(request, "challenges/rule_set_edit.html", context)
    form = RuleSetForm(request.POST or None, rule_set=found)
    if request.method == "POST" and form.is_valid():
        edit_rule_set(found, actor=pages.person(request), rules=form.cleaned_rules, note=form.cleaned_data["note"])
        messages.success(request, _("The draft is saved."))
        return redirect("rule_set", pk)
    context = {"rule_set": found, "form": form}
    return render(request, "challenges/rule_set_edit.html", context, status=422 if form.errors else 200)
