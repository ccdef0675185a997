"""After the ranking: an objection heard, the contract confirmed by both sides, a milestone mended, the money paid."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from challenges import actions
from challenges.models import Award, Challenge, Contract, Milestone, Objection, Payment
from reviews.demo import papers, people, walk
from tests.factories.life import challenge_at
from tests.journeys.visitor import Visitor

PASSWORD = "long-and-only-for-tests-2026"
REPORT = "样件与测试全部完成，各项指标的实测值与方法见附件报告。"


def paper(name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/pdf", "buffer": papers.pdf(name, "逐项列出实测值与方法。")}


@pytest.fixture(autouse=True)
def _rules(rules: None) -> None:
    """The demo rule set is in force."""


def act(visitor: Visitor, label: str, **fields: str) -> None:
    """From the object's page to the step's own, fill it in, take it, and come back; every page is looked at."""
    back = visitor.page.url
    visitor.link(label).click()
    visitor.page.wait_for_url(lambda url: url != back)
    visitor.look()
    for name, value in fields.items():
        control = visitor.page.locator(f"[name={name}]")
        if value == "✓":
            control.check()
        else:
            control.fill(value)
    visitor.button(label).click()
    visitor.page.wait_for_url(back)
    visitor.look()


def test_objection_is_filed_heard_and_dismissed_and_the_clock_confirms(
    cast: Any, visit: Callable[..., Visitor]
) -> None:
    challenge = challenge_at(cast, "award_proposed")
    award = Award.objects.get(challenge=challenge)
    objector = visit(people.account("objector", "异议人", None), phone=True)
    objector.go(f"/awards/{award.pk}/")
    objector.link("Object to this award").click()
    objector.look()
    with objector.expecting("422"):
        objector.button("File the objection").click()
        expect(objector.page.get_by_role("alert")).to_be_focused()
    objector.look()
    objector.page.locator("[name=contact]").fill("电话 0355-5550199")
    objector.page.locator("[name=text]").fill("中榜方的检测报告与公示内容不一致，附证据。")
    objector.page.locator("[name=ground][value=fact]").check()
    objector.page.locator("[name=evidence]").set_input_files(paper("异议证据.pdf"))
    objector.button("File the objection").click()
    objector.page.wait_for_url("**/objections/**")
    objector.look()
    objector.sees("异议证据.pdf")
    assert Award.objects.get(pk=award.pk).state == "suspended"

    objection = Objection.objects.get(award=award)
    handler = visit(cast.decider2)
    handler.go("/work/")
    handler.sees(challenge.title)
    handler.go(f"/objections/{objection.pk}/")
    act(handler, "Acknowledge and take the case")
    act(handler, "Dismiss the objection", decision="经核对原始记录，公示内容与检测报告一致，异议不成立。")
    assert Award.objects.get(pk=award.pk).state == "suspended"  # until the time to appeal is over
    objector.go(f"/objections/{objection.pk}/")
    objector.sees("异议不成立")

    walk.confirm(challenge, cast)
    for options in ({"phone": True}, {"dark": True}):
        reader = visit(**options)
        reader.go(f"/awards/{award.pk}/")
        reader.sees_not("0355-5550199")
        expect(reader.page.locator("main [data-state=confirmed]").first).to_be_visible()


def test_both_sides_confirm_the_contract(cast: Any, visit: Callable[..., Visitor]) -> None:
    challenge = challenge_at(cast, "awarded")
    contract = Contract.objects.select_related("bid__lead").get(challenge=challenge)
    actions.edit_contract(contract, actor=cast.owner, data={"task_book": "目标、研究内容、里程碑与验收方法。"})
    lead = walk.team_lead(contract.bid)
    for signatory in (cast.owner, lead):
        signatory.set_password(PASSWORD)
        signatory.save()
    owner = visit(cast.owner)
    owner.go(f"/contracts/{contract.pk}/")
    act(owner, "Offer the contract for signature")
    act(owner, "Confirm the contract for the owner", password=PASSWORD)
    team = visit(lead, phone=True)
    team.go(f"/contracts/{contract.pk}/")
    team.sees("军令状")
    act(team, "Confirm contract and pledge for the team", pledge="✓", password=PASSWORD)
    assert Contract.objects.get(pk=contract.pk).state == "effective"
    assert Challenge.objects.get(pk=challenge.pk).state == "executing"


def test_milestone_is_mended_accepted_and_paid_and_the_challenge_completed(
    cast: Any, visit: Callable[..., Visitor]
) -> None:
    challenge = challenge_at(cast, "executing")
    milestone = Milestone.objects.filter(contract__challenge=challenge).select_related("contract__bid__lead").first()
    team, owner = visit(walk.team_lead(milestone.contract.bid), phone=True), visit(cast.owner)
    team.go(f"/milestones/{milestone.pk}/")
    team.page.locator("[data-upload] [type=file]").set_input_files(paper("里程碑报告.pdf"))
    expect(team.page.locator(".document .row-name")).to_have_text(["里程碑报告.pdf"])
    team.go(f"/milestones/{milestone.pk}/")
    act(team, "Submit for acceptance", report=REPORT)

    owner.go(f"/milestones/{milestone.pk}/")
    owner.sees(REPORT)
    act(owner, "Start the acceptance")
    rules = challenge.frozen_rules
    until = timezone.localtime() + (rules.rectification_at_least + rules.rectification_at_most) / 2
    opinion = "缺少第三方检测报告，请补充。"
    act(owner, "Ask for rectification", opinion=opinion, rectify_by=f"{until:%Y-%m-%dT%H:%M}")

    team.go(f"/milestones/{milestone.pk}/")
    team.sees(opinion)
    team.page.locator("[data-upload] [type=file]").set_input_files(paper("第三方检测报告.pdf"))
    expect(team.page.locator(".document .row-name")).to_have_count(2)
    team.go(f"/milestones/{milestone.pk}/")
    act(team, "Submit for acceptance", report=f"{REPORT}第三方报告已补充。")
    owner.go(f"/milestones/{milestone.pk}/")
    act(owner, "Start the acceptance")
    act(owner, "Accept the milestone", opinion="同意通过。")

    payment = Payment.objects.get(milestone=milestone)
    page = f"/payments/{payment.pk}/"
    team.go(page)
    act(team, "Request the payment")
    decider = visit(cast.decider2)
    decider.go(page)
    act(decider, "Approve the payment")
    finance = visit(cast.finance, phone=True)
    finance.go(page)
    act(finance, "Record the payment", reference="银行回单 20270601-0001")
    payment = Payment.objects.get(pk=payment.pk)
    assert payment.state == "paid"
    assert len({payment.requested_by_id, payment.approved_by_id, payment.paid_by_id}) == 3

    walk.deliver_rest(challenge, cast)
    operator = visit(cast.operator)
    operator.go(f"/challenges/{challenge.pk}/")
    act(operator, "Complete the challenge", outcome="指标全部达到，成果已在现场连续运行。")
    assert Challenge.objects.get(pk=challenge.pk).state == "completed"
    reader = visit(phone=True, dark=True)
    reader.go(f"/challenges/{challenge.pk}/")
    expect(reader.page.locator(".stages [data-state=completed]")).to_be_visible()
