"""Turns one row of the bureau's workbook (榜单) into a challenge's data, or into faults with what to do about them.

No formula is evaluated, and of a row that bears a mark of state secrecy not a word is repeated.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from challenges.calendar import SHANGHAI
from challenges.spreadsheet import Cells, short, text_of

COLUMNS = (
    SERIAL := "序号",
    TITLE := "需求名称",
    INDUSTRY := "所属产业",
    KIND := "榜题类别",
    BACKGROUND := "需求背景与难点",
    TARGETS := "主要技术指标",
    REWARD := "榜额(万元)",
    DEADLINE := "截止揭榜日期",
    DURATION := "完成时限",
    OWNER := "发榜方",
    USCC := "统一社会信用代码",
    CONTACT := "联系人",
    PHONE := "联系电话",
    IP_CLAUSE := "知识产权约定",
    SECRECY_LEVEL := "密级",
)
INDUSTRIES = {
    "现代煤化工": "coal_chemical",
    "装备制造": "equipment",
    "半导体光电": "optoelectronics",
    "碳基新材料": "carbon_materials",
    "医药健康": "medicine",
    "氢能": "hydrogen",
    "信创": "trusted_it",
}
KINDS = {"核心技术": "core_technology", "卡脖子": "bottleneck", "基础前沿": "frontier"}
SECRECY = {"公开": "public", "内部": "internal", "商业秘密": "trade_secret"}
STATE_SECRETS = ("绝密", "机密", "秘密", "涉密")

# The column holds a day. Offices close bidding at the end of their working hours, not at midnight.
CLOSING_TIME = time(17)

MAX_TARGETS = 50
MAX_MONTHS = 120
MAX_REWARD = Decimal(10) ** 11
MAX_DIGITS = 15

_YUAN = 10_000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_MONTHS = re.compile(r"(?:(\d{1,2})年)?(?:(\d{1,3})个?月?)?", re.ASCII)
_PHONE = re.compile(r"[+(]?\d[\d()+\-, 转]{3,28}\d", re.ASCII)
_COMPARATORS = {">=": ">=", "≥": ">=", "<=": "<=", "≤": "<=", "=": "="}


@dataclass(frozen=True, slots=True)
class Target:
    """One technical target; `value` is text only where the comparator is `=`, and the unit `-` means none."""

    name: str
    comparator: str
    value: Decimal | str
    unit: str
    method: str


@dataclass(frozen=True, slots=True)
class Row:
    """A faultless row: `row` is Excel's number, `reward` is in yuan, `bid_deadline` is 17:00 in Asia/Shanghai."""

    row: int
    serial: str
    title: str
    industry: str
    kind: str
    background: str
    targets: tuple[Target, ...]
    reward: Decimal
    bid_deadline: datetime
    duration_months: int
    owner_name: str
    uscc: str
    contact: str
    phone: str
    ip_clause: str
    secrecy: str


class RowParser(Cells):
    """One row on its way from cells to a `Row`; what does not fit is noted in `faults` and parsing goes on."""

    def __init__(self, number: int, cells: tuple[Any, ...], places: Mapping[str, int], today: date) -> None:
        super().__init__(number, cells, places)
        self.title = self.owner_name = self.uscc = ""
        self._today = today
        self.serial = short(text_of(self._cells[SERIAL].value))

    def parse(self) -> Row | None:
        """The row; it means something only if no fault was noted. None for one marked as a state secret."""
        level = text_of(self._cells[SECRECY_LEVEL].value)
        written = "".join(unicodedata.normalize("NFKC", level).split())
        if level not in SECRECY and any(mark in written for mark in STATE_SECRETS):
            message = _(
                "State secrets must not enter this system. Delete this row, and hand it in through your secrecy office."
            )
            self.fault(SECRECY_LEVEL, "state_secret", message)
            return None
        self._refuse_formulas()
        self.title = " ".join(self._filled(TITLE, longest=200).split())
        self.owner_name = " ".join(self._filled(OWNER, longest=200).split())
        self.uscc = self._uscc(USCC)
        return Row(
            row=self.number,
            serial=self.serial,
            title=self.title,
            industry=self._choice(INDUSTRY, INDUSTRIES),
            kind=self._choice(KIND, KINDS),
            background=self._filled(BACKGROUND, longest=5_000),
            targets=self._targets(),
            reward=self._reward(),
            bid_deadline=datetime.combine(self._day(), CLOSING_TIME, SHANGHAI),
            duration_months=self._months(),
            owner_name=self.owner_name,
            uscc=self.uscc,
            contact=self._filled(CONTACT, longest=50),
            phone=self._phone(),
            ip_clause=self._filled(IP_CLAUSE, longest=500),
            secrecy=self._choice(SECRECY_LEVEL, SECRECY),
        )

    def _targets(self) -> tuple[Target, ...]:
        if not text_of(self._cells[TARGETS].value):
            message = _("Give at least one technical target, each on a line: name|comparator|value|unit|test method.")
            self.fault(TARGETS, "missing", message)
            return ()
        lines = [line.strip() for line in self._filled(TARGETS, longest=20_000).splitlines() if line.strip()]
        if len(lines) > MAX_TARGETS:
            message = _("There are %(count)s targets. Keep at most %(most)s.")
            self.fault(TARGETS, "too_many_targets", message % {"count": len(lines), "most": MAX_TARGETS})
            return ()
        targets: dict[tuple[str, str], Target] = {}
        for number, line in enumerate(lines, start=1):
            try:
                target = _target(line)
            except ValueError as problem:
                message = _("Line %(number)s, “%(line)s”: %(problem)s")
                values = {"number": number, "line": short(line), "problem": problem}
                self.fault(TARGETS, "bad_target", message % values)
                continue
            if (target.name, target.comparator) in targets:
                message = _("Line %(number)s sets “%(name)s” a second time. Remove one of the two.")
                self.fault(TARGETS, "repeated_target", message % {"number": number, "name": short(target.name)})
            targets[target.name, target.comparator] = target
        return tuple(targets.values())

    def _reward(self) -> Decimal:
        text = self._filled(REWARD, longest=50)
        if not text or self.has_fault(REWARD):
            return Decimal(0)
        number = _number(unicodedata.normalize("NFKC", text).replace(",", "").removesuffix("万元").strip())
        if number is None:
            message = _("“%(value)s” is not a number. Write the amount in 万元 in digits, such as 120 or 35.5.")
            self.fault(REWARD, "bad_number", message % {"value": short(text)})
            return Decimal(0)
        yuan = number * _YUAN
        if yuan <= 0:
            self.fault(REWARD, "not_positive", _("The amount must be above zero."))
        elif yuan > MAX_REWARD:
            self.fault(REWARD, "too_large", _("This amount is too large. The column counts in 万元, not in yuan."))
        elif yuan != round(yuan, 2):
            self.fault(REWARD, "bad_number", _("This amount is finer than a fen. Round it."))
        return round(yuan, 2)

    def _day(self) -> date:
        value = self._cells[DEADLINE].value
        text = self._filled(DEADLINE, longest=50)
        if not text or self.has_fault(DEADLINE):
            return self._today
        day = value.date() if isinstance(value, datetime) else _day(text)
        if day is None:
            message = _("“%(value)s” is not a date. Write it as 2027-02-06.")
            self.fault(DEADLINE, "bad_date", message % {"value": short(text)})
        elif day <= self._today:
            message = _("%(day)s is over. Give a day after %(today)s.")
            self.fault(DEADLINE, "past", message % {"day": day.isoformat(), "today": self._today.isoformat()})
        return day or self._today

    def _months(self) -> int:
        text = self._filled(DURATION, longest=50)
        if not text or self.has_fault(DURATION):
            return 0
        match = _MONTHS.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
        years, months = (int(part or 0) for part in match.groups()) if match else (0, 0)
        if not 1 <= 12 * years + months <= MAX_MONTHS:
            message = _("“%(value)s” is not a period. Write months, such as 24个月, at most %(most)s.")
            self.fault(DURATION, "bad_duration", message % {"value": short(text), "most": MAX_MONTHS})
        return 12 * years + months

    def _phone(self) -> str:
        text = unicodedata.normalize("NFKC", self._filled(PHONE, longest=30))
        if text and not self.has_fault(PHONE) and not _PHONE.fullmatch(text):
            message = _("“%(value)s” is not a telephone number. Write it as 0355-1234567 or 13812345678.")
            self.fault(PHONE, "bad_phone", message % {"value": short(text)})
        return text


def _target(line: str) -> Target:
    """The target a line states; ValueError with the sentence that says what to mend."""
    parts = [part.strip() for part in line.replace("｜", "|").split("|")]
    if len(parts) != 5:
        raise ValueError(_("Write five parts parted by “|”: name|comparator|value|unit|test method."))
    name, sign, text, unit, method = parts
    comparator = _COMPARATORS.get(unicodedata.normalize("NFKC", sign))
    if comparator is None:
        raise ValueError(_("The comparator must be >=, <= or =."))
    if not all(parts):
        raise ValueError(_("No part may be empty. Write “-” where there is no unit."))
    if len(name) > 100 or len(text) > 100 or len(unit) > 30 or len(method) > 200:
        raise ValueError(_("Shorten it: name and value have at most 100 characters, unit 30, test method 200."))
    number = _number(text)
    if number is None and comparator != "=":
        raise ValueError(
            _("“%(value)s” is not a number, which %(comparator)s needs.")
            % {"value": short(text), "comparator": comparator}
        )
    return Target(name, comparator, text if number is None else number, unit, method)


def _number(text: str) -> Decimal | None:
    """The decimal number the whole text writes, as long as 15 digits before and after the point hold it."""
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    exponent = number.normalize().as_tuple().exponent
    if number and (number.adjusted() >= MAX_DIGITS or not isinstance(exponent, int) or exponent < -MAX_DIGITS):
        return None
    return number


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
