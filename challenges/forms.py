"""The inputs of each step, for pages and API alike."""

from contextlib import suppress
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm, StepForm
from challenges.actions.awards import CANDIDATES, departs
from challenges.models import Bid, ReviewClass, RuleSet

for _kind, _step in (
    ("challenges", "return_for_revision"),
    ("challenges", "permit_few_bids"),
    ("challenges", "declare_no_bids"),
    ("challenges", "declare_no_award"),
    ("challenges", "reopen_award"),
    ("challenges", "decline"),
    ("challenges", "decline_alongside"),
    ("challenges", "request_cancellation"),
    ("challenges", "cancel"),
    ("bids", "reject_eligibility"),
    ("contracts", "revise"),
    ("payments", "send_back"),
    ("payments", "freeze"),
    ("payments", "release"),
    ("recoveries", "refuse"),
    ("payees", "reject"),
    ("rule-sets", "send_back"),
):
    kinds.inputs(_kind, _step)(ReasonForm)


@kinds.inputs("challenges", "vet")
class VetForm(StepForm):
    """Rubric and milestones preset, chosen at vetting."""

    review_class = forms.ChoiceField(
        label=_("Review class"),
        choices=ReviewClass.choices,
        help_text=_("It decides the rubric: basic, applied, development or transfer."),
    )
    payment_preset = forms.ChoiceField(
        label=_("Milestones and payments"), help_text=_("Shares of the amount, one milestone each, in per cent.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = RuleSet.current()
        presets = current.parsed.offered_presets if current else []
        self.fields["payment_preset"].choices = [(name, name) for name in presets]  # type: ignore[attr-defined]
        self.initial.setdefault("review_class", self.obj.review_class)


@kinds.inputs("challenges", "publish")
class PublishForm(StepForm):
    """Carries which rubric the decider has read, so that another one is not published in its place."""

    rubric = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with suppress(LookupError):
            self.initial.setdefault("rubric", self.obj.rubric_to_freeze.fingerprint)


@kinds.inputs("challenges", "request_amendment")
class AmendmentForm(StepForm):
    """The text of a change to a published notice."""

    text = forms.CharField(label=_("Text of the amendment"), min_length=4, max_length=5000, widget=forms.Textarea)


@kinds.inputs("challenges", "propose_award")
class ProposeAwardForm(StepForm):
    """The winners, and the reason when they are not simply the best of the ranking."""

    bids = forms.ModelMultipleChoiceField(
        label=_("Winning bids"),
        queryset=Bid.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several winners are a parallel award (赛马)."),
    )
    reason = forms.CharField(
        label=_("Reason to depart from the ranking"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed only when you depart from it; it stays public."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        candidates = self.obj.bids.filter(state__in=CANDIDATES).select_related("lead", "challenge").order_by("rank")
        field: Any = self.fields["bids"]
        field.queryset = candidates
        field.label_from_instance = lambda bid: f"{bid.rank} · {bid.lead.name} · {bid.score}"

    def clean(self) -> dict[str, Any]:
        """A departure without a reason is an error of the reason's field."""
        data = super().clean() or {}
        chosen = list(data.get("bids") or [])
        field: Any = self.fields["bids"]
        if chosen and departs(list(field.queryset), chosen) and not data.get("reason", "").strip():
            self.add_error("reason", _("This choice departs from the ranking: write the reason; it stays public."))
        return data


@kinds.inputs("challenges", "complete")
class CompleteForm(StepForm):
    """What came of it."""

    outcome = forms.CharField(
        label=_("Outcome"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A few sentences for the public page of the completed challenge."),
    )


@kinds.inputs("challenges", "terminate")
class TerminateForm(ReasonForm):
    """Reason and diligence finding (容错)."""

    at_fault = forms.TypedChoiceField(
        label=_("Diligence finding"),
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        choices=[("false", _("Exempt: the team was diligent")), ("true", _("At fault"))],
    )


@kinds.inputs("objections", "uphold")
@kinds.inputs("objections", "dismiss")
class DecisionForm(StepForm):
    """The decision on an objection, with its reasons."""

    decision = forms.CharField(
        label=_("Decision and its reasons"),
        min_length=10,
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Procedure and fact are reviewable; academic judgement is not."),
    )


@kinds.inputs("contracts", "sign_as_bidder")
class SignAsBidderForm(StepForm):
    """The pledge must be ticked."""

    pledge = forms.BooleanField(
        label=_("We have read the pledge (军令状) and answer for it."),
        error_messages={"required": _("Tick the pledge to confirm the contract.")},
    )


@kinds.inputs("milestones", "submit")
class SubmitMilestoneForm(StepForm):
    """The report that goes with the evidence."""

    report = forms.CharField(
        label=_("Report"),
        min_length=10,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What was delivered, and how each target was measured."),
    )


@kinds.inputs("milestones", "accept")
class AcceptMilestoneForm(StepForm):
    """An optional opinion."""

    opinion = forms.CharField(
        label=_("Opinion"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


@kinds.inputs("milestones", "fail")
class FailMilestoneForm(StepForm):
    """Why it failed."""

    opinion = forms.CharField(
        label=_("Opinion"), min_length=4, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


@kinds.inputs("milestones", "require_rectification")
class RectificationForm(FailMilestoneForm):
    """What is missing, and by when, within the rule set's bounds."""

    rectify_by = forms.DateTimeField(
        label=_("To be mended by"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def clean_rectify_by(self) -> Any:
        """Between the shortest and the longest period that the rules grant."""
        moment = self.cleaned_data["rectify_by"]
        rules = self.obj.contract.challenge.frozen_rules
        soonest, latest = self.obj.now + rules.rectification_at_least, self.obj.now + rules.rectification_at_most
        if not soonest <= moment <= latest:
            raise forms.ValidationError(
                _("Choose a moment between %(soonest)s and %(latest)s."),
                params={"soonest": f"{soonest:%Y-%m-%d %H:%M}", "latest": f"{latest:%Y-%m-%d %H:%M}"},
            )
        return moment


@kinds.inputs("payments", "pay")
@kinds.inputs("recoveries", "record")
class PayForm(StepForm):
    """The bank's reference proves the payment."""

    reference = forms.CharField(label=_("Bank reference"), min_length=4, max_length=100)
