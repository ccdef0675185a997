"""Names are searched by their words; nothing typed is a pattern, and a copy of the database can be restored."""

import pytest
from django.db import connection, transaction

from accounts.models import Organization, User
from accounts.models.words import holding
from accounts.queries import named
from challenges.models import Bid
from challenges.queries import bids_found
from reviews.models import Expert
from reviews.queries import experts_found
from tests.factories import reviews as court_room


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("晨光", True),
        ("光", True),
        ("晨光材料", True),
        ("光晨", False),
        ("LED", True),
        ("led 晨", True),
        ("91350100m0", True),
        ("M000100Y43", False),
        ("%", False),
        ("_", False),
        ("  ", True),
    ],
)
def test_organization_is_found_by_every_term_of_its_name_and_the_start_of_its_code(text, found):
    Organization.objects.create(name="虚构晨光材料（LED）研究院", uscc="91350100M000100Y43")
    assert named(Organization.objects.all(), text).exists() is found


@pytest.mark.django_db
def test_words_follow_a_new_name():
    person = User.objects.create_user("someone@example.org", name="欧阳")
    User.objects.filter(pk=person.pk).update(name="司马")
    assert not holding(User.objects.all(), "欧阳").exists()
    assert holding(User.objects.all(), "司马").get() == person


def test_bids_are_found_by_their_challenge_or_their_lead_and_experts_by_themselves_or_their_employer(db):
    given = court_room.court(bids=2, experts=2)
    one, other = given.bids
    Organization.objects.filter(pk=one.lead_id).update(name="虚构石英厂")
    assert Bid.objects.filter(pk__in=bids_found("石英厂")).get() == one
    assert set(Bid.objects.filter(pk__in=bids_found(given.challenge.title))) == {one, other}
    expert = court_room.expert(given, "欧阳", organization=one.lead)
    for text in ("欧阳", "石英"):
        assert Expert.objects.filter(pk__in=experts_found(text)).get() == expert


@pytest.mark.django_db
@pytest.mark.parametrize("function", ["words_of('晨光')", "challenge_search('晨光', '', '')"])
def test_words_are_cut_where_no_schema_is_searched(function):
    """As pg_restore and the building of an index have it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO ''")
        cursor.execute(f"SELECT public.{function} @@ '''晨光'''::tsquery")
        assert cursor.fetchone() == (True,)
        transaction.set_rollback(True)
