"""Outcomes: registered whole, confirmed by the other side, changed only by a new version."""

from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges import actions
from challenges.models import Outcome, OutcomeShare
from challenges.models.outcome import shares_sum_to_hundred
from reviews.demo import walk
from tests.factories import outcomes
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    """Reasons are compared in English, so that they do not hang on a catalogue."""
    with translation.override("en"):
        yield


def of(cast, stage="delivering"):
    return outcomes.contract_of(challenge_at(cast, stage))


def fresh(outcome):
    return Outcome.objects.get(pk=outcome.pk)


def test_outcome_is_registered_by_the_team_and_confirmed_by_the_owner(cast, rules):
    contract = of(cast)
    outcome = outcomes.confirmed(contract, cast)
    assert outcome.state == "confirmed"
    assert (outcome.registered_by, outcome.confirmed_by) == (walk.team_lead(contract.bid), cast.owner)
    acts = LedgerEntry.objects.filter(object_id=outcome.pk).order_by("seq").values_list("action", flat=True)
    assert list(acts) == ["create", "add_document", "register", "confirm"]
    assert Notification.objects.filter(kind="outcome_registered", recipient=cast.owner).exists()
    assert Notification.objects.filter(kind="outcome_confirmed", recipient=walk.team_lead(contract.bid)).exists()


def test_nothing_is_registered_before_a_milestone_is_accepted(cast, rules):
    contract = of(cast, "executing")
    with pytest.raises(Denied, match="milestone"):
        outcomes.draft(contract)
    assert not Outcome.objects.exists()


def test_register_asks_for_shares_evidence_number_and_certificate(cast, rules):
    contract = of(cast)
    team = walk.team_lead(contract.bid)
    outcome = outcomes.draft(contract, number="", first_set="equipment")
    for mend, reason in (
        ({"shares": {contract.bid.lead_id: (Decimal(100), Decimal("99.99"))}, "data": {}}, "100 %"),
        ({"shares": outcomes.shares_of(contract), "data": {}}, "evidence"),
        (None, "number of the patent"),
        ({"data": {"number": "ZL1"}}, "certificate"),
        ({"data": {"first_set_certificate": "晋首台套2027-001"}}, ""),
    ):
        if mend is None:
            outcomes.prove(outcome)
        else:
            outcome = actions.edit_outcome(outcome, actor=team, **mend)
        if reason:
            with pytest.raises(Refused, match=reason):
                take(fresh(outcome), "register", actor=team)
    assert take(fresh(outcome), "register", actor=team).state == "registered"


class Given:
    """As much of an outcome as the condition reads."""

    def __init__(self, rows):
        self.shares = self
        self.rows = rows

    def all(self):
        return self.rows


@given(st.lists(st.integers(1, 9999), min_size=1, max_size=6))
def test_shares_sum_to_hundred_exactly_and_to_nothing_near(cuts):
    bounds = [0, *sorted(cuts), 10_000]
    parts = [Decimal(b - a) / 100 for a, b in pairwise(bounds)]
    whole = [OutcomeShare(rights=part, benefit=other) for part, other in zip(parts, reversed(parts), strict=True)]
    assert shares_sum_to_hundred(Given(whole))
    whole[0].benefit += Decimal("0.01")
    assert not shares_sum_to_hundred(Given(whole))


def test_only_parties_of_the_contract_hold_rights(cast, rules):
    contract = of(cast)
    stranger = next(lead for lead in cast.leads if lead.pk != contract.bid.lead_id)
    outcome = outcomes.draft(contract)
    with pytest.raises(Refused, match="parties"):
        actions.edit_outcome(
            outcome, actor=walk.team_lead(contract.bid), data={}, shares={stranger.pk: (Decimal(100), Decimal(100))}
        )
    assert outcome.shares.count() == 2


def test_database_refuses_a_confirmation_by_who_registered_it(cast, rules):
    outcome = outcomes.registered(of(cast))
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.filter(pk=outcome.pk).update(confirmed_by=outcome.registered_by)


def test_returned_outcome_is_mended_and_registered_again(cast, rules):
    contract = of(cast)
    team = walk.team_lead(contract.bid)
    outcome = take(outcomes.registered(contract), "send_back", actor=cast.owner, reason="专利号有误。")
    assert outcome.return_reason == "专利号有误。"
    assert Notification.objects.filter(kind="outcome_returned", recipient=team).exists()
    actions.edit_outcome(outcome, actor=team, data={"number": "ZL 2027 1 0000002.X"})
    outcome = take(fresh(outcome), "register", actor=team)
    assert (outcome.state, outcome.return_reason, outcome.number) == ("registered", "", "ZL 2027 1 0000002.X")


def test_confirmed_outcome_changes_only_by_a_new_version(cast, rules):
    contract = of(cast)
    team = walk.team_lead(contract.bid)
    first = outcomes.confirmed(contract, cast)
    with pytest.raises(Denied):
        actions.edit_outcome(first, actor=team, data={"title": "别的"})
    second = actions.amend_outcome(first, actor=team)
    with pytest.raises(Denied, match="one at a time"):
        actions.amend_outcome(fresh(first), actor=team)
    assert (second.version, second.title, second.shares.count()) == (2, first.title, 2)
    second = actions.edit_outcome(second, actor=team, data={"standing": "in_use"})
    take(outcomes.prove(second), "register", actor=team)
    assert fresh(first).state == "confirmed"
    take(fresh(second), "confirm", actor=cast.owner)
    assert (fresh(first).state, fresh(second).state) == ("superseded", "confirmed")
