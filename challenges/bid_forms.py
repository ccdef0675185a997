"""The forms of the bid editor: one for each envelope, the team, the consortium, the pledge."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import uscc
from accounts.models import Organization, User
from accounts.pages import FilterForm
from challenges.actions.bids import LONGEST, NOT_OF_CONSORTIUM
from challenges.models import Bid, BidMember, BidPartner, Commitment, Comparator, Target
from challenges.page_forms import ANY, YUAN_PER_WAN, wan

MOST_ROWS = 50


def _area(label: Any, rows: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, help_text=help_text, strip=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class TechnicalForm(forms.Form):
    """The technical envelope with a committed value for every target."""

    summary = _area(_("Summary"), 4, _("What you will do and why it works, in a few sentences."))
    approach = _area(_("Approach"), 10, _("Principle, route, evidence so far, alternatives where it may fail."))
    schedule = _area(_("Schedule"), 4)
    risks = _area(_("Risks"), 4)

    def __init__(self, *args: Any, targets: Iterable[Target], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets = list(targets)
        for target in self.targets:
            self.fields[self._field(target)] = forms.CharField(
                label=target.name, required=False, max_length=200,
                help_text=_("Asked: %(target)s, by %(method)s") % {"target": target, "method": target.method},
                widget=forms.TextInput(attrs={"class": "num", "autocomplete": "off"}),
            )  # fmt: skip

    @staticmethod
    def _field(target: Target) -> str:
        return f"target-{target.pk}"

    @property
    def needed_later(self) -> set[str]:
        """What a draft may leave blank and a submission may not."""
        return {"summary", "approach", *(self._field(target) for target in self.targets)}

    @property
    def commitment_fields(self) -> list[tuple[Target, forms.BoundField]]:
        """Each target beside its field."""
        return [(target, self[self._field(target)]) for target in self.targets]

    def clean(self) -> dict[str, Any]:
        """`commitments` as `save_envelope` takes them: target id → value or text."""
        data = super().clean() or {}
        given: dict[str, dict[str, Any]] = {}
        for target in self.targets:
            text = data.pop(self._field(target), "").strip()
            if text:
                given[str(target.pk)] = self._committed(target, text)
        data["commitments"] = given
        return data

    def _committed(self, target: Target, text: str) -> dict[str, Any]:
        try:
            return {
                "value": forms.DecimalField(max_digits=30, decimal_places=15).clean(text.replace(",", "")),
                "text": "",
            }
        except ValidationError:
            if target.comparator != Comparator.EQUAL:
                self.add_error(self._field(target), _("Write a number, such as 99.5 or 5e8, without the unit."))
            return {"value": None, "text": text}


class CommercialForm(forms.Form):
    """The commercial envelope."""

    needed_later = frozenset({"price"})

    price = wan(_("Price"), required=False, help_text=_("In 10,000 yuan (万元), for the whole work."))
    budget = _area(_("Budget"), 8, _("How the price is made up, and when it is spent."))

    def clean_price(self) -> str:
        """The price in yuan as the envelope keeps it."""
        given: Decimal | None = self.cleaned_data["price"]
        return "" if given is None else f"{(given * YUAN_PER_WAN).quantize(Decimal('0.01')).normalize():f}"


class IdentityForm(forms.Form):
    """The identity envelope; team and consortium have rows of their own."""

    needed_later = frozenset({"leader"})

    leader = forms.CharField(label=_("Person in charge"), required=False, max_length=100)
    leader_phone = forms.CharField(
        label=_("Their telephone"), required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )  # fmt: skip
    team = _area(_("What the team has done"), 6, _("Work like this, and who gives how much time. No titles or papers."))
    avoid = _area(_("Experts to be avoided"), 2, _("At most three names with the reason; they are not drawn."))


PART_FORMS: dict[str, type[forms.Form]] = {
    "technical": TechnicalForm,
    "commercial": CommercialForm,
    "identity": IdentityForm,
}


def part_initial(bid: Bid, part: str) -> dict[str, Any]:
    """What stands in an envelope, as its form shows it."""
    initial = dict(bid.content(part))
    if part == "commercial" and initial.get("price"):
        try:
            initial["price"] = f"{(Decimal(initial['price']) / YUAN_PER_WAN).normalize():f}"
        except InvalidOperation:
            initial["price"] = ""
    if part == "technical":
        initial |= {f"target-{item.target_id}": shown_commitment(item) for item in bid.commitments.all()}
    return initial


def shown_commitment(item: Commitment) -> str:
    """The committed value as a person writes it."""
    return Target(value=item.value, text=item.text).shown_value


class MemberRowForm(forms.Form):
    """A person of the team."""

    name = forms.CharField(label=_("Name"), max_length=100)
    duty = forms.CharField(label=_("Duty in the team"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("E-mail of their account"), required=False, help_text=_("With it they read and edit the bid.")
    )  # fmt: skip
    uscc = forms.CharField(
        label=_("Code of their organisation"), max_length=40, required=False,
        help_text=_("Empty: the lead organisation."),
    )  # fmt: skip

    def clean_email(self) -> str:
        """An active account, kept as `user`."""
        email: str = self.cleaned_data["email"].lower()
        self.user = User.objects.filter(email=email, is_active=True).first() if email else None
        if email and self.user is None:
            raise ValidationError(NOT_OF_CONSORTIUM, code="unknown", params={"email": email})
        return email

    def clean_uscc(self) -> str:
        """A registered organisation, kept as `organization`."""
        self.organization = _organization(self.cleaned_data["uscc"])
        return str(self.cleaned_data["uscc"])


class PartnerRowForm(forms.Form):
    """An organisation of the consortium with its shares in per cent."""

    uscc = forms.CharField(
        label=_("Unified social credit code"), max_length=40, widget=forms.TextInput(attrs={"class": "num"})
    )
    cost_share = forms.DecimalField(label=_("Cost share"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    result_share = forms.DecimalField(
        label=_("Result share"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    benefit_share = forms.DecimalField(
        label=_("Benefit share"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    risk_share = forms.DecimalField(label=_("Risk share"), min_value=0, max_value=100, max_digits=5, decimal_places=2)

    def clean_uscc(self) -> str:
        """A registered organisation, kept as `organization`."""
        self.organization = _organization(self.cleaned_data["uscc"])
        return str(self.cleaned_data["uscc"])


def _organization(text: str) -> Organization | None:
    code = uscc.clean(text)
    if not code:
        return None
    found = Organization.objects.filter(uscc=code).first()
    if found is None:
        raise ValidationError(
            _("No organisation with this code is registered; it registers itself first."), code="unknown"
        )
    return found


class MemberRows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic only for the type checker
    """The team."""

    def members(self, bid: Bid) -> list[dict[str, Any]]:
        """The filled rows in the columns of `BidMember`."""
        return [
            {
                "name": row.cleaned_data["name"],
                "duty": row.cleaned_data["duty"],
                "user": row.user,
                "organization": row.organization or bid.lead,
            }
            for row in self.forms
            if row.cleaned_data
        ]


class PartnerRows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic only for the type checker
    """The consortium."""

    def partners(self) -> list[dict[str, Any]]:
        """The filled rows in the columns of `BidPartner`."""
        return [
            {"organization": row.organization, **{name: row.cleaned_data[name] for name in BidPartner.SHARES}}
            for row in self.forms
            if row.cleaned_data
        ]

    def clean(self) -> None:
        """No organisation twice; each kind of share sums to 100 %."""
        if any(self.errors):
            return
        rows = self.partners()
        if len({row["organization"].pk for row in rows}) != len(rows):
            raise ValidationError(_("Name each partner once."), code="twice")
        for name in BidPartner.SHARES:
            total = sum(row[name] for row in rows)
            if rows and total != 100:
                raise ValidationError(
                    _("“%(share)s” sums to %(total)s %%; it must be 100 %% over the consortium, the lead included."),
                    code="sum",
                    params={"share": PartnerRowForm.base_fields[name].label, "total": total},
                )


MemberFormSet = forms.formset_factory(MemberRowForm, formset=MemberRows, extra=0, max_num=MOST_ROWS, validate_max=True)
PartnerFormSet = forms.formset_factory(
    PartnerRowForm, formset=PartnerRows, extra=0, max_num=MOST_ROWS, validate_max=True
)


def member_initial(members: Iterable[BidMember], lead: Organization) -> list[dict[str, Any]]:
    """The team as the rows of the form."""
    return [
        {
            "name": item.name,
            "duty": item.duty,
            "email": item.user.email if item.user else "",
            "uscc": item.organization.uscc if item.organization and item.organization_id != lead.pk else "",
        }
        for item in members
    ]


def partner_initial(partners: Iterable[BidPartner]) -> list[dict[str, Any]]:
    """The consortium as the rows of the form."""
    return [
        {"uscc": item.organization.uscc, **{name: f"{getattr(item, name).normalize():f}" for name in BidPartner.SHARES}}
        for item in partners
    ]


class LeadForm(forms.Form):
    """Which organisation leads a new bid."""

    lead = forms.ModelChoiceField(
        label=_("Lead organisation"), queryset=Organization.objects.none(), empty_label=None, widget=forms.RadioSelect,
        help_text=_("It answers for the bid; its administrators and signatories sign."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead: Any = self.fields["lead"]
        lead.queryset = Organization.objects.filter(pk__in=list(user.membership_roles)).order_by("name")
        if len(user.membership_roles) == 1:
            self.initial.setdefault("lead", next(iter(user.membership_roles)))


class PledgeForm(forms.Form):
    """The pledge."""

    pledged = forms.BooleanField(label=_("We pledge this for our team."), required=False)


class BidFilters(FilterForm):
    """The filters of the list of bids."""

    q = forms.CharField(label=_("Search by challenge"), max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *Bid.State.choices])
