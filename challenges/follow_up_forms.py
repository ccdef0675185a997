"""The forms of follow-ups and referrals."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import StepForm
from challenges.models import Referral
from challenges.page_forms import YUAN_PER_WAN


@kinds.inputs("follow-ups", "report")
class FollowUpForm(StepForm):
    """How the results are used, and what they brought."""

    usage = forms.CharField(
        label=_("How the results are used"), min_length=10, max_length=5000, widget=forms.Textarea(attrs={"rows": 6})
    )
    problems = forms.CharField(
        label=_("Problems met"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    sales = forms.DecimalField(
        label=_("New sales in 10,000 yuan"), required=False, min_value=0, max_digits=18, decimal_places=6,
        help_text=_("Since the completion, from these results alone. Leave it empty where there is no figure."),
    )  # fmt: skip
    jobs = forms.IntegerField(label=_("New jobs"), required=False, min_value=0, max_value=1_000_000)
    source = forms.CharField(label=_("Source of the figures"), required=False, max_length=200)

    def clean_sales(self) -> Decimal | None:
        """The amount in yuan, to the cent."""
        given: Decimal | None = self.cleaned_data["sales"]
        if given is None:
            return None
        amount = given * YUAN_PER_WAN
        if amount != amount.quantize(Decimal("0.01")) or amount >= Decimal(10) ** 14:
            raise ValidationError(_("This amount is too fine or too large."))
        return amount

    def clean(self) -> dict[str, Any]:
        """A figure names its source."""
        data = super().clean() or {}
        figures = data.get("sales") is not None or data.get("jobs") is not None
        if figures and not data.get("source", "").strip():
            self.add_error("source", _("Say where the figures come from."))
        return data


@kinds.inputs("referrals", "take_up")
@kinds.inputs("referrals", "decline")
class ReferralAnswerForm(StepForm):
    """What they answered."""

    answer = forms.CharField(
        label=_("What they answered"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ReferralForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """To whom, and what is asked for."""

    class Meta:
        model = Referral
        fields = ("kind", "to", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}
