"""The form of a rule set's draft: a field for every number, so that nobody edits JSON."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from challenges.models import ReviewClass, RuleSet
from challenges.rubric_forms import RubricPart, WithRubrics
from challenges.rule_words import GROUPS, LABELS
from challenges.rules import REVIEW_CLASSES, Criterion, Period, Rules

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
UNIT_WORDS = [("days", _("days")), ("hours", _("hours")), ("minutes", _("minutes")), ("seconds", _("seconds"))]
WORKING_DAYS = ("working_days", _("working days"))


class SpanWidget(forms.MultiWidget):
    """A number and its unit, side by side."""

    template_name = "challenges/span_widget.html"

    def __init__(self, units: list[Any]) -> None:
        number = forms.NumberInput(attrs={"class": "form-control", "min": 0, "inputmode": "numeric"})
        super().__init__([number, forms.Select(choices=units, attrs={"class": "form-select", "aria-label": _("Unit")})])

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """The classes the page gives go to the number; the unit keeps those of a choice."""
        context = super().get_context(name, value, attrs)
        context["widget"]["subwidgets"][1]["attrs"]["class"] = "form-select"
        return context

    def id_for_label(self, id_: str) -> str:
        """The label names the number; the unit has a name of its own."""
        return f"{id_}_0" if id_ else id_

    def decompress(self, value: Any) -> list[Any]:
        """Number and unit, in the largest unit that states it exactly."""
        if isinstance(value, Period) and value.working_days is not None:
            return [value.working_days, "working_days"]
        if isinstance(value, Period):
            value = timedelta(seconds=value.seconds or 0)
        if not isinstance(value, timedelta):
            return [None, "days"]
        seconds = int(value.total_seconds())
        unit = next(name for name, size in reversed(UNITS.items()) if seconds % size == 0)
        return [seconds // UNITS[unit], unit]


class SpanField(forms.MultiValueField):
    """A length of time; with `period`, working days may be chosen too."""

    def __init__(self, *, period: bool = False, **kwargs: Any) -> None:
        self.period = period
        units = [WORKING_DAYS, *UNIT_WORDS] if period else UNIT_WORDS
        fields = (forms.IntegerField(min_value=1, max_value=100_000_000), forms.ChoiceField(choices=units))
        super().__init__(fields, widget=SpanWidget(list(units)), require_all_fields=True, **kwargs)

    def compress(self, data_list: list[Any]) -> Any:
        """A period as `Rules` reads it, or seconds."""
        if not data_list:
            return None
        number, unit = data_list
        if unit == "working_days":
            return {"working_days": number, "seconds": None}
        seconds = number * UNITS[unit]
        return {"working_days": None, "seconds": seconds} if self.period else timedelta(seconds=seconds)


class RuleSetForm(WithRubrics):
    """Every number of a rule set: periods with units, counts, presets line by line, a rubric for each class."""

    note = forms.CharField(
        label=_("What changed and why"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The decider who approves this version reads it."),
    )
    payment_presets = forms.CharField(
        label=_("Milestones and payments"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One choice per line, the shares in per cent: 30/40/30. Each line must sum to 100."),
    )

    def __init__(self, *args: Any, rule_set: RuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules = rule_set.parsed
        for _title, names in GROUPS:
            for name in names:
                self.fields[name] = _field(LABELS[name], getattr(rules, name))
        self.fields["note"].initial = rule_set.note
        presets = [_preset_line(*item) for item in rules.payment_presets.items()]
        self.fields["payment_presets"].initial = "\n".join(presets)
        offered = self._known_criteria()
        self.rubrics = [
            RubricPart(self, prefix=name, rubric=rubric, offered=offered, word=ReviewClass(name).label)
            for name, rubric in sorted(rules.rubrics.items(), key=lambda item: REVIEW_CLASSES.index(item[0]))
        ]

    def _known_criteria(self) -> list[Criterion]:
        """Each criterion that any class judges."""
        found: dict[str, Criterion] = {}
        for rubric in self.rules.rubrics.values():
            for item in rubric.criteria:
                found.setdefault(item.key, item)
        return list(found.values())

    def groups(self) -> Iterator[tuple[Any, list[Any]]]:
        """The numbers by the stage they govern, as bound fields."""
        for title, names in GROUPS:
            yield title, [self[name] for name in names]

    def clean_payment_presets(self) -> dict[str, list[int]]:
        """Each line is one way to share the amount; it sums to 100."""
        presets: dict[str, list[int]] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["payment_presets"].splitlines())):
            name, _sign, text = line.rpartition(":")
            if not re.fullmatch(r"\d{1,3}(\s*/\s*\d{1,3})*", text.strip(), re.ASCII):
                raise forms.ValidationError(
                    _("“%(line)s” is not a line of shares like 30/40/30."), params={"line": line}
                )
            shares = [int(share) for share in text.split("/")]
            if sum(shares) != 100:
                raise forms.ValidationError(
                    _("“%(line)s” sums to %(sum)d, not to 100."), params={"line": line, "sum": sum(shares)}
                )
            presets[name.strip()[:20] or "/".join(map(str, shares))[:20]] = shares
        return presets

    def clean(self) -> dict[str, Any]:
        """The numbers together, as `Rules` accepts them; what contradicts is told at its field."""
        data = super().clean() or {}
        for part in self.rubrics:
            part.check(data)
        if not self.errors:
            rules = self._rules(data)
            try:
                self.cleaned_rules = Rules.model_validate(rules).model_dump(mode="json")
            except ValidationError as error:
                self._tell(error)
        return data

    def _rules(self, data: dict[str, Any]) -> dict[str, Any]:
        rules = {name: data[name] for _title, names in GROUPS for name in names}
        rules["payment_presets"] = data["payment_presets"]
        rules["rubrics"] = {part.prefix: part.cleaned for part in self.rubrics}
        return rules

    def _tell(self, error: ValidationError) -> None:
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else None
            reason = item.get("ctx", {}).get("error", item["msg"])
            self.add_error(name if name in self.fields else None, str(reason))


def _preset_line(name: str, shares: list[int]) -> str:
    text = "/".join(map(str, shares))
    return text if name == text else f"{name}: {text}"


def _field(label: Any, value: Any) -> forms.Field:
    match value:
        case timedelta():
            return SpanField(label=label, initial=value)
        case Period():
            return SpanField(label=label, initial=value, period=True)
        case Decimal():
            return forms.DecimalField(label=label, initial=value, min_value=0, max_value=100, decimal_places=2)
        case _:
            return forms.IntegerField(label=label, initial=value, min_value=0, max_value=1000)
