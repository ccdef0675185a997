"""The forms of money: where it comes from, what has arrived, what is to come back."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.pages import FilterForm
from challenges.models import Booking
from challenges.models.booking import Source
from challenges.models.payee import NUMBER


def yuan(label: Any, *, least: str = "0.01", **options: Any) -> forms.DecimalField:
    """A field for an exact amount in yuan."""
    return forms.DecimalField(
        label=label, min_value=Decimal(least), max_digits=14, decimal_places=2, **options,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "class": "num"}),
    )  # fmt: skip


def reason() -> forms.CharField:
    """Why; it stays in the books."""
    return forms.CharField(
        label=_("Reason"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Those concerned read it, and it stays in the ledger."),
    )  # fmt: skip


class SourcesForm(forms.Form):
    """What the other sources give; of the amount the rest is the enterprise's."""

    from_fund = yuan(_("From a fund, yuan"), least="0")
    from_fiscal = yuan(_("From public funds, yuan"), least="0")
    self_raised = yuan(
        _("Raised by the team beside it, yuan"), least="0",
        help_text=_("It comes on top of the amount, and the platform never pays it out."),
    )  # fmt: skip


class ReceiptForm(forms.Form):
    """Money that has arrived."""

    source = forms.ChoiceField(label=_("Source of money"), choices=Source.choices)
    amount = yuan(_("Amount, yuan"))
    reference = forms.CharField(
        label=_("Bank reference"), min_length=4, max_length=100,
        help_text=_("The same reference counts once, however often it is sent."),
    )  # fmt: skip


class RecoveryForm(forms.Form):
    """Unused money that is to come back."""

    amount = yuan(_("Amount, yuan"))
    reason = reason()


class ReversalForm(forms.Form):
    """Why a receipt is taken back."""

    reason = reason()


class BookingFilters(FilterForm):
    """Search by challenge or team, filter by kind, source and day."""

    q = forms.CharField(label=_("Search bookings"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Any")), *Booking.Kind.choices])
    source = forms.ChoiceField(label=_("Source of money"), choices=[("", _("Any")), *Source.choices])
    since = forms.DateField(label=_("From day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("To day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class PayeeForm(forms.Form):
    """The account that the next payments are to go to."""

    holder = forms.CharField(label=_("Account holder"), max_length=100)
    bank = forms.CharField(label=_("Bank and branch"), max_length=100)
    number = forms.CharField(
        label=_("Account number"), max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"}),
        help_text=_("8 to 30 digits; blanks are left out. Pages show the last four alone."),
    )  # fmt: skip

    def clean_number(self) -> str:
        """Digits alone."""
        number = "".join(self.cleaned_data["number"].split())
        NUMBER(number)
        return number


class AnswerForm(forms.Form):
    """The bank's answer to a batch."""

    file = forms.FileField(
        label=_("The bank's answer (.xlsx or .csv)"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("Nothing is taken over before you confirm."),
    )  # fmt: skip
