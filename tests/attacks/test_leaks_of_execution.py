"""What only the two sides and the staff may read of a contract, and only the staff of an objection, nobody else finds.

Canaries are planted where the secrets stand; every list, object, page and search is asked for by everyone outside.
"""

from datetime import timedelta

import pgtrigger
import pytest
from django.db.models.functions import Now

from accounts.workflow import take
from challenges import actions
from challenges.models import Award, Challenge, Contract, Milestone
from challenges.rules import standard
from tests import personas
from tests.factories.money import accepted_contract, received
from tests.factories.reviews import person

pytestmark = pytest.mark.django_db
CANARY = "金丝雀九一七"
ACCOUNT = "6222029170000917"
AMOUNT = "917917.17"
OBJECTION = {
    "name": f"{CANARY}异议单位", "contact": f"{CANARY}电话", "text": f"{CANARY}：报告编号查不到，请核实。",
    "ground": "fact", "evidence_note": f"{CANARY}报告查询页。",
}  # fmt: skip
LISTS = (
    "awards", "objections", "contracts", "milestones", "payments", "terminations", "amendments", "recoveries",
    "bookings", "payees", "midterm-checks", "outcomes", "transfers", "credit-records", "challenges", "inbox",
)  # fmt: skip
PAGES = (
    "/", "/awards/", "/contracts/", "/payments/", "/outcomes/", "/inbox/", "/work/", "/ledger/", "/books/", "/region/",
    "/cases/", "/contracts/?q={canary}", "/challenges/?q={canary}", "/awards/?q={canary}", "/payments/?q={canary}",
    "/awards/{award}/", "/objections/{objection}/", "/contracts/{contract}/", "/contracts/{contract}/money/",
    "/contracts/{contract}/edit/", "/milestones/{milestone}/", "/payments/{payment}/", "/terminations/{termination}/",
    "/payees/{payee}/", "/challenges/{challenge}/", "/challenges/{challenge}/ledger/",
    "/challenges/{challenge}/ledger/export/", "/books/postings.csv", "/payment-batches/",
)  # fmt: skip


@pytest.fixture
def planted(cast):
    """A contract in force with its secrets, of a public challenge whose award is objected to."""
    contract = received(accepted_contract(cast, AMOUNT), cast)
    challenge, award = contract.challenge, contract.award
    with pgtrigger.ignore():
        Challenge.objects.filter(pk=challenge.pk).update(
            rules=standard().model_dump(mode="json"), published_at=Now(), number="X-917"
        )
        Award.objects.filter(pk=award.pk).update(
            state="notice", notice_opens_at=Now(), notice_ends_at=Now() + timedelta(days=1)
        )
        Contract.objects.filter(pk=contract.pk).update(task_book=CANARY, pledge=CANARY, leader=CANARY, ip_clause=CANARY)
        Milestone.objects.filter(contract=contract).update(title=CANARY, deliverable=CANARY, report=CANARY)
    objection = actions.file_objection(Award.objects.get(pk=award.pk), actor=person("异议人"), **OBJECTION)
    payee = actions.give_payee(
        contract, actor=contract.bid.created_by, holder=f"{CANARY}研究院", bank=f"{CANARY}银行", number=ACCOUNT
    )
    contract = take(Contract.objects.get(pk=contract.pk), "propose_termination", actor=cast.owner, facts=CANARY * 3)
    termination = contract.terminations.get()
    given = {"tried": CANARY * 3, "records": CANARY * 3, "cause": CANARY * 3}
    take(termination, "answer", actor=contract.bid.created_by, **given)
    return {
        "award": award.pk, "objection": objection.pk, "contract": contract.pk, "challenge": challenge.pk,
        "milestone": contract.milestones.first().pk, "payment": contract.payments.first().pk, "payee": payee.pk,
        "termination": termination.pk, "canary": CANARY,
    }  # fmt: skip


def secrets_in(text):
    text = text.replace(f"q={CANARY}", "").replace(f'value="{CANARY}"', "")
    return [word for word in (CANARY, ACCOUNT, AMOUNT, "917,917.17", "91.79") if word in text]


def test_nobody_outside_finds_what_is_secret(planted, cast, as_, visit):
    found = []
    for name in ("anonymous", "stranger", "superuser", "rival", "reviewer"):
        user = personas.everyone(cast)[name]
        user = user if user.is_authenticated else None
        caller, client = as_(user), visit(user)
        for kind in LISTS:
            for query in ({}, {"q": CANARY}, {"q": AMOUNT}, {"challenge": str(planted["challenge"])}):
                answer = caller.get(kind, **query)
                if answer.status_code == 200 and secrets_in(answer.content.decode()):
                    found.append((name, kind, query))
                if answer.status_code == 200 and "q" in query and kind != "inbox" and answer.json()["total"]:
                    found.append((name, kind, query, "oracle"))
        for kind in ("award", "objection", "contract", "milestone", "payment", "termination"):
            answer = caller.get(f"{kind}s/{planted[kind]}")
            assert answer.status_code in ((200,) if kind == "award" else (401, 404)), (name, kind, answer.status_code)
            if answer.status_code == 200 and secrets_in(answer.content.decode()):
                found.append((name, kind))
        for path in PAGES:
            answer = client.get(path.format(**planted))
            body = b"".join(answer).decode() if answer.streaming else answer.content.decode()
            if answer.status_code == 200 and secrets_in(body):
                found.append((name, path))
    assert found == []


def test_owner_and_team_do_not_learn_who_objected(planted, cast, as_, visit):
    winner = Contract.objects.get(pk=planted["contract"]).bid.created_by
    for user in (cast.owner, winner):
        assert as_(user).get(f"objections/{planted['objection']}").status_code == 404
        assert as_(user).get("objections").json()["total"] == 0
        for path in ("/awards/{award}/", "/challenges/{challenge}/", "/challenges/{challenge}/ledger/",
                     "/challenges/{challenge}/ledger/export/", "/inbox/", "/work/"):  # fmt: skip
            answer = visit(user).get(path.format(**planted))
            body = b"".join(answer).decode() if answer.streaming else answer.content.decode()
            assert "异议单位" not in body, (user, path)
            assert f"{CANARY}电话" not in body, (user, path)
            assert "异议人" not in body.replace("另一异议人", ""), (user, path)
