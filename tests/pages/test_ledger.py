"""The ledger's page: read as far as the policy goes, filtered, verified, exported without formulas."""

import csv
import io

import pgtrigger
from django.urls import reverse

from accounts import kinds
from accounts.models import LedgerEntry
from accounts.tables import plain_cell
from challenges.ledger_words import ACTS, action_words
from tests.factories import rows
from tests.factories.life import challenge_at, new_challenge
from tests.factories.reviews import person


def page(client, challenge, **query):
    return client.get(reverse("challenge_ledger", args=[challenge.pk]), query)


def test_ledger_says_who_did_what_from_which_state_to_which(cast, rules, visit):
    challenge = challenge_at(cast, "vetted")
    text = page(visit(cast.supervisor), challenge).content.decode()
    assert cast.operator.name in text
    assert "Submit for vetting" in text
    assert "Waiting for publication" in text


def test_ledger_of_a_sealed_challenge_holds_no_entry_of_a_bid(cast, rules, visit):
    challenge = challenge_at(cast, "bid")
    for user in (cast.operator, cast.decider, cast.supervisor, cast.finance, cast.owner):
        answer = page(visit(user), challenge)
        assert answer.status_code == 200
        assert "Submit sealed" not in answer.content.decode()
        assert not any(lead.name in answer.content.decode() for lead in cast.leads)


def test_bidder_reads_the_chain_of_their_own_bid_alone(cast, rules, visit):
    challenge = challenge_at(cast, "bid")
    text = page(visit(cast.bidders[0]), challenge).content.decode()
    assert "Submit sealed" in text
    assert cast.bidders[0].name in text
    assert cast.bidders[1].name not in text
    assert "Submit for vetting" not in text


def test_stranger_is_told_who_reads_the_ledger(cast, rules, visit):
    challenge = challenge_at(cast, "published")
    answer = page(visit(person("路人")), challenge)
    assert answer.status_code == 403
    assert "is read by the challenge owner" in answer.content.decode()
    assert visit().get(reverse("challenge_ledger", args=[challenge.pk])).status_code == 302


def test_ledger_is_filtered_by_act_and_person(cast, rules, visit):
    challenge = challenge_at(cast, "vetted")
    client = visit(cast.operator)
    vetting = page(client, challenge, action="vet").content.decode()
    assert vetting.count("<tr>") == 2  # the head and one entry
    assert "No entry fits" in page(client, challenge, q="没有这个人").content.decode()


def test_verify_answers_intact_and_names_the_entry_that_was_changed(cast, rules, visit):
    challenge = challenge_at(cast, "vetted")
    client = visit(cast.operator)
    assert "Intact" in page(client, challenge, verify=1).content.decode()
    with pgtrigger.ignore("accounts.LedgerEntry:append_only"):
        LedgerEntry.objects.filter(chain=challenge.pk, action="submit").update(acting_as="decider")
    text = page(client, challenge, verify=1).content.decode()
    assert "Broken" in text
    broken = LedgerEntry.objects.get(chain=challenge.pk, action="submit").seq
    assert f"broken at entry {broken}" in text


def test_reviewers_are_not_named_to_the_owner(cast, rules, visit):
    challenge = challenge_at(cast, "ranked")
    owner = page(visit(cast.owner), challenge).content.decode()
    assert not any(reviewer.name in owner for reviewer in cast.reviewers)
    client = visit(cast.decider)
    decider = page(client, challenge, kind="scoresheet").content.decode()
    export = b"".join(client.get(reverse("challenge_ledger_export", args=[challenge.pk])).streaming_content).decode()
    assert "Score sheet" in decider
    assert not any(reviewer.name in decider + export for reviewer in cast.reviewers)
    assert "No entry fits" in page(client, challenge, q=cast.reviewers[0].name).content.decode()


def test_export_makes_text_of_what_a_spreadsheet_would_compute(cast, visit):
    cast.owner.name = "=HYPERLINK(0)"
    cast.owner.save()
    challenge = new_challenge(cast)
    answer = visit(cast.operator).get(reverse("challenge_ledger_export", args=[challenge.pk]))
    assert answer.status_code == 404  # a draft is its owner's
    answer = visit(cast.owner).get(reverse("challenge_ledger_export", args=[challenge.pk]))
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(content)))
    assert table[1][3] == "'=HYPERLINK(0)"
    assert answer["Content-Type"].startswith("text/csv")


def test_plain_cell_disarms_every_sign_a_formula_begins_with():
    for sign in "=+-@\t\r＝＋－＠":
        assert plain_cell(f"{sign}1+1") == f"'{sign}1+1"
    assert plain_cell("vet") == "vet"


def test_entry_page_lists_the_ledgers_one_may_read(cast, rules, visit):
    challenge = challenge_at(cast, "bid")
    link = reverse("challenge_ledger", args=[challenge.pk])
    for user in (cast.operator, cast.owner, cast.bidders[0]):
        assert link in visit(user).get(reverse("ledger")).content.decode()
    assert link not in visit(person("路人")).get(reverse("ledger")).content.decode()


def test_every_act_of_every_machine_has_its_words(db):
    words = action_words()
    for kind in kinds.every():
        field = kind.model._meta.get_field("state")
        for found in field.get_all_transitions(kind.model):
            assert (kind.model._meta.model_name, found.name) in words or found.name in ACTS


def test_ledger_asks_as_many_queries_for_many_entries_as_for_few(cast, rules, visit, django_assert_num_queries):
    client = visit(cast.operator)
    for stage in ("submitted", "published"):
        challenge = challenge_at(cast, stage)
        with django_assert_num_queries(9):
            page(client, challenge)


def test_entry_page_asks_as_many_queries_for_three_as_for_one(cast, visit, django_assert_num_queries):
    rows.challenge(cast, "第一")
    client = visit(cast.operator)
    for _more in range(2):
        with django_assert_num_queries(5):
            client.get(reverse("ledger"))
        rows.challenge(cast, "第二")
        rows.challenge(cast, "第三")
