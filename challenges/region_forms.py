"""The forms of the region's figures: entering one, rejecting one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import documents, kinds
from accounts.forms import ReasonForm
from challenges.models import RegionFigure, RegionTarget

kinds.inputs("region-figures", "reject")(ReasonForm)


class RegionFigureForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """One value with its day and its document."""

    document = forms.FileField(
        label=_("Source document (file)"),
        help_text=_("The bulletin, statistics table or recognition list that the value was taken from."),
        widget=forms.ClearableFileInput(attrs={"accept": documents.ACCEPT}),
    )

    class Meta:
        model = RegionFigure
        fields = ("value", "as_of", "source")
        widgets = {"as_of": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "as_of": _("The day on which the value held, as the document says."),
            "source": _("So that anyone can find it; it is public with the figure."),
        }

    def __init__(self, *args: Any, target: RegionTarget, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text = _("In %(unit)s.") % {"unit": target.get_unit_display()}
        if target.whole:
            self.fields["value"].widget.attrs["step"] = Decimal(1)
