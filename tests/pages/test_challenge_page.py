"""The page of one challenge, its questions, and the owner's draft."""

import re

import pytest
from django.urls import reverse

from accounts.workflow import take
from challenges.models import Challenge, ChallengeDocument, Question
from reviews.demo.papers import upload
from tests import personas
from tests.factories.life import challenge_at, new_challenge

pytestmark = pytest.mark.django_db


def page_of(client, challenge, status: int = 200) -> str:
    answer = client.get(reverse("challenge", args=[challenge.pk]))
    assert answer.status_code == status
    return answer.content.decode()


def test_published_challenge_shows_the_public_what_it_needs(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    page = page_of(visit(), challenge)
    for said in (
        challenge.title,
        "位错密度",
        "5e8",
        "XRD",
        "双方共有",
        "20,000,000",
        "Sign in to bid",
        challenge.number,
    ):
        assert said in page
    assert "0355-5550007" not in page
    assert "资金证明" not in page
    assert "0355-5550007" in page_of(visit(cast.bidders[0]), challenge)


def test_draft_is_out_of_sight_for_strangers(visit, cast):
    draft = new_challenge(cast)
    for client in (visit(), visit(cast.bidders[0]), visit(cast.operator), visit(personas.outsiders()["superuser"])):
        page_of(client, draft, 404)
    assert "Submit for vetting" in page_of(visit(cast.owner), draft)


def test_disabled_step_says_why(visit, cast):
    page = page_of(visit(cast.owner), new_challenge(cast))
    assert "Upload the proof of funds." in page
    assert 'aria-disabled="true"' in page


@pytest.mark.parametrize("stage", ["bid", "bidding_closed"])
def test_sealed_bids_leave_no_trace_on_the_page(visit, cast, rules, stage):
    challenge = challenge_at(cast, stage)
    outside = {name: user for name, user in personas.everyone(cast).items() if name not in ("bidder", "rival")}
    for name, user in outside.items():
        page = page_of(visit(user), challenge)
        for lead in cast.leads:
            assert lead.name not in page, name
        assert not re.search(r"/bids/[0-9a-f]{8}", page), name
    own = page_of(visit(cast.bidders[0]), challenge)
    assert len(re.findall(r"/bids/[0-9a-f]{8}", own)) == 1
    assert cast.leads[1].name not in own


def test_opened_bids_are_listed_for_those_in_charge(visit, cast, rules):
    challenge = challenge_at(cast, "opened")
    assert all(lead.name in page_of(visit(cast.operator), challenge) for lead in cast.leads)
    for user in (cast.owner, cast.bidders[0]):
        assert cast.leads[1].name not in page_of(visit(user), challenge)


def test_result_is_public_once_awarded(visit, cast, rules):
    challenge = challenge_at(cast, "ranked")
    assert cast.leads[0].name not in page_of(visit(), challenge)
    challenge = challenge_at(cast, "awarded", title="另一个榜题")
    page = page_of(visit(), challenge)
    assert "Result" in page
    assert cast.leads[0].name in page
    assert reverse("award", args=[challenge.awards.get().pk]) in page


def test_similar_titles_are_shown_at_vetting(visit, cast):
    first = new_challenge(cast)
    second = new_challenge(cast, title="深紫外LED外延层缺陷密度的控制")
    other = new_challenge(cast, title="道地党参全程质量追溯")
    for challenge in (first, second, other):
        from reviews.demo import walk

        walk.submit(challenge, cast)
    page = page_of(visit(cast.operator), first)
    assert second.title in page
    assert other.title not in page


def test_question_and_answer_are_public_and_name_nobody(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    asker = visit(cast.bidders[0])
    answer = asker.post(reverse("question_ask", args=[challenge.pk]), {"text": "测试温度是多少？"})
    assert answer.status_code == 302
    question = Question.objects.get()
    wrong = visit(cast.owner).post(
        reverse("question_answer", args=[challenge.pk, question.pk]), {f"{question.pk.hex[:8]}-text": "好"}
    )
    assert wrong.status_code == 422
    assert ">好</textarea>" in wrong.content.decode().replace("\n", "")
    visit(cast.owner).post(
        reverse("question_answer", args=[challenge.pk, question.pk]), {f"{question.pk.hex[:8]}-text": "25 摄氏度。"}
    )
    page = page_of(visit(), challenge)
    assert "测试温度是多少？" in page
    assert "25 摄氏度。" in page
    assert cast.bidders[0].name not in page


def test_short_question_keeps_what_was_typed(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    answer = visit(cast.bidders[0]).post(reverse("question_ask", args=[challenge.pk]), {"text": "啊？"})
    assert answer.status_code == 422
    assert "啊？</textarea>" in answer.content.decode()
    assert not Question.objects.exists()


def test_question_of_the_owner_is_refused(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    answer = visit(cast.owner).post(reverse("question_ask", args=[challenge.pk]), {"text": "自己问自己可以吗？"})
    assert answer.status_code == 403
    assert not Question.objects.exists()


def written(cast, **change: str) -> dict[str, str]:
    return {
        "organization": str(cast.owner_organization.pk), "title": "氢气微量杂质在线分析", "industry": "hydrogen",
        "kind": "core_technology", "background": "现有仪表检出限不足。", "reward": "350.5", "duration_months": "18",
        "bid_deadline": "2099-04-08T17:00", "ip_clause": "双方共有", "secrecy": "public",
        "targets-TOTAL_FORMS": "3", "targets-INITIAL_FORMS": "0",
        "targets-0-name": "检出限", "targets-0-comparator": "<=", "targets-0-value": "5e-9",
        "targets-0-unit": "mol/mol", "targets-0-method": "GB/T 37244", "targets-0-core": "on",
        "targets-1-name": "防爆型式", "targets-1-comparator": "=", "targets-1-value": "Ex ib I Mb",
        "targets-1-method": "GB/T 3836", "targets-2-comparator": ">=",
    } | change  # fmt: skip


def test_draft_is_made_from_what_was_written(visit, cast):
    answer = visit(cast.owner).post(reverse("challenge_create"), written(cast))
    made = Challenge.objects.get(title="氢气微量杂质在线分析")
    assert answer["Location"] == f"{reverse('challenge_edit', args=[made.pk])}#documents"
    assert made.reward == 3_505_000
    assert [str(item) for item in made.targets.all()] == ["检出限 ≤ 5e-9 mol/mol", "防爆型式 = Ex ib I Mb"]
    assert made.targets.get(position=1).core
    page = visit(cast.owner).get(reverse("challenge_edit", args=[made.pk])).content.decode()
    assert 'value="350.5"' in page
    assert 'value="5e-9"' in page
    assert 'value="2099-04-08T17:00"' in page


def test_wrong_draft_keeps_everything_typed(visit, cast):
    answer = visit(cast.owner).post(
        reverse("challenge_create"), written(cast, title="", **{"targets-0-value": "很少", "targets-0-name": "限"})
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "现有仪表检出限不足。" in page
    assert 'value="很少"' in page
    assert "text needs the comparator" in page
    assert not Challenge.objects.exists()


@pytest.mark.parametrize(("button", "rows"), [({"add_target": "1"}, 4), ({"remove_target": "0"}, 2)])
def test_rows_of_targets_grow_and_shrink_without_losing_text(visit, cast, button, rows):
    answer = visit(cast.owner).post(reverse("challenge_create"), written(cast) | button)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('class="target-row"') == rows
    assert "Ex ib I Mb" in page
    assert "现有仪表检出限不足。" in page
    assert not Challenge.objects.exists()


def test_edit_of_a_submitted_challenge_is_refused(visit, cast):
    challenge = challenge_at(cast, "submitted")
    answer = visit(cast.owner).get(reverse("challenge_edit", args=[challenge.pk]))
    assert answer.status_code == 403
    assert "Only a draft can be edited." in answer.content.decode()


def test_person_without_organization_is_told_to_join_one(visit, cast):
    answer = visit(cast.operator).get(reverse("challenge_create"))
    assert answer.status_code == 403
    assert "its members write its challenges" in answer.content.decode()


def test_proof_of_funds_is_uploaded_and_read_by_staff_alone(visit, cast, rules):
    draft = new_challenge(cast)
    client = visit(cast.owner)
    url = reverse("challenge_upload", args=[draft.pk])
    given = {"file": upload("资金证明.pdf", "资金证明", "资金已经落实。"), "part": "proof_of_funds"}
    assert client.post(url, given, headers={"accept": "application/json"}).status_code == 200
    document = ChallengeDocument.objects.get()
    assert document.purpose == "proof_of_funds"
    take(draft, "submit", actor=cast.owner)
    assert document.sha256 in page_of(visit(cast.operator), draft)
    refused = client.post(url, {"file": upload("后补.pdf", "后补", "迟了。")})
    assert refused.status_code == 403


def test_text_file_is_refused_with_the_reason(visit, cast):
    from django.core.files.uploadedfile import SimpleUploadedFile

    draft = new_challenge(cast)
    answer = visit(cast.owner).post(
        reverse("challenge_upload", args=[draft.pk]),
        {"file": SimpleUploadedFile("说明.pdf", b"no pdf at all")},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 422
    assert "说明.pdf" in answer.json()["reason"]


def test_file_of_a_draft_is_removed_after_a_look(visit, cast):
    draft = new_challenge(cast)
    client = visit(cast.owner)
    client.post(reverse("challenge_upload", args=[draft.pk]), {"file": upload("附图.pdf", "附图", "图一。")})
    document = ChallengeDocument.objects.get()
    url = reverse("document_remove", args=[document.pk])
    back = reverse("challenge_edit", args=[draft.pk])
    assert "附图.pdf" in client.get(f"{url}?next={back}").content.decode()
    assert client.post(f"{url}?next={back}")["Location"] == back
    assert not ChallengeDocument.objects.exists()
    assert client.get(f"{url}?next=//evil.example").status_code == 404


def test_ended_challenge_is_posted_again_as_a_linked_draft(visit, cast, rules):
    challenge = challenge_at(cast, "published")
    take(challenge, "request_cancellation", actor=cast.owner, reason="需求变化。")
    take(challenge, "cancel", actor=cast.decider, reason="同意撤榜。")
    client = visit(cast.owner)
    assert "Post it again" in page_of(client, challenge)
    answer = client.post(reverse("challenge_republish", args=[challenge.pk]))
    draft = Challenge.objects.get(previous=challenge)
    assert answer["Location"] == reverse("challenge_edit", args=[draft.pk])
    assert client.post(reverse("challenge_republish", args=[challenge.pk])).status_code == 409


def test_dead_store_is_said_and_nothing_is_kept(visit, cast, settings):
    draft = new_challenge(cast)
    settings.S3 = settings.S3 | {"endpoint": "127.0.0.1:9"}
    answer = visit(cast.owner).post(
        reverse("challenge_upload", args=[draft.pk]), {"file": upload("附图.pdf", "附图", "图一。")}
    )
    assert answer.status_code == 503
    assert "document store cannot be reached" in answer.content.decode()
    assert not ChallengeDocument.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("owner", 503), ("owner_submitted", 403)])
def test_upload_by_script_that_fails_says_why_in_a_sentence(visit, cast, settings, who, status):
    draft = challenge_at(cast, "submitted") if who == "owner_submitted" else new_challenge(cast)
    settings.S3 = settings.S3 | {"endpoint": "127.0.0.1:9"}
    answer = visit(cast.owner).post(
        reverse("challenge_upload", args=[draft.pk]),
        {"file": upload("附图.pdf", "附图", "图一。")},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == status
    assert answer.json()["reason"].endswith(".")


def test_page_out_of_sight_says_where_to_go(visit, cast):
    page = page_of(visit(), new_challenge(cast), 404)
    assert "There is no such page here" in page
    assert "not open to you" in page


def test_ranked_challenge_leads_those_who_decide_to_the_ranking_and_its_inputs(visit, cast, rules):
    challenge = challenge_at(cast, "ranked")
    address = reverse("panel", args=[challenge.panels.get().pk])
    page = reverse("challenge", args=[challenge.pk])
    for person in (cast.decider, cast.operator):
        assert address in visit(person).get(page).content.decode()
    for person in (None, cast.owner, cast.bidders[0]):
        assert address not in visit(person).get(page).content.decode()
