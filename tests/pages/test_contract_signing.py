"""Confirming a contract: bound to what was read, proved once more, and set as documents that can be proved later."""

import hashlib
from io import BytesIO
from zipfile import ZipFile

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import LedgerEntry
from accounts.workflow import Refused, take
from challenges import actions
from challenges.contract_text import content_of, fingerprint
from challenges.models import Contract, ContractVersion
from reviews.demo import walk
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db

PASSWORD = "long-and-only-for-tests-2026"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


class Certified:
    """A certificate authority as the tests have it: it gives a number and calls itself a signature."""

    name = "某电子认证服务"
    is_signature = True

    def confirm(self, *, contract, sha256, person):
        return f"CA-{person.pk.hex[:6]}-{sha256[:6]}"


def offered(cast, **data):
    contract = Contract.objects.select_related("challenge", "bid").get(challenge=challenge_at(cast, "awarded"))
    data = {"task_book": "一、目标：稳定运行。\n二、内容：<样机> & 中试。"} | data
    contract = actions.edit_contract(contract, actor=cast.owner, data=data)
    return take(contract, "offer", actor=cast.owner)


def owner_with_password(cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    return cast.owner


def sign_page(contract):
    return reverse("step", args=["contracts", contract.pk, "sign_as_owner"])


def now(contract):
    return Contract.objects.get(pk=contract.pk)


def marks(contract):
    return LedgerEntry.objects.filter(object_id=contract.pk).count()


def test_the_version_offered_is_kept_whole_and_cannot_be_rewritten(cast, rules):
    contract = offered(cast)
    kept = contract.versions.get()
    assert kept.sha256 == fingerprint(kept.content) == fingerprint(content_of(contract))
    assert kept.content["targets"][0]["bound"] == "≤ 5e8 cm^-2"
    with pytest.raises(DatabaseError), transaction.atomic():
        ContractVersion.objects.update(sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        kept.delete()


def test_a_confirmation_asks_for_the_password_and_a_wrong_one_leaves_no_trace(cast, rules, visit):
    contract = offered(cast)
    client = visit(owner_with_password(cast))
    page = client.get(sign_page(contract)).content.decode()
    sha256 = contract.versions.get().sha256
    assert sha256 in page
    assert "not an electronic signature" in page
    before = marks(contract)
    answer = client.post(sign_page(contract), {"content": sha256, "password": "guessed"})
    assert answer.status_code == 422
    assert "The password is wrong." in answer.content.decode()
    assert client.post(sign_page(contract), {"content": sha256}).status_code == 422
    assert now(contract).owner_signed_at is None
    assert marks(contract) == before
    assert client.post(sign_page(contract), {"content": sha256, "password": PASSWORD}).status_code == 302
    given = now(contract).owner_confirmation
    assert (given["sha256"], given["proof"], given["is_signature"]) == (sha256, "password", False)
    assert PASSWORD not in str(list(LedgerEntry.objects.filter(object_id=contract.pk).values_list("data", flat=True)))


def test_ten_wrong_passwords_are_the_last(cast, rules, visit):
    contract = offered(cast)
    client = visit(owner_with_password(cast))
    data = {"content": contract.versions.get().sha256, "password": "guessed"}
    for _try in range(10):
        client.post(sign_page(contract), data)
    answer = client.post(sign_page(contract), data | {"password": PASSWORD})
    assert "Too many tries" in answer.content.decode()
    assert now(contract).owner_signed_at is None


def test_who_signs_in_by_two_steps_gives_the_code_and_no_password(cast, rules, visit):
    contract = offered(cast)
    owner = owner_with_password(cast)
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    assert Authenticator.objects.filter(user=owner).exists()
    client, sha256 = visit(owner), contract.versions.get().sha256
    assert client.post(sign_page(contract), {"content": sha256, "password": PASSWORD}).status_code == 422
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(sign_page(contract), {"content": sha256, "code": code}).status_code == 302
    assert now(contract).owner_confirmation["proof"] == "code"


def test_a_text_that_changed_in_between_is_not_confirmed_and_nothing_is_lost(cast, rules, visit):
    contract = offered(cast)
    client, stale = visit(owner_with_password(cast)), contract.versions.get().sha256
    contract = take(contract, "revise", actor=cast.owner, reason="补充验收方法。")
    contract = actions.edit_contract(contract, actor=cast.owner, data={"task_book": "改写后的任务书。"})
    contract = take(contract, "offer", actor=cast.owner)
    answer = client.post(sign_page(contract), {"content": stale, "password": PASSWORD})
    assert answer.status_code == 409
    assert "Read it again" in answer.content.decode()
    found = now(contract)
    assert (found.state, found.owner_signed_at, found.task_book) == ("signing", None, "改写后的任务书。")
    assert [item.number for item in found.versions.all()] == [2, 1]


def test_a_row_changed_behind_the_offer_is_not_confirmed(cast, rules):
    contract = offered(cast)
    Contract.objects.filter(pk=contract.pk).update(task_book="有人在数据库里改过。")
    with pytest.raises(Refused) as refusal:
        take(contract, "sign_as_owner", actor=cast.owner, **walk.read(contract))
    assert refusal.value.code == "content"
    assert now(contract).owner_signed_at is None


def test_taking_back_voids_what_was_confirmed(cast, rules):
    contract = offered(cast)
    contract = take(contract, "sign_as_owner", actor=cast.owner, **walk.read(contract))
    contract = take(contract, "revise", actor=cast.owner, reason="金额有误，退回修改。")
    assert (contract.owner_signed_at, contract.owner_confirmation) == (None, {})


def test_a_certificate_authority_is_plugged_in_by_the_setting(cast, rules, settings):
    settings.CONTRACT_CONFIRMER = f"{__name__}.Certified"
    contract = offered(cast)
    contract = take(contract, "sign_as_owner", actor=cast.owner, **walk.read(contract))
    given = contract.owner_confirmation
    assert given["reference"].startswith("CA-")
    assert (given["way"], given["is_signature"]) == ("某电子认证服务", True)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper(cast, contract, "pdf"))).pages)
    assert "某电子认证服务" in text


def paper(cast, contract, form, number=1):
    return actions.fetch_paper(contract, actor=cast.owner, number=number, form=form)[1]


def test_the_ledger_proves_the_documents_of_offer_and_confirmations(cast, rules):
    contract = offered(cast)
    for act in (None, ("sign_as_owner", cast.owner), ("sign_as_bidder", walk.team_lead(contract.bid))):
        if act:
            more = {"pledge": True} if act[0] == "sign_as_bidder" else {}
            contract = take(contract, act[0], actor=act[1], **more, **walk.read(contract))
        entry = LedgerEntry.objects.filter(object_id=contract.pk, action="render").latest("seq")
        for form in ("pdf", "docx"):
            assert entry.data[form] == hashlib.sha256(paper(cast, contract, form)).hexdigest()
        assert entry.data["content"] == contract.versions.get().sha256
    assert LedgerEntry.objects.filter(object_id=contract.pk, action="render").count() == 3


def test_pdf_and_docx_say_all_of_the_contract(cast, rules):
    contract = offered(cast, ip_preset="joint")
    contract = take(contract, "sign_as_owner", actor=cast.owner, **walk.read(contract))
    pdf = "".join(page.extract_text() for page in PdfReader(BytesIO(paper(cast, contract, "pdf"))).pages)
    with ZipFile(BytesIO(paper(cast, contract, "docx"))) as archive:
        docx = archive.read("word/document.xml").decode()
    kept = contract.versions.get()
    for told in (
        kept.content["number"], contract.challenge.owner.uscc, contract.bid.lead.uscc, "外量子效率", "军令状",
        "第八百六十条", kept.sha256[:20], cast.owner.name, "平台确认（非电子签名）", "尚未确认", "100",
    ):  # fmt: skip
        assert told in pdf.replace("\n", ""), told
        assert told in docx, told
    assert "&lt;样机&gt; &amp; 中试" in docx


def test_both_sides_and_staff_take_the_documents_and_nobody_else(cast, rules, visit):
    contract = offered(cast)
    url = reverse("contract_paper", args=[contract.pk, 1, "docx"])
    for user in (cast.owner, walk.team_lead(contract.bid), cast.supervisor):
        answer = visit(user).get(url)
        assert answer.content.startswith(b"PK")
        assert "attachment" in answer["Content-Disposition"]
    assert LedgerEntry.objects.filter(object_id=contract.pk, action="download").count() == 3
    other = next(user for user in cast.bidders if user != walk.team_lead(contract.bid))
    assert visit(other).get(url).status_code == 404
    for number, form in ((2, "pdf"), (1, "exe")):
        assert visit(cast.owner).get(reverse("contract_paper", args=[contract.pk, number, form])).status_code == 404
