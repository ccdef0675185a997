"""The public list: what it shows to whom, its filters and orders, and what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import clock
from challenges.models import Challenge
from tests.factories.life import challenge_at, new_challenge
from tests.factories.reviews import place

pytestmark = pytest.mark.django_db


def listed(client, query: str = "") -> str:
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def published(cast, rules) -> Challenge:
    return challenge_at(cast, "published")


def test_public_sees_published_challenge_with_what_it_asks(visit, published):
    page = listed(visit())
    assert published.title in page
    assert "位错密度 ≤ 5e8 cm^-2" in page
    assert "20,000,000" in page
    assert "1 challenge<" in page
    assert published.number in page


def test_draft_is_listed_for_its_owner_only_when_asked(visit, cast):
    draft = new_challenge(cast)
    assert draft.title not in listed(visit())
    assert draft.title not in listed(visit(cast.owner))
    assert draft.title in listed(visit(cast.owner), "?mine=on")
    assert draft.title in listed(visit(cast.owner), "?state=draft")
    assert draft.title not in listed(visit(cast.bidders[0]), "?state=draft&mine=on")
    assert draft.title not in listed(visit(), "?state=draft&mine=on")


def test_internal_challenge_is_hidden_from_the_public(visit, cast, rules):
    inner = challenge_at(cast, "published", secrecy="internal")
    assert inner.title not in listed(visit())
    assert inner.title in listed(visit(cast.bidders[0]))


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("?q=外延缺陷", True),
        ("?q=发光效率", True),
        ("?q=led", True),
        ("?q=氢能", False),
        ("?industry=optoelectronics&kind=bottleneck", True),
        ("?industry=hydrogen", False),
        ("?kind=frontier", False),
        ("?state=published", True),
        ("?state=ranked", False),
        ("?reward_from=2000&reward_to=2000", True),
        ("?reward_from=2000.01", False),
        ("?reward_to=1999", False),
        ("?deadline=open", True),
        ("?deadline=7", False),
        ("?deadline=over", False),
        ("?sort=deadline", True),
        ("?sort=title; DROP TABLE", True),
        ("?industry=nonsense&reward_from=many&page=-3", True),
    ],
)
def test_filter_keeps_what_fits(visit, published, query, fits):
    assert (published.title in listed(visit(), query)) is fits


def test_orders_put_the_asked_one_first(visit, cast, rules):
    rich = challenge_at(cast, "published", title="榜额最高的榜题", reward=Decimal(90_000_000))
    late = challenge_at(cast, "published", title="最新发布的榜题", bid_deadline=clock.now() + timedelta(days=200))

    def first_of(query: str) -> bool:
        page = listed(visit(), query)
        return page.index(rich.title) < page.index(late.title)

    assert first_of("?sort=reward")
    assert first_of("?sort=deadline")
    assert not first_of("")


def test_pages_follow_each_other(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    for number in range(21):
        place(new_challenge(cast, title=f"榜题{number:02}"), state="published", published_at=challenge.published_at)
    first, second = listed(visit()), listed(visit(), "?page=2")
    assert first.count("challenge-row") == 20
    assert second.count("challenge-row") == 2
    assert "22 challenges" in first
    assert "page=2" in first
    assert "page=1" in second


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_whatever_its_length(visit, cast, rules, django_assert_num_queries, count):
    for number in range(count):
        challenge_at(cast, "published", title=f"榜题{number}")
    client = visit(cast.bidders[0])
    with django_assert_num_queries(6):
        page = listed(client)
    assert page.count("challenge-row") == count
    with django_assert_num_queries(2):
        listed(visit())
