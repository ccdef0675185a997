"""The test servers themselves: what one transactional test writes, the next does not find."""

import urllib.request

import pytest
from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from challenges.models import RuleSet


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.usefixtures("transactional_db")
def test_transactional_test_starts_from_what_migrations_made(turn) -> None:
    assert User.objects.count() == 0
    assert RuleSet.objects.filter(name__in=["standard", "demo"]).count() == 2
    assert ContentType.objects.get_for_model(User).model_class() is User

    User.objects.create_user(email=f"{turn}@example.org", password="made-up-2026")
    RuleSet.objects.exclude(name="demo").delete()


def test_site_serves_this_tests_database(site) -> None:
    with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:
        assert answer.status == 200
