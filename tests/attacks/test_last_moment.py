"""The deadline passes between the program's question and the database's answer."""

import pytest
from django.db import connection

from accounts.models import LedgerEntry
from accounts.workflow import take
from challenges.models import Bid
from reviews.demo import walk
from tests.factories.life import challenge_at

# Comes before the deadline's own trigger: the moment passes while the row is being written.
PASSES = """
CREATE FUNCTION deadline_passes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE challenges_challenge SET bid_deadline = clock_timestamp() WHERE id = NEW.challenge_id; RETURN NEW;
END $$;
CREATE TRIGGER a_deadline_passes BEFORE UPDATE ON challenges_bid FOR EACH ROW EXECUTE FUNCTION deadline_passes();
"""


@pytest.fixture
def late(cast, rules):
    """A bid that is about to be submitted a moment too late."""
    challenge = challenge_at(cast, "published")
    bid = take(walk.one_bid(challenge, cast.bidders[0], lead_number=0, cast=cast), "withdraw", actor=cast.bidders[0])
    with connection.cursor() as cursor:
        cursor.execute(PASSES)
    return bid


@pytest.mark.django_db
def test_page_says_that_the_deadline_passed_and_nothing_is_kept(late, cast, visit):
    before = LedgerEntry.objects.count()
    answer = visit(cast.bidders[0]).post(f"/bids/{late.pk}/steps/submit/")
    assert answer.status_code == 409
    assert "The deadline has passed" in answer.content.decode()
    assert Bid.objects.get(pk=late.pk).state == "withdrawn"
    assert LedgerEntry.objects.count() == before


@pytest.mark.django_db
def test_api_says_so_as_well(late, cast, as_):
    answer = as_(cast.bidders[0]).step(f"bids/{late.pk}", "submit")
    assert (answer.status_code, answer.json()["code"]) == (409, "state")
    assert Bid.objects.get(pk=late.pk).state == "withdrawn"
