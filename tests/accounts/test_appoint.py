"""The first people of a new site are appointed from the command line."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


@pytest.mark.django_db
def test_appoint_makes_the_account_and_adds_and_revokes_duties():
    call_command("appoint", "Ops@City.example", role=["operator"], name="运营")
    user = User.objects.get(email="ops@city.example")
    assert user.roles == ["operator"]
    assert not user.has_usable_password()
    call_command("appoint", "ops@city.example", role=["finance"])
    call_command("appoint", "ops@city.example", role=["operator"], revoke=True)
    assert User.objects.get(pk=user.pk).roles == ["finance"]


@pytest.mark.django_db
def test_appoint_of_an_unknown_person_without_a_name_is_refused():
    with pytest.raises(CommandError, match="--name"):
        call_command("appoint", "nobody@city.example", role=["operator"])
