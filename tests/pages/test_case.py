"""The public case of a completed challenge, and the pages of what follows it."""

from datetime import timedelta

from django.db.models.functions import Now
from django.urls import reverse

from accounts.workflow import take
from challenges.models import Bid, FollowUp, Transfer
from reviews.demo import walk
from reviews.demo.people import account
from tests.factories import outcomes
from tests.factories.life import challenge_at

TEXT = "价格明显低于同类成果，且未附评估依据。"


def completed(cast, **data):
    return challenge_at(cast, "completed", **data)


def test_case_tells_what_was_asked_who_solved_it_and_what_came_of_it(cast, rules, visit):
    challenge = completed(cast)
    contract = outcomes.contract_of(challenge)
    outcomes.confirmed(contract, cast)
    outcomes.registered(contract, title="尚未确认的成果")
    page = visit().get(reverse("case", args=[challenge.pk]))
    assert [item["key"] for item in page.context["frame"].public_nav if item["active"]] == ["cases"]
    text = page.content.decode()
    for shown in (contract.bid.lead.name, "位错密度", "≤ 5e8 cm^-2", "一种低位错AlN模板的制备方法", "指标全部达到"):
        assert shown in text
    price = Bid.objects.get(pk=contract.bid_id).envelopes.get(part="commercial").content["price"]
    for hidden in ("尚未确认的成果", "66.67", str(price), challenge.contact_phone, challenge.contact_name):
        assert hidden not in text
    for losing in Bid.objects.filter(challenge=challenge).exclude(pk=contract.bid_id).select_related("lead"):
        assert losing.lead.name not in text


def test_case_stands_only_for_completed_challenges_and_is_linked(cast, rules, visit):
    challenge = challenge_at(cast, "delivered")
    client, url = visit(), reverse("case", args=[challenge.pk])
    assert client.get(url).status_code == 404
    assert url not in client.get(reverse("cases")).content.decode()
    take(challenge, "complete", actor=cast.operator, outcome="指标全部达到。")
    assert client.get(url).status_code == 200
    assert url in client.get(reverse("cases")).content.decode()
    assert url in client.get(reverse("challenge", args=[challenge.pk])).content.decode()
    assert reverse("cases") in client.get(reverse("challenge_list"), {"state": "completed"}).content.decode()


def test_case_of_an_internal_challenge_is_not_public(cast, rules, visit):
    challenge = completed(cast, secrecy="internal")
    url = reverse("case", args=[challenge.pk])
    assert visit().get(url).status_code == 404
    assert url not in visit().get(reverse("cases")).content.decode()
    assert visit(cast.bidders[0]).get(url).status_code == 200


def test_cases_ask_as_many_queries_for_three_as_for_one(cast, rules, visit, django_assert_num_queries):
    client = visit(cast.operator)
    for title in ("第一", "第二"):
        completed(cast, title=title)
        with django_assert_num_queries(6):
            client.get(reverse("cases"))


def test_price_is_published_objected_to_answered_and_concluded_on_its_pages(cast, rules, visit):
    outcome = outcomes.confirmed(outcomes.contract_of(completed(cast)), cast)
    team, operator = visit(walk.team_lead(outcome.contract.bid)), visit(cast.operator)
    new = reverse("transfer_create", args=[outcome.pk])
    assert new in team.get(reverse("outcome", args=[outcome.pk])).content.decode()
    data = {"way": "agreed", "name": outcome.title, "price": "350", "buyer": "示例光电有限公司", "grounds": "评估报告"}
    page = team.post(new, data)
    found = Transfer.objects.get()
    assert (page.url, str(found.price)) == (reverse("transfer", args=[found.pk]), "3500000.00")
    assert visit().get(page.url).status_code == 404
    assert "Publish name and price of the transfer" in operator.get(reverse("work")).content.decode()
    operator.post(reverse("step", args=["transfers", found.pk, "open_publicity"]))
    text = visit().get(page.url).content.decode()
    for shown in ("article 18", "Guo Fa [2016] No. 16", "示例光电有限公司", "Sign in to object"):
        assert shown in text
    assert "评估报告" not in text
    assert found.name in visit().get(reverse("transfers")).content.decode()
    objector = visit(account("stranger", "路人", None))
    objector.post(reverse("transfer_object", args=[found.pk]), {"name": "某单位", "text": TEXT})
    objection = found.objections.get()
    assert TEXT in objector.get(page.url).content.decode()
    assert TEXT not in visit().get(page.url).content.decode()
    for side in (team, visit(cast.owner)):
        seen = side.get(page.url).content.decode()
        assert TEXT in seen
        assert "某单位" not in seen
    assert "Answer the objection against the price" in operator.get(reverse("work")).content.decode()
    answer = reverse("transfer_answer", args=[found.pk, objection.pk])
    assert objector.get(answer).status_code == 403
    assert operator.post(answer, {"upheld": "false", "answer": "短"}).status_code == 422
    operator.post(answer, {"upheld": "false", "answer": "评估报告已附，价格有据。"})
    conclude = reverse("step", args=["transfers", found.pk, "conclude"])
    assert "not over yet" in operator.get(conclude).content.decode()
    Transfer.objects.update(publicity_ends_at=Now() - timedelta(seconds=1))
    assert operator.post(conclude).status_code == 302
    assert Transfer.objects.get().state == "concluded"


def test_follow_up_waits_on_the_work_page_and_is_reported_there(cast, rules, visit):
    contract = outcomes.contract_of(completed(cast))
    item = contract.follow_ups.get(years=1)
    team = visit(walk.team_lead(contract.bid))
    said, url = "Report on the use of the results", reverse("follow_up", args=[item.pk])
    assert url not in team.get(reverse("work")).content.decode()
    assert url in team.get(reverse("contract", args=[contract.pk])).content.decode()
    FollowUp.objects.filter(pk=item.pk).update(remind_on=Now(), due_on=Now() - timedelta(days=3))
    assert said in team.get(reverse("work")).content.decode()
    assert "is overdue" in visit(cast.operator).get(reverse("work")).content.decode()
    step = reverse("step", args=["follow-ups", item.pk, "report"])
    assert step in team.get(url).content.decode()
    assert step not in visit(cast.owner).get(url).content.decode()
    assert team.post(step, {"usage": "已在两条产线使用，运行稳定。", "sales": "12.5"}).status_code == 422
    told = {"usage": "已在两条产线使用，运行稳定。", "sales": "12.5", "source": "销售台账"}
    assert team.post(step, told).status_code == 302
    item.refresh_from_db()
    assert (item.state, str(item.sales)) == ("reported", "125000.00")
    assert "运行稳定" in visit(cast.owner).get(url).content.decode()
    assert visit().get(url).status_code == 302


def test_operator_refers_on_the_outcomes_page_and_the_parties_read_the_answer(cast, rules, visit):
    outcome = outcomes.confirmed(outcomes.contract_of(completed(cast)), cast)
    operator, url = visit(cast.operator), reverse("referral_create", args=[outcome.pk])
    assert url in operator.get(reverse("outcome", args=[outcome.pk])).content.decode()
    operator.post(url, {"kind": "pilot_base", "to": "示例中试基地", "note": "请安排中试线。"})
    made = outcome.referrals.get()
    step = reverse("step", args=["referrals", made.pk, "decline"])
    assert operator.post(step, {"answer": "产线已排满，建议明年再议。"}).status_code == 302
    page = reverse("referral", args=[made.pk])
    assert "产线已排满" in visit(cast.owner).get(page).content.decode()
    assert "示例中试基地" not in visit().get(reverse("outcome", args=[outcome.pk])).content.decode()
