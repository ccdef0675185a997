"""The matrix of conflicts: every expert against every bid, narrowed, paged, in a fixed number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.actions import declare_relation
from reviews.conflicts import matrix
from reviews.models import Absence
from tests.factories import reviews as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def court() -> make.Court:
    given = make.court(bids=3, experts=4)
    tied, owned, away, _free = given.experts
    declare_relation(tied, actor=tied.user, kind="consulting", organization=given.bids[1].lead)
    declare_relation(owned, actor=owned.user, kind="consulting", organization=given.challenge.owner)
    today = timezone.localdate(given.challenge.now)
    Absence.objects.create(expert=away, since=today, until=today)
    return given


def names(court: make.Court, **asked: str) -> list[str]:
    return [str(row.expert) for row in matrix.page(court.challenge, matrix.Asked(**asked)).rows]


def test_each_cell_says_what_was_found_and_for_which_bid(court):
    page = matrix.page(court.challenge, matrix.Asked())
    rows = {str(row.expert): row for row in page.rows}
    second = court.bids[1]
    assert [bid.code for bid in page.columns] == [second.code]
    assert page.others == 2
    assert (rows["专家1"].everywhere, rows["专家1"].on(second.pk)) == ("", "hard")
    assert rows["专家2"].everywhere == "hard"
    assert rows["专家3"].everywhere == "soft"
    assert (rows["专家4"].everywhere, rows["专家4"].findings) == ("", [])
    assert second.lead.name in rows["专家1"].findings[0].evidence


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"show": "hard"}, ["专家1", "专家2"]),
        ({"show": "soft"}, ["专家3"]),
        ({"show": "free"}, ["专家4"]),
        ({"rule": "away"}, ["专家3"]),
        ({"rule": "consulting"}, ["专家1", "专家2"]),
        ({"bid": "B2"}, ["专家1"]),
        ({"bid": "B1"}, []),
        ({"bid": "B99"}, []),
        ({"text": "专家4"}, ["专家4"]),
    ],
)
def test_matrix_is_narrowed(court, asked, found):
    assert names(court, **asked) == found


def test_statements_do_not_grow_with_experts_or_bids(court):
    def count(asked):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            matrix.page(court.challenge, asked)
        return len(seen)

    for asked in (matrix.Asked(), matrix.Asked(show="hard")):
        before = count(asked)
        make.bid(court, f"又一揭榜方{asked.show}")
        make.expert(court, f"又一专家{asked.show}")
        assert count(asked) == before <= 4


def test_rules_are_explained_with_the_frozen_numbers(court):
    told = {rule["code"]: rule for rule in matrix.explained(court.challenge)}
    assert "3" in told["coauthor"]["window"]
    assert told["relative"]["window"] == ""
    assert str(court.challenge.frozen_rules.panels_at_once) in told["workload"]["window"]
    assert told["employer"]["hard"]
    assert not told["away"]["hard"]
