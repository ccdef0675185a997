"""Files over the API and on the page: one door for every kind."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import LedgerEntry
from challenges.models import BidDocument, ChallengeDocument
from reviews.demo.papers import pdf, upload
from tests.factories.life import challenge_at, new_challenge


@pytest.mark.django_db
def test_upload_answers_what_was_stored_and_download_gives_it_back(cast, as_):
    challenge = new_challenge(cast)
    owner = as_(cast.owner)
    content = pdf("附件", "正文")
    made = owner.upload(f"challenges/{challenge.pk}/documents", file=SimpleUploadedFile("附件.pdf", content)).json()
    assert (made["name"], made["size"], made["purpose"]) == ("附件.pdf", len(content), "attachment")
    answer = owner.get(f"documents/{made['id']}")
    assert answer.getvalue() == content
    assert "UTF-8''%E9%99%84%E4%BB%B6.pdf".lower() in answer["Content-Disposition"].lower()
    assert owner.delete(f"documents/{made['id']}").status_code == 204
    assert owner.get(f"documents/{made['id']}").status_code == 404


@pytest.mark.django_db
def test_upload_refused_with_a_sentence(cast, as_):
    challenge = new_challenge(cast)
    owner = as_(cast.owner, **{"Accept-Language": "en"})
    path = f"challenges/{challenge.pk}/documents"
    refused = owner.upload(path, file=SimpleUploadedFile("页面.html", b"<html>"))
    assert refused.status_code == 422
    assert refused.json()["reason"] == "“页面.html” is not of an accepted type; upload PDF, DOCX, XLSX, PNG or JPG."
    assert set(owner.upload(path, purpose="attachment").json()["errors"]) == {"file"}
    assert set(owner.upload(path, file=upload("a.pdf", "a", "b"), purpose="x").json()["errors"]) == {"purpose"}
    assert ChallengeDocument.objects.count() == 0


@pytest.mark.django_db
def test_sealed_file_is_its_teams_alone(cast, rules, as_):
    challenge = challenge_at(cast, "bid")
    document = BidDocument.objects.filter(envelope__bid__lead=cast.leads[0]).get()
    before = LedgerEntry.objects.count()
    strangers = (cast.operator, cast.decider, cast.supervisor, cast.owner, cast.bidders[1], cast.reviewers[0], None)
    for person in strangers:
        assert as_(person).get(f"documents/{document.pk}").status_code == 404
        client = Client()
        if person is not None:
            client.force_login(person)
        assert client.get(f"/documents/{document.pk}/").status_code == 404
    assert LedgerEntry.objects.count() == before
    mine = as_(cast.bidders[0]).get(f"documents/{document.pk}")
    assert mine.status_code == 200
    mine.getvalue()
    entry = LedgerEntry.objects.get(action="download")
    assert (entry.actor, entry.acting_as, entry.chain) == (cast.bidders[0], "bidder", document.envelope.bid_id)
    assert challenge.state == "published"


@pytest.mark.django_db
def test_public_attachment_is_anybodys_and_recorded(cast, rules, as_):
    challenge = new_challenge(cast)
    path = f"challenges/{challenge.pk}/documents"
    made = as_(cast.owner).upload(path, file=upload("说明.pdf", "说明", "正文")).json()
    assert as_(None).get(f"documents/{made['id']}").status_code == 404
    from reviews.demo import walk

    walk.carry(challenge, cast, to="published")
    answer = Client().get(f"/documents/{made['id']}/?inline=1")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("inline")
    answer.getvalue()
    entry = LedgerEntry.objects.get(action="download")
    assert (entry.actor, entry.acting_as) == (None, "public")


@pytest.mark.django_db
def test_store_down_answers_503_and_keeps_the_form(cast, as_, settings):
    challenge = new_challenge(cast)
    owner = as_(cast.owner)
    made = owner.upload(f"challenges/{challenge.pk}/documents", file=upload("说明.pdf", "说明", "正文")).json()
    entries = LedgerEntry.objects.count()
    settings.S3 = settings.S3 | {"endpoint": "127.0.0.1:1"}
    for answer in (
        owner.get(f"documents/{made['id']}"),
        owner.upload(f"challenges/{challenge.pk}/documents", file=upload("二.pdf", "二", "正文")),
    ):
        assert answer.status_code == 503
        assert answer.json()["code"] == "store_down"
    assert ChallengeDocument.objects.count() == 1
    assert LedgerEntry.objects.count() == entries
