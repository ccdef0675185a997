"""The forms about experts: organisations by their code, people by their e-mail."""

import pytest

from reviews.expert_forms import AddExpertForm, ExpertForm, RelationForm
from tests.factories import reviews as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("how", ["code", "spaced", "id"])
def test_employer_is_found_by_code_or_id(how: str) -> None:
    company = make.company("单位")
    text = {"code": company.uscc, "spaced": f" {company.uscc[:9]} {company.uscc[9:].lower()}", "id": str(company.pk)}[
        how
    ]
    form = ExpertForm({"fields": ["hydrogen"], "organization": text})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["organization"] == company


def test_employer_may_be_left_out() -> None:
    form = ExpertForm({"fields": ["hydrogen"], "organization": ""})
    assert form.is_valid()
    assert form.cleaned_data["organization"] is None


def test_employer_nobody_registered_is_an_error_of_its_field() -> None:
    form = ExpertForm({"fields": ["hydrogen"], "organization": "91350100M000100Y43"})
    assert list(form.errors) == ["organization"]


def test_profile_shows_the_code_of_the_employer() -> None:
    court = make.court(bids=0, experts=1)
    form = ExpertForm(instance=court.experts[0])
    assert f'value="{court.experts[0].organization.uscc}"' in str(form["organization"])


def test_field_is_required() -> None:
    assert list(ExpertForm({"fields": []}).errors) == ["fields"]


def test_person_is_found_by_email_in_any_case() -> None:
    user = make.person("某人")
    form = AddExpertForm({"email": user.email.upper(), "fields": ["hydrogen"], "may_chair": "on"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["email"] == user
    assert list(AddExpertForm({"email": "nobody@example.org", "fields": ["hydrogen"]}).errors) == ["email"]


def test_tie_names_somebody() -> None:
    user, company = make.person("某人"), make.company("单位")
    assert RelationForm({"kind": "relative", "person": user.email}).is_valid()
    assert RelationForm({"kind": "shareholder", "organization": company.uscc}).is_valid()
    assert list(RelationForm({"kind": "relative"}).errors) == ["__all__"]
    assert list(RelationForm({"kind": "relative", "person": "nobody@example.org"}).errors) == ["person"]
    assert list(RelationForm({"kind": "relative", "person": user.email, "until": "soon"}).errors) == ["until"]
