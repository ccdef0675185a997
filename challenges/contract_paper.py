"""A contract as a document (任务书 and 军令状), in Chinese: blocks that the PDF and the DOCX are set from alike."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from challenges.calendar import SHANGHAI
from challenges.models.bid_guards import SHARES


@dataclass(frozen=True)
class Title:
    """The name of a document; it begins a page."""

    text: str


@dataclass(frozen=True)
class Heading:
    """The name of a section."""

    text: str


@dataclass(frozen=True)
class Words:
    """One paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of text under a head; `widths` are parts of the whole width."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


Block = Title | Heading | Words | Table
SHARE_NAMES = {
    "cost_share": "投入（%）",
    "result_share": "成果（%）",
    "benefit_share": "收益（%）",
    "risk_share": "风险（%）",
}


@dataclass(frozen=True)
class Confirmed:
    """Who confirmed for a side, when, how, and over which content."""

    side: str
    organization: str
    person: str
    at: datetime | None
    way: str
    sha256: str


def paper(content: dict[str, Any], *, sha256: str, confirmations: Sequence[Confirmed]) -> list[Block]:
    """Task book, then pledge; `sha256` is empty for a draft that nobody can confirm yet."""
    return [
        *_task_book(content, draft=not sha256),
        *_confirmations(confirmations, sha256),
        *_pledge(content, confirmations),
    ]


def _task_book(content: dict[str, Any], *, draft: bool) -> list[Block]:
    owner, bidder = content["owner"], content["bidder"]
    blocks: list[Block] = [
        Title("“揭榜挂帅”项目任务书" + ("（草案）" if draft else "")),
        Table(
            ("项目", "内容"),
            [
                ("合同编号", content["number"]),
                ("版本", f"第{content['version']}版"),
                ("榜单", f"{content['challenge']['number']} {content['challenge']['title']}"),
                ("发榜方（甲方）", f"{owner['name']}\n统一社会信用代码：{owner['uscc']}"),
                ("揭榜方（乙方）", f"{bidder['name']}\n统一社会信用代码：{bidder['uscc']}"),
                ("项目负责人", content["leader"] or "—"),
                ("合同金额", f"人民币{yuan(content['amount'])}元"),
            ],
            (22, 78),
        ),
        Heading("一、任务内容"),
        *_paragraphs(content["task_book"]),
        Heading("二、技术指标"),
    ]
    if content["targets"]:
        blocks.append(
            Table(
                ("指标", "约定值", "测试方法", "核心指标"),
                [(item["name"], item["bound"], item["method"], item["core"]) for item in content["targets"]],
                (30, 25, 32, 13),
            )
        )
    else:
        blocks.append(Words("本项目未约定可测量的技术指标。"))
    blocks += [
        Heading("三、里程碑与付款计划"),
        Table(
            ("序号", "里程碑", "交付物", "完成日期", "比例（%）", "金额（元）"),
            [
                (item["position"], item["title"], item["deliverable"] or "—", item["due_on"] or "—", item["share"],
                 yuan(item["amount"]))
                for item in content["milestones"]
            ],
            (8, 18, 30, 16, 12, 16),
        ),
        Words("每个里程碑验收通过后，按上表所列金额申请付款；支付金额不超过已验收金额。"),
        Heading("四、创新联合体份额"),
        Table(
            ("单位", *SHARE_NAMES.values()),
            [
                (f"{item['name']}\n{item['uscc']}", *(item[name] for name in SHARES)) for item in content["shares"]
            ],
            (44, 14, 14, 14, 14),
        ),
        Heading("五、知识产权"),
        *(Words(text) for text in content["ip"]["clause"]),
        Words(f"法律依据：{content['ip']['source']}。"),
    ]  # fmt: skip
    return blocks


def _confirmations(confirmations: Sequence[Confirmed], sha256: str) -> list[Block]:
    if not sha256:
        return [Heading("六、双方确认"), Words("本文件为草案，尚未提交双方确认。")]
    signature = "" if any(item.way for item in confirmations) else "双方尚未确认。"
    return [
        Heading("六、双方确认"),
        Table(
            ("一方", "单位", "确认人", "确认时间（北京时间）", "确认方式"),
            [(item.side, item.organization, item.person or "—", _moment(item.at), item.way or "尚未确认")
             for item in confirmations],
            (12, 28, 14, 22, 24),
        ),
        *([Words(signature)] if signature else []),
        Words(f"所确认内容的SHA-256：{sha256}"),
    ]  # fmt: skip


def _pledge(content: dict[str, Any], confirmations: Sequence[Confirmed]) -> list[Block]:
    team = next(item for item in confirmations if item.side == "揭榜方")
    given = f"由{team.person}于{_moment(team.at)}（北京时间）确认；确认方式：{team.way}。" if team.at else "尚未确认。"
    return [
        Title("军令状"),
        Words(f"合同编号：{content['number']}　第{content['version']}版"),
        *_paragraphs(content["pledge"]),
        Words(f"立状单位：{content['bidder']['name']}"),
        Words(given),
    ]


def _paragraphs(text: str) -> list[Block]:
    return [Words(line.strip()) for line in text.splitlines() if line.strip()] or [Words("—")]


def yuan(amount: str) -> str:
    """Money with its thousands told apart."""
    return f"{Decimal(amount):,.2f}"


def sha256_of(data: bytes) -> str:
    """The SHA-256 of a document's bytes."""
    return hashlib.sha256(data).hexdigest()


def _moment(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "—"
