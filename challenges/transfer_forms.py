"""The forms of transfers and of the objections against them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm
from challenges.models import Transfer, TransferObjection
from challenges.page_forms import YUAN_PER_WAN

kinds.inputs("transfers", "withdraw")(ReasonForm)


class TransferForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """What is transferred, to whom, at which price, and how the price was found."""

    price = forms.DecimalField(
        label=_("Price in 10,000 yuan"), min_value=Decimal("0.000001"), max_digits=16, decimal_places=6
    )

    class Meta:
        model = Transfer
        fields = ("way", "name", "price", "buyer", "grounds")
        widgets = {"grounds": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "way": _("An agreed price is published first; a listing or an auction finds its price in the open."),
            "grounds": _("Appraisal, comparable deals or cost; read by the parties and the platform's staff."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        price = kwargs["instance"].price if kwargs.get("instance") else None
        if price is not None:
            kwargs["initial"] = {"price": f"{(price / YUAN_PER_WAN).normalize():f}", **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean_price(self) -> Decimal:
        """The price in yuan, to the cent."""
        amount: Decimal = self.cleaned_data["price"] * YUAN_PER_WAN
        if amount != amount.quantize(Decimal("0.01")) or amount >= Decimal(10) ** 12:
            raise ValidationError(_("This amount is too fine or too large."))
        return amount


class TransferObjectionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """A named objection with its facts."""

    class Meta:
        model = TransferObjection
        fields = ("name", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}
        help_texts = {"name": _("Objections are named; only the platform's staff see who filed them.")}


class TransferAnswerForm(forms.Form):
    """The operator's answer."""

    upheld = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        choices=[("false", _("Dismissed: the transfer may go on")), ("true", _("Upheld: the transfer is withdrawn"))],
    )
    answer = forms.CharField(
        label=_("Answer and its reasons"), min_length=10, max_length=10000, widget=forms.Textarea(attrs={"rows": 6})
    )
