"""Outcome pages: the team's form, the owner's confirmation, the public registry and its export."""

import io

import openpyxl
from django.urls import reverse

from accounts.workflow import take
from challenges.models import Outcome
from reviews.demo import walk
from reviews.demo.papers import upload
from tests.factories import outcomes
from tests.factories.life import challenge_at


def of(cast, stage="delivering"):
    return outcomes.contract_of(challenge_at(cast, stage))


def typed(contract, **more):
    data = {
        "kind": "standard", "title": "低位错AlN模板检测方法", "number": "T/CZ 001-2027", "dated_on": "2027-04-01",
        "standing": "granted", "summary": "团体标准。", "first_set": "", "first_set_certificate": "",
        f"rights-{contract.bid.lead_id.hex}": "60", f"benefit-{contract.bid.lead_id.hex}": "50.5",
        f"rights-{contract.challenge.owner_id.hex}": "40", f"benefit-{contract.challenge.owner_id.hex}": "49.5",
        "figures-TOTAL_FORMS": "2", "figures-INITIAL_FORMS": "0",
        "figures-0-year": "2027", "figures-0-kind": "sales", "figures-0-value": "120.5", "figures-0-source": "销售台账",
    }  # fmt: skip
    return data | more


def test_team_writes_proves_and_registers_and_the_owner_confirms(cast, rules, visit):
    contract = of(cast)
    team, owner = visit(walk.team_lead(contract.bid)), visit(cast.owner)
    new = reverse("outcome_create", args=[contract.pk])
    assert new in team.get(reverse("contract", args=[contract.pk])).content.decode()
    assert new not in owner.get(reverse("contract", args=[contract.pk])).content.decode()
    answer = team.post(new, typed(contract))
    made = Outcome.objects.get()
    assert answer.url == reverse("outcome", args=[made.pk])
    assert [str(row.value) for row in made.figures.all()] == ["1205000.00"]
    page = team.get(answer.url).content.decode()
    assert "Upload the evidence first" in page
    assert 'value="1205000.00"' in page
    url = reverse("outcome_upload", args=[made.pk])
    team.post(url, {"file": upload("标准.pdf", "标准文本", "发布稿")})
    step = reverse("step", args=["outcomes", made.pk, "register"])
    assert step in team.get(answer.url).content.decode()
    assert team.post(step).status_code == 302
    assert "Compare the outcome with its evidence" in owner.get(reverse("work")).content.decode()
    step = reverse("step", args=["outcomes", made.pk, "confirm"])
    assert owner.post(step, {"discloses": "on"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.owner_discloses, made.discloses) == ("confirmed", True, False)
    text = visit().get(answer.url).content.decode()
    assert "T/CZ 001-2027" in text
    assert "50.5 %" not in text
    assert "标准.pdf" not in text


def test_form_with_too_much_shared_or_told_twice_keeps_what_was_typed(cast, rules, visit):
    contract = of(cast)
    client, new = visit(walk.team_lead(contract.bid)), reverse("outcome_create", args=[contract.pk])
    more = {f"rights-{contract.bid.lead_id.hex}": "60.01"}
    answer = client.post(new, typed(contract, **more))
    assert answer.status_code == 422
    assert "100.01 %" in answer.content.decode()
    assert "低位错AlN模板检测方法" in answer.content.decode()
    same = {f"figures-1-{name}": typed(contract)[f"figures-0-{name}"] for name in ("year", "kind", "value", "source")}
    answer = client.post(new, typed(contract, **same))
    assert answer.status_code == 422
    assert "two rows name the same" in answer.content.decode()
    assert not Outcome.objects.exists()


def test_a_figure_that_is_made_blank_is_gone_and_the_others_stay(cast, rules, visit):
    contract = of(cast)
    client = visit(walk.team_lead(contract.bid))
    second = {"figures-1-year": "2028", "figures-1-kind": "jobs", "figures-1-value": "12", "figures-1-source": "社保"}
    client.post(reverse("outcome_create", args=[contract.pk]), typed(contract, **second))
    made = Outcome.objects.get()
    assert [(row.year, row.kind, str(row.value)) for row in made.figures.all()] == [
        (2027, "sales", "1205000.00"), (2028, "jobs", "12.00"),
    ]  # fmt: skip
    url = reverse("outcome_edit", args=[made.pk])
    page = client.get(url).content.decode()
    assert 'value="120.5"' in page
    assert 'name="figures-INITIAL_FORMS" value="2"' in page
    blank = {f"figures-0-{name}": "" for name in ("year", "kind", "value", "source")}
    answer = client.post(url, typed(contract, **second, **blank, **{"figures-INITIAL_FORMS": "2"}))
    assert answer.status_code == 302
    assert [row.kind for row in made.figures.all()] == ["jobs"]


def test_register_is_shown_disabled_with_its_reason_before_any_acceptance(cast, rules, visit):
    contract = of(cast, "executing")
    client = visit(walk.team_lead(contract.bid))
    assert "once a milestone has been accepted" in client.get(reverse("contract", args=[contract.pk])).content.decode()
    assert client.get(reverse("outcome_create", args=[contract.pk])).status_code == 403


def test_new_version_is_made_from_its_own_page(cast, rules, visit):
    contract = of(cast)
    first = outcomes.confirmed(contract, cast)
    client = visit(walk.team_lead(contract.bid))
    url = reverse("outcome_amend", args=[first.pk])
    assert "uploaded anew" in client.get(url).content.decode()
    client.post(url)
    made = Outcome.objects.get(previous=first)
    assert "There is a newer version" in client.get(reverse("outcome", args=[first.pk])).content.decode()
    assert "There is a newer version" not in visit().get(reverse("outcome", args=[first.pk])).content.decode()
    assert visit(cast.owner).get(reverse("outcome_edit", args=[made.pk])).status_code == 403


def test_export_holds_what_is_in_sight_and_no_formula(cast, rules, visit):
    contract = of(cast)
    outcomes.draft(contract, title="草稿")
    take(outcomes.registered(contract, title="=1+1"), "confirm", actor=cast.owner)
    answer = visit().get(reverse("outcomes_export", args=["xlsx"]))
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows())
    assert [row[0].value for row in rows[1:]] == ["=1+1"]
    assert rows[1][0].data_type == "s"
    assert visit().get(reverse("outcomes_export", args=["pdf"])).status_code == 404


def test_outcomes_ask_as_many_queries_for_three_as_for_one(cast, rules, visit, django_assert_num_queries):
    contract = of(cast)
    outcomes.draft(contract)
    client = visit(cast.operator)
    for _more in range(2):
        with django_assert_num_queries(5):
            client.get(reverse("outcomes"))
        outcomes.draft(contract)
        outcomes.draft(contract)
