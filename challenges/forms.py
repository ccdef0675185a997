"""The inputs of each step, for pages and API alike."""

from contextlib import suppress
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import kinds, signin
from accounts.forms import ReasonForm, StepForm
from accounts.workflow import Refused
from challenges.actions.awards import CANDIDATES, departs
from challenges.actions.races import check_plan
from challenges.models import Bid, Challenge, Remedy, ReviewClass, RuleSet


def ranked_bids(challenge: Challenge) -> QuerySet[Bid]:
    """The bids that can win, best first."""
    return challenge.bids.filter(state__in=CANDIDATES).select_related("lead", "challenge").order_by("rank")


for _kind, _step in (
    ("challenges", "return_for_revision"),
    ("challenges", "permit_few_bids"),
    ("challenges", "declare_no_bids"),
    ("challenges", "declare_no_award"),
    ("challenges", "reopen_award"),
    ("challenges", "rescore"),
    ("challenges", "annul_award"),
    ("challenges", "decline"),
    ("challenges", "decline_alongside"),
    ("challenges", "request_withdrawal"),
    ("challenges", "refuse_withdrawal"),
    ("contracts", "declare_default"),
    ("challenges", "request_cancellation"),
    ("challenges", "cancel"),
    ("bids", "reject_eligibility"),
    ("contracts", "revise"),
    ("payments", "send_back"),
    ("payments", "freeze"),
    ("payments", "release"),
    ("payment-batches", "call_back"),
    ("recoveries", "refuse"),
    ("payees", "reject"),
    ("rule-sets", "send_back"),
    ("calendar-years", "reject"),
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

    race_on = forms.DateField(
        label=_("Race: day of the shared test"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Needed for several winners; public with the notice. Left empty for one."),
    )
    race_share = forms.DecimalField(
        label=_("Race: share of its amount that each gets until the test, in per cent"),
        required=False,
        min_value=1,
        max_value=99,
        max_digits=5,
        decimal_places=2,
        help_text=_("The rest is held back for who stays."),
    )
    race_subject = forms.CharField(
        label=_("Race: what is tested, and how"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    race_places = forms.IntegerField(
        label=_("Race: how many go on at most"),
        required=False,
        min_value=1,
        max_value=99,
        help_text=_("Fewer than the winners; the others end without blame."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["bids"]
        field.queryset = ranked_bids(self.obj)
        field.label_from_instance = lambda bid: f"{bid.rank} · {bid.lead.name} · {bid.score}"

    def clean(self) -> dict[str, Any]:
        """A departure without a reason is an error of the reason's field; several winners have a whole plan."""
        data = super().clean() or {}
        chosen = list(data.get("bids") or [])
        field: Any = self.fields["bids"]
        if chosen and departs(list(field.queryset), chosen) and not data.get("reason", "").strip():
            self.add_error("reason", _("This choice departs from the ranking: write the reason; it stays public."))
        plan = {name: data.pop(name, None) for name in ("race_on", "race_share", "race_subject", "race_places")}
        if (any(plan.values()) or len(chosen) > 1) and not self.errors:
            self._add_race(data, chosen, plan)
        return data

    def _add_race(self, data: dict[str, Any], chosen: list[Bid], plan: dict[str, Any]) -> None:
        for name, value in plan.items():
            if not value:
                self.add_error(
                    name, _("The plan of a race needs its day, its share, what is tested, and how many go on.")
                )
        race = {
            "test_on": plan["race_on"], "early_share": plan["race_share"], "subject": plan["race_subject"],
            "places": plan["race_places"],
        }  # fmt: skip
        if not self.errors:
            try:
                check_plan(self.obj, chosen, race)
            except Refused as refusal:
                self.add_error(refusal.code, str(refusal.reason))
        data["race"] = race


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


@kinds.inputs("challenges", "grant_withdrawal")
class GrantWithdrawalForm(ReasonForm):
    """The public reason, and whether the owner had good reason."""

    good_reason = forms.TypedChoiceField(
        label=_("Had the owner good reason?"),
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        choices=[("true", _("Good reason")), ("false", _("No good reason: open a credit record"))],
    )


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


@kinds.inputs("objections", "uphold")
class UpholdForm(DecisionForm):
    """The decision, and the remedy that follows from it."""

    remedy = forms.ChoiceField(label=_("Remedy"), choices=Remedy.choices, widget=forms.RadioSelect)
    bid = forms.ModelChoiceField(
        label=_("Bid to disqualify"),
        queryset=Bid.objects.none(),
        required=False,
        help_text=_("Only for the remedy that disqualifies a bid."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["bid"]
        field.queryset = ranked_bids(self.obj.award.challenge)
        field.label_from_instance = lambda bid: f"{bid.rank} · {bid.lead.name}"

    def clean(self) -> dict[str, Any]:
        """A bid is named exactly where one is disqualified."""
        data = super().clean() or {}
        wanted = data.get("remedy") == Remedy.DISQUALIFY
        if "remedy" in data and "bid" not in self.errors and wanted != (data.get("bid") is not None):
            self.add_error("bid", _("Name the bid that is disqualified, and one only for this remedy."))
        return data


class ProofForm(StepForm):
    """Asks once more who acts, for a step that binds: for the password, or the code of the two-step sign-in."""

    password = forms.CharField(
        label=_("Your password, once more"),
        help_text=_("It proves that you confirm, and nobody at your desk."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("The current code of your two-step sign-in"),
        help_text=_("It proves that you confirm, and nobody at your desk."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password" if signin.asks_for_code(self.actor) else "code"]

    def clean(self) -> dict[str, Any]:
        """The inputs with `proof`; the secret itself goes no further. It is asked last, so that no code is wasted."""
        data = super().clean() or {}
        secrets = {name: data.pop(name) for name in ("password", "code") if name in data}
        if self.errors:
            return data
        for name, secret in secrets.items():
            try:
                data["proof"] = signin.prove(self.actor, secret=secret)
            except signin.SignInRefused as refusal:
                self.add_error(name, forms.ValidationError(refusal.reason, code=refusal.code))
        return data


@kinds.inputs("contracts", "sign_as_owner")
class ConfirmForm(ProofForm):
    """Carries which content was read as well."""

    content = forms.CharField(
        max_length=64,
        widget=forms.HiddenInput,
        error_messages={"required": _("Name the SHA-256 of the content that you have read.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.obj.versions.filter(number=self.obj.version).first()
        self.initial.setdefault("content", kept.sha256 if kept else "")
        self.fields["content"].required = kept is not None


@kinds.inputs("contracts", "sign_as_bidder")
class ConfirmAsBidderForm(ConfirmForm):
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


class OpinionForm(StepForm):
    """A conclusion that must be explained."""

    opinion = forms.CharField(
        label=_("Opinion"), min_length=4, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


@kinds.inputs("payments", "pay")
@kinds.inputs("recoveries", "record")
class PayForm(StepForm):
    """The bank's reference proves the payment."""

    reference = forms.CharField(label=_("Bank reference"), min_length=4, max_length=100)
