"""Forms about people and organisations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import kinds


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
