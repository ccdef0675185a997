"""The challenge owner: from the sign-in form to a submitted challenge, and an answer to a question."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts import clock
from challenges import actions
from challenges.models import Challenge
from reviews.demo import papers
from tests.factories.life import challenge_at, new_challenge
from tests.journeys.visitor import Visitor

PASSWORD = "long-and-only-for-tests-2026"
PROOF = {
    "name": "资金证明（盖章）.pdf",
    "mimeType": "application/pdf",
    "buffer": papers.pdf("资金证明", "资金已落实。"),
}


@pytest.fixture(autouse=True)
def _rules(rules: None) -> None:
    """The demo rule set is in force."""


def test_owner_signs_in_with_the_form(cast: Any, visit: Callable[..., Visitor]) -> None:
    cast.owner.set_password(PASSWORD)
    cast.owner.save(update_fields=["password"])
    owner = visit(phone=True, dark=True)
    owner.go("/work/")
    assert owner.page.url.endswith("/accounts/login/?next=/work/")
    owner.page.locator("[name=login]").fill(cast.owner.email)
    owner.page.locator("[name=password]").fill("not the password")
    owner.page.get_by_role("main").locator("button[type=submit]").first.click()
    owner.look()
    expect(owner.page.locator("[name=login]")).to_have_value(cast.owner.email)
    owner.page.locator("[name=password]").fill(PASSWORD)
    owner.page.get_by_role("main").locator("button[type=submit]").first.click()
    owner.page.wait_for_url("**/work/")
    owner.look()


def test_owner_writes_a_challenge_and_errors_keep_what_was_typed(cast: Any, visit: Callable[..., Visitor]) -> None:
    owner = visit(cast.owner)
    owner.go("/")
    owner.link("Write a challenge").click()
    owner.look()
    owner.field("Title").fill("深部煤层瓦斯抽采钻孔稳定性")
    owner.page.locator("[name=reward]").fill("1200")
    with owner.expecting("422"):
        owner.button("Save the draft").click()
        expect(owner.page.get_by_role("alert")).to_be_focused()
    owner.look()
    expect(owner.page.locator("[name=title]")).to_have_value("深部煤层瓦斯抽采钻孔稳定性")
    expect(owner.page.locator("[name=reward]")).to_have_value("1200")
    owner.page.get_by_role("alert").get_by_role("link").first.click()

    owner.page.locator("[name=industry]").select_option(index=1)
    owner.page.locator("[name=kind]").select_option(index=1)
    owner.page.locator("[name=background]").fill("钻孔塌孔、抽采浓度衰减快。")
    _write_targets(owner)
    owner.page.locator("[name=duration_months]").fill("24")
    due = clock.now() + timedelta(days=60)
    owner.page.locator("[name=bid_deadline]").fill(due.strftime("%Y-%m-%dT%H:%M"))
    owner.page.locator("[name=ip_clause]").fill("双方共有")
    owner.button("Save the draft").click()
    owner.page.wait_for_url("**/edit/#documents")
    owner.look()
    draft = Challenge.objects.get(title="深部煤层瓦斯抽采钻孔稳定性")
    assert [(item.name, item.shown_value, item.core) for item in draft.targets.all()] == [
        ("抽采浓度", "40", True),
        ("钻孔完整率", "90", False),
    ]


def _write_targets(owner: Visitor) -> None:
    """Two targets, the second in a row that is added; what stands in the first stays."""
    for place, (name, value) in enumerate((("抽采浓度", "40"), ("钻孔完整率", "90"))):
        if place:
            owner.button("Add a target").click()
        owner.page.locator(f"[name=targets-{place}-name]").fill(name)
        owner.page.locator(f"[name=targets-{place}-value]").fill(value)
        owner.page.locator(f"[name=targets-{place}-unit]").fill("%")
        owner.page.locator(f"[name=targets-{place}-method]").fill("现场实测")
        if not place:
            owner.page.locator("[name=targets-0-core]").check()
    expect(owner.page.locator("[name=targets-0-name]")).to_have_value("抽采浓度")
    expect(owner.page.locator("[name=targets-0-core]")).to_be_checked()


def test_owner_uploads_the_proof_and_submits(cast: Any, visit: Callable[..., Visitor]) -> None:
    draft = new_challenge(cast)
    owner = visit(cast.owner, phone=True)
    owner.go(f"/challenges/{draft.pk}/")
    submit = owner.button("Submit for vetting")
    expect(submit).to_have_attribute("aria-disabled", "true")
    reason = owner.page.locator(f"#{submit.get_attribute('aria-describedby')}")
    expect(reason).not_to_be_empty()

    owner.go(f"/challenges/{draft.pk}/edit/")
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    owner.page.route("**/documents/", hold)
    owner.page.locator("form:has([value=proof_of_funds]) [type=file]").set_input_files(PROOF)
    box = owner.page.locator("form:has([value=proof_of_funds]) .upload-progress")
    expect(box.locator(".upload-name")).to_have_text(PROOF["name"])
    expect(box.get_by_role("progressbar")).to_be_visible()
    expect(box.get_by_role("button", name=owner.say("Stop"))).to_be_visible()
    owner.look()
    held.pop().continue_()
    expect(owner.page.locator(".document .row-name")).to_have_text([PROOF["name"]])
    proof = draft.documents.get()
    expect(owner.page.locator(".document").get_by_text(proof.sha256[:8]).first).to_be_visible()

    owner.go(f"/challenges/{draft.pk}/")
    owner.link("Submit for vetting").click()
    owner.look()
    owner.button("Submit for vetting").click()
    owner.page.wait_for_url(f"**/challenges/{draft.pk}/")
    owner.look()
    expect(owner.page.locator(".stages [data-state=submitted]")).to_be_visible()
    assert Challenge.objects.get(pk=draft.pk).state == "submitted"


def test_owner_answers_a_question_for_everybody_to_read(cast: Any, visit: Callable[..., Visitor]) -> None:
    posted = challenge_at(cast, "published")
    actions.ask_question(posted, actor=cast.bidders[0], text="衬底尺寸是否限定为两英寸？")
    owner = visit(cast.owner)
    owner.go(f"/challenges/{posted.pk}/")
    owner.sees("衬底尺寸是否限定为两英寸？")
    with owner.expecting("422"):
        owner.button("Answer publicly").click()
        expect(owner.page.locator("#questions .field-error")).to_be_visible()
    owner.look()
    owner.page.locator("#questions textarea").fill("不限定，四英寸优先。")
    owner.button("Answer publicly").click()
    owner.sees("不限定，四英寸优先。")
    owner.look()
    reader = visit(phone=True, dark=True)
    reader.go(f"/challenges/{posted.pk}/")
    reader.sees("不限定，四英寸优先。")
    reader.sees_not(cast.bidders[0].name)
