"""One person, two duties: whoever has a stake, or acted in another duty, is refused with the reason."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from accounts import clock
from accounts.actions import accept_membership, end_membership, offer_membership, register_organization
from accounts.models import Membership, User
from accounts.policy import Denied, can, visible
from accounts.workflow import Refused, take
from challenges import actions, workbook
from challenges.models import Bid, BidMember, Challenge
from reviews.actions import edit_expert
from reviews.conflicts import conflicts
from tests.factories import reviews as court
from tests.factories.life import challenge_at, new_challenge
from tests.personas import fresh


def denied(user: User, action: str, obj: object) -> str:
    decision = can(fresh(user), action, type(obj).objects.get(pk=obj.pk))
    return "" if decision else decision.code


@pytest.mark.django_db
def test_staff_of_a_bidding_organisation_is_kept_out_once_bids_are_open():
    given = court.court(bids=1, experts=0)
    insider = court.person("两面人", "operator", "decider", "supervisor")
    court.join(insider, given.bids[0].lead)
    court.place(given.bids[0], state="opened")
    assert denied(insider, "bid.check_eligibility", given.bids[0]) == "separation"
    for action in ("challenge.propose_award", "challenge.start_review", "panel.create", "challenge.cancel"):
        assert denied(insider, action, given.challenge) == "separation", action


@pytest.mark.django_db
def test_staff_of_a_bidding_organisation_learns_nothing_before_the_opening():
    given = court.court(bids=1, experts=0)
    insider = court.person("两面人", "decider")
    court.join(insider, given.bids[0].lead)
    court.place(given.challenge, state="bidding_closed", opened_at=None)
    court.place(given.bids[0], state="submitted")
    assert denied(insider, "challenge.consent_to_opening", given.challenge) == ""


@pytest.mark.django_db
def test_who_checked_eligibility_neither_awards_nor_hears_objections(cast, rules):
    given = court.court(bids=2, experts=0)
    both = court.person("两面人", "operator", "decider")
    court.place(given.bids[0], state="opened")
    take(Bid.objects.get(pk=given.bids[0].pk), "accept_eligibility", actor=both)
    assert denied(both, "challenge.propose_award", given.challenge) == "separation"
    objection = SimpleNamespace(
        award=SimpleNamespace(challenge=Challenge.objects.get(pk=given.challenge.pk)),
        filed_by_id=None,
        against_id=None,
        created_at=clock.now(),
    )
    assert can(fresh(both), "objection.handle", objection).code == "separation"
    untouched = court.person("旁人", "operator")
    assert can(untouched, "objection.handle", objection)


@pytest.mark.django_db
def test_seed_is_not_given_by_who_executes_or_bids():
    given = court.court(bids=1, experts=0)
    panel = court.create_panel(given.challenge, actor=given.operator)
    given.operator.roles = ["operator", "supervisor"]
    given.operator.save()
    assert denied(given.operator, "panel.give_seed", panel) == "separation"
    member = given.bids[0].members.get().user
    member.roles = ["supervisor"]
    member.save()
    assert denied(member, "panel.give_seed", panel) == "separation"
    assert denied(given.supervisor, "panel.give_seed", panel) == ""


@pytest.mark.django_db
def test_finance_with_a_stake_does_not_pay():
    given = court.court(bids=1, experts=0)
    payment = SimpleNamespace(
        requested_by_id=None,
        approved_by_id=None,
        contract=SimpleNamespace(challenge=Challenge.objects.get(pk=given.challenge.pk)),
    )
    clean, member, owner = court.person("财务", "finance"), given.bids[0].members.get().user, given.owner
    for user in (member, owner):
        user.roles = ["finance"]
        user.save()
    assert can(clean, "payment.pay", payment)
    assert can(fresh(member), "payment.pay", payment).code == "separation"
    assert can(fresh(owner), "payment.pay", payment).code == "separation"


@pytest.mark.django_db
def test_team_cannot_be_stacked_with_staff_owners_or_strangers(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    bidder = as_(cast.bidders[0])
    bid = actions.start_bid(challenge, actor=cast.bidders[0], lead=cast.leads[0])
    for victim in (cast.decider, cast.supervisor, cast.owner, cast.reviewers[0], cast.bidders[1]):
        answer = bidder.patch(f"bids/{bid.pk}", {"members": [{"name": "某人", "email": victim.email}]})
        assert (victim.name, answer.status_code) == (victim.name, 422)
        assert victim.name not in answer.content.decode()
        with pytest.raises(ValidationError):
            actions.set_members(bid, actor=cast.bidders[0], members=[{"name": "某人", "user": victim}])
        assert not visible(fresh(victim), "bid.view").filter(pk=bid.pk).exists()
    share = {"cost_share": "50", "result_share": "50", "benefit_share": "50", "risk_share": "50"}
    consortium = {
        "partners": [{"uscc": cast.leads[number].uscc, **share} for number in (0, 1)],
        "members": [{"name": "伙伴", "email": cast.bidders[1].email}],
    }
    assert bidder.patch(f"bids/{bid.pk}", consortium).status_code == 200
    assert visible(fresh(cast.bidders[1]), "bid.view").filter(pk=bid.pk).exists()
    unknown = bidder.patch(f"bids/{bid.pk}", {"members": [{"name": "某人", "email": "nobody@nowhere.example"}]}).json()
    known = bidder.patch(f"bids/{bid.pk}", {"members": [{"name": "某人", "email": cast.reviewers[0].email}]}).json()
    assert {key: str(value).replace("nobody@nowhere.example", "x") for key, value in unknown.items()} == {
        key: str(value).replace(cast.reviewers[0].email, "x") for key, value in known.items()
    }


@pytest.mark.django_db
def test_owner_cannot_be_a_partner(cast, rules, as_, client):
    challenge = challenge_at(cast, "published")
    bid = actions.start_bid(challenge, actor=cast.bidders[0], lead=cast.leads[0])
    client.force_login(cast.bidders[0], backend="django.contrib.auth.backends.ModelBackend")
    rows = {"members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "0", "members-0-name": "决策人",
            "members-0-email": cast.decider.email}  # fmt: skip
    answer = client.post(f"/bids/{bid.pk}/edit/members/", rows)
    assert (answer.status_code, cast.decider.email in answer.content.decode()) == (422, True)
    rows = {f"partners-0-{name}_share": "100" for name in ("cost", "result", "benefit", "risk")}
    rows |= {
        "partners-TOTAL_FORMS": "1",
        "partners-INITIAL_FORMS": "0",
        "partners-0-uscc": cast.owner_organization.uscc,
    }
    assert client.post(f"/bids/{bid.pk}/edit/partners/", rows).status_code == 422
    partner = {"partners": [{"uscc": cast.owner_organization.uscc, "cost_share": "100"}]}
    assert as_(cast.bidders[0]).patch(f"bids/{bid.pk}", partner).status_code == 422


@pytest.mark.django_db
def test_who_left_the_organisation_sees_its_drafts_no_more(cast, as_):
    draft = new_challenge(cast)
    Membership.objects.filter(user=cast.owner).update(ended_at=draft.created_at)
    answer = as_(fresh(cast.owner)).get(f"challenges/{draft.pk}")
    assert answer.status_code == 404
    assert as_(fresh(cast.owner)).get("challenges").json()["total"] == 0


@pytest.mark.django_db
def test_expert_cannot_leave_an_employer_behind_by_editing():
    given = court.court(bids=1, experts=1)
    expert = given.experts[0]
    expert = edit_expert(
        expert, actor=given.operator, fields=expert.fields, biography="", organization=given.bids[0].lead
    )
    elsewhere = court.company("别处")
    for organization in (None, elsewhere):
        with pytest.raises(Denied):
            edit_expert(expert, actor=expert.user, fields=expert.fields, biography="x", organization=organization)
    kept = edit_expert(expert, actor=expert.user, fields=["hydrogen"], biography="新", organization=given.bids[0].lead)
    assert (kept.biography, kept.organization) == ("新", given.bids[0].lead)


@pytest.mark.django_db
def test_operator_does_not_verify_an_organisation_of_their_own():
    operator, mine = court.person("运营员", "operator"), court.company("自家公司")
    court.join(operator, mine)
    with pytest.raises(Denied):
        take(mine, "verify", actor=fresh(operator))
    assert take(mine, "verify", actor=court.person("另一运营员", "operator")).state == "verified"


@pytest.mark.django_db
def test_import_gives_nothing_to_who_squats_on_a_code(cast):
    with Path("tests/data/challenge_list.xlsx").open("rb") as file:
        reading = workbook.read(file, today=dt.date(2026, 11, 23))
    squatter = court.person("抢注者")
    register_organization(actor=squatter, name="抢注公司", uscc=reading.rows[0].uscc, kind="enterprise")
    with pytest.raises(Refused) as refusal:
        actions.import_challenges(reading, actor=cast.operator)
    assert refusal.value.code == "unverified"
    assert not Challenge.objects.exists()


@pytest.mark.django_db
def test_membership_that_ended_takes_the_bids_along(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    leaver = court.person("离职者")
    offer = offer_membership(cast.leads[0], actor=cast.bidders[0], user=leaver, role="signatory")
    membership = accept_membership(offer, actor=leaver)
    bid = actions.start_bid(challenge, actor=fresh(leaver), lead=cast.leads[0])
    assert as_(leaver).get(f"bids/{bid.pk}").status_code == 200
    end_membership(membership, actor=fresh(cast.bidders[0]))
    assert as_(leaver).get(f"bids/{bid.pk}").status_code == 404
    assert as_(cast.bidders[0]).get(f"bids/{bid.pk}").status_code == 200, "an administrator takes over what is left"
    assert BidMember.objects.filter(bid=bid, user=leaver).exists(), "conflicts look back"


@pytest.mark.django_db
def test_nobody_is_put_out_of_the_way_by_a_membership_they_did_not_want(cast):
    """A bidder would rather not be judged by this expert, the owner not be refused by this decider."""
    given = court.court(bids=1, experts=3)
    lead, victim, decider = given.bids[0].lead, given.experts[0], court.person("决策人", "decider")
    for organization, admin in ((lead, given.bids[0].members.get().user), (given.challenge.owner, given.owner)):
        Membership.objects.update_or_create(user=admin, organization=organization, defaults={"role": "admin"})
        for user in (victim.user, decider):
            offer = offer_membership(organization, actor=fresh(admin), user=user, role="member")
            with pytest.raises(Denied):
                accept_membership(offer, actor=fresh(admin))
    assert victim.pk not in conflicts(given.challenge)
    assert denied(decider, "challenge.propose_award", given.challenge) == ""
    accept_membership(victim.user.membership_offers.get(organization=lead), actor=victim.user)
    assert [item.code for item in conflicts(given.challenge)[victim.pk]] == ["employer"], "a tie of their own counts"
