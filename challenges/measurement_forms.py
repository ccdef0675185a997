"""What the team measured: one form for each target that a milestone proves, for pages and API alike."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from challenges.models import Measurement, Milestone, MilestoneDocument, Target
from challenges.models.milestone_guards import Finding, findings


class MeasurementForm(forms.Form):
    """The measured value of one target, in the target's own unit; left blank, the target is not measured yet."""

    value = forms.CharField(
        label=_("Measured value"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"class": "num", "autocomplete": "off"}),
    )  # fmt: skip
    uncertainty = forms.DecimalField(
        label=_("Uncertainty"), required=False, min_value=0, max_digits=30, decimal_places=15,
        widget=forms.TextInput(attrs={"class": "num", "inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("Expanded uncertainty (k = 2) in the unit of the value, if the report states it."),
    )  # fmt: skip
    method = forms.CharField(label=_("Test method"), required=False, max_length=200)
    report = forms.ModelChoiceField(
        label=_("Report that proves it"), required=False, queryset=MilestoneDocument.objects.none(),
        empty_label=_("Choose"),
    )  # fmt: skip
    needed_later = frozenset({"value", "report"})

    def __init__(self, *args: Any, finding: Finding, milestone: Milestone, **kwargs: Any) -> None:
        self.finding = finding
        kwargs.setdefault("initial", _initial(finding.target, finding.measurement))
        super().__init__(*args, **kwargs)
        if finding.target.value is None:
            del self.fields["uncertainty"]  # words have none
        report: Any = self.fields["report"]
        report.queryset = milestone.documents.all()
        self.fields["value"].help_text = _("Agreed: %(target)s") % {"target": finding.target}

    def clean(self) -> dict[str, Any]:
        """`number` or `text` for the value; text is only measured where text was agreed on."""
        data = super().clean() or {}
        text = data.get("value", "").strip()
        data["number"], data["text"] = None, text
        if text and self.finding.target.value is not None:
            data["text"] = ""
            try:
                data["number"] = forms.DecimalField(max_digits=30, decimal_places=15).clean(text.replace(",", ""))
            except forms.ValidationError:
                self.add_error("value", _("Write a number, such as 99.5 or 5e8, without the unit."))
        return data

    @property
    def row(self) -> dict[str, Any] | None:
        """What `measure` takes; None while the target is not measured."""
        data = self.cleaned_data
        if not data["value"].strip():
            return None
        return {
            "position": self.finding.position,
            "value": data["number"],
            "text": data["text"],
            "method": data["method"] or self.finding.target.method,
            "uncertainty": data.get("uncertainty"),
            "report": data["report"],
        }


def _initial(target: Target, measured: Measurement | None) -> dict[str, Any]:
    if measured is None:
        return {"method": target.method}
    return {
        "value": measured.shown_value,
        "uncertainty": measured.shown_uncertainty,
        "method": measured.method,
        "report": measured.report_id,
    }


def forms_of(milestone: Milestone, given: Mapping[str, Any] | None = None) -> list[MeasurementForm]:
    """A form for each target that the milestone proves; in `given` its fields stand behind “t”, its place and “-”."""
    return [
        MeasurementForm(given, finding=item, milestone=milestone, prefix=f"t{item.position}")
        for item in findings(milestone)
    ]
