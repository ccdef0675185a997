"""The demo site shows something on every page."""

import pytest
from django.conf import settings as site
from django.urls import reverse
from django.utils import timezone

from accounts import ledger
from accounts.models import LedgerEntry, Organization, User
from challenges.models import Challenge, MidtermCheck, Objection, PayeeAccount, Payment, PaymentBatch, Race
from reviews.demo.load import STAGES, load
from reviews.work import work_of

SHOWN = (
    *((role, role) for role in ("operator", "decider", "supervisor", "finance")), ("finance2", "finance"),
    ("decider2", "decider"), ("decider3", "decider"), ("owner", "member"),
    *((f"bidder{n}", "member") for n in range(1, 5)), *((f"reviewer{n}", "reviewer") for n in range(1, 10)),
)  # fmt: skip


@pytest.mark.django_db
def test_demo_loads_twenty_challenges_in_many_states_with_whole_ledgers_and_work_for_all(settings, client):
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
    _shows_every_branch(client)
    people = {name: User.objects.get(email=f"{name}@demo.example") for name, _role in SHOWN}
    found = {name: work_of(people[name], role) for name, role in SHOWN}
    idle = [name for name, work in found.items() if not (*work.today, *work.week, *work.later)]
    assert [name for name in idle if not name.startswith("reviewer")] == []
    assert len(idle) <= 4  # a panel seats five of the nine, and chance draws them


def _shows_every_branch(client):
    race = Race.objects.get()
    assert (race.state, race.runners_in_force.count()) == ("planned", 2)
    assert Objection.objects.filter(state="filed", award__state="suspended").exists()
    check = MidtermCheck.objects.exclude(opens_on__gt=timezone.localdate()).get()
    assert (check.state, check.contract.state) == ("due", "effective")
    finished = Challenge.objects.get(state="completed")
    assert client.get(reverse("case", args=[finished.pk])).status_code == 200
    batch = PaymentBatch.objects.get()
    assert set(batch.lines.values_list("result", flat=True)) == {"pending"}
    assert PayeeAccount.objects.filter(state="confirmed").count() > batch.lines.count()
    assert PayeeAccount.objects.filter(state="given").exists()
    assert Payment.objects.filter(state="approved").exclude(lines__result="pending").exists()
