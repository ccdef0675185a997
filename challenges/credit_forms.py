"""The forms of credit records: recording one, answering it, deciding on it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import StepForm
from accounts.pages import FilterForm
from challenges.models import CreditRecord


class CreditFilters(FilterForm):
    """The filters of the list of credit records."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Any kind")), *CreditRecord.Kind.choices])
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Any state")), *CreditRecord.State.choices])


class CreditRecordForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """Who failed in what, and what proves it."""

    facts = forms.CharField(
        label=_("Facts, with dates and where they are proved"),
        min_length=10,
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("The organisation reads this, and can answer. Name no person."),
    )
    evidence = forms.FileField(
        label=_("Evidence (file)"), required=False, help_text=_("More files can be added on the record's page.")
    )

    class Meta:
        model = CreditRecord
        fields = ("organization", "kind", "facts")
        help_texts = {"organization": _("The owner, or who bid on this challenge.")}

    def __init__(self, *args: Any, among: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["organization"]
        choice.queryset = among
        choice.empty_label = _("Choose")
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Choose")), *CreditRecord.Kind.choices]


@kinds.inputs("credit-records", "answer")
class AnswerForm(StepForm):
    """The organisation's answer."""

    answer = forms.CharField(
        label=_("Answer of the organisation"), min_length=10, max_length=10000, widget=forms.Textarea(attrs={"rows": 8})
    )


@kinds.inputs("credit-records", "confirm")
@kinds.inputs("credit-records", "lift")
class CreditDecisionForm(StepForm):
    """The decision, with its reasons."""

    decision = forms.CharField(
        label=_("Decision and its reasons"), min_length=10, max_length=10000, widget=forms.Textarea(attrs={"rows": 6})
    )
