"""The pages of money: who sees what, what each act says, and what is taken away as a table."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from accounts.workflow import take
from challenges import actions
from challenges.models import Booking, Contract
from challenges.models.booking import balances_of
from tests.factories.money import accepted_contract, received

pytestmark = pytest.mark.django_db
REASON = '=HYPERLINK("http://bad.example")'


def test_money_of_a_terminated_contract_says_what_went_back_to_its_sources(cast, visit):
    contract = received(accepted_contract(cast, "1000000.00", from_fiscal=Decimal(200_000)), cast)
    take(contract, "propose_termination", actor=cast.operator, facts=REASON)
    found = contract.terminations.get()
    found = take(found, "answer", actor=contract.bid.created_by, tried=REASON, records=REASON, cause=REASON)
    take(found, "decide", actor=cast.decider2, exempt=True, reasons=REASON)
    text = visit(cast.finance).get(reverse("contract_money", args=[contract.pk])).content.decode()
    assert "booked back to the sources they came from" in text
    assert "Back to the source" in text
    assert "waits for the bank" not in text


def test_money_of_a_contract_shows_every_source_and_what_may_be_done(cast, visit):
    contract = received(accepted_contract(cast, "1000000.00", from_fiscal=Decimal(200_000)), cast)
    page = reverse("contract_money", args=[contract.pk])
    text = visit(cast.finance).get(page).content.decode()
    assert "Public funds" in text
    assert "Raised by the team" not in text
    assert reverse("money_receive", args=[contract.pk]) in text
    assert reverse("money_recover", args=[contract.pk]) not in text
    assert reverse("money_recover", args=[contract.pk]) in visit(cast.operator).get(page).content.decode()
    team = visit(contract.bid.created_by).get(page).content.decode()
    assert reverse("money_receive", args=[contract.pk]) not in team
    assert visit(cast.bidders[2]).get(page).status_code == 404


def test_a_receipt_is_recorded_once_even_when_the_button_is_pressed_twice(cast, visit):
    contract = accepted_contract(cast)
    client, page = visit(cast.finance), reverse("money_receive", args=[contract.pk])
    back = reverse("contract_money", args=[contract.pk])
    assert client.get(page).content.decode().count(f'href="{back}"') == 2  # above the title, and beside the button
    given = {"source": "enterprise", "amount": "40.00", "reference": "SK-0001"}
    for _press in range(2):
        assert client.post(page, given).status_code == 302
    assert balances_of(contract).all("held") == Decimal(40)
    answer = client.post(page, given | {"amount": "60.01", "reference": "SK-0002"})
    assert answer.status_code == 409
    assert "only 60.00 yuan stand" in answer.content.decode()
    assert client.post(page, given | {"amount": "0"}).status_code == 422
    assert visit(contract.bid.created_by).post(page, given).status_code == 403


def test_a_receipt_is_taken_back_with_a_reason(cast, visit):
    contract = received(accepted_contract(cast), cast)
    booking = Booking.objects.get(kind="receive")
    client, page = visit(cast.finance), reverse("money_reverse", args=[booking.pk])
    assert page in client.get(reverse("contract_money", args=[contract.pk])).content.decode()
    assert client.post(page, {"reason": ""}).status_code == 422
    assert client.post(page, {"reason": "金额录错。"}).status_code == 302
    assert balances_of(contract).all("held") == 0
    assert Booking.objects.get(kind="reverse").reverses == booking
    assert page not in client.get(reverse("contract_money", args=[contract.pk])).content.decode()
    assert client.get(reverse("money_reverse", args=[Booking.objects.get(kind="commit").pk])).status_code == 404


def test_sources_of_a_draft_are_set_by_its_owner_within_the_cap(cast, rules, visit):
    contract = accepted_contract(cast)
    page = reverse("money_sources", args=[contract.pk])
    assert visit(cast.owner).get(page).status_code == 403  # in force
    assert visit(cast.finance).get(page).status_code == 403


def test_recovery_is_asked_for_and_shows_its_three_hands(cast, visit):
    contract = received(accepted_contract(cast), cast)
    payment = take(contract.payments.first(), "request", actor=contract.bid.created_by)
    take(take(payment, "approve", actor=cast.decider2), "pay", actor=cast.finance, reference="PAY-1")
    page = reverse("money_recover", args=[contract.pk])
    assert visit(cast.operator).post(page, {"amount": "30.01", "reason": "结余退回。"}).status_code == 409
    assert visit(cast.operator).post(page, {"amount": "12.00", "reason": "结余退回。"}).status_code == 302
    recovery = contract.recoveries.get()
    take(recovery, "approve", actor=cast.decider)
    text = visit(cast.finance).get(reverse("recovery", args=[recovery.pk])).content.decode()
    assert cast.operator.name in text
    assert cast.decider.name in text
    assert reverse("step", args=["recoveries", recovery.pk, "record"]) in text
    assert "Record the unused money" in visit(cast.finance).get(reverse("work")).content.decode()
    assert visit(cast.bidders[2]).get(reverse("recovery", args=[recovery.pk])).status_code == 404


def test_books_cost_as_many_queries_for_three_contracts_as_for_one(cast, visit, django_assert_num_queries):
    received(accepted_contract(cast), cast)
    client = visit(cast.finance)
    for _more in range(2):
        with django_assert_num_queries(5):
            client.get(reverse("bookings"))
        received(accepted_contract(cast), cast)
        received(accepted_contract(cast), cast)


def test_books_are_filtered_and_taken_away_with_no_cell_a_spreadsheet_computes(cast, visit):
    contract = accepted_contract(cast)
    made = actions.receive(contract, actor=cast.finance, source="enterprise", amount=Decimal(40), reference="=1+1")
    actions.reverse(made, actor=cast.finance, reason=REASON)
    client = visit(cast.finance)
    assert client.get(reverse("bookings"), {"kind": "pay"}).content.decode().count("row-item") == 0
    assert client.get(reverse("bookings"), {"kind": "receive"}).content.decode().count("row-item") == 1
    answer = client.get(reverse("bookings_export", args=["xlsx"]), {"source": "enterprise"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sum(Decimal(str(row[6].value)) for row in sheet.iter_rows(min_row=2)) == 0
    assert REASON in {cell.value for cell in cells}
    text = client.get(reverse("bookings_export", args=["csv"])).content.decode()
    assert "'=1+1" in text
    assert client.get("/books/postings.exe").status_code == 404
    other = visit(cast.bidders[2]).get(reverse("bookings_export", args=["csv"])).content.decode()
    assert len(other.strip().splitlines()) == 1
    assert Contract.objects.count() == 1
