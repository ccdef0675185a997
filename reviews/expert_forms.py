"""Forms about the expert pool: a profile, ties, absences, invitations, specialties."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.forms import OrganizationField
from accounts.models import User
from challenges.models import Industry
from reviews.models import Expert, ExpertInvitation, Expertise, Language, Relation, Specialty

DAY = {"type": "date"}
CODE = {"autocapitalize": "characters", "spellcheck": "false", "class": "num"}
OPERATORS_SAY = _("Operators keep this, since conflicts of interest are computed from it. Tell them what has changed.")
OPERATORS_CHAIR = _("Operators say who may chair a panel.")


class SpecialtiesWidget(forms.CheckboxSelectMultiple):
    """One choice of level for each specialty, industry by industry; the API gives a list instead."""

    template_name = "reviews/specialties_widget.html"
    specialties: tuple[Specialty, ...] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The specialties in groups, each with its level."""
        context = super().get_context(name, None, attrs)
        chosen = {str(key): str(level) for key, level in _levels(value)}
        groups = []
        for industry, members in groupby(self.specialties, key=lambda item: item.industry):
            lines = [
                {"name": f"{name}_{item.pk}", "specialty": item, "level": chosen.get(str(item.pk), "")}
                for item in members
            ]
            groups.append({"label": dict(Industry.choices)[industry], "lines": lines, "count": _count(lines)})
        context["groups"] = groups
        context["levels"] = [(str(level), label) for level, label in Expertise.Level.choices]
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """A mapping of ids to levels, or the list that a program gave."""
        if name in data:
            return data[name]
        start = f"{name}_"
        return {key.removeprefix(start): data[key] for key in data if key.startswith(start) and data[key]}


def _count(lines: list[dict[str, Any]]) -> int:
    return sum(1 for line in lines if line["level"])


def _levels(value: Any) -> list[tuple[Any, Any]]:
    """Pairs of a specialty's id and a level, however they were given."""
    if isinstance(value, Mapping):
        return [(getattr(key, "pk", key), level) for key, level in value.items()]
    return [(item.get("specialty"), item.get("level")) for item in value or () if isinstance(item, Mapping)]


class SpecialtiesField(forms.Field):
    """Specialties with the level at which somebody knows each."""

    widget = SpecialtiesWidget

    def to_python(self, value: Any) -> dict[Specialty, int]:
        """Specialty → level; ValidationError for what is not known."""
        known = {str(item.pk): item for item in getattr(self.widget, "specialties", ())}
        found: dict[Specialty, int] = {}
        for key, level in _levels(value):
            if str(key) not in known or str(level) not in {str(item) for item in Expertise.Level.values}:
                raise forms.ValidationError(_("Choose a specialty of the list and one of its levels."), code="unknown")
            found[known[str(key)]] = int(level)
        return found


class ExpertForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """What an expert says of themselves; no titles, degrees or numbers of papers are asked for."""

    fields = forms.MultipleChoiceField(  # type: ignore[assignment]  # the metaclass moves it out of the way
        label=_("Fields"), choices=Industry.choices, widget=forms.CheckboxSelectMultiple, help_text=_("At least one.")
    )
    specialties = SpecialtiesField(
        label=_("Specialties"),
        required=False,
        help_text=_("Only what you would judge in yourself; bids of large rounds are matched by it."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages you read"),
        choices=Language.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    organization = OrganizationField(
        label=_("Employer, by its unified social credit code"),
        required=False,
        widget=forms.TextInput(attrs=CODE),
        help_text=_("Conflicts of interest are computed from it. Leave it empty if you work for nobody."),
    )

    class Meta:
        model = Expert
        fields = ["fields", "organization", "employed_since", "languages", "panels_at_most", "biography"]
        widgets = {"biography": forms.Textarea(attrs={"rows": 5}), "employed_since": forms.DateInput(attrs=DAY)}
        help_texts = {"biography": _("What you have worked on, in a few sentences.")}

    field_order = [
        "email", "fields", "specialties", "languages", "organization", "employed_since", "panels_at_most", "biography",
        "may_chair",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held: Any = self.fields
        held["specialties"].widget.specialties = tuple(
            sorted(Specialty.objects.order_by("name"), key=lambda item: Industry.values.index(item.industry))
        )
        if self.instance.pk and not self.instance._state.adding:
            known = self.instance.expertise.values_list("specialty", "level")
            self.initial.setdefault("specialties", dict(known))

    def clean_languages(self) -> list[str]:
        """Whoever names none reads Chinese."""
        return self.cleaned_data["languages"] or [Language.CHINESE.value]

    def _post_clean(self) -> None:
        """The action writes the profile, under its lock; the form only reads what was typed."""


class OwnProfileForm(ExpertForm):
    """The profile as its expert edits it: what operators keep stays in sight, with the reason."""

    may_chair = forms.BooleanField(
        label=_("May chair a panel"), required=False, disabled=True, help_text=OPERATORS_CHAIR
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held: Any = self.fields
        held["may_chair"].initial = self.instance.may_chair
        if self.instance.state == Expert.State.APPLIED:
            return
        for name in ("organization", "employed_since"):
            held[name].disabled = True
            held[name].help_text = OPERATORS_SAY


class OperatedProfileForm(ExpertForm):
    """The profile as an operator edits it."""

    may_chair = forms.BooleanField(label=_("May chair a panel"), required=False)


class AddExpertForm(ExpertForm):
    """An operator takes somebody with an account into the pool."""

    email = forms.EmailField(label=_("E-mail of their account"))
    may_chair = forms.BooleanField(label=_("May chair a panel"), required=False, initial=True)

    def clean_email(self) -> User:
        """The account behind the address."""
        return _account(self.cleaned_data["email"])


class RelationForm(forms.Form):
    """A tie from which conflicts of interest are computed."""

    kind = forms.ChoiceField(label=_("Tie"), choices=Relation.Kind.choices)
    organization = OrganizationField(
        label=_("Organisation, by its unified social credit code"),
        required=False,
        widget=forms.TextInput(attrs=CODE),
    )
    person = forms.EmailField(label=_("Person, by the e-mail of their account"), required=False)
    since = forms.DateField(label=_("Since"), required=False, widget=forms.DateInput(attrs=DAY))
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs=DAY),
        help_text=_("Leave it empty while it goes on."),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("Where it can be read or asked: a contract, a project, a publication, yourself."),
    )

    def clean_person(self) -> User | None:
        """The account behind the address, if one was given."""
        return _account(self.cleaned_data["person"]) if self.cleaned_data["person"] else None

    def clean(self) -> dict[str, Any]:
        """Somebody must be named, and a tie ends after it begins."""
        data = super().clean() or {}
        if not self.errors and not data.get("organization") and not data.get("person"):
            raise forms.ValidationError(_("Name an organisation or a person."), code="required")
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("This day lies before the beginning."))
        return data


class CorrectRelationForm(RelationForm):
    """The same, and why it is changed."""

    reason = forms.CharField(
        label=_("Why you correct or end it"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the ledger with what stood there before; operators read it."),
    )

    @staticmethod
    def initial_of(relation: Relation) -> dict[str, Any]:
        """What stands there now, as the form shows it."""
        return {
            "kind": relation.kind,
            "organization": relation.organization,
            "person": relation.person.email if relation.person else "",
            "since": relation.since,
            "until": relation.until,
            "source": relation.source,
        }


class AbsenceForm(forms.Form):
    """Days, both included, on which an expert takes no review."""

    since = forms.DateField(label=_("First day away"), widget=forms.DateInput(attrs=DAY))
    until = forms.DateField(label=_("Last day away"), widget=forms.DateInput(attrs=DAY))


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """Whom to ask into the pool."""

    language = forms.ChoiceField(label=_("Language of the e-mail"), choices=settings.LANGUAGES, initial="zh-hans")

    class Meta:
        model = ExpertInvitation
        fields = ["name", "email", "message", "language"]
        labels = {"name": _("Name")}
        widgets = {"message": forms.Textarea(attrs={"rows": 3})}

    def validate_constraints(self) -> None:
        """The action answers for an address that is asked already, with the reason."""


class SpecialtyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """A branch of an industry that operators add to the taxonomy."""

    class Meta:
        model = Specialty
        fields = ["industry", "name", "name_en"]


def _account(email: str) -> User:
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        raise forms.ValidationError(_("Nobody has an account with this address."), code="unknown")
    return user
