"""The funnel: what reached which stage, by industry and year, for whom, in one query."""

import io
from datetime import datetime

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from challenges.calendar import SHANGHAI
from challenges.funnel import funnel
from challenges.models import Challenge
from reviews.demo import walk
from tests.factories import reviews as make
from tests.factories.life import challenge_at, new_challenge

pytestmark = pytest.mark.django_db


def total(user):
    found = funnel(user)
    return dict(zip((stage.key for stage in found.stages), found.total, strict=True))


def test_each_challenge_counts_at_every_stage_it_reached(cast, rules):
    challenge_at(cast, "submitted", title="甲")
    challenge_at(cast, "ranked", title="乙", industry="hydrogen")
    challenge_at(cast, "delivering", title="丙")
    new_challenge(cast, title="草稿")
    staff = {"submitted": 3, "vetted": 2, "published": 2, "opened": 2, "reviewed": 2, "awarded": 1}
    assert total(cast.operator) == staff | {"contracted": 1, "accepted": 0}
    assert total(AnonymousUser()) == {
        "published": 2, "opened": 2, "reviewed": 2, "awarded": 1, "contracted": 1, "accepted": 0,
    }  # fmt: skip
    assert total(cast.owner) == total(cast.finance) == total(AnonymousUser())
    rows = {key: counts for key, _word, counts in funnel(cast.decider).by_industry()}
    assert len(rows) == 7
    assert (rows["hydrogen"][0], rows["optoelectronics"][0], rows["medicine"]) == (1, 2, (0,) * 8)


def test_sealed_bids_do_not_count_before_their_opening(cast, rules):
    challenge = challenge_at(cast, "published")
    before = total(cast.operator)
    walk.bid(challenge, cast)
    assert challenge.bids.filter(state="submitted").count() == 4
    assert total(cast.operator) == before
    assert before["opened"] == 0


def test_what_went_back_still_counts_where_it_was(cast, rules):
    challenge = challenge_at(cast, "awarded")
    make.place(challenge, state="opened", ranked_at=None, awarded_at=None)
    found = total(cast.operator)
    assert (found["reviewed"], found["awarded"], found["contracted"]) == (1, 1, 0)


def test_internal_challenges_are_counted_for_staff_alone(cast, rules):
    challenge_at(cast, "published", secrecy="internal")
    assert total(cast.supervisor)["published"] == 1
    assert total(cast.bidders[0])["published"] == 0


def test_year_is_that_of_filing_in_shanghai(cast, rules):
    challenge = challenge_at(cast, "submitted")
    make.place(challenge, submitted_at=datetime(2026, 1, 1, 0, 30, tzinfo=SHANGHAI))
    assert funnel(cast.operator).by_year() == [(2026, (1, 0, 0, 0, 0, 0, 0, 0))]


def test_page_filters_and_costs_as_much_for_three_as_for_one(cast, rules, visit, django_assert_num_queries):
    url, counted = reverse("funnel"), []
    for title, industry in (("甲", "hydrogen"), ("乙", "medicine"), ("丙", "medicine")):
        challenge_at(cast, "published", title=title, industry=industry)
        with django_assert_num_queries(1):
            counted.append(visit().get(url).content.decode())
    assert "Of 1 challenge, 0 came to its acceptance" in counted[0]
    assert "Of 3 challenges, 0 came to their acceptance" in counted[2]
    assert "Of 2 challenges" in visit().get(url, {"industry": "medicine"}).content.decode()
    assert "Of 3 challenges" in visit().get(url, {"industry": "alchemy", "year": "1899"}).content.decode()
    assert "Waiting" not in counted[2]


def test_thousands_are_parted_on_the_page(cast, rules, visit):
    submitted = challenge_at(cast, "submitted")
    columns = {"owner": submitted.owner, "industry": "hydrogen", "kind": "frontier", "submitted_at": submitted.now}
    Challenge.objects.bulk_create(Challenge(title=f"第{n}", **columns) for n in range(1000))
    page = visit(cast.operator).get(reverse("funnel")).content.decode()
    assert "Of 1,001 challenges" in page
    assert '"1,001 \\u00b7 100 %"' in page
    assert '<td class="num" data-label="Challenges">1,001</td>' in page


def test_an_empty_site_says_so(db, visit):
    assert "Nothing was filed here yet" in visit().get(reverse("funnel")).content.decode()


def test_export_keeps_numbers_numbers_and_every_cell_adds_up(cast, rules, visit):
    challenge_at(cast, "published", industry="hydrogen")
    challenge_at(cast, "submitted", title="乙", industry="medicine")
    answer = visit(cast.operator).get(reverse("funnel_export", args=["xlsx"]))
    head, *rows, last = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert head[:4] == ("Year of filing", "Industry", "Submitted", "Vetted")
    assert [row[1:5] for row in rows] == [("Hydrogen energy", 1, 1, 1), ("Medicine and health", 1, 0, 0)]
    assert last[2:5] == (2, 1, 1)
    assert visit().get(reverse("funnel_export", args=["pdf"])).status_code == 404
    assert "Hydrogen energy" in visit().get(reverse("funnel_export", args=["csv"])).content.decode("utf-8-sig")


def test_api_tells_the_same(cast, rules, client):
    challenge_at(cast, "published", industry="hydrogen")
    found = client.get("/api/region/funnel").json()
    assert [stage["key"] for stage in found["stages"]][:2] == ["published", "opened"]
    assert (found["total"], found["cells"][0]["industry"]) == ([1, 0, 0, 0, 0, 0], "hydrogen")
    client.force_login(cast.operator)
    assert client.get("/api/region/funnel").json()["total"][:3] == [1, 1, 1]
