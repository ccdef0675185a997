"""Experts in a workbook: all rows or none, every fault by its cell, nothing that a spreadsheet would run."""

import io

import openpyxl
import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override

from accounts.models import Notification, User
from accounts.policy import Denied
from accounts.workflow import Refused, take
from reviews import pool_workbook
from reviews.actions import import_experts
from reviews.models import Expert
from tests.factories import reviews as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def book(*rows):
    made = openpyxl.Workbook()
    made.active.append(pool_workbook.COLUMNS)
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    stream.seek(0)
    return stream


def row(name="导入甲", email="a@example.org", code="", fields="氢能", specialties="燃料电池|主持", **more):
    return (
        name,
        email,
        code,
        fields,
        specialties,
        more.get("languages", "中文、英文"),
        more.get("biography", "做过电堆。"),
    )


def faults(*rows):
    return [(fault.cell, fault.code) for fault in pool_workbook.read(book(*rows)).faults]


def test_template_is_read_as_it_is_written():
    company = make.company("示例单位")
    sheet = openpyxl.load_workbook(io.BytesIO(pool_workbook.template()))
    sheet.active["C2"] = company.uscc
    stream = io.BytesIO()
    sheet.save(stream)
    stream.seek(0)
    reading = pool_workbook.read(stream)
    assert [fault.message for fault in reading.faults] == []
    assert [(item.organization, len(item.specialties)) for item in reading.rows] == [(company, 2)]


def test_rows_are_asked_into_the_pool_and_told_how_to_sign_in():
    operator, known = make.person("运营员", "operator"), make.person("有账号")
    company = make.company("专家单位")
    reading = pool_workbook.read(book(row(code=company.uscc), row("有账号", known.email, fields="氢能、信创")))
    made = import_experts(reading, actor=operator)
    assert [expert.state for expert in made] == ["invited", "invited"]
    fresh = User.objects.get(email="a@example.org")
    assert not fresh.has_usable_password()
    assert fresh.expert.organization == company
    assert [(item.specialty.name, item.level) for item in fresh.expert.expertise.all()] == [("燃料电池", 3)]
    assert set(Notification.objects.filter(kind="expert_asked").values_list("recipient", flat=True)) == {
        known.pk, fresh.pk,
    }  # fmt: skip
    Client().post("/accounts/password/reset/", {"email": fresh.email})
    assert [letter.to for letter in mail.outbox] == [[fresh.email]]
    with pytest.raises(Refused):
        import_experts(reading, actor=operator)


def test_imported_expert_is_drawn_only_after_they_agree_themselves():
    court = make.court(bids=1, experts=4)
    [asked] = import_experts(pool_workbook.read(book(row(fields="半导体光电", specialties=""))), actor=court.operator)
    with pytest.raises(Refused):  # four in the pool for five seats
        make.draft(court)
    assert asked.approved_by == court.operator
    with pytest.raises(Refused):
        take(asked, "approve", actor=court.operator)
    for other in (court.operator, court.experts[0].user, court.owner):
        with pytest.raises(Denied):
            take(asked, "agree", actor=other)
    agreed = take(asked, "agree", actor=asked.user)
    assert agreed.state == "active"
    assert Notification.objects.filter(kind="expert_agreed", recipient=court.operator).exists()
    panel = take(court.challenge.panels.get(), "give_seed", actor=court.supervisor, seed=make.SEED)
    panel = take(panel, "draw", actor=court.operator)
    assert str(asked.pk) in panel.drawn["order"]


def test_every_fault_is_named_by_its_cell_and_nothing_is_imported():
    operator, pooled = make.person("运营员", "operator"), make.court(bids=0, experts=1).experts[0]
    rows = (
        row(name="=HYPERLINK(1)"), row(email="not an address"), row(email="b@example.org", code="91350100M000100Y4Z"),
        row(email="c@example.org", code="91350100M000100Y43"), row(email="d@example.org", fields="炼丹"),
        row(email="e@example.org", specialties="燃料电池"),
        row(email="f@example.org", specialties="紫外与深紫外光源|熟悉"),
        row(email="g@example.org", languages="火星文"), row(email=operator.email), row(email=pooled.user.email),
        row(email="h@example.org"), row(email="H@example.org"), row(email="", name="无邮箱"),
    )  # fmt: skip
    reading = pool_workbook.read(book(*rows))
    assert [(fault.cell, fault.code) for fault in reading.faults] == [
        ("A2", "formula"), ("B3", "bad_email"), ("C4", "bad_uscc"), ("C5", "unknown_organization"),
        ("D6", "unknown_choice"), ("E6", "unknown_specialty"), ("E7", "bad_level"), ("E8", "unknown_specialty"),
        ("F9", "unknown_choice"), ("B10", "staff"), ("B11", "exists"), ("B12", "repeated"), ("B13", "repeated"),
        ("B14", "missing"),
    ]  # fmt: skip
    before = Expert.objects.count(), User.objects.count()
    with pytest.raises(Refused):
        import_experts(reading, actor=operator)
    assert (Expert.objects.count(), User.objects.count()) == before


def test_account_of_another_name_is_a_fault():
    known = make.person("真名")
    assert faults(row("别名", known.email)) == [("A2", "other_name")]


def test_export_masks_addresses_and_holds_no_formula():
    given = make.court(bids=0, experts=0)
    make.expert(given, "=cmd|'/C calc'!A0", biography="x")
    content = pool_workbook.export(Expert.objects.select_related("user", "organization"))
    cells = [cell for line in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)
    texts = [str(cell.value) for cell in cells]
    assert "'=cmd|'/C calc'!A0" in texts
    assert not any(Expert.objects.get().user.email in text for text in texts)
    assert any(text.startswith("p***@") for text in texts)
