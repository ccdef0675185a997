"""The editor of a rubric: one part for the templates of a rule set and for the rubric of one challenge."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from accounts.lists import listed
from challenges.models import Challenge
from challenges.rubrics import AXES, PARTS, counted_words
from challenges.rules import LONGEST_GUIDE, LONGEST_NAME, MOST_CRITERIA, Criterion, Rubric

NAMES = ("key", "name", "name_en", "weight", "threshold", "part", "axis", "guide", "guide_en")


@dataclass(frozen=True)
class EditorRow:
    """The fields of one criterion, whether it is the core one, and the words that no rubric may count."""

    place: int
    fields: dict[str, forms.BoundField]
    core: bool
    asks: str

    @property
    def title(self) -> str:
        """What the row is called before it has a name."""
        chinese = (get_language() or "zh").startswith("zh")
        first, second = ("name", "name_en") if chinese else ("name_en", "name")
        return str(self.fields[first].value() or self.fields[second].value() or self.place + 1)


class RubricPart:
    """The fields of one rubric inside a form: `<prefix>-<place>-weight` and so on, `<prefix>-rows` of them.

    A criterion of weight 0 is offered but not judged.
    """

    def __init__(
        self, form: forms.Form, *, prefix: str, rubric: Rubric, offered: Iterable[Criterion] = (), word: Any = ""
    ) -> None:
        self.form, self.prefix, self.word = form, prefix, word
        there = {item.key for item in rubric.criteria}
        extra = [item.model_copy(update={"weight": 0, "core": False}) for item in offered if item.key not in there]
        rows = [*rubric.criteria, *extra]
        self.count = _rows(form.data, prefix) if form.is_bound else len(rows)
        self.cleaned: Rubric | None = None
        for place in range(self.count):
            self._add_row(place, rows[place] if place < len(rows) else None)
        core = next((place for place, item in enumerate(rows) if item.core), 0)
        form.fields |= {
            f"{prefix}-rows": forms.IntegerField(initial=self.count, widget=forms.HiddenInput),
            f"{prefix}-core": forms.ChoiceField(
                label=_("Core criterion"), choices=[(str(n), str(n + 1)) for n in range(self.count)], initial=core
            ),
            f"{prefix}-total": _score(_("Total a bid must reach"), most=100, initial=rubric.total_threshold),
            f"{prefix}-scale": forms.IntegerField(
                label=_("Highest raw score"), min_value=5, max_value=100, initial=rubric.scale
            ),
        }

    def _add_row(self, place: int, item: Criterion | None) -> None:
        def guide(label: Any) -> forms.CharField:
            widget = forms.Textarea(attrs={"rows": 2})
            return forms.CharField(label=label, required=False, max_length=LONGEST_GUIDE, widget=widget)

        made: dict[str, forms.Field] = {
            "key": forms.CharField(required=False, max_length=30, widget=forms.HiddenInput),
            "name": forms.CharField(label=_("Name in Chinese"), max_length=LONGEST_NAME),
            "name_en": forms.CharField(label=_("Name in English"), max_length=LONGEST_NAME),
            "weight": forms.IntegerField(label=_("Weight"), min_value=0, max_value=100, initial=0),
            "threshold": _score(_("Threshold"), most=100, required=False),
            "part": forms.ChoiceField(label=_("Part of the bid"), choices=PARTS, initial="technical"),
            "axis": forms.ChoiceField(label=_("Axis"), choices=AXES, initial="quality"),
            "guide": guide(_("Guide in Chinese")),
            "guide_en": guide(_("Guide in English")),
        }
        for name, made_field in made.items():
            if item is not None:
                made_field.initial = getattr(item, name)
            self.form.fields[f"{self.prefix}-{place}-{name}"] = made_field

    def rows(self) -> Iterator[EditorRow]:
        """The criteria, as bound fields."""
        core = str(self.form[f"{self.prefix}-core"].value())
        for place in range(self.count):
            fields = {name: self.form[f"{self.prefix}-{place}-{name}"] for name in NAMES}
            texts = [str(fields[name].value() or "") for name in ("name", "name_en", "guide", "guide_en")]
            yield EditorRow(place, fields, core == str(place), listed(counted_words(*texts)))

    @property
    def head(self) -> forms.BoundField:
        """How many rows there are."""
        return self.form[f"{self.prefix}-rows"]

    @property
    def settings(self) -> list[forms.BoundField]:
        """What concerns the rubric as a whole."""
        return [self.form[f"{self.prefix}-{name}"] for name in ("total", "scale")]

    @property
    def wrong(self) -> bool:
        """Whether something must be put right in this rubric."""
        return any(name.startswith(f"{self.prefix}-") for name in self.form.errors)

    @property
    def total(self) -> int:
        """The sum of the weights as they stand in the fields."""
        given = [str(row.fields["weight"].value() or 0) for row in self.rows()]
        return sum(int(text) for text in given if text.isdecimal() and len(text) < 5)

    def check(self, data: Mapping[str, Any]) -> None:
        """Read the rubric out of cleaned fields; what does not fit is told at its field."""
        if self.wrong:
            return
        given = [{name: data[f"{self.prefix}-{place}-{name}"] for name in NAMES} for place in range(self.count)]
        judged = [(place, item) for place, item in enumerate(given) if item["weight"]]
        core = data[f"{self.prefix}-core"]
        total = sum(item["weight"] for _place, item in judged)
        if total != 100:
            said = _("The weights sum to %(sum)d, not to 100.") % {"sum": total}
            self._tell(judged[0][0] if judged else 0, "weight", said)
        elif core not in {str(place) for place, _item in judged}:
            self.form.add_error(f"{self.prefix}-core", _("The core criterion needs a weight."))
        else:
            self._read(judged, core, data)

    def _read(self, judged: list[tuple[int, dict[str, Any]]], core: str, data: Mapping[str, Any]) -> None:
        taken: set[str] = set()
        criteria = []
        for place, given in judged:
            key = _key(given["key"] or "", given["name_en"], taken)
            taken.add(key)
            criteria.append({**given, "key": key, "core": core == str(place)})
        try:
            self.cleaned = Rubric(
                scale=data[f"{self.prefix}-scale"],
                total_threshold=data[f"{self.prefix}-total"],
                criteria=[Criterion.model_validate(item) for item in criteria],
            )
        except ValidationError as error:
            for item in error.errors():
                self._tell(judged[0][0], "weight", str(item.get("ctx", {}).get("error", item["msg"])))

    def _tell(self, place: int, name: str, said: Any) -> None:
        self.form.add_error(f"{self.prefix}-{place}-{name}", said)


class WithRubrics(forms.Form):
    """A form that holds rubrics; rows may be added and taken away before anything is checked."""

    def leave_unchecked(self) -> None:
        """Show what was typed without judging it."""
        self._errors = ErrorDict()


class ChallengeRubricForm(WithRubrics):
    """The rubric of one vetted challenge, to begin with as the template has it."""

    def __init__(self, *args: Any, challenge: Challenge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        template = challenge.rubric_template
        rubric = challenge.adapted_rubric or template
        self.part = RubricPart(self, prefix="rubric", rubric=rubric, offered=template.criteria)

    def clean(self) -> dict[str, Any]:
        """The rubric as a whole."""
        data = super().clean() or {}
        self.part.check(data)
        return data


def with_changed_rows(data: QueryDict) -> QueryDict | None:
    """What was typed with one row more or one less, when that is the button that was pressed: add=P or remove=P-3."""
    changed = data.copy()
    if prefix := data.get("add", ""):
        changed[f"{prefix}-rows"] = str(min(_rows(data, prefix) + 1, MOST_CRITERIA))
        return changed
    prefix, _sign, place = data.get("remove", "").rpartition("-")
    if not (prefix and place.isascii() and place.isdecimal() and len(place) < 3):
        return None
    count, gone = _rows(data, prefix), int(place)
    for number in range(gone, count - 1):
        for name in NAMES:
            changed[f"{prefix}-{number}-{name}"] = data.get(f"{prefix}-{number + 1}-{name}", "")
    changed[f"{prefix}-rows"] = str(max(count - 1, 1))
    core = data.get(f"{prefix}-core", "0")
    if core.isdecimal() and len(core) < 3 and int(core) > gone:
        changed[f"{prefix}-core"] = str(int(core) - 1)
    return changed


def _rows(data: Mapping[str, Any], prefix: str) -> int:
    text = str(data.get(f"{prefix}-rows", "1"))
    return max(1, min(int(text), MOST_CRITERIA)) if text.isascii() and text.isdecimal() and len(text) < 5 else 1


def _key(given: str, name_en: str, taken: set[str]) -> str:
    """The key a criterion has, or one made of its English name that nobody else has."""
    base = given if re.fullmatch(r"[a-z_]{2,30}", given) else re.sub(r"[^a-z]+", "_", name_en.lower()).strip("_")[:24]
    base = base if len(base) > 1 else "criterion"
    key, letters = base, iter("bcdefghijklmnopqrstuvwxyz")
    while key in taken:
        key = f"{base[:28]}_{next(letters)}"
    return key


def _score(label: Any, *, most: int, required: bool = True, initial: Any = None) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, min_value=0, max_value=most, max_digits=5, decimal_places=2, initial=initial
    )
