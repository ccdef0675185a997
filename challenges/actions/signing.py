"""Offer and confirmation: what is confirmed is kept, hashed and recorded, and nothing else can be confirmed."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts import ledger, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges import contract_paper, paper_docx, paper_pdf
from challenges.actions import treasury
from challenges.actions.midterm_checks import plan_midterm_check
from challenges.confirmation import confirmer
from challenges.contract_text import LAWFUL, content_of, contract_number, fingerprint
from challenges.models import Challenge, Contract, ContractAmendment, ContractVersion, RaceResult

BY_RACE = "已确认原合同；金额按公示的赛马方案调整"
FORMS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@step(Contract, "offer")
def offer(contract: Contract, *, actor: User) -> Contract:
    """The contract is offered; its content is kept under its version and hash."""
    contract = perform(contract.offer, actor=actor)
    keep_version(contract)
    record_papers(contract)
    return contract


def keep_version(contract: Contract) -> ContractVersion:
    """Keep what the contract says now as its present version."""
    content = content_of(contract)
    return ContractVersion.objects.create(
        contract=contract, number=contract.version, content=content, sha256=fingerprint(content)
    )


@step(Contract, "sign_as_owner")
def sign_as_owner(contract: Contract, *, actor: User, content: str, proof: str) -> Contract:
    """The owner confirms the content of this SHA-256; with both confirmations the contract takes effect."""
    workflow.lock(contract.challenge)
    given = _confirmed(workflow.lock(contract), actor=actor, content=content, proof=proof)
    return _when_both(perform(contract.sign_as_owner, actor=actor, confirmation=given))


@step(Contract, "sign_as_bidder")
def sign_as_bidder(contract: Contract, *, actor: User, pledge: bool, content: str, proof: str) -> Contract:
    """The team confirms content and pledge; with both confirmations the contract takes effect."""
    workflow.lock(contract.challenge)
    given = _confirmed(workflow.lock(contract), actor=actor, content=content, proof=proof)
    return _when_both(perform(contract.sign_as_bidder, actor=actor, pledge=pledge, confirmation=given))


def _confirmed(contract: Contract, *, actor: User, content: str, proof: str) -> dict[str, Any]:
    """The confirmation as the contract keeps it, once the content read is the one offered and still the one written."""
    kept = contract.versions.filter(number=contract.version).first()
    if kept is None or fingerprint(content_of(contract)) != kept.sha256:
        raise Refused(
            _("The contract is not word for word the one that was offered: take it back and offer it again."),
            code="content",
        )
    if content != kept.sha256:
        raise Refused(_("The contract was changed after you opened it. Read it again, then confirm."), code="content")
    way = confirmer()
    reference = way.confirm(contract=contract.pk, sha256=kept.sha256, person=actor)
    with override(LAWFUL):
        return {
            "way": str(way.name), "is_signature": way.is_signature, "reference": reference,
            "sha256": kept.sha256, "proof": proof,
        }  # fmt: skip


def _when_both(contract: Contract) -> Contract:
    record_papers(contract)
    if contract.owner_signed_at is None or contract.bidder_signed_at is None:
        return contract
    contract = perform(contract.take_effect, actor=None)
    treasury.commit(contract)
    plan_midterm_check(contract)
    challenge = contract.challenge
    if challenge.state == Challenge.State.AWARDED:
        perform(challenge.sign, actor=None)
    return contract


def record_papers(contract: Contract) -> None:
    """The ledger keeps the SHA-256 of the content and of each document as it stands now, so that it can be proved."""
    kept = contract.versions.get(number=contract.version)
    papers = {form: contract_paper.sha256_of(render(contract, kept, form)) for form in FORMS}
    data = {"version": kept.number, "content": kept.sha256} | papers
    ledger.append(contract, "render", actor=None, acting_as="platform", data=data)


def render(contract: Contract, version: ContractVersion | None, form: str) -> bytes:
    """Task book and pledge as “pdf” or “docx”; without a version, as the draft stands."""
    content = version.content if version else content_of(contract)
    blocks = contract_paper.paper(
        content, sha256=version.sha256 if version else "", confirmations=_both_sides(contract, version)
    )
    name = f"{content['number']} 第{content['version']}版"
    return paper_pdf.pdf(blocks, name=name, foot=name) if form == "pdf" else paper_docx.docx(blocks, foot=name)


def _both_sides(contract: Contract, version: ContractVersion | None) -> list[contract_paper.Confirmed]:
    """Who confirmed this version; a confirmation of another version is none of this one."""
    sides = (
        ("发榜方", contract.challenge.owner, contract.owner_signed_by, contract.owner_signed_at,
         contract.owner_confirmation),
        ("揭榜方", contract.bid.lead, contract.bidder_signed_by, contract.bidder_signed_at,
         contract.bidder_confirmation),
    )  # fmt: skip
    raced = RaceResult.objects.filter(contract=contract, version=version.number).exists() if version else False
    amended = contract.amendments.filter(version=version.number).first() if version else None
    if amended:
        return _both_of_amendment(contract, amended)
    found = []
    for side, organization, person, at, given in sides:
        holds = version is not None and (raced or given.get("sha256") == version.sha256)
        found.append(
            contract_paper.Confirmed(
                side=side, organization=organization.name, person=person.name if holds and person else "",
                at=at if holds else None, way=BY_RACE if raced else given["way"] if holds else "",
                sha256=given.get("sha256", ""),
            )
        )  # fmt: skip
    return found


def _both_of_amendment(contract: Contract, amended: ContractAmendment) -> list[contract_paper.Confirmed]:
    """Who asked for the change that made this version, and who agreed to it."""
    asked, agreed = (amended.requested_by, amended.created_at), (amended.agreed_by, amended.agreed_at)
    owner, team = (asked, agreed) if amended.by_owner else (agreed, asked)
    return [
        contract_paper.Confirmed(
            side=side, organization=organization.name, person=person.name if person else "", at=at,
            way=f"同意第{amended.number}号变更", sha256="",
        )
        for side, organization, (person, at) in (
            ("发榜方", contract.challenge.owner, owner), ("揭榜方", contract.bid.lead, team),
        )
    ]  # fmt: skip


def fetch_paper(contract: Contract, *, actor: User, number: int, form: str) -> tuple[str, bytes]:
    """One version as a named file; the ledger keeps who took it. LookupError where there is no such version."""
    with transaction.atomic():
        decision = require(actor, "contract.view", contract)
        kept = contract.versions.filter(number=number).first()
        if form not in FORMS or (kept is None and number != contract.version):
            raise LookupError(number)
        data = render(contract, kept, form)
        ledger.append(
            contract, "download", actor=actor, acting_as=decision.role,
            data={"version": number, "form": form, "sha256": contract_paper.sha256_of(data)},
        )  # fmt: skip
    return f"{contract_number(contract)}-v{number}.{form}", data
