"""What leaves the site is compressed, but for a document's stream."""

import gzip
from uuid import uuid4

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import reverse

from config.middleware import CompressMiddleware
from tests.factories.reviews import person

ASKING = {"accept-encoding": "gzip"}


@pytest.mark.django_db
def test_page_is_compressed_for_whoever_accepts_it(client):
    plain = client.get(reverse("challenge_list"))
    packed = client.get(reverse("challenge_list"), headers=ASKING)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert b"<h1>" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) / 2


def test_stream_of_a_document_stays_as_it_is():
    request = RequestFactory().get("/", headers=ASKING)
    whole = CompressMiddleware(lambda _request: HttpResponse(b"a" * 1000))(request)
    stream = CompressMiddleware(lambda _request: StreamingHttpResponse([b"a" * 1000]))(request)
    assert whole["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in stream


@pytest.mark.django_db
def test_address_of_a_form_answers_whoever_opens_it_with_a_page(client):
    client.force_login(person("路人"))
    answer = client.get(reverse("offer_accept", args=[uuid4()]))
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
    assert "本地址只接受表单提交的内容" in answer.content.decode()
