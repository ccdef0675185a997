"""Who stays unnamed stays unnamed, by every surface; tokens, seats and sessions end with the right to them."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts import documents
from accounts.models import ApiToken, User
from accounts.policy import visible
from accounts.workflow import take
from challenges.models import Award, ChallengeDocument
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.models import ScoreSheet
from tests.factories import reviews as court
from tests.factories.life import challenge_at, new_challenge
from tests.personas import fresh


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(response: object) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return raw.decode("utf-8", "replace")


@pytest.mark.django_db
def test_ledger_names_neither_who_reads_nor_who_objects(cast, rules, as_):
    draft = new_challenge(cast)
    attachment = documents.store(
        upload("附件.pdf", "附件", "说明"),
        actor=cast.owner,
        model=ChallengeDocument,
        challenge=draft,
        purpose="attachment",
    )
    challenge = walk.carry(draft, cast, to="published")
    curious = court.person("好奇的揭榜人")
    assert read(signed_in(curious).get(f"/documents/{attachment.pk}/"))
    court.place(challenge, state="award_proposed")
    award = Award(challenge=challenge, proposed_by=cast.decider)
    award.save(force_insert=True)
    court.place(award, state="notice", notice_ends_at=challenge.bid_deadline)
    body = {
        "name": "某单位", "contact": "13800000000", "text": "程序存在瑕疵，请核查相关事实。", "ground": "procedure",
        "evidence_note": "见公示所附检测报告第二页。",
    }  # fmt: skip
    objector = court.person("勇敢的异议人")
    assert as_(objector).post(f"awards/{award.pk}/objections", body).status_code == 201
    names = (curious.name, objector.name)
    for user in (cast.owner, cast.decider, cast.finance):
        client = signed_in(fresh(user))
        page = reverse("challenge_ledger", args=[challenge.pk])
        seen = [
            json.dumps(as_(fresh(user)).get(f"challenges/{challenge.pk}/ledger", size=100).json(), ensure_ascii=False),
            read(client.get(page)),
            read(client.get(reverse("challenge_ledger_export", args=[challenge.pk]))),
            read(client.get(f"/awards/{award.pk}/")) if user != cast.decider else "",
        ]
        for name in names:
            assert not any(name in text for text in seen), (user.name, name)
            searched = client.get(reverse("challenge_ledger_export", args=[challenge.pk]), {"q": name})
            assert len(read(searched).splitlines()) == 1, (user.name, name)
    watched = as_(cast.supervisor).get(f"challenges/{challenge.pk}/ledger", size=100).json()["items"]
    assert {objector.name, curious.name} <= {item["actor"] for item in watched}
    for outsider in (cast.owner, cast.bidders[0]):
        assert as_(fresh(outsider)).get("objections").json()["total"] == 0


@pytest.mark.django_db
def test_contact_telephone_is_not_for_the_public(cast, rules, as_, client):
    challenge = challenge_at(cast, "published")
    assert challenge.contact_phone
    for path in (f"/api/challenges/{challenge.pk}", f"/challenges/{challenge.pk}/", "/", "/api/challenges"):
        assert challenge.contact_phone not in read(client.get(path)), path
    assert as_(cast.bidders[0]).get(f"challenges/{challenge.pk}").json()["contact_phone"] == challenge.contact_phone


@pytest.mark.django_db
def test_tokens_and_sessions_end_with_password_and_account(cast, as_):
    user = cast.bidders[0]
    user.set_password("старый-пароль-1")
    user.save()
    secret, client = ApiToken.issue(user)[0], Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/me").status_code == 200
    form = {"oldpassword": "старый-пароль-1", "password1": "neu-Pferd-Batterie-9", "password2": "neu-Pferd-Batterie-9"}
    assert client.post(reverse("account_change_password"), form).status_code == 302
    assert Client().get("/api/me", headers=headers).status_code == 401
    secret = ApiToken.issue(user)[0]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert Client().get("/api/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert client.get("/api/me").status_code == 401
    body = {"email": user.email, "password": "neu-Pferd-Batterie-9"}
    assert Client().post("/api/tokens", body, content_type="application/json").status_code == 401
    User.objects.filter(pk=user.pk).update(is_active=True)
    EmailAddress.objects.filter(user=user).update(verified=False)
    refused = Client().post("/api/tokens", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (401, "unverified")


@pytest.mark.django_db
def test_session_writes_need_the_csrf_token(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/challenges", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert client.post("/inbox/read/").status_code == 403
    assert (
        client.post(
            "/api/challenges", {}, content_type="application/json", headers={"Host": "evil.example"}
        ).status_code
        == 400
    )


@pytest.mark.django_db
def test_recused_reviewer_reads_and_writes_nothing_more(as_):
    given = court.court(bids=2, experts=8)
    panel = court.drawn(given)
    court.accept_all(panel)
    take(type(given.challenge).objects.get(pk=given.challenge.pk), "start_review", actor=given.operator)
    sheet = ScoreSheet.objects.filter(assignment__panel=panel).select_related("assignment__expert__user").first()
    reviewer = sheet.assignment.expert.user
    assert as_(reviewer).get(f"sheets/{sheet.pk}").status_code == 200
    stale = as_(reviewer)
    take(sheet.assignment, "recuse", actor=fresh(reviewer), reason="利益冲突")
    scores = {"version": sheet.version, "scores": {"team": {"score": "90", "comment": "好"}}}
    assert stale.get(f"sheets/{sheet.pk}").status_code == 404
    assert stale.patch(f"sheets/{sheet.pk}", scores).status_code == 404
    assert stale.step(f"sheets/{sheet.pk}", "submit").status_code == 404
    assert stale.get("sheets").json()["total"] == 0
    assert not visible(fresh(reviewer), "envelope.read").exists()
    peer = ScoreSheet.objects.filter(assignment__panel=panel, state="open").exclude(assignment__expert__user=reviewer)[
        0
    ]
    own = as_(fresh(peer.assignment.expert.user))
    others = ScoreSheet.objects.filter(assignment__panel=panel).exclude(assignment=peer.assignment)
    listed = {item["id"] for item in own.get("sheets", size=100).json()["items"]}
    assert not listed & {str(pk) for pk in others.values_list("pk", flat=True)}
    text = read(own.get(f"sheets/{peer.pk}"))
    for bid in given.bids:
        assert bid.lead.name not in text
        assert own.get(f"bids/{bid.pk}").status_code == 404
    assert not any(
        seat["expert"] != str(peer.assignment.expert) for seat in own.get(f"panels/{panel.pk}").json()["seats"]
    )
    assert own.get(f"challenges/{given.challenge.pk}/ranking").status_code == 404
