"""The inputs of a termination: the facts, the dossier, the finding."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm, StepForm

kinds.inputs("terminations", "withdraw")(ReasonForm)


def _text(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label, min_length=4, max_length=10_000, help_text=help_text, widget=forms.Textarea(attrs={"rows": 5})
    )


@kinds.inputs("contracts", "propose_termination")
class ProposeTerminationForm(StepForm):
    """The facts, and whether fraud is alleged."""

    facts = _text(
        _("What is held against the team, and the facts"),
        _("What was agreed on, what happened instead, and since when; the team reads it."),
    )
    fraud_alleged = forms.BooleanField(label=_("Fraud is alleged: results or spending were made up"), required=False)


@kinds.inputs("terminations", "answer")
class DossierForm(StepForm):
    """The team's diligence dossier."""

    tried = _text(_("What was tried"), _("Routes, experiments and how the work was managed."))
    records = _text(_("The records of it"), _("Which of the files on the page show it, and what each one shows."))
    cause = _text(_("What failed and why"), _("And what could have been known beforehand."))


@kinds.inputs("terminations", "decide")
class FindingForm(StepForm):
    """Exempt or at fault, with reasons; fraud is never exempt."""

    exempt = forms.TypedChoiceField(
        label=_("Diligence finding"),
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        choices=[("true", _("Exempt: the team was diligent")), ("false", _("At fault"))],
    )
    fraud = forms.BooleanField(label=_("Fraud is found"), required=False)
    reasons = _text(_("Reasons"), _("Those concerned read them, and they stay in the ledger."))

    def clean(self) -> dict[str, Any]:
        """Fraud is never exempt."""
        data = super().clean() or {}
        if data.get("fraud") and data.get("exempt"):
            self.add_error("exempt", _("Fraud is never exempt."))
        return data
