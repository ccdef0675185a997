"""The form of a year's calendar: its source, and its days as lists of dates."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from challenges.models import CalendarYear

LONGEST_RUN = 31


class DaysField(forms.CharField):
    """Dates, one a line; a run of days as `2028-01-26 - 2028-02-02`. Answers them in order, each once."""

    widget = forms.Textarea(attrs={"rows": 6, "inputmode": "numeric", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """The days that the lines name."""
        days: set[date] = set()
        for line in filter(None, map(str.strip, (value or "").splitlines())):
            days.update(_run(line))
        return sorted(days)

    def prepare_value(self, value: Any) -> Any:
        """Days as lines; what was typed as it was typed."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def validate(self, value: Any) -> None:
        """Something is named where something is required."""
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Lists of days have no length in characters."""


def _run(line: str) -> list[date]:
    first, _dash, last = (part.strip() for part in line.partition(" - "))
    try:
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if last else begin
    except ValueError:
        raise forms.ValidationError(
            _("“%(line)s” is no date like 2028-01-26 and no run like 2028-01-26 - 2028-02-02."), params={"line": line}
        ) from None
    if not 0 <= (end - begin).days < LONGEST_RUN:
        raise forms.ValidationError(_("“%(line)s” ends before it begins, or is too long."), params={"line": line})
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


class CalendarYearForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """One version as announced."""

    off = DaysField(
        label=_("Days off"),
        help_text=_("One date a line, or a run: 2028-01-26 - 2028-02-02. Ordinary weekends need not be named."),
    )
    worked = DaysField(
        label=_("Days of weekends that are worked"), required=False, help_text=_("The make-up days, one a line.")
    )

    class Meta:
        model = CalendarYear
        fields = ("year", "title", "number", "off", "worked")
