"""A contract at a glance over the API."""

from datetime import timedelta

from django.utils.timezone import localdate

from challenges.models import Contract, Milestone
from tests.factories.life import challenge_at


def test_programs_read_timeline_burn_and_risks_of_their_contracts(cast, rules, as_):
    contract = Contract.objects.get(challenge=challenge_at(cast, "delivering"))
    Contract.objects.filter(pk=contract.pk).update(effective_at=contract.effective_at - timedelta(days=300))
    Milestone.objects.filter(contract=contract).update(due_on=localdate() - timedelta(days=3))
    path = f"contracts/{contract.pk}/outlook"
    body = as_(cast.finance).get(path).json()
    assert {item["code"] for item in body["risks"]} >= {"overdue", "slow"}
    assert body["next_due"] == str(localdate() - timedelta(days=3))
    first = contract.milestones.get(position=1)
    assert body["timeline"][0]["paid"] == str(localdate(first.payment.paid_at))
    assert body["burn"][-1]["planned"] == str(contract.amount)
    assert body["paid"] == str(first.payment.amount)
    rival = next(user for user in cast.bidders if user != contract.bid.created_by)
    assert as_(rival).get(path).status_code == 404


def test_draft_shows_no_timeline_and_no_burn(cast, rules, as_):
    contract = Contract.objects.get(challenge=challenge_at(cast, "awarded"))
    body = as_(cast.owner).get(f"contracts/{contract.pk}/outlook").json()
    assert (body["timeline"], body["burn"], body["risks"]) == ([], [], [])
