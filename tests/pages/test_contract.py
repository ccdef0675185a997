"""Contract and milestone pages: written, confirmed by both sides, delivered with evidence."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, localtime

from accounts.workflow import take
from challenges.models import Contract, ContractShare, MidtermCheck, Milestone, MilestoneDocument, Payment
from reviews.demo.papers import upload
from tests.factories import rows
from tests.factories.life import challenge_at
from tests.factories.reviews import place


def of(challenge):
    return Contract.objects.select_related("challenge__owner", "bid__lead").get(challenge=challenge)


def winner(contract):
    return contract.bid.created_by


def written(contract, **more):
    data = {"task_book": "目标、任务、分工与考核方法。", "pledge": contract.pledge, "ip_preset": "joint"}
    data |= {f"t{place}": target["value"] for place, target in enumerate(contract.targets)}
    data |= {f"s1-{name}": "100" for name in ContractShare.SHARES}
    for item in contract.milestones.all():
        prefix = f"m{item.position}"
        data |= {f"{prefix}-title": f"节点{item.position}", f"{prefix}-due_on": "2028-06-01"}
        data |= {f"{prefix}-deliverable": "样件与测试报告"}
    return data | more


def test_owner_writes_task_book_and_milestones_of_a_draft(cast, rules, visit):
    contract = of(challenge_at(cast, "awarded"))
    client = visit(cast.owner)
    page = client.get(reverse("contract", args=[contract.pk])).content.decode()
    assert reverse("contract_edit", args=[contract.pk]) in page
    assert "Write the task book first" in page
    answer = client.post(reverse("contract_edit", args=[contract.pk]), written(contract))
    assert answer.url == reverse("contract", args=[contract.pk])
    page = client.get(answer.url).content.decode()
    assert "考核方法" in page
    assert "2028-06-01" in page
    assert reverse("step", args=["contracts", contract.pk, "offer"]) in page


def test_edit_with_a_wrong_date_keeps_what_was_typed(cast, rules, visit):
    contract = of(challenge_at(cast, "awarded"))
    data = written(contract, **{"m1-due_on": "2028-13-40"})
    answer = visit(cast.owner).post(reverse("contract_edit", args=[contract.pk]), data)
    assert answer.status_code == 422
    assert "目标、任务、分工与考核方法。" in answer.content.decode()
    assert of(contract.challenge).task_book == ""


def test_only_the_owner_edits_and_strangers_see_nothing(cast, rules, visit):
    contract = of(challenge_at(cast, "awarded"))
    edit = reverse("contract_edit", args=[contract.pk])
    assert visit(winner(contract)).get(edit).status_code == 403
    other = next(user for user in cast.bidders if user != winner(contract))
    assert visit(other).get(reverse("contract", args=[contract.pk])).status_code == 404
    assert visit().get(reverse("contract", args=[contract.pk])).status_code == 302


def test_confirmations_are_called_so_and_shown_side_by_side(cast, rules, visit):
    contract = of(challenge_at(cast, "executing"))
    for user in (cast.owner, winner(contract), cast.finance):
        text = visit(user).get(reverse("contract", args=[contract.pk])).content.decode()
        assert "not an electronic signature" in text
        assert contract.challenge.owner.name in text
        assert contract.bid.lead.name in text
        assert "Not confirmed yet" not in text


def test_targets_of_the_contract_read_like_those_of_the_challenge(cast, rules, visit):
    contract = of(challenge_at(cast, "awarded"))
    text = visit(cast.owner).get(reverse("contract", args=[contract.pk])).content.decode()
    assert "≤ 5e8 cm^-2" in text
    assert "≥ 8 %" in text


def test_team_uploads_evidence_and_then_submits(cast, rules, visit):
    contract = of(challenge_at(cast, "executing"))
    first = contract.milestones.get(position=1)
    url, client = reverse("milestone", args=[first.pk]), visit(winner(contract))
    assert "Upload the evidence first" in client.get(url).content.decode()
    headers = {"accept": "application/json"}
    data = {"file": upload("测试报告.pdf", "测试报告", "全部合格")}
    assert client.post(reverse("milestone_upload", args=[first.pk]), data, headers=headers).status_code == 200
    page = client.get(url).content.decode()
    assert "测试报告.pdf" in page
    assert reverse("document", args=[MilestoneDocument.objects.get().pk]) in page
    assert reverse("step", args=["milestones", first.pk, "submit"]) in page


def test_evidence_of_a_wrong_type_is_refused_with_the_reason(cast, rules, visit):
    contract = of(challenge_at(cast, "executing"))
    first = contract.milestones.get(position=1)
    given = upload("测试报告.pdf", "测试报告", "合格")
    given.name = "测试报告.exe"
    answer = visit(winner(contract)).post(
        reverse("milestone_upload", args=[first.pk]), {"file": given}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 422
    assert "accepted type" in answer.json()["reason"]


def test_owner_adds_no_evidence(cast, rules, visit):
    contract = of(challenge_at(cast, "executing"))
    first = contract.milestones.get(position=1)
    url = reverse("milestone_upload", args=[first.pk])
    answer = visit(cast.owner).post(url, {"file": upload("报告.pdf", "报告", "合格")})
    assert answer.status_code == 403
    assert not MilestoneDocument.objects.exists()
    assert url not in visit(cast.owner).get(reverse("milestone", args=[first.pk])).content.decode()


def test_rectification_shows_the_opinion_and_its_clock(cast, rules, visit):
    contract = of(challenge_at(cast, "executing"))
    first = contract.milestones.get(position=1)
    team = winner(contract)
    visit(team).post(reverse("milestone_upload", args=[first.pk]), {"file": upload("报告.pdf", "报告", "合格")})
    first = take(Milestone.objects.get(pk=first.pk), "submit", actor=team, report="已完成样件与测试，见附件报告。")
    first = take(first, "start_acceptance", actor=cast.owner)
    until = first.now + contract.challenge.frozen_rules.rectification_at_most
    take(first, "require_rectification", actor=cast.owner, opinion="缺少第三方测试报告", rectify_by=until)
    text = visit(team).get(reverse("milestone", args=[first.pk])).content.decode()
    assert "缺少第三方测试报告" in text
    assert "data-deadline" in text
    assert "1 of at most 2" in text


def test_contracts_ask_as_many_queries_for_three_as_for_one(cast, visit, django_assert_num_queries):
    rows.contract(cast, "第一")
    client = visit(cast.operator)
    for _more in range(2):
        with django_assert_num_queries(10):
            client.get(reverse("contracts"))
        rows.contract(cast, "第二")
        rows.contract(cast, "第三")


def test_contract_page_asks_as_many_queries_whatever_its_milestones(cast, rules, visit, django_assert_max_num_queries):
    contract = of(challenge_at(cast, "delivering"))
    client = visit(cast.operator)
    with django_assert_max_num_queries(24):
        client.get(reverse("contract", args=[contract.pk]))


def test_contract_at_a_glance_shows_timeline_burn_and_risks_to_both_sides_and_staff(cast, rules, visit):
    contract = of(challenge_at(cast, "delivering"))
    for user in (cast.owner, winner(contract), cast.operator, cast.finance):
        page = visit(user).get(reverse("contract", args=[contract.pk]))
        text = page.content.decode()
        assert "Burn of the budget" in text
        assert 'data-chart="timeline"' in text
        bars, points = page.context["bars"], page.context["points"]
        first = contract.milestones.get(position=1)
        assert (bars[0].accepted, bars[0].paid) == (localdate(first.accepted_at), localdate(first.payment.paid_at))
        assert points[-1].planned == contract.amount
        assert [point.paid for point in points if point.day == localdate()] == [first.payment.amount]
        drawn = page.context["charts"]
        assert [row["name"] for row in drawn["timeline"]["rows"]] == [str(n + 1) for n in range(len(bars))]
    draft = of(challenge_at(cast, "awarded", title="未签的榜题"))
    assert "Burn of the budget" not in visit(cast.owner).get(reverse("contract", args=[draft.pk])).content.decode()


def test_contracts_are_found_by_risk_and_ordered_by_what_is_due(cast, rules, visit):
    late = of(challenge_at(cast, "executing"))
    calm = of(challenge_at(cast, "executing", title="另一榜题"))
    Milestone.objects.filter(contract=late).update(due_on=localdate() - timedelta(days=2))
    Milestone.objects.filter(contract=calm).update(due_on=localdate() + timedelta(days=200))
    client = visit(cast.operator)
    page = client.get(reverse("contracts"), {"sort": "due"})
    assert [item.contract.pk for item in page.context["outlooks"]] == [late.pk, calm.pk]
    assert "is 2 days overdue" in page.content.decode()
    page = client.get(reverse("contracts"), {"risk": "overdue"})
    assert [item.contract.pk for item in page.context["outlooks"]] == [late.pk]
    for kind in ("rectification", "failed", "frozen", "termination", "acceptance", "amendment"):
        assert client.get(reverse("contracts"), {"risk": kind}).context["outlooks"] == []
    Payment.objects.filter(contract=calm, milestone__position=1).update(state="requested")
    Payment.objects.filter(contract=calm, milestone__position=1).update(state="frozen")
    page = client.get(reverse("contracts"), {"risk": "frozen"})
    assert [item.contract.pk for item in page.context["outlooks"]] == [calm.pk]
    assert "are frozen" in page.content.decode()


@pytest.mark.parametrize(("waits", "found"), [(30, False), (31, True)])
def test_late_acceptance_is_found_by_the_same_day_as_it_is_told(cast, rules, visit, waits, found):
    contract = of(challenge_at(cast, "executing"))
    place(contract.challenge, rules=contract.challenge.rules | {"acceptance_period": "P30D"})
    first = contract.milestones.get(position=1)
    place(first, state="submitted", submitted_at=localtime() - timedelta(days=waits))
    text = visit(cast.operator).get(reverse("contracts"), {"risk": "acceptance"}).content.decode()
    assert (f"The acceptance of “{first.title}”" in text) is found


@pytest.mark.parametrize("name", ["timeline", "burn"])
def test_what_is_drawn_of_a_contract_is_taken_away_as_a_table(cast, rules, visit, name):
    contract = of(challenge_at(cast, "delivering"))
    Milestone.objects.filter(contract=contract, position=1).update(title="=1+1")
    url = reverse("contract_export", args=[contract.pk, name, "csv"])
    text = visit(winner(contract)).get(url).content.decode("utf-8-sig")
    assert str(contract.amount if name == "burn" else contract.milestones.get(position=2).due_on) in text
    assert "=1+1" not in text.replace("'=1+1", "")
    book = visit(cast.finance).get(reverse("contract_export", args=[contract.pk, name, "xlsx"]))
    assert book.content.startswith(b"PK")
    loser = next(user for user in cast.bidders if user != winner(contract))
    assert visit(loser).get(url).status_code == 404
    assert visit(cast.owner).get(reverse("contract_export", args=[contract.pk, "else", "csv"])).status_code == 404


def test_mid_term_check_stands_on_the_timeline(cast, rules, visit):
    contract = of(challenge_at(cast, "executing"))
    check = MidtermCheck.objects.get(contract=contract)
    page = visit(cast.owner).get(reverse("contract", args=[contract.pk]))
    assert page.context["charts"]["timeline"]["midterm"] == str(check.due_on)
    text = visit(cast.owner).get(reverse("contract_export", args=[contract.pk, "timeline", "csv"])).content.decode()
    assert f"Mid-term check,{check.opens_on},{check.due_on}" in text
