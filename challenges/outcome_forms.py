"""The forms of outcomes: what it is, who holds it, and its figures by year."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm, StepForm
from accounts.models import Organization
from accounts.pages import FilterForm
from challenges.models import Outcome, OutcomeFigure
from challenges.page_forms import YUAN_PER_WAN

MOST_FIGURES = 60
BLANK_ROWS = 3

kinds.inputs("outcomes", "send_back")(ReasonForm)


@kinds.inputs("outcomes", "confirm")
class ConfirmOutcomeForm(StepForm):
    """The owner's own consent to show shares and figures."""

    discloses = forms.BooleanField(
        label=_("The owner agrees that shares and figures are public."),
        required=False,
        help_text=_("They are shown to the public only if the team agreed as well."),
    )


class OutcomeFilters(FilterForm):
    """The filters of the list of outcomes."""

    q = forms.CharField(label=_("Search outcomes"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Any kind")), *Outcome.Kind.choices])
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Any state")), *Outcome.State.choices])


class OutcomeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """The outcome, with a pair of shares for each party of the contract."""

    class Meta:
        model = Outcome
        fields = (
            "kind", "title", "number", "dated_on", "standing", "summary", "first_set", "first_set_certificate",
            "team_discloses",
        )  # fmt: skip
        widgets = {
            "dated_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "summary": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "number": _("Of the patent, standard or registration; empty for what nobody numbers."),
            "summary": _("Public once the outcome is confirmed: name no secret in it."),
            "first_set_certificate": _("Needed where it is recognised as a first."),
            "team_discloses": _("They are shown to the public only if the owner agrees as well."),
        }
        labels = {"team_discloses": _("The team agrees that shares and figures are public.")}

    def __init__(self, *args: Any, parties: Iterable[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, word in (("kind", _("Choose")), ("standing", _("Choose")), ("first_set", _("No first"))):
            choice: Any = self.fields[name]
            choice.choices = [("", word), *(item for item in choice.choices if item[0])]
        self.parties = list(parties)
        held = {row.holder_id: row for row in self.instance.shares.all()} if not self.instance._state.adding else {}
        for party in self.parties:
            row = held.get(party.pk)
            self.fields[_field("rights", party.pk)] = _share(_("Rights"), row.rights if row else None)
            self.fields[_field("benefit", party.pk)] = _share(_("Benefit"), row.benefit if row else None)

    def share_rows(self) -> list[tuple[Organization, Any, Any]]:
        """Each party with its two fields."""
        return [(item, self[_field("rights", item.pk)], self[_field("benefit", item.pk)]) for item in self.parties]

    def clean(self) -> dict[str, Any]:
        """Shares beyond 100 % are an error at once; less is one only when the outcome is registered."""
        data = super().clean() or {}
        for name, word in (("rights", _("rights")), ("benefit", _("benefit"))):
            total = sum((data.get(_field(name, item.pk)) or Decimal(0) for item in self.parties), Decimal(0))
            if total > 100:
                self.add_error(
                    _field(name, self.parties[0].pk),
                    ValidationError(
                        _("The shares of the %(what)s sum to %(sum)s %%, more than 100 %%."),
                        params={"what": word, "sum": f"{total.normalize():f}"},
                    ),
                )
        return data

    @property
    def data_given(self) -> dict[str, Any]:
        """The columns of the outcome."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    @property
    def shares_given(self) -> dict[UUID, tuple[Decimal, Decimal]]:
        """Rights and benefit by the party's id."""
        data = self.cleaned_data
        zero = Decimal(0)
        return {
            item.pk: (data[_field("rights", item.pk)] or zero, data[_field("benefit", item.pk)] or zero)
            for item in self.parties
        }


def _field(name: str, pk: UUID) -> str:
    return f"{name}-{pk.hex}"


def _share(label: Any, value: Decimal | None) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2,
        initial=None if value is None else f"{value.normalize():f}",
    )  # fmt: skip


class FigureForm(forms.Form):
    """One figure of one year."""

    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    kind = forms.ChoiceField(label=_("Figure"), choices=[("", _("Choose")), *OutcomeFigure.Kind.choices])
    value = forms.DecimalField(
        label=_("Value"), min_value=0, max_digits=16, decimal_places=6,
        help_text=_("Money in 10,000 yuan; jobs as the number of people."),
    )  # fmt: skip
    source = forms.CharField(label=_("Source of the figures"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """Money in yuan, to the cent; jobs whole."""
        data = super().clean() or {}
        value, kind = data.get("value"), data.get("kind")
        if value is None or not kind:
            return data
        if kind == OutcomeFigure.Kind.JOBS:
            if value != value.to_integral_value():
                self.add_error("value", _("Jobs are counted in whole people."))
            return data
        amount = value * YUAN_PER_WAN
        if amount != amount.quantize(Decimal("0.01")) or amount >= Decimal(10) ** 14:
            self.add_error("value", _("This amount is too fine or too large."))
        data["value"] = amount
        return data


class FigureRows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic only for the type checker
    """The rows of figures; one that is left blank, or made blank, is left out."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        return super()._construct_form(i, empty_permitted=True, use_required_attribute=False, **kwargs)  # type: ignore[misc]

    def rows(self) -> list[dict[str, Any]]:
        """The filled rows in the columns of `OutcomeFigure`."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data]

    def clean(self) -> None:
        """A figure is reported once a year."""
        if any(self.errors):
            return
        keys = [(row["year"], row["kind"]) for row in self.rows()]
        if len(set(keys)) != len(keys):
            raise ValidationError(_("A figure is reported once a year: two rows name the same."))


FigureFormSet = forms.formset_factory(
    FigureForm, formset=FigureRows, extra=BLANK_ROWS, max_num=MOST_FIGURES, validate_max=True
)


def figure_initial(outcome: Outcome | None) -> list[dict[str, Any]]:
    """Stored figures as the rows of the form."""
    rows = outcome.figures.all() if outcome else []
    return [
        {
            "year": row.year,
            "kind": row.kind,
            "value": f"{(row.value / YUAN_PER_WAN if row.is_money else row.value).normalize():f}",
            "source": row.source,
        }
        for row in rows
    ]
