"""The award page as the public and those in charge see it, and objections."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.workflow import take
from challenges import actions
from challenges.models import Award, Objection
from reviews.demo.papers import upload
from tests.factories import rows
from tests.factories.life import challenge_at
from tests.factories.reviews import person, place

TEXT = "公示的排名与评审结果不一致，请核对第二名的得分记录。"
OBJECTION = {"name": "某异议单位", "contact": "0355-5550100", "text": TEXT, "ground": "procedure"}
NOTE = {"evidence_note": "评审结果公告第三条，与公示第二名的得分比对。"}


def noticed(cast):
    """An award in its public notice, with the hour to object in."""
    challenge = challenge_at(cast, "award_proposed")
    award = Award.objects.get(challenge=challenge)
    place(award, notice_ends_at=challenge.now.replace(year=challenge.now.year + 1))
    return Award.objects.select_related("challenge").get(pk=award.pk)


def test_public_reads_the_notice_without_phones_reviewers_or_codes(cast, rules, visit):
    award = noticed(cast)
    text = visit().get(reverse("award", args=[award.pk])).content.decode()
    winner = award.bids.select_related("lead").get()
    assert winner.lead.name in text
    assert f"{winner.score}" in text
    assert award.challenge.contact_phone not in text
    assert winner.code not in text
    assert not any(reviewer.name in text for reviewer in cast.reviewers)
    assert "Sign in to object" in text


def test_award_that_departs_from_the_ranking_shows_its_reason(cast, rules, visit):
    challenge = challenge_at(cast, "ranked")
    second = challenge.bids.get(rank=2)
    take(challenge, "propose_award", actor=cast.decider, bids=[second], reason="首选团队已承担同类任务，产能不足。")
    text = visit().get(reverse("award", args=[Award.objects.get().pk])).content.decode()
    assert "departs from the ranking" in text
    assert "产能不足" in text


def test_objection_suspends_the_award_and_carries_its_evidence(cast, rules, visit):
    award = noticed(cast)
    objector = person("异议人")
    data = OBJECTION | {"evidence": upload("证据.pdf", "证据", "评分记录")}
    answer = visit(objector).post(reverse("award_object", args=[award.pk]), data)
    filed = Objection.objects.get()
    assert answer.url == reverse("objection", args=[filed.pk])
    assert filed.documents.get().name == "证据.pdf"
    assert Award.objects.get(pk=award.pk).state == "suspended"
    page = visit(objector).get(reverse("award", args=[award.pk])).content.decode()
    assert reverse("objection", args=[filed.pk]) in page


def test_objection_with_something_missing_keeps_what_was_typed(cast, rules, visit):
    award = noticed(cast)
    answer = visit(person("异议人")).post(reverse("award_object", args=[award.pk]), OBJECTION | NOTE | {"contact": ""})
    assert answer.status_code == 422
    assert TEXT in answer.content.decode()
    assert not Objection.objects.exists()
    assert Award.objects.get(pk=award.pk).state == "notice"


def test_objection_with_a_file_of_no_accepted_type_is_not_filed(cast, rules, visit):
    award = noticed(cast)
    data = OBJECTION | {"evidence": SimpleUploadedFile("证据.exe", b"MZ")}
    answer = visit(person("异议人")).post(reverse("award_object", args=[award.pk]), data)
    assert answer.status_code == 422
    assert not Objection.objects.exists()


def test_objection_is_read_by_its_author_and_those_in_charge_alone(cast, rules, visit):
    award = noticed(cast)
    filed = actions.file_objection(award, actor=person("异议人"), **OBJECTION, **NOTE)
    url = reverse("objection", args=[filed.pk])
    assert visit(cast.owner).get(url).status_code == 404
    assert visit(cast.bidders[0]).get(url).status_code == 404
    handler = visit(cast.decider2).get(url).content.decode()
    assert reverse("step", args=["objections", filed.pk, "acknowledge"]) in handler
    assert filed.name not in visit(cast.owner).get(reverse("award", args=[award.pk])).content.decode()


def test_after_the_notice_the_objection_is_refused_with_the_reason(cast, rules, visit):
    award = noticed(cast)
    place(award, notice_ends_at=award.notice_opens_at)
    answer = visit(person("异议人")).get(reverse("award_object", args=[award.pk]))
    assert answer.status_code == 403
    assert "The notice period is over" in answer.content.decode()


def test_award_of_a_challenge_out_of_sight_is_not_there(cast, visit):
    award = rows.award(cast, "未发布的榜单")
    assert visit().get(reverse("award", args=[award.pk])).status_code == 404
    assert visit(cast.operator).get(reverse("award", args=[award.pk])).status_code == 200


def test_awards_are_found_by_state_and_words(cast, visit):
    rows.award(cast, "矿井水处理")
    rows.award(cast, "储氢瓶减重")
    client = visit(cast.operator)
    text = client.get(reverse("awards"), {"q": "储氢"}).content.decode()
    assert "储氢瓶减重" in text
    assert "矿井水处理" not in text
    assert "No award fits" in client.get(reverse("awards"), {"state": "confirmed"}).content.decode()


def test_awards_ask_as_many_queries_for_three_as_for_one(cast, visit, django_assert_num_queries):
    rows.award(cast, "第一")
    client = visit(cast.operator)
    for _more in range(2):
        with django_assert_num_queries(6):
            client.get(reverse("awards"))
        rows.award(cast, "第二")
        rows.award(cast, "第三")


def test_notice_is_previewed_as_the_public_will_read_it_before_it_is_proposed(cast, rules, visit):
    challenge = challenge_at(cast, "ranked")
    best, second = challenge.bids.filter(state="ranked").select_related("lead").order_by("rank")[:2]
    client, url = visit(cast.decider), reverse("notice_preview", args=[challenge.pk])
    form = client.get(reverse("step", args=["challenges", challenge.pk, "propose_award"])).content.decode()
    assert f'formaction="{url}"' in form
    seen = client.post(url, {"bids": [second.pk], "reason": "首选团队产能不足。"}).content.decode()
    preview = seen[seen.index("data-preview") :]
    assert second.lead.name in preview
    assert "首选团队产能不足。" in preview
    assert "departs from the ranking" in preview
    assert "business secrets" in preview
    assert challenge.contact_phone not in preview
    assert not any(reviewer.name in preview for reviewer in cast.reviewers)
    assert not Award.objects.exists()
    wanting = client.post(url, {"bids": [second.pk]})
    assert wanting.status_code == 422
    assert "data-preview" not in wanting.content.decode()
    assert visit(cast.operator).post(url, {"bids": [best.pk]}).status_code == 403
    assert client.get(url).status_code == 405
    assert "departs" not in client.post(url, {"bids": [best.pk]}).content.decode().partition("data-preview")[2]
