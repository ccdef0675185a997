"""Writing a bid: parts with ticks, saving as one types, team and consortium, uploads, sealing, the receipt."""

import pytest
from django.urls import reverse

from accounts import clock
from accounts.workflow import take
from challenges import actions
from challenges.models import Bid, BidDocument, Challenge, Envelope
from reviews.demo.papers import upload
from tests.factories.life import challenge_at
from tests.factories.reviews import place

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


@pytest.fixture
def challenge(cast, rules) -> Challenge:
    return challenge_at(cast, "published")


@pytest.fixture
def bid(cast, challenge) -> Bid:
    return actions.start_bid(challenge, actor=cast.bidders[0], lead=cast.leads[0])


def url(name: str, bid: Bid, *more: str) -> str:
    return reverse(name, args=[bid.pk, *more])


def save(client, bid: Bid, part: str, **fields: object):
    version = fields.pop("version", None) or Envelope.objects.get(bid=bid, part=part).version
    return client.post(url("bid_save", bid, part), fields | {"version": version}, headers=JSON)


def test_bid_begins_with_the_choice_of_its_lead(visit, cast, challenge):
    client = visit(cast.bidders[0])
    page = client.get(reverse("bid_create", args=[challenge.pk])).content.decode()
    assert cast.leads[0].name in page
    answer = client.post(reverse("bid_create", args=[challenge.pk]), {"lead": str(cast.leads[0].pk)})
    bid = Bid.objects.get()
    assert answer["Location"] == url("bid_edit", bid)
    assert client.get(url("bid_edit", bid))["Location"] == url("bid_part", bid, "technical")
    again = client.post(reverse("bid_create", args=[challenge.pk]), {"lead": str(cast.leads[0].pk)})
    assert again.status_code == 409
    assert "already begun" in again.content.decode()


def test_bid_of_the_owner_is_refused_with_the_reason(visit, cast, challenge):
    answer = visit(cast.owner).get(reverse("bid_create", args=[challenge.pk]))
    assert answer.status_code == 403
    assert "may not bid on its own challenge" in answer.content.decode()


def test_typing_is_saved_and_answers_with_the_next_version(visit, cast, bid):
    client = visit(cast.bidders[0])
    targets = list(bid.challenge.targets.all())
    values = {f"target-{targets[0].pk}": "4.5e8", f"target-{targets[2].pk}": "Ex ib I Mb"}
    answer = save(client, bid, "technical", summary="分阶段攻关", approach="  两步  走\n第二行", **values)
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    assert answer.json()["saved_at"]
    fresh = Bid.objects.get(pk=bid.pk)
    assert fresh.content("technical")["summary"] == "分阶段攻关"
    assert [(item.value, item.text) for item in fresh.commitments.all()] == [(450_000_000, ""), (None, "Ex ib I Mb")]
    page = client.get(url("bid_part", bid, "technical")).content.decode()
    assert 'value="4.5e8"' in page
    assert 'name="version" value="2"' in page
    assert "Asked: 位错密度 ≤ 5e8 cm^-2, by XRD" in page


def test_older_window_is_told_and_changes_nothing(visit, cast, bid):
    client = visit(cast.bidders[0])
    save(client, bid, "commercial", price="1800")
    late = save(client, bid, "commercial", price="1", version=1)
    assert late.status_code == 409
    assert "another window" in late.json()["reason"]
    assert Bid.objects.get(pk=bid.pk).content("commercial")["price"] == "18000000"
    page = client.post(url("bid_part", bid, "commercial"), {"price": "1", "budget": "我的文字", "version": "1"})
    assert page.status_code == 409
    assert "我的文字" in page.content.decode()


def test_word_for_a_number_is_named_by_its_field(visit, cast, bid):
    field = f"target-{bid.challenge.targets.first().pk}"
    answer = save(visit(cast.bidders[0]), bid, "technical", **{field: "很低"})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert Envelope.objects.get(bid=bid, part="technical").version == 1


def test_saving_after_the_deadline_is_refused(visit, cast, bid):
    place(bid.challenge, bid_deadline=clock.now())
    answer = save(visit(cast.bidders[0]), bid, "technical", summary="迟了")
    assert answer.status_code == 403
    assert "deadline has passed" in answer.json()["reason"]
    assert visit(cast.bidders[0]).get(url("bid_edit", bid)).status_code == 403


@pytest.mark.parametrize("name", ["bid", "bid_edit", "bid_members", "bid_partners", "bid_pledge"])
def test_editor_is_out_of_sight_for_everybody_else(visit, cast, bid, name):
    for user in (cast.bidders[1], cast.owner, cast.operator, cast.decider, cast.supervisor, cast.reviewers[0]):
        assert visit(user).post(url(name, bid)).status_code in (404, 405)
        assert visit(user).get(url(name, bid)).status_code in (302, 404)
    answer = save(visit(cast.operator), bid, "technical", summary="窥视", version=1)
    assert answer.status_code == 404


def test_team_member_with_an_account_may_write_and_loses_it_when_left_out(visit, cast, bid):
    client, colleague = visit(cast.bidders[0]), cast.bidders[3]
    bid.partners.create(organization=cast.leads[3])
    rows = {
        "members-TOTAL_FORMS": "3", "members-INITIAL_FORMS": "0",
        "members-0-name": "揭榜人1", "members-0-email": cast.bidders[0].email,
        "members-1-name": "揭榜人4", "members-1-email": colleague.email.upper(), "members-1-duty": "测试",
        "members-1-uscc": cast.leads[3].uscc,
    }  # fmt: skip
    assert client.post(url("bid_members", bid), rows).status_code == 302
    assert list(bid.members.values_list("name", "organization__name")) == [
        ("揭榜人1", cast.leads[0].name),
        ("揭榜人4", cast.leads[3].name),
    ]
    assert visit(colleague).get(url("bid_part", bid, "technical")).status_code == 200
    client.post(url("bid_members", bid), rows | {"members-TOTAL_FORMS": "1"})
    assert visit(colleague).get(url("bid_part", bid, "technical")).status_code == 404


def test_unknown_person_or_organization_is_named_and_rows_stay(visit, cast, bid):
    rows = {
        "members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "0", "members-0-name": "外聘人员",
        "members-0-email": "nobody@example.org", "members-0-uscc": "91350100M000100Y43",
    }  # fmt: skip
    answer = visit(cast.bidders[0]).post(url("bid_members", bid), rows)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is no account of a member of the lead organisation" in page
    assert "No organisation with this code is registered" in page
    assert 'value="外聘人员"' in page


def partners(cast, lead_share: str) -> dict[str, str]:
    shares = ("cost_share", "result_share", "benefit_share", "risk_share")
    return {
        "partners-TOTAL_FORMS": "2", "partners-INITIAL_FORMS": "0",
        "partners-0-uscc": cast.leads[0].uscc, "partners-1-uscc": cast.leads[1].uscc,
        **{f"partners-0-{name}": lead_share for name in shares}, **{f"partners-1-{name}": "40" for name in shares},
    }  # fmt: skip


def test_consortium_sums_to_a_hundred(visit, cast, bid):
    client = visit(cast.bidders[0])
    wrong = client.post(url("bid_partners", bid), partners(cast, "50"))
    assert wrong.status_code == 422
    assert "sums to 90" in wrong.content.decode()
    assert not bid.partners.exists()
    assert client.post(url("bid_partners", bid), partners(cast, "60")).status_code == 302
    assert bid.partners.count() == 2
    rows = client.post(url("bid_partners", bid), partners(cast, "60") | {"remove_row": "1"}).content.decode()
    assert cast.leads[0].uscc in rows
    assert cast.leads[1].uscc not in rows


def complete(client, cast, bid: Bid) -> None:
    targets = {f"target-{item.pk}": item.shown_value for item in bid.challenge.targets.all()}
    save(client, bid, "technical", summary="摘要", approach="路线", **targets)
    save(client, bid, "commercial", price="1800.5")
    save(client, bid, "identity", leader="揭榜人1")
    given = {"file": upload("技术方案.pdf", "技术方案", "总体思路。"), "part": "technical"}
    assert client.post(url("bid_upload", bid), given, headers=JSON).status_code == 200
    assert client.post(url("bid_pledge", bid), {"pledged": "on"}).status_code == 302


def test_ticks_follow_what_is_complete(visit, cast, bid):
    client = visit(cast.bidders[0])
    assert client.get(url("bid_pledge", bid)).content.decode().count('aria-label="complete"') == 0
    complete(client, cast, bid)
    assert client.get(url("bid_pledge", bid)).content.decode().count('aria-label="complete"') == 4


def test_incomplete_bid_is_told_what_is_missing(visit, cast, bid):
    answer = visit(cast.bidders[0]).get(reverse("step", args=["bids", bid.pk, "submit"]))
    assert answer.status_code == 409
    assert "Fill in the technical part" in answer.content.decode()


def test_sealed_bid_shows_its_receipt_and_lets_nothing_change(visit, cast, bid):
    client = visit(cast.bidders[0])
    complete(client, cast, bid)
    page = client.get(reverse("step", args=["bids", bid.pk, "submit"])).content.decode()
    assert "not even the platform" in page
    assert client.post(reverse("step", args=["bids", bid.pk, "submit"]))["Location"] == url("bid", bid)
    sealed = Bid.objects.get(pk=bid.pk)
    page = client.get(url("bid", bid)).content.decode()
    for said in (sealed.receipt_number, sealed.sha256, BidDocument.objects.get().sha256, "18,005,000"):
        assert said in page
    assert f"{clock.now():%Y-%m}" in page
    assert save(client, bid, "technical", summary="改").status_code == 403
    late = {"file": upload("补充.pdf", "补充", "补充材料。"), "part": "technical"}
    assert client.post(url("bid_upload", bid), late).status_code == 403
    assert BidDocument.objects.count() == 1


def test_amended_notice_asks_the_team_to_confirm(visit, cast, rules):
    challenge = challenge_at(cast, "bid")
    bid = challenge.bids.get(lead=cast.leads[0])
    client = visit(cast.bidders[0])
    assert "Confirm the bid for the amended notice" not in client.get(url("bid", bid)).content.decode()
    take(challenge, "request_amendment", actor=cast.operator, text="补充测试方法。")
    take(challenge, "amend_notice", actor=cast.decider)
    assert "Confirm the bid for the amended notice" in client.get(url("bid", bid)).content.decode()
    assert client.post(reverse("step", args=["bids", bid.pk, "reconfirm"])).status_code == 302
    assert Bid.objects.get(pk=bid.pk).confirmed_version == 2


def test_weaker_commitment_is_marked_for_those_who_open(visit, cast, rules):
    challenge = challenge_at(cast, "bid")
    bid = challenge.bids.get(lead=cast.leads[0])
    bid = take(bid, "withdraw", actor=cast.bidders[0])
    client = visit(cast.bidders[0])
    weak = {f"target-{item.pk}": "1" for item in challenge.targets.filter(comparator=">=")}
    rest = {f"target-{item.pk}": item.shown_value for item in challenge.targets.exclude(comparator=">=")}
    save(client, bid, "technical", summary="摘要", approach="路线", **weak, **rest)
    page = client.get(url("bid", bid)).content.decode()
    assert page.count("weaker than asked") == 1
    assert page.count("to be judged") == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_bids_costs_the_same_whatever_its_length(visit, cast, rules, django_assert_num_queries, count):
    for number in range(count):
        actions.start_bid(
            challenge_at(cast, "published", title=f"榜题{number}"), actor=cast.bidders[0], lead=cast.leads[0]
        )
    client = visit(cast.bidders[0])
    with django_assert_num_queries(5):
        page = client.get("/bids/").content.decode()
    assert page.count("row-item") == count
