"""The page of every step: what will happen, what it asks for, and every way it is refused."""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts import kinds, workflow
from accounts.models import LedgerEntry, Organization
from accounts.workflow import take
from challenges.models import Challenge
from tests.factories.life import challenge_at, new_challenge
from tests.factories.reviews import company

pytestmark = pytest.mark.django_db


def url(challenge: Challenge, name: str) -> str:
    return reverse("step", args=["challenges", challenge.pk, name])


def test_consequences_are_shown_before_anything_happens(visit, cast, rules):
    challenge = challenge_at(cast, "vetted")
    page = visit(cast.decider).get(url(challenge, "publish")).content.decode()
    assert "The challenge becomes public and bidding opens." in page
    assert "Publish and open the list" in page
    assert challenge.title in page
    assert Challenge.objects.get(pk=challenge.pk).state == "vetted"


def test_step_is_taken_and_said(visit, cast, rules):
    challenge = challenge_at(cast, "vetted")
    answer = visit(cast.decider).post(url(challenge, "publish"), follow=True)
    assert Challenge.objects.get(pk=challenge.pk).state == "published"
    assert answer.redirect_chain == [(reverse("challenge", args=[challenge.pk]), 302)]
    assert "Done: Publish and open the list." in answer.content.decode()


def test_missing_reason_keeps_the_page(visit, cast):
    challenge = challenge_at(cast, "submitted")
    answer = visit(cast.operator).post(url(challenge, "return_for_revision"), {"reason": "改"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "改</textarea>" in page
    assert 'role="alert"' in page
    assert Challenge.objects.get(pk=challenge.pk).state == "submitted"


def test_reason_reaches_the_owner(visit, cast):
    challenge = challenge_at(cast, "submitted")
    visit(cast.operator).post(url(challenge, "return_for_revision"), {"reason": "请补充测试方法。"})
    page = visit(cast.owner).get(reverse("challenge", args=[challenge.pk])).content.decode()
    assert "请补充测试方法。" in page


@pytest.mark.parametrize("who", ["owner", "operator"])
def test_other_roles_are_refused_and_nothing_changes(visit, cast, rules, who):
    challenge = challenge_at(cast, "vetted")
    entries = LedgerEntry.objects.count()
    for answer in (
        visit(getattr(cast, who)).get(url(challenge, "publish")),
        visit(getattr(cast, who)).post(url(challenge, "publish")),
    ):
        assert answer.status_code == 403
    assert "belongs to another role" in answer.content.decode()
    assert Challenge.objects.get(pk=challenge.pk).state == "vetted"
    assert LedgerEntry.objects.count() == entries


def test_unmet_condition_is_explained(visit, cast):
    draft = new_challenge(cast)
    for answer in (visit(cast.owner).get(url(draft, "submit")), visit(cast.owner).post(url(draft, "submit"))):
        assert answer.status_code == 409
        assert "Upload the proof of funds." in answer.content.decode()


def test_step_of_another_state_is_explained(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    answer = visit(cast.decider).post(url(challenge, "publish"))
    assert answer.status_code == 409
    assert "somebody may have acted before you" in answer.content.decode()


def test_second_press_is_told_what_happened(visit, cast, rules, monkeypatch):
    challenge = challenge_at(cast, "vetted")
    seen = workflow.find(challenge, "publish", cast.decider2)
    take(challenge, "publish", actor=cast.decider)
    monkeypatch.setattr(workflow, "find", lambda *_args: seen)
    answer = visit(cast.decider2).post(url(challenge, "publish"))
    assert answer.status_code == 409
    assert "somebody may have acted before you" in answer.content.decode()


def test_unknown_and_invisible_are_not_found(visit, cast):
    draft = new_challenge(cast)
    owner = visit(cast.owner)
    assert owner.get(url(draft, "explode")).status_code == 404
    assert owner.get(url(draft, "close_bidding")).status_code in (403, 404, 409)
    assert owner.get(reverse("step", args=["challenges", uuid4(), "submit"])).status_code == 404
    assert owner.get(reverse("step", args=["weapons", draft.pk, "submit"])).status_code == 404
    assert visit(cast.bidders[0]).get(url(draft, "submit")).status_code == 404


def test_signed_out_person_is_asked_to_sign_in(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    answer = visit().post(url(challenge, "cancel"))
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


def test_organization_is_suspended_with_its_reason(visit, cast):
    organization = company("待核验公司")
    client = visit(cast.operator)
    assert client.post(reverse("step", args=["organizations", organization.pk, "verify"])).status_code == 302
    client.post(reverse("step", args=["organizations", organization.pk, "suspend"]), {"reason": "执照已注销。"})
    fresh = Organization.objects.get(pk=organization.pk)
    assert fresh.state == "suspended"
    assert fresh.suspension_reason == "执照已注销。"


def test_every_kind_has_a_page_to_return_to():
    for kind in kinds.every():
        assert reverse(kind.page, args=[uuid4()])
