"""The content of a contract: what both sides confirm, what is hashed, and what its documents are set from."""

import hashlib
from typing import Any

from django.utils.translation import override

from accounts import ledger
from challenges.models import Contract, IpPreset
from challenges.models.bid_guards import SHARES
from challenges.models.contract_guards import plain, shown

LAWFUL = "zh-hans"  # the language of the contract, whatever language it is read in


def contract_number(contract: Contract) -> str:
    """The contract's number: its challenge's, and what tells it from the contracts of other winners."""
    return f"{contract.challenge.number}-HT{contract.pk.hex[:4].upper()}"


def content_of(contract: Contract) -> dict[str, Any]:
    """What both sides agree on, in Chinese; every value is text, so that its canonical JSON is one to the byte."""
    challenge, lead = contract.challenge, contract.bid.lead
    with override(LAWFUL):
        preset = IpPreset(contract.ip_preset)
        clause = [str(text) for text in (preset.clause, contract.ip_clause.strip()) if text]
        return {
            "number": contract_number(contract),
            "version": str(contract.version),
            "challenge": {"number": challenge.number, "title": challenge.title},
            "owner": {"name": challenge.owner.name, "uscc": challenge.owner.uscc},
            "bidder": {"name": lead.name, "uscc": lead.uscc},
            "leader": contract.leader,
            "amount": f"{contract.amount:.2f}",
            "targets": [
                {
                    "name": item["name"], "bound": shown(item), "method": item["method"],
                    "core": "是" if item["core"] else "否",
                }
                for item in contract.targets
            ],
            "milestones": [
                {
                    "position": str(item.position), "title": item.title, "deliverable": item.deliverable,
                    "due_on": item.due_on.isoformat() if item.due_on else "", "share": plain(item.share),
                    "amount": f"{item.payment.amount:.2f}",
                }
                for item in contract.milestones.select_related("payment").order_by("position")
            ],
            "shares": [
                {"name": row.organization.name, "uscc": row.organization.uscc}
                | {name: plain(getattr(row, name)) for name in SHARES}
                for row in contract.shares.select_related("organization")
            ],
            "ip": {"title": str(preset.label), "clause": clause, "source": str(preset.source)},
            "task_book": contract.task_book,
            "pledge": contract.pledge,
        }  # fmt: skip


def fingerprint(content: dict[str, Any]) -> str:
    """The SHA-256 of a content's canonical JSON."""
    return hashlib.sha256(ledger.canonical(content).encode()).hexdigest()
