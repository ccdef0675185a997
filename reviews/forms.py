"""The inputs of reviews' steps, for pages and API alike, and the form of a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.forms import ReasonForm, StepForm
from accounts.lists import listed
from accounts.policy import visible
from challenges.rules import Criterion
from reviews.actions.sheets import LONGEST_COMMENT
from reviews.models import Discussion, Minutes, Panel, ScoreSheet
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


@kinds.inputs("panels", "give_supplement_seed")
class SupplementSeedForm(SeedForm):
    """The supervisor's part of the seed of a supplementary draw."""


@kinds.inputs("panels", "vote")
class VoteForm(StepForm):
    """One bid of each tie: `tie_1` for the first of them, `tie_2` for the second, and so on."""

    tie_1 = forms.ChoiceField(label=_("Which bid goes first?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tie = tie_of(self.obj)
        for number, bids in enumerate(tie.groups if tie else (), start=1):
            self.fields[f"tie_{number}"] = forms.ChoiceField(
                label=_("Which bid goes first: %(codes)s?") % {"codes": listed(bid.code for bid in bids)},
                choices=[(str(bid.pk), bid.code) for bid in bids],
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        """The choices together, as the step takes them."""
        return {"bids": [self.cleaned_data[name] for name in self.fields if name in self.cleaned_data]}


class TextForm(StepForm):
    """A text for the record of the consensus."""

    text = forms.CharField(
        label=_("Text"), min_length=4, max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 8})
    )


@kinds.inputs("panels", "discuss")
class DiscussForm(TextForm):
    """A remark on one of the bids that are discussed."""

    discussion = forms.ModelChoiceField(label=_("Bid"), queryset=Discussion.objects.none(), empty_label=None)
    field_order = ["discussion", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["discussion"]
        field.queryset = _joined(self)
        field.label_from_instance = lambda item: item.bid.code
        self.fields["text"].help_text = (
            _("Those who read the bid, the chair and the supervisor read it under your name, bidders never.")
            if self.obj.way == Panel.Way.MATCHED
            else _("The panel and the supervisor read it under your name, bidders never.")
        )


def _joined(form: StepForm) -> QuerySet[Discussion]:
    """The discussions of the form's panel in which its actor takes part."""
    rows: QuerySet[Discussion] = visible(form.actor, "discussion.join").filter(panel=form.obj)
    return rows.select_related("bid").order_by("bid__code")


@kinds.inputs("panels", "write_minutes")
class MinutesForm(TextForm):
    """The chair's minutes, begun from the text that stands; of a matched panel those of one bid's discussion."""

    field_order = ["discussion", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("Minutes")
        if self.obj.way == Panel.Way.MATCHED:
            field: Any = forms.ModelChoiceField(label=_("Bid"), queryset=_joined(self), empty_label=None)
            field.label_from_instance = lambda item: item.bid.code
            self.fields["discussion"] = field
            self.order_fields(self.field_order)
        else:
            minutes = self.obj.minutes.first()
            self.fields["text"].initial = minutes.text if minutes else ""
        self.fields["text"].help_text = _("What was discussed, what it came to, and why. Name bids by their codes.")


@kinds.inputs("panels", "confirm_minutes")
class ConfirmMinutesForm(StepForm):
    """The text that is confirmed, so that nobody confirms another."""

    minutes = forms.ModelChoiceField(queryset=Minutes.objects.none(), widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["minutes"]
        field.queryset = self.obj.minutes.all()
        waiting = self.obj.minutes.to_confirm(self.actor)
        if self.obj.way == Panel.Way.MATCHED:
            field = forms.ModelChoiceField(
                label=_("Bid"), queryset=waiting.select_related("discussion__bid").order_by("discussion__bid__code")
            )
            field.label_from_instance = lambda item: item.discussion.bid.code
            self.fields["minutes"] = field
        self.initial.setdefault("minutes", waiting.first())


@kinds.inputs("panels", "dissent")
class DissentForm(TextForm):
    """What a member holds against the rest of the panel."""


@kinds.inputs("sheets", "amend")
class AmendForm(StepForm):
    """One score changed: which, to what, and why."""

    criterion = forms.ChoiceField(label=_("Criterion"))
    score = forms.DecimalField(
        label=_("Score from now on"),
        min_value=0,
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What in the discussion changed your mind. The panel and the supervisor read it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rubric = self.obj.assignment.panel.challenge.frozen_rubric
        counting = self.obj.amended_scores
        field: Any = self.fields["criterion"]
        field.choices = [
            (item.key, f"{item.shown_name} · {counting[item.key]}") for item in rubric.criteria if item.key in counting
        ]
        score: Any = self.fields["score"]
        score.max_value = rubric.scale
        score.validators.append(MaxValueValidator(rubric.scale))


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
    other: dict[str, str]


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
        self.other: dict[str, dict[str, str]] = {}
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
            # A browser that cuts what is pasted would lose it in silence; the server says that it is too long.
            del self.fields[f"{item.key}_comment"].widget.attrs["maxlength"]

    @property
    def stored(self) -> dict[str, str]:
        """What the sheet holds, by field."""
        return {name: str(value) for name, value in self.initial.items() if name != "version"}

    def stand_beside(self, saved: ScoreSheet) -> None:
        """Show what another window saved beside what was typed here; sent again, what was typed counts."""
        typed = {name: self.data.get(name, "") for name in self.data}
        for item in self.criteria:
            entry = saved.scores.get(item.key, {})
            here = {part: typed.get(f"{item.key}_{part}", "").strip() for part in ("score", "comment")}
            there = {part: entry.get(part, "") for part in here}
            self.other[item.key] = there if here != there else {}
        self.data = {**typed, "version": str(saved.version)}

    @property
    def lines(self) -> Iterator[Line]:
        """The criteria with their fields, in the rubric's order."""
        for item in self.criteria:
            score, comment = self[f"{item.key}_score"], self[f"{item.key}_comment"]
            yield Line(item, item.shown_name, score, comment, self.other.get(item.key, {}))

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
