"""The demo site shows something on every page."""

import pytest
from django.conf import settings as site

from accounts import ledger
from accounts.models import LedgerEntry, Organization, User
from challenges.models import Challenge
from reviews.demo.load import STAGES, load


@pytest.mark.django_db
def test_demo_loads_twenty_challenges_in_many_states_with_whole_ledgers(settings):
    settings.RULE_SET = "demo"
    said = []
    load(site.DEMO_PASSWORD, said.append)
    states = list(Challenge.objects.values_list("state", flat=True))
    assert len(states) == len(said) == len(STAGES) == 20
    assert set(states) == set(Challenge.State.values)
    assert User.objects.filter(email="reviewer9@demo.example").get().check_password(site.DEMO_PASSWORD)
    assert not Organization.objects.exclude(state="verified").exists()
    chains = set(LedgerEntry.objects.values_list("chain", flat=True))
    assert all(ledger.verify(chain).intact for chain in chains)
