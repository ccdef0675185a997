"""What operators ask of a matching, and what they say of single pairs."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from challenges.models import Bid
from reviews.models import Expert, Matching, PairWish, Panel


class WayForm(forms.Form):
    """How the reviewers of a panel are found; drawn by lot when nothing is said."""

    way = forms.ChoiceField(
        label=_("How reviewers are found"), choices=Panel.Way.choices, initial=Panel.Way.DRAWN, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def clean_way(self) -> str:
        """By lot unless chosen otherwise."""
        return self.cleaned_data["way"] or Panel.Way.DRAWN


class MatchingForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """Numbers and loads of a matching."""

    class Meta:
        model = Matching
        fields = ["per_bid", "load_min", "load_max", "cap", "worst_first"]

    def clean(self) -> dict[str, Any]:
        """The loads must leave room."""
        data = super().clean() or {}
        if not self.errors and data["load_min"] > data["load_max"]:
            self.add_error("load_max", ValidationError(_("Not below the least number of bids."), code="loads"))
        return data

    def validate_constraints(self) -> None:
        """Asked when it is kept."""


class PairWishForm(forms.Form):
    """One pair, by the bid's code and the expert's account, and what is wished of it."""

    bid = forms.CharField(label=_("Bid, by its code"), max_length=40)
    expert = forms.EmailField(label=_("Expert, by the e-mail of their account"))
    wish = forms.ChoiceField(label=_("Wish"), choices=PairWish.Wish.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in the ledger."),
    )  # fmt: skip

    def __init__(self, *args: Any, panel: Panel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.panel = panel

    def clean_bid(self) -> Bid:
        """The bid of this challenge."""
        found = self.panel.challenge.bids.filter(
            code=self.cleaned_data["bid"].strip(), state=Bid.State.ELIGIBLE
        ).first()
        if found is None:
            raise ValidationError(_("No eligible bid of this challenge has this code."), code="unknown")
        return found

    def clean_expert(self) -> Expert:
        """The expert behind the address."""
        found = Expert.objects.filter(
            user__email=self.cleaned_data["expert"].lower(), state=Expert.State.ACTIVE
        ).first()
        if found is None:
            raise ValidationError(_("Nobody in the expert pool has an account with this address."), code="unknown")
        return found
