"""The inputs of a mid-term check: the team's report, and the conclusion."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import StepForm
from challenges.models import MidtermCheck
from challenges.page_forms import YUAN_PER_WAN, wan


def _text(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), **options)


@kinds.inputs("midterm-checks", "report")
class MidtermReportForm(StepForm):
    """The work as a whole, each target of the contract as `target_1`, `target_2` …, the spending, the problems."""

    summary = _text(_("How the work stands"), min_length=10, help_text=_("Against the task book and its dates."))
    spent = wan(_("Spent so far in 10,000 yuan"), help_text=_("Of the contract's money and of the team's own."))
    spending = _text(_("What the money was spent on"), required=False)
    problems = _text(_("Problems met"), required=False, help_text=_("And what the team does about them."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets = {
            f"target_{place}": target["name"] for place, target in enumerate(self.obj.contract.targets, start=1)
        }
        for key, name in self.targets.items():
            self.fields[key] = _text(_("Progress: %(target)s") % {"target": name}, min_length=2)
        self.order_fields(["summary", *self.targets])

    def clean_spent(self) -> Decimal:
        """The amount in yuan, to the cent."""
        given: Decimal = self.cleaned_data["spent"]
        amount = (given * YUAN_PER_WAN).quantize(Decimal("0.01"))
        if amount != given * YUAN_PER_WAN:
            raise forms.ValidationError(_("This amount is finer than a fen. Round it."))
        return amount

    def clean(self) -> dict[str, Any]:
        """The words on the targets, in the contract's order, as `progress`."""
        data = super().clean() or {}
        given = {key: data.pop(key, "") for key in self.targets}
        return data | {"progress": [{"name": self.targets[key], "progress": words} for key, words in given.items()]}


@kinds.inputs("midterm-checks", "conclude")
class MidtermConclusionForm(StepForm):
    """On course, with conditions, or at risk, with the reasons."""

    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=MidtermCheck.Conclusion.choices, widget=forms.RadioSelect
    )
    opinion = _text(
        _("Opinion and its reasons"),
        min_length=4,
        help_text=_("With conditions: which, and by when. Both sides read it."),
    )
