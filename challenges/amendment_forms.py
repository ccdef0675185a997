"""The forms in which one side asks for a change of a contract, one for each kind, and an expert's opinion on it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm
from challenges.contract_forms import TargetValuesForm
from challenges.forms import ProofForm
from challenges.models import Contract, ContractAmendment
from challenges.models.bid_guards import SHARES
from challenges.models.contract_guards import SHARE_WORDS, plain

Kind = ContractAmendment.Kind
MOST_NEW_PARTNERS = 2

kinds.inputs("amendments", "disagree")(ReasonForm)
kinds.inputs("amendments", "reject")(ReasonForm)
kinds.inputs("amendments", "agree")(ProofForm)


class ChangeForm(forms.Form):
    """Why, and what: `changes` is what `request_amendment` takes."""

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self.ask()
        self.fields["reason"] = forms.CharField(
            label=_("Why the change is needed"), min_length=4, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
        )

    def ask(self) -> None:
        """Add the fields of this kind."""

    @property
    def changes(self) -> dict[str, Any]:
        """What was given, as plain JSON."""
        raise NotImplementedError


class PrincipalForm(ChangeForm):
    """Another person in charge."""

    def ask(self) -> None:
        """Their name."""
        self.fields["leader"] = forms.CharField(
            label=_("Person in charge"), max_length=100, initial=self.contract.leader
        )

    @property
    def changes(self) -> dict[str, Any]:
        """The name."""
        return {"leader": self.cleaned_data["leader"]}


class BudgetForm(ChangeForm):
    """Another amount."""

    def ask(self) -> None:
        """The amount in yuan."""
        self.fields["amount"] = forms.DecimalField(
            label=_("Amount in yuan"), max_digits=14, decimal_places=2, initial=self.contract.amount,
            help_text=_("What is accepted or asked for already stays; the other payments share the rest."),
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "class": "num"}),
        )  # fmt: skip

    @property
    def changes(self) -> dict[str, Any]:
        """The amount as text."""
        return {"amount": str(self.cleaned_data["amount"])}


class DateForm(ChangeForm):
    """Other dates for milestones that are not closed."""

    def ask(self) -> None:
        """One date for each."""
        rows = self.contract.milestones.exclude(state__in=["accepted", "failed"]).order_by("position")
        self.rows = {f"d{row.position}": row for row in rows}
        for name, row in self.rows.items():
            self.fields[name] = forms.DateField(
                label=row.title, initial=row.due_on, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            )

    @property
    def changes(self) -> dict[str, Any]:
        """Dates by milestone."""
        return {"due_on": {str(row.pk): self.cleaned_data[name].isoformat() for name, row in self.rows.items()}}


class ExtensionForm(ChangeForm):
    """All that is open later by some months."""

    def ask(self) -> None:
        """The months, within what the rules grant."""
        most = self.contract.challenge.frozen_rules.extension_months_at_most
        self.fields["months"] = forms.IntegerField(
            label=_("Months"), min_value=1, max_value=most,
            help_text=_("Once in the life of a contract, for every milestone that is not closed."),
        )  # fmt: skip

    @property
    def changes(self) -> dict[str, Any]:
        """The months."""
        return {"months": self.cleaned_data["months"]}


class TargetForm(ChangeForm):
    """Other values of targets; weakening a core target needs the panel's experts."""

    def ask(self) -> None:
        """The fields of the draft's editor."""
        self.values_form = TargetValuesForm(contract=self.contract)
        self.fields.update(self.values_form.fields)

    @property
    def changes(self) -> dict[str, Any]:
        """The values in the contract's order."""
        return {"targets": [self.cleaned_data[f"t{place}"] for place in range(len(self.values_form.fields))]}


class PartnerForm(ChangeForm):
    """Who is in the consortium, and the four shares of each; a code left blank takes the organisation out."""

    def ask(self) -> None:
        """A row for each partner, and two for new ones."""
        rows = [*self.contract.shares.select_related("organization"), *[None] * MOST_NEW_PARTNERS]
        self.count = len(rows)
        for place, row in enumerate(rows):
            who = row.organization.name if row else _("New partner")
            self.fields[f"p{place}"] = forms.CharField(
                label=_("%(who)s: unified social credit code") % {"who": who}, max_length=18, required=False,
                initial=row.organization.uscc if row else "",
            )  # fmt: skip
            for name in SHARES:
                self.fields[f"p{place}-{name}"] = forms.DecimalField(
                    label=f"{SHARE_WORDS[name]} (%)", required=False, min_value=0, max_value=100, max_digits=5,
                    decimal_places=2, initial=plain(getattr(row, name)) if row else None,
                )  # fmt: skip

    @property
    def changes(self) -> dict[str, Any]:
        """The consortium as it would be."""
        given = self.cleaned_data
        return {
            "shares": [
                {"uscc": given[f"p{place}"], **{name: str(given[f"p{place}-{name}"] or 0) for name in SHARES}}
                for place in range(self.count)
                if given[f"p{place}"]
            ]
        }


FORMS: dict[str, type[ChangeForm]] = {
    Kind.PARTNER: PartnerForm,
    Kind.PRINCIPAL: PrincipalForm,
    Kind.BUDGET: BudgetForm,
    Kind.DATE: DateForm,
    Kind.TARGET: TargetForm,
    Kind.EXTENSION: ExtensionForm,
}


class OpinionForm(forms.Form):
    """An expert's written opinion."""

    supports = forms.TypedChoiceField(
        label=_("May the core target be weakened?"),
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        choices=[("true", _("Yes, I support it")), ("false", _("No, I am against it"))],
    )
    text = forms.CharField(
        label=_("Opinion with its reasons"), min_length=10, max_length=5000, widget=forms.Textarea(attrs={"rows": 5})
    )
