"""How a milestone was accepted: by the user, by a third party with its report, or on site."""

from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import StepForm
from challenges.models import Acceptance, MilestoneDocument

NEEDED = {
    Acceptance.Way.USER: (),
    Acceptance.Way.THIRD_PARTY: ("body", "report_number"),
    Acceptance.Way.ON_SITE: ("held_on", "place", "people"),
}


@kinds.inputs("milestones", "accept")
class AcceptanceForm(StepForm):
    """The kind of acceptance with what that kind needs, and an optional opinion."""

    way = forms.ChoiceField(
        label=_("Kind of acceptance"), choices=Acceptance.Way.choices, required=False, widget=forms.RadioSelect,
        initial=Acceptance.Way.USER,
    )  # fmt: skip
    body = forms.CharField(
        label=_("Testing or accepting body"), required=False, max_length=200,
        help_text=_("Needed when a third party accepts."),
    )  # fmt: skip
    report_number = forms.CharField(
        label=_("Number of its report"), required=False, max_length=100,
        help_text=_("Needed when a third party accepts."),
    )  # fmt: skip
    report = forms.ModelChoiceField(
        label=_("The report among the evidence"), required=False, queryset=MilestoneDocument.objects.none(),
        empty_label=_("Choose"),
    )  # fmt: skip
    held_on = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Needed for an acceptance on site."),
    )  # fmt: skip
    place = forms.CharField(
        label=_("Where it was held"), required=False, max_length=200, help_text=_("Needed for an acceptance on site.")
    )
    people = forms.CharField(
        label=_("People present"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for an acceptance on site."),
    )  # fmt: skip
    opinion = forms.CharField(
        label=_("Opinion"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        report: Any = self.fields["report"]
        report.queryset = self.obj.documents.all()

    def clean_way(self) -> str:
        """The owner as user, where nothing else is said."""
        return self.cleaned_data["way"] or Acceptance.Way.USER

    def clean(self) -> dict[str, Any]:
        """What the kind of acceptance needs is given."""
        data = super().clean() or {}
        for name in NEEDED.get(data.get("way", ""), ()):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("This kind of acceptance needs it."))
        return data


@kinds.inputs("milestones", "fail")
@kinds.inputs("milestones", "close")
class ExplainedAcceptanceForm(AcceptanceForm):
    """The same, with reasons that must be written."""

    opinion = forms.CharField(
        label=_("Opinion and its reasons"), min_length=4, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


@kinds.inputs("milestones", "require_rectification")
class RectificationForm(ExplainedAcceptanceForm):
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
                params={
                    "soonest": f"{localtime(soonest):%Y-%m-%d %H:%M}",
                    "latest": f"{localtime(latest):%Y-%m-%d %H:%M}",
                },
            )
        return moment
