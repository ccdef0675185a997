"""The forms of the pages of challenges and bids: filters, the challenge with its targets, questions, import."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.pages import FilterForm
from challenges.models import Challenge, ChallengeKind, Comparator, Industry, Target

YUAN_PER_WAN = 10_000
ANY = ("", _("Any"))
MOST_TARGETS = 50


def wan(label: Any, **options: Any) -> forms.DecimalField:
    """A field for an amount in 万元."""
    return forms.DecimalField(
        label=label, min_value=0, max_digits=12, decimal_places=6, **options,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any", "class": "num"}),
    )  # fmt: skip


class RepublishForm(forms.Form):
    """Whether the new version is offered to everyone, or after 流榜 to one team directly."""

    invited = forms.CharField(
        label=_("Offer it to one organisation alone (its unified social credit code)"),
        required=False,
        max_length=18,
        help_text=_("Leave it empty to let everyone bid. The organisation must be verified on the platform."),
    )
    reason = forms.CharField(
        label=_("Why it is offered directly"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed for a direct offer; it stays public."),
    )

    def __init__(self, *args: Any, offers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not offers:
            self.fields.clear()

    def clean_invited(self) -> Organization | None:
        """The organisation of that code."""
        code = self.cleaned_data["invited"].strip().upper()
        if not code:
            return None
        found = Organization.objects.filter(uscc=code).first()
        if found is None:
            raise forms.ValidationError(_("No organisation on the platform has this code."))
        return found

    @property
    def chosen(self) -> dict[str, Any]:
        """The arguments of the action."""
        return {"invited": self.cleaned_data.get("invited"), "reason": self.cleaned_data.get("reason", "")}


class ChallengeFilters(FilterForm):
    """The filters of the public list; every one of them stands in the address."""

    SORTS = (
        ("", _("Newest first")),
        ("deadline", _("Closing soonest, open only")),
        ("reward", _("Highest reward first")),
    )
    DEADLINES = (ANY, ("open", _("Still open")), ("7", _("Within 7 days")), ("30", _("Within 30 days")),
                 ("over", _("Over")))  # fmt: skip

    q = forms.CharField(label=_("Search title, problem or number"), max_length=100)
    industry = forms.ChoiceField(label=_("Industry"), choices=[ANY, *Industry.choices])
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *ChallengeKind.choices])
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *Challenge.State.choices])
    reward_from = wan(_("Reward from (10,000 yuan)"))
    reward_to = wan(_("Reward to (10,000 yuan)"))
    deadline = forms.ChoiceField(label=_("Bid deadline"), choices=DEADLINES)
    sort = forms.ChoiceField(label=_("Order"), choices=SORTS)
    mine = forms.BooleanField(label=_("Only of my organisations"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        state: Any = self.fields["state"]
        if not user.is_authenticated:
            state.choices = [item for item in state.choices if item[0] not in Challenge.NOT_PUBLIC]
        if not (user.is_authenticated and user.membership_roles):
            del self.fields["mine"]
            self.cleaned_data.pop("mine", None)


class ChallengeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """What an owner writes about a challenge; only title, industry, kind and background are needed for a draft."""

    needed_later = frozenset({"reward", "duration_months", "bid_deadline", "ip_clause"})

    organization = forms.ModelChoiceField(
        label=_("Challenge owner"), queryset=Organization.objects.none(), empty_label=None,
        help_text=_("The organisation of yours that posts the challenge."),
    )  # fmt: skip
    reward = wan(_("Reward"), required=False, help_text=_("In 10,000 yuan (万元)."))
    bid_deadline = forms.DateTimeField(
        label=_("Bid deadline"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Beijing time. A bid one second late is refused."),
    )  # fmt: skip

    class Meta:
        model = Challenge
        fields = (
            "title",
            "industry",
            "kind",
            "background",
            "reward",
            "duration_months",
            "bid_deadline",
            "ip_clause",
            "secrecy",
            "contact_name",
            "contact_phone",
        )
        widgets = {
            "background": forms.Textarea(attrs={"rows": 10}),
            "ip_clause": forms.Textarea(attrs={"rows": 2}),
            "contact_phone": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        }
        help_texts = {
            "title": _("One line that names the problem and the object."),
            "background": _("What is needed, what was tried, where it fails, under which conditions it must work."),
            "ip_clause": _("Who owns what comes of it, and who may use it."),
            "secrecy": _("State secrets must not enter this system."),
            "contact_name": _("Seen by people who are signed in."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None and instance.reward is not None:
            kwargs["initial"] = {
                "reward": f"{(instance.reward / YUAN_PER_WAN).normalize():f}",
                **kwargs.get("initial", {}),
            }
        super().__init__(*args, **kwargs)
        if instance is not None:
            del self.fields["organization"]
        else:
            mine: Any = self.fields["organization"]
            mine.queryset = Organization.objects.filter(pk__in=list(user.membership_roles)).order_by("name")
            self.order_fields(["organization"])
        for name in ("industry", "kind"):
            choice: Any = self.fields[name]
            choice.choices = [("", _("Choose")), *(item for item in choice.choices if item[0])]

    def clean_reward(self) -> Decimal | None:
        """The amount in yuan, to the cent."""
        given: Decimal | None = self.cleaned_data["reward"]
        if given is None:
            return None
        amount = given * YUAN_PER_WAN
        if amount != amount.quantize(Decimal("0.01")):
            raise ValidationError(_("This amount is finer than a fen. Round it."))
        return amount.quantize(Decimal("0.01"))


class TargetForm(forms.Form):
    """One target: the value is a number, or text where the comparator is “=”."""

    name = forms.CharField(label=_("Indicator"), max_length=100)
    comparator = forms.ChoiceField(label=_("Comparator"), choices=Comparator.choices, initial=Comparator.AT_LEAST)
    value = forms.CharField(label=_("Value"), max_length=100, widget=forms.TextInput(attrs={"class": "num"}))
    unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    method = forms.CharField(label=_("Test method"), max_length=200)
    core = forms.BooleanField(label=_("Core target"), required=False)

    def clean(self) -> dict[str, Any]:
        """`value` as Decimal, or as text for “=”."""
        data = super().clean() or {}
        text = data.get("value", "").strip()
        if not text:
            return data
        try:
            number = forms.DecimalField(max_digits=30, decimal_places=15).clean(text.replace(",", ""))
        except ValidationError:
            number = None
        if number is None and data.get("comparator") != Comparator.EQUAL:
            self.add_error("value", _("Write a number, such as 99.5 or 5e8; text needs the comparator “=”."))
        data["number"], data["text"] = number, "" if number is not None else text
        return data


class TargetRows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic only for the type checker
    """The rows of targets; one that is left blank is left out."""

    def rows(self) -> list[dict[str, Any]]:
        """The filled rows in the columns of `Target`."""
        return [
            {
                "name": given["name"],
                "comparator": given["comparator"],
                "value": given["number"],
                "text": given["text"],
                "unit": given["unit"],
                "method": given["method"],
                "core": given["core"],
            }
            for given in (form.cleaned_data for form in self.forms)
            if given
        ]


TargetFormSet = forms.formset_factory(TargetForm, formset=TargetRows, extra=0, max_num=MOST_TARGETS, validate_max=True)


def target_initial(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """Stored targets as the rows of the form."""
    return [
        {
            "name": item.name,
            "comparator": item.comparator,
            "value": item.shown_value,
            "unit": item.unit,
            "method": item.method,
            "core": item.core,
        }
        for item in targets
    ]


def typed_rows(data: Mapping[str, Any], prefix: str, fields: Iterable[str]) -> list[dict[str, Any]]:
    """What was typed into the rows of a formset, unchecked: for the same page with a row more or less."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = min(int(total), MOST_TARGETS) if total.isdecimal() and len(total) < 5 else 0
    return [{name: data.get(f"{prefix}-{place}-{name}", "") for name in fields} for place in range(count)]


class QuestionForm(forms.Form):
    """A public question."""

    text = forms.CharField(
        label=_("Your question"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Question and answer are public; who asked is not shown."),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """The owner's public answer."""

    text = forms.CharField(
        label=_("Answer"), min_length=2, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class WorkbookForm(forms.Form):
    """The bureau's workbook."""

    file = forms.FileField(
        label=_("Workbook (.xlsx)"), widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=_("The bureau's list with its headings in the first row. Nothing is imported before you confirm."),
    )  # fmt: skip
