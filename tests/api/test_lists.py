"""Lists: only what is in sight is listed and counted, at the same price for one row and for three."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Organization
from challenges.models import Bid, Challenge
from reviews.demo import walk
from reviews.models import Panel
from tests.factories.life import challenge_at, new_challenge
from tests.factories.rows import calendar_of, figure_of

# The token, the memberships, the rows and their number; with what the scope and the rows need beside.
PRICE = {
    "challenges": 4,
    "bids": 3,
    "panels": 3,
    "assignments": 3,
    "sheets": 3,
    "awards": 4,
    "objections": 3,
    "contracts": 3,
    "milestones": 3,
    "terminations": 3,
    "midterm-checks": 3,
    "payments": 3,
    "rule-sets": 3,
    "calendar-years": 3,
    "region-figures": 3,
    "experts": 3,
    "organizations": 3,
    "inbox": 6,
}


def contested(cast, as_, title):
    """A challenge in execution whose award was objected to in vain."""
    challenge = challenge_at(cast, "award_proposed", title=title)
    text = {"name": "某单位", "contact": "0355-1234567", "text": "程序上存在问题，请予核查。"} | GROUNDED
    objection = as_(cast.bidders[3]).post(f"awards/{challenge.awards.get().pk}/objections", text).json()
    as_(cast.decider2).step(f"objections/{objection['id']}", "acknowledge")
    as_(cast.decider2).step(f"objections/{objection['id']}", "dismiss", decision="程序合规，异议不成立。")
    walk.carry(challenge, cast, to="executing", since="award_proposed")
    contract = challenge.contracts.get()
    as_(cast.operator).step(f"contracts/{contract.pk}", "propose_termination", facts="逾期未交付。")


def test_lists_cost_the_same_whatever_their_length(cast, rules, as_):
    for number in range(3):
        contested(cast, as_, f"课题{number}")
        calendar_of(cast, 2060 + number)
        figure_of(cast, Decimal(number))
    caller, cost, shown = as_(cast.supervisor), {}, {}
    for kind in PRICE:
        for size in (1, 3):
            with CaptureQueriesContext(connection) as queries:
                page = caller.get(kind, size=size).json()
            cost[kind, size] = len(queries)
            shown[kind, size] = len(page["items"])
            assert "transitions" not in page["items"][0]
    assert cost == {(kind, size): price for kind, price in PRICE.items() for size in (1, 3)}
    assert shown == {(kind, size): min(size, 2) if kind == "rule-sets" else size for kind, size in cost}


GROUNDED = {"ground": "procedure", "evidence_note": "见公示所附检测报告第二页。"}


@pytest.mark.django_db
def test_list_counts_only_what_is_in_sight(cast, rules, as_):
    challenge_at(cast, "bid", title="招标中")
    challenge_at(cast, "opened", title="已开标")
    assert as_(cast.operator).get("bids").json()["total"] == 4
    assert as_(cast.bidders[0]).get("bids").json()["total"] == 2
    assert as_(cast.owner).get("bids").json()["total"] == 0
    assert as_(cast.reviewers[0]).get("bids").json()["total"] == 0
    sealed = Challenge.objects.get(title="招标中").pk
    for query in (
        {"challenge": sealed},
        {"state": "submitted"},
        {"q": "招标中"},
        {"lead": cast.leads[0].pk, "state": "submitted"},
    ):
        assert as_(cast.operator).get("bids", **query).json() == {"items": [], "total": 0, "page": 1, "size": 25}


@pytest.mark.django_db
def test_challenges_are_filtered_searched_and_sorted(cast, rules, as_):
    now = timezone.now()
    for number, (title, industry, reward) in enumerate(
        [
            ("深紫外外延缺陷控制", "optoelectronics", 300),
            ("氢燃料电池低温启动", "hydrogen", 100),
            ("电解水制氢膜电极", "hydrogen", 200),
        ]
    ):
        challenge_at(
            cast,
            "published",
            title=title,
            industry=industry,
            reward=reward,
            bid_deadline=now + timedelta(days=30 - number),
        )
    new_challenge(cast, title="氢气储运草稿", industry="hydrogen")

    def titles(**query):
        return [item["title"] for item in as_(None).get("challenges", **query).json()["items"]]

    assert titles(industry="hydrogen") == ["电解水制氢膜电极", "氢燃料电池低温启动"]
    assert titles(q="燃料电池") == ["氢燃料电池低温启动"]
    assert titles(q="草稿") == []
    assert titles(sort="reward") == ["深紫外外延缺陷控制", "电解水制氢膜电极", "氢燃料电池低温启动"]
    assert titles(sort="deadline")[0] == "电解水制氢膜电极"
    assert titles(reward_from=150, reward_to=250) == ["电解水制氢膜电极"]
    assert titles(deadline_to=(now + timedelta(days=28, hours=1)).isoformat()) == ["电解水制氢膜电极"]
    assert titles(state="draft") == []
    assert len(as_(cast.owner).get("challenges", industry="hydrogen").json()["items"]) == 3
    second = as_(None).get("challenges", page=2, size=2).json()
    assert (len(second["items"]), second["total"], second["page"]) == (1, 3, 2)


@pytest.mark.django_db
def test_filters_that_do_not_fit_are_refused_by_field(cast, as_):
    answer = as_(cast.owner).get("bids", challenge="not-a-uuid", size=0)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"challenge", "size"}
    assert Bid.objects.count() == 0
    assert Panel.objects.count() == 0


@pytest.mark.django_db
def test_organizations_are_seen_by_their_members_and_the_staff(cast, as_):
    mine = as_(cast.bidders[0]).get("organizations").json()
    assert [item["id"] for item in mine["items"]] == [str(cast.leads[0].pk)]
    assert as_(cast.operator).get("organizations", q=cast.leads[0].uscc).json()["total"] == 1
    assert as_(cast.operator).get("organizations").json()["total"] == Organization.objects.count()
    assert as_(cast.bidders[0]).get(f"organizations/{cast.leads[1].pk}").status_code == 404


@pytest.mark.django_db
def test_everything_of_a_challenge_is_found_by_its_title(cast, rules, as_):
    challenge_at(cast, "executing", title="氢气微量杂质分析")
    caller = as_(cast.supervisor)
    for kind in ("bids", "panels", "assignments", "sheets", "awards", "contracts", "payments"):
        everything = caller.get(kind).json()["total"]
        assert everything > 0
        assert [caller.get(kind, q=text).json()["total"] for text in ("微量杂质", "井下液压支架")] == [everything, 0], (
            kind
        )
    assert caller.get("milestones", q="里程碑").json()["total"] == 3
    assert caller.get("milestones", q="微量杂质").json()["total"] == 0
