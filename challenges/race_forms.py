"""The inputs of a race: what the shared test found, and who stays."""

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm, StepForm, as_uuid
from accounts.models import User
from challenges.models import Contract
from challenges.models.contract_guards import shown


class PeopleField(forms.CharField):
    """People by the e-mail of their account, one a line, or their ids from a program; a list would not end at scale."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """The accounts in the order given; the name that fits none is an error."""
        text = super().to_python("" if isinstance(value, list | tuple) else value) or ""
        words = value if isinstance(value, list | tuple) else re.split(r"[\s,，、;；]+", text)
        found: list[User] = []
        for word in filter(None, words):
            known = User.objects.filter(Q(email=str(word).lower()) | Q(pk=as_uuid(str(word))), is_active=True).first()
            if known is None:
                raise forms.ValidationError(_("No account has the e-mail “%(word)s”."), params={"word": word})
            found.append(known)
        return found

    def run_validators(self, value: Any) -> None:
        """Each was checked by finding the account."""


@kinds.inputs("races", "record_test")
class RecordTestForm(StepForm):
    """Who tested; for runner r and target t, both counted from 1, `value_r_t` and `met_r_t`; for each `remarks_r`."""

    experts = PeopleField(
        label=_("Experts who tested, by the e-mail of their account, one a line"),
        help_text=_("Of the pool; none sat on an earlier panel of this challenge or has a conflict of interest."),
        widget=forms.Textarea(attrs={"rows": 4, "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.obj.runners_in_force.select_related("bid__lead").order_by("bid__rank", "pk")
        self.runners: list[Contract] = list(rows)
        for r, contract in enumerate(self.runners, start=1):
            lead = contract.bid.lead.name
            for t, target in enumerate(contract.targets, start=1):
                self.fields[f"value_{r}_{t}"] = forms.CharField(
                    label=f"{lead} · {target['name']} {shown(target)}", max_length=100
                )
                self.fields[f"met_{r}_{t}"] = forms.TypedChoiceField(
                    label=_("%(lead)s · %(target)s: met?") % {"lead": lead, "target": target["name"]},
                    choices=[("true", _("Met")), ("false", _("Not met"))],
                    coerce=lambda value: value == "true",
                    widget=forms.RadioSelect,
                )
            self.fields[f"remarks_{r}"] = forms.CharField(
                label=_("%(lead)s · remarks") % {"lead": lead},
                required=False,
                max_length=5000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean(self) -> dict[str, Any]:
        """The findings as the step takes them."""
        data = super().clean() or {}
        if self.errors:
            return data
        findings = [
            {
                "contract": contract,
                "targets": [
                    {"value": data[f"value_{r}_{t}"], "met": data[f"met_{r}_{t}"]}
                    for t in range(1, len(contract.targets) + 1)
                ],
                "remarks": data[f"remarks_{r}"],
            }
            for r, contract in enumerate(self.runners, start=1)
        ]
        return {"experts": data["experts"], "findings": findings}


@kinds.inputs("races", "decide")
class DecideRaceForm(ReasonForm):
    """Who stays, and the public reason."""

    stays = forms.ModelMultipleChoiceField(
        label=_("Who stays"), queryset=Contract.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    field_order = ["stays", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["stays"]
        field.queryset = self.obj.runners_in_force.select_related("bid__lead", "challenge").order_by("bid__rank", "pk")
        results = {item.contract_id: item for item in self.obj.results.all()}
        field.label_from_instance = lambda contract: _said(contract, results.get(contract.pk))

    def clean_stays(self) -> list[Contract]:
        """As a list."""
        return list(self.cleaned_data["stays"])


def _said(contract: Contract, result: Any) -> str:
    findings = result.findings if result else []
    met = sum(1 for item in findings if item["met"])
    words = _("%(lead)s: %(met)d of %(n)d targets met")
    return str(words % {"lead": contract.bid.lead.name, "met": met, "n": len(findings)})
