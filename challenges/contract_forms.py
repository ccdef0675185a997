"""The forms in which the owner writes a draft contract: text, targets, shares, milestones."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from challenges.models import Comparator, Contract, ContractShare, Milestone, Target
from challenges.models.bid_guards import SHARES
from challenges.models.contract_guards import SHARE_WORDS, comparisons, number_of, plain, shown


class ContractForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """Task book, pledge and who owns the results."""

    needed_later = frozenset({"task_book"})

    class Meta:
        model = Contract
        fields = ("task_book", "pledge", "ip_preset", "ip_clause")
        widgets = {
            "task_book": forms.Textarea(attrs={"rows": 14}),
            "pledge": forms.Textarea(attrs={"rows": 5}),
            "ip_preset": forms.RadioSelect,
            "ip_clause": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "task_book": _("Goals, work, who does what, and how each target is measured."),
            "pledge": _("The team reads and confirms it when it signs (军令状)."),
            "ip_clause": _("Stands alone where you choose a clause of its own, else after the chosen one."),
        }


class MilestoneForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """What is delivered and by when; the share of the money is the challenge's."""

    needed_later = frozenset({"due_on"})

    class Meta:
        model = Milestone
        fields = ("title", "due_on", "deliverable", "proves")
        widgets = {
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "deliverable": forms.Textarea(attrs={"rows": 3}),
        }

    proves = forms.TypedMultipleChoiceField(
        label=_("Targets proved here"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those assigned to no milestone are proved by the last one."),
    )

    def __init__(self, *args: Any, last: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = self.instance.contract.targets
        choices: Any = self.fields["proves"]
        choices.choices = [(place, Target.as_agreed(given)) for place, given in enumerate(targets)]
        if last or not targets:
            del self.fields["proves"]


class TargetValuesForm(forms.Form):
    """The value of each target; the bid's stands beside it, and the contract may ask for more."""

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.comparisons = comparisons(contract)
        for place, item in enumerate(self.comparisons):
            given = item.contract
            bound = _("%(name)s %(comparator)s") % {
                "name": given["name"], "comparator": Comparator(given["comparator"]).label,
            }  # fmt: skip
            self.fields[f"t{place}"] = forms.CharField(
                label=f"{bound} ({given['unit']})" if given["unit"] else bound,
                max_length=100,
                initial=given["value"],
                help_text=_("The bid promised %(bid)s.") % {"bid": shown(item.bid)} if item.bid else "",
                widget=forms.TextInput(attrs={"class": "num"}),
            )

    def clean(self) -> dict[str, Any]:
        """A number where the comparator asks for one."""
        data = super().clean() or {}
        for place, item in enumerate(self.comparisons):
            text = str(data.get(f"t{place}", "")).replace(",", "")
            if text and item.contract["comparator"] != Comparator.EQUAL and number_of(text) is None:
                self.add_error(f"t{place}", _("Write a number, such as 99.5 or 5e8, without the unit."))
        return data

    @property
    def values(self) -> list[str]:
        """The values in the contract's order."""
        return [self.cleaned_data[name] for name in self.fields]


class ShareForm(forms.Form):
    """One organisation's four shares in per cent."""

    def __init__(self, *args: Any, share: ContractShare, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.share = share
        for name in SHARES:
            self.fields[name] = forms.DecimalField(
                label=SHARE_WORDS[name], min_value=0, max_value=100, max_digits=5, decimal_places=2,
                initial=plain(getattr(share, name)),
                widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "class": "num"}),
            )  # fmt: skip


class ContractEditor:
    """All of a draft on one page, saved together or not at all."""

    def __init__(self, given: Any, contract: Contract) -> None:
        self.terms = ContractForm(given, instance=contract)
        self.targets = TargetValuesForm(given, contract=contract)
        shares = contract.shares.select_related("organization")
        self.shares = [ShareForm(given, share=row, prefix=f"s{row.position}") for row in shares]
        milestones = list(contract.milestones.select_related("contract").order_by("position"))
        self.milestones = [
            MilestoneForm(given, instance=row, prefix=f"m{row.position}", last=row is milestones[-1])
            for row in milestones
        ]

    @property
    def forms(self) -> list[forms.BaseForm]:
        """Every form of the page."""
        return [self.terms, self.targets, *self.shares, *self.milestones]

    def is_valid(self) -> bool:
        """Whether every form holds; each says its own errors."""
        return all(form.is_valid() for form in self.forms)

    @property
    def is_wrong(self) -> bool:
        """Whether something was typed that does not hold."""
        return any(form.is_bound and form.errors for form in self.forms)

    @property
    def data(self) -> dict[str, Any]:
        """What `edit_contract` takes."""
        shares = {str(form.share.organization_id): form.cleaned_data for form in self.shares}
        return {**self.terms.cleaned_data, "targets": self.targets.values, "shares": shares}

    @property
    def milestone_data(self) -> dict[str, dict[str, Any]]:
        """The milestones by id."""
        return {str(form.instance.pk): form.cleaned_data for form in self.milestones}
