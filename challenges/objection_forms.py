"""What an objection or an appeal says: its ground, the facts, and the evidence."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import documents
from challenges.actions.objections import NO_EVIDENCE, NOT_JUDGEMENT, SHORTEST_NOTE
from challenges.models import Ground, Objection

JUDGEMENT = "judgement"


class AppealForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """Ground, facts and evidence; academic judgement stands there to be refused with the reason."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        widget=forms.RadioSelect,
        choices=[*Ground.choices, (JUDGEMENT, _("Academic judgement: I would have scored otherwise"))],
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("One file. More can be added on the objection's page until it is decided."),
    )

    def clean_ground(self) -> str:
        """Procedure or fact."""
        ground: str = self.cleaned_data["ground"]
        if ground == JUDGEMENT:
            raise forms.ValidationError(NOT_JUDGEMENT)
        return ground

    def clean_evidence(self) -> Any:
        """A file that could not be stored is refused before the objection is filed."""
        given = self.cleaned_data["evidence"]
        if given:
            documents.examine(given)
        return given

    def clean(self) -> dict[str, Any]:
        """A file, or words that say where it can be verified."""
        data = super().clean() or {}
        note = (data.get("evidence_note") or "").strip()
        if "evidence" not in self.errors and not data.get("evidence") and len(note) < SHORTEST_NOTE:
            self.add_error("evidence", NO_EVIDENCE)
        return data

    class Meta:
        model = Objection
        fields = ("ground", "text", "evidence_note")
        widgets = {
            "text": forms.Textarea(attrs={"rows": 8}),
            "evidence_note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "text": _("Procedure and fact are reviewable; academic judgement is not."),
            "evidence_note": _("A public register, a document number, a page: so that whoever handles it can look."),
        }


class ObjectionForm(AppealForm):
    """The same with who objects and how to reach them."""

    class Meta(AppealForm.Meta):
        fields = ("name", "contact", *AppealForm.Meta.fields)  # type: ignore[assignment]
        help_texts = {
            **AppealForm.Meta.help_texts,
            "name": _("Objections are named; the public does not see who filed them."),
            "contact": _("Telephone or e-mail, read only by those who handle the objection."),
        }
