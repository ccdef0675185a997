"""A contract in force is not bent: its end, its cap of public money, its amendments of any shape, its documents."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from accounts import tables
from accounts.workflow import Refused
from challenges import actions, paper_docx, paper_pdf
from challenges.contract_paper import Heading, Table, Title, Words
from challenges.models import Contract, Milestone
from challenges.rules import standard
from tests.factories.money import accepted_contract
from tests.factories.reviews import place

WHY = "现场条件有变，附双方会商纪要。"
DAYS = (date(2027, 6, 30), date(2027, 12, 31), date(2028, 2, 29))
ODD_CHANGES = (
    {},
    {"due_on": [], "targets": 1, "months": True, "amount": None, "leader": 1, "shares": 1},
    {"due_on": {"x": "2027-01-01"}},
    {"due_on": "2027-01-01"},
    {"targets": "abc"},
    {"targets": [1, None, {}]},
    {"months": True},
    {"months": 10**30},
    {"amount": "NaN"},
    {"amount": "1e30"},
    {"amount": "0.001"},
    {"amount": {"a": 1}},
    {"leader": "\x00"},
    {"leader": "\ud800"},
    {"leader": ["a"]},
    {"shares": [{}]},
    {"shares": [1]},
    {"shares": [{"uscc": None, "cost_share": "x"}]},
    {"shares": [{"uscc": "91350100M000100Y43", "cost_share": "NaN"}]},
    {"shares": {"uscc": 1}},
    {"leader": "甲", "state": "approved"},
)


@pytest.fixture
def contract(cast):
    """In force at its beginning, half of it paid by public funds; its milestones are still to be delivered."""
    made = accepted_contract(cast, from_fiscal=Decimal(50))
    for row, day in zip(made.milestones.order_by("position"), DAYS, strict=True):
        place(row, state="planned", due_on=day)
    made.challenge.rules = standard().model_dump(mode="json")
    type(made.challenge).objects.filter(pk=made.challenge_id).update(rules=made.challenge.rules)
    return Contract.objects.select_related("challenge__owner", "bid__lead").get(pk=made.pk)


def asked(contract, cast, kind, changes):
    return actions.request_amendment(contract, actor=cast.owner, kind=kind, reason=WHY, changes=changes)


@pytest.mark.django_db
def test_no_shape_of_a_change_is_a_fault(contract, cast, as_):
    owner = as_(cast.owner)
    for kind in ("date", "target", "extension", "budget", "principal", "partner", "none", ""):
        for changes in ODD_CHANGES:
            body = {"kind": kind, "reason": WHY, "changes": changes}
            answer = owner.post(f"contracts/{contract.pk}/amendments", body)
            assert answer.status_code in (400, 409, 422), (kind, changes, answer.content[:300])
    assert not contract.amendments.exists()


@pytest.mark.django_db
def test_changes_of_each_kind_are_taken_as_they_are_described(contract, cast, as_):
    first = contract.milestones.get(position=1)
    for kind, changes in (
        ("date", {"due_on": {str(first.pk): "2027-07-01"}}),
        ("extension", {"months": 2}),
        ("budget", {"amount": "90.00"}),
        ("principal", {"leader": "新负责人"}),
    ):
        made = as_(cast.owner).post(
            f"contracts/{contract.pk}/amendments", {"kind": kind, "reason": WHY, "changes": changes}
        )
        assert (made.status_code, made.json()["kind"]) == (201, kind), made.content
        assert as_(cast.owner).step(f"amendments/{made.json()['id']}", "withdraw").status_code == 200


@pytest.mark.django_db
def test_the_end_of_the_whole_moves_by_an_extension_alone(contract, cast):
    first, second, last = (str(pk) for pk in contract.milestones.order_by("position").values_list("pk", flat=True))
    for days in (
        {last: "2028-03-01"},
        {last: "9999-12-31"},
        {first: "2029-01-01", second: "2029-01-01", last: "2029-01-01"},
    ):
        with pytest.raises(Refused, match=r"2028-02-29|2028"):
            asked(contract, cast, "date", {"due_on": days})
    assert asked(contract, cast, "date", {"due_on": {first: "2027-08-01", last: "2028-02-01"}}).lines


@pytest.mark.django_db
def test_an_extension_past_the_calendar_is_refused(contract, cast, as_):
    Milestone.objects.filter(contract=contract, position=3).update(due_on=date(9999, 12, 31))
    body = {"kind": "extension", "reason": WHY, "changes": {"months": 12}}
    assert as_(cast.owner).post(f"contracts/{contract.pk}/amendments", body).status_code == 422
    for path in ("", "/outlook", "/money"):
        assert as_(cast.owner).get(f"contracts/{contract.pk}{path}").status_code == 200


@pytest.mark.django_db
def test_a_smaller_amount_keeps_public_funds_within_their_cap(contract, cast):
    amendment = asked(contract, cast, "budget", {"amount": "80.01"})
    actions.amendments._apply(contract, amendment.kind, amendment.changes)
    assert (contract.amount, contract.from_fiscal) == (Decimal("80.01"), Decimal("40.00"))
    assert contract.sources["enterprise"] == Decimal("40.01")


@pytest.mark.django_db
def test_public_funds_that_are_spent_already_stand_against_a_smaller_amount(contract, cast):
    payment = contract.payments.get(milestone__position=1)
    for source, amount in (("enterprise", 50), ("fiscal", 50)):
        actions.receive(contract, actor=cast.finance, source=source, amount=Decimal(amount), reference=f"到账-{source}")
    for paid in contract.payments.filter(milestone__position__lt=3):
        place(paid, state="paid")
    move = actions.treasury.Move("fiscal", "held", "paid", Decimal(50))
    actions.treasury.book(contract, "pay", [move], key="已付", actor=cast.finance, payment=payment)
    with pytest.raises(Refused, match=r"50"):
        asked(contract, cast, "budget", {"amount": "90.00"})


def test_documents_hold_any_text():
    for text in (
        "a\x00b\x0b\x0c\x1f",
        "\ufffe\uffff",
        "👩‍🚀𠮷",
        "\u202eabc\u2066",
        "</w:t>]]><b>&amp;",
        "长" * 5000,
        "行\n" * 200,
    ):
        rows = [("1", text, "1.00"), (text[:60], "a", "b")]
        blocks = [Title("任务书"), Heading("一"), Words(text.replace("\n", " "))]
        blocks.append(Table(("序号", "交付物", "金额"), rows, (10, 60, 30)))
        assert paper_pdf.pdf(blocks, name="n", foot="f").startswith(b"%PDF")
        with zipfile.ZipFile(io.BytesIO(paper_docx.docx(blocks, foot="f"))) as archive:
            ET.fromstring(archive.read("word/document.xml"))


def test_a_character_that_no_workbook_holds_spoils_no_export():
    answer = tables.table([["名称"], ["甲\x0b公司\x01\ufffe"], ["=1+1"]], name="n", form="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for (cell,) in sheet.iter_rows()] == ["名称", "甲公司", "=1+1"]
    assert all(cell.data_type == "s" for (cell,) in sheet.iter_rows())
