"""Outcomes over the API: carried from draft to confirmation, and what the public reads of them."""

from django.contrib.auth.models import AnonymousUser

from accounts.policy import can, visible
from accounts.workflow import take
from challenges.models import Outcome
from reviews.demo import walk
from tests.factories import outcomes
from tests.factories.life import challenge_at


def of(cast):
    return outcomes.contract_of(challenge_at(cast, "delivering"))


def test_public_sees_what_is_confirmed_and_shares_only_if_both_sides_agreed(cast, rules, as_):
    contract = of(cast)
    closed = outcomes.registered(contract)
    anonymous = as_(None)
    assert anonymous.get(f"outcomes/{closed.pk}").status_code == 404
    take(closed, "confirm", actor=cast.owner, discloses=True)
    told = anonymous.get(f"outcomes/{closed.pk}").json()
    assert (told["title"], told["shares"], told["figures"], told["documents"]) == (closed.title, None, None, [])
    opened = outcomes.registered(contract, title="共享的成果", team_discloses=True)
    take(opened, "confirm", actor=cast.owner, discloses=True)
    assert [row["rights"] for row in anonymous.get(f"outcomes/{opened.pk}").json()["shares"]]
    assert not can(AnonymousUser(), "outcome.read_shares", opened)
    assert not visible(AnonymousUser(), "outcome_document.read").exists()


def test_api_carries_an_outcome_from_draft_to_confirmation(cast, rules, as_):
    contract = of(cast)
    team, owner = as_(walk.team_lead(contract.bid)), as_(cast.owner)
    data = {"kind": "product", "title": "深紫外LED模组", "dated_on": "2027-05-01", "standing": "in_use"}
    shares = [{"holder": str(contract.bid.lead_id), "rights": "100.00", "benefit": "100.00"}]
    figures = [{"year": 2027, "kind": "sales", "value": "1200000.00", "source": "销售合同与发票"}]
    made = team.post(f"contracts/{contract.pk}/outcomes", data | {"shares": shares, "figures": figures})
    assert made.status_code == 201, made.content
    path = f"outcomes/{made.json()['id']}"
    assert team.step(path, "register").status_code == 409
    twice = team.patch(path, {"figures": figures * 2})
    assert twice.status_code == 409
    assert team.patch(path, {"number": "X-1"}).json()["number"] == "X-1"
    assert team.patch(path, {"number": "X-2"}).json()["title"] == "深紫外LED模组"
    outcomes.prove(Outcome.objects.get())
    assert team.step(path, "register").json()["state"] == "registered"
    assert team.step(path, "confirm").status_code == 403
    assert owner.step(path, "confirm", discloses=True).json()["state"] == "confirmed"
    assert owner.get("outcomes", kind="product").json()["items"][0]["title"] == "深紫外LED模组"
