"""The inputs of reviews' steps, for pages and API alike, and the forms of sheets and experts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import kinds, uscc
from accounts.forms import ReasonForm, StepForm
from accounts.models import Organization, User
from challenges.models import Industry
from challenges.rules import Criterion
from reviews.actions.sheets import LONGEST_COMMENT
from reviews.models import Expert, Relation, ScoreSheet
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


class OrganizationField(forms.CharField):
    """An organisation by its unified social credit code, or its id from a program; a list would not end at scale."""

    def to_python(self, value: Any) -> Any:
        """The organisation, None when nothing is given."""
        text = super().to_python(value)
        if not text:
            return None
        code = uscc.clean(text)
        known = Organization.objects.filter(Q(uscc=code) | Q(pk=as_uuid(text))).first()
        if known is None:
            raise forms.ValidationError(
                _("No organisation is registered under “%(code)s”."), code="unknown", params={"code": text[:40]}
            )
        return known

    def prepare_value(self, value: Any) -> Any:
        """The code of an organisation, or of an id as a model form has it."""
        if isinstance(value, UUID):
            value = Organization.objects.filter(pk=value).first()
        return value.uscc if isinstance(value, Organization) else value

    def run_validators(self, value: Any) -> None:
        """The code was checked by finding it."""


def as_uuid(text: str) -> UUID | None:
    """The id a program wrote, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


class ExpertForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """What an expert says of themselves; no titles, degrees or numbers of papers are asked for."""

    fields = forms.MultipleChoiceField(  # type: ignore[assignment]  # the metaclass moves it out of the way
        label=_("Fields"), choices=Industry.choices, widget=forms.CheckboxSelectMultiple, help_text=_("At least one.")
    )
    organization = OrganizationField(
        label=_("Employer, by its unified social credit code"),
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "class": "num"}),
        help_text=_("Conflicts of interest are computed from it. Leave it empty if you work for nobody."),
    )

    class Meta:
        model = Expert
        fields = ["fields", "organization", "biography"]
        widgets = {"biography": forms.Textarea(attrs={"rows": 5})}
        help_texts = {"biography": _("What you have worked on, in a few sentences.")}


class AddExpertForm(ExpertForm):
    """An operator takes somebody with an account into the pool."""

    email = forms.EmailField(label=_("E-mail of their account"))
    may_chair = forms.BooleanField(label=_("May chair a panel"), required=False, initial=True)
    field_order = ["email", "fields", "organization", "biography", "may_chair"]

    def clean_email(self) -> User:
        """The account behind the address."""
        return _account(self.cleaned_data["email"])


class RelationForm(forms.Form):
    """A tie from which conflicts of interest are computed."""

    kind = forms.ChoiceField(label=_("Tie"), choices=Relation.Kind.choices)
    organization = OrganizationField(
        label=_("Organisation, by its unified social credit code"),
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "class": "num"}),
    )
    person = forms.EmailField(label=_("Person, by the e-mail of their account"), required=False)
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave it empty while it goes on."),
    )
    source = forms.CharField(label=_("Source"), max_length=200, required=False)

    def clean_person(self) -> User | None:
        """The account behind the address, if one was given."""
        return _account(self.cleaned_data["person"]) if self.cleaned_data["person"] else None

    def clean(self) -> dict[str, Any]:
        """Somebody must be named."""
        data = super().clean() or {}
        if not self.errors and not data.get("organization") and not data.get("person"):
            raise forms.ValidationError(_("Name an organisation or a person."), code="required")
        return data


def _account(email: str) -> User:
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        raise forms.ValidationError(_("Nobody has an account with this address."), code="unknown")
    return user
