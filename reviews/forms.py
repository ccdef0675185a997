"""The inputs of reviews' steps, for pages and API alike, and the form of a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm, StepForm
from challenges.rules import Criterion
from reviews.actions.sheets import LONGEST_COMMENT
from reviews.models import ScoreSheet
from reviews.queries import tie_of


@kinds.inputs("panels", "give_seed")
class SeedForm(StepForm):
    """The supervisor's part of the draw's seed."""

    seed = forms.CharField(
        label=_("Second seed"),
        min_length=8,
        max_length=200,
        help_text=_("Any text that nobody could guess, at least 8 characters. It is revealed with the draw."),
    )


@kinds.inputs("panels", "give_lot_seed")
class LotSeedForm(SeedForm):
    """The supervisor's part of the seed for lots."""


@kinds.inputs("panels", "vote")
class VoteForm(StepForm):
    """One bid of each tie: `tie_1` for the first of them, `tie_2` for the second, and so on."""

    tie_1 = forms.ChoiceField(label=_("Which bid goes first?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tie = tie_of(self.obj)
        for number, bids in enumerate(tie.groups if tie else (), start=1):
            self.fields[f"tie_{number}"] = forms.ChoiceField(
                label=_("Which bid goes first: %(codes)s?") % {"codes": ", ".join(bid.code for bid in bids)},
                choices=[(str(bid.pk), bid.code) for bid in bids],
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        """The choices together, as the step takes them."""
        return {"bids": [self.cleaned_data[name] for name in self.fields if name in self.cleaned_data]}


@kinds.inputs("assignments", "accept")
class AcceptForm(StepForm):
    """The declaration that goes with a seat."""

    no_conflict = forms.BooleanField(
        label=_(
            "I have no tie of work, family, study, joint work or money to the owner, the bidders, their partners or"
            " their members."
        ),
        error_messages={"required": _("Tick the declaration, or recuse yourself.")},
    )


@kinds.inputs("assignments", "decline")
class DeclineForm(ReasonForm):
    """Why the invitation is declined."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Operators and supervisors read it."),
    )


@kinds.inputs("assignments", "recuse")
class RecuseForm(ReasonForm):
    """The conflict that was declared or found."""

    reason = forms.CharField(
        label=_("Conflict of interest"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Say which tie to whom. Operators and supervisors read it."),
    )


@dataclass(frozen=True)
class Line:
    """One criterion of a sheet with its two fields."""

    criterion: Criterion
    name: str
    score: forms.BoundField
    comment: forms.BoundField


class ScoreForm(forms.Form):
    """A sheet: score and comment for each criterion of its part; may be kept unfinished."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sheet: ScoreSheet, **kwargs: Any) -> None:
        rubric = sheet.assignment.panel.challenge.frozen_rubric
        self.criteria = [item for item in rubric.criteria if item.part == sheet.part]
        initial: dict[str, Any] = {"version": sheet.version}
        for item in self.criteria:
            entry = sheet.scores.get(item.key, {})
            initial[f"{item.key}_score"] = entry.get("score", "")
            initial[f"{item.key}_comment"] = entry.get("comment", "")
        kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for item in self.criteria:
            name = item.shown_name
            self.fields[f"{item.key}_score"] = forms.DecimalField(
                label=_("Score for “%(name)s”") % {"name": name},
                required=False,
                min_value=0,
                max_value=rubric.scale,
                max_digits=5,
                decimal_places=2,
                widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
            )
            self.fields[f"{item.key}_comment"] = forms.CharField(
                label=_("Comment on “%(name)s”") % {"name": name},
                required=False,
                max_length=LONGEST_COMMENT,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @property
    def lines(self) -> Iterator[Line]:
        """The criteria with their fields, in the rubric's order."""
        for item in self.criteria:
            yield Line(item, item.shown_name, self[f"{item.key}_score"], self[f"{item.key}_comment"])

    @property
    def scores(self) -> dict[str, dict[str, str]]:
        """What `save_scores` takes, once the form is valid."""
        given = self.cleaned_data
        return {
            item.key: {
                "score": "" if given[f"{item.key}_score"] is None else f"{given[f'{item.key}_score']:f}",
                "comment": given[f"{item.key}_comment"],
            }
            for item in self.criteria
        }
