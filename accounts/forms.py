"""Forms about people and organisations."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import kinds, uscc
from accounts.models import Membership, Organization, OrganizationKind, User
from accounts.models.organization import validate_uscc
from accounts.pages import FilterForm


class SignupNameForm(forms.Form):
    """What sign-up asks beside e-mail and password."""

    name = forms.CharField(label=_("Your name"), max_length=100)

    def signup(self, _request: Any, user: Any) -> None:
        """Called by allauth with the new account."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class StepForm(forms.Form):
    """Reads the inputs of one step; knows the object and who acts."""

    def __init__(self, *args: Any, obj: Any, actor: Any, **kwargs: Any) -> None:
        self.obj, self.actor = obj, actor
        super().__init__(*args, **kwargs)


class ReasonForm(StepForm):
    """A step that needs a written reason."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Those concerned read it, and it stays in the ledger."),
    )


kinds.inputs("organizations", "suspend")(ReasonForm)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """A person's own data."""

    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of the pages, and of the e-mails you get.")
    )

    class Meta:
        model = User
        fields = ["name", "phone", "language", "email_preference"]
        labels = {"email_preference": _("E-mails")}
        help_texts = {"phone": _("Seen by operators and by those you work with.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "email_preference": forms.RadioSelect,
        }


class OrganizationForm(forms.Form):
    """What an organisation is registered with."""

    name = forms.CharField(label=_("Full name as on the licence"), max_length=200)
    uscc = forms.CharField(
        label=_("Unified social credit code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "class": "num"}),
        help_text=_("18 characters, as on the licence. Both check characters are tested."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=OrganizationKind.choices)
    region = forms.CharField(label=_("Region"), max_length=100, required=False)

    def clean_uscc(self) -> str:
        """The code in its clean form, valid by GB 32100 and not registered yet."""
        code = uscc.clean(self.cleaned_data["uscc"])
        validate_uscc(code)
        known = Organization.objects.filter(uscc=code).first()
        if known is not None:
            raise forms.ValidationError(
                _(
                    "“%(name)s” is registered under this code already. Ask one of its administrators to add you with "
                    "the e-mail of your account; if nobody there is known, write to the operator."
                ),
                code="done",
                params={"name": known.name},
            )
        return code


class MemberForm(forms.Form):
    """A person to add to an organisation, known by the e-mail of their account."""

    email = forms.EmailField(label=_("E-mail of their account"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.MEMBER)

    def clean_email(self) -> str:
        """The address of an active account, which is kept as `self.user`."""
        email: str = self.cleaned_data["email"].lower()
        self.user = User.objects.filter(email=email, is_active=True).first()
        if self.user is None:
            raise forms.ValidationError(_("No account has this e-mail; the person signs up first."), code="unknown")
        return email


class MemberRoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices)


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


class ParentForm(forms.Form):
    """Which organisation this one belongs to."""

    parent = OrganizationField(
        label=_("Parent organisation, by its unified social credit code"),
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "class": "num"}),
        help_text=_("Leave it empty if it stands alone."),
    )


class OrganizationFilters(FilterForm):
    """The filters of the list of organisations."""

    q = forms.CharField(label=_("Name or code"), max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Any")), *Organization.State.choices])
