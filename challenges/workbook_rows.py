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
from openpyxl.utils import get_column_letter

from accounts import uscc
from challenges.calendar import SHANGHAI

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


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell (`cell` as Excel names it) and what the person should do."""

    row: int
    serial: str
    column: str
    cell: str
    code: str
    message: str


class RowParser:
    """One row on its way from cells to a `Row`; what does not fit is noted in `faults` and parsing goes on."""

    def __init__(self, number: int, cells: tuple[Any, ...], places: Mapping[str, int], today: date) -> None:
        self.number = number
        self.faults: list[Fault] = []
        self.title = self.owner_name = self.uscc = ""
        self._cells = {column: cells[place] for column, place in places.items()}
        self._places = places
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
        self.uscc = self._uscc()
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

    def fault(self, column: str, code: str, message: str) -> None:
        """Note what is wrong in a column; a cell that cannot be read at all keeps that first fault alone."""
        cell = f"{get_column_letter(self._places[column] + 1)}{self.number}"
        self.faults.append(Fault(self.number, self.serial, column, cell, code, message))

    def has_fault(self, column: str) -> bool:
        """Whether something is wrong in this column already."""
        return any(fault.column == column for fault in self.faults)

    def _refuse_formulas(self) -> None:
        for column, cell in self._cells.items():
            text = text_of(cell.value)
            if cell.data_type == "f" or text.startswith("="):
                message = _(
                    "This cell holds a formula, and formulas are not evaluated. Type the text or number itself."
                )
                self.fault(column, "formula", message)
            elif cell.data_type == "e":
                message = _("This cell holds the Excel error %(value)s. Type the text or number itself.")
                self.fault(column, "error_value", message % {"value": short(text)})
            elif any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
                message = _("This cell holds control characters. Delete its content and type it again.")
                self.fault(column, "control_characters", message)

    def _filled(self, column: str, *, longest: int) -> str:
        text = text_of(self._cells[column].value)
        if self.has_fault(column):
            return ""
        if not text:
            self.fault(column, "missing", _("This cell is empty. Fill it in."))
        elif len(text) > longest:
            message = _("This text has %(length)s characters. Shorten it to at most %(longest)s.")
            self.fault(column, "too_long", message % {"length": len(text), "longest": longest})
        return text

    def _choice(self, column: str, names: Mapping[str, str]) -> str:
        text = self._filled(column, longest=50)
        if text and text not in names and not self.has_fault(column):
            message = _("“%(value)s” is not known here. Use one of: %(names)s.")
            self.fault(column, "unknown_choice", message % {"value": short(text), "names": "、".join(names)})
        return names.get(text, "")

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

    def _uscc(self) -> str:
        text = self._filled(USCC, longest=50)
        code = uscc.clean(text)
        if not text or self.has_fault(USCC) or uscc.is_valid(code):
            return code
        reasons = {
            "length": _("it must have 18 characters"),
            "alphabet": _("it holds a character that codes do not use (I, O, S, V, Z or a sign)"),
            "division": _("its 3rd to 8th characters must be digits"),
            "organization_code": _("its 17th character, the check of the organisation code, does not fit"),
            "check": _("its last character, the check of the whole, does not fit"),
        }
        message = _("“%(value)s” is not a valid code: %(reasons)s. Copy it from the business licence.")
        listed = "；".join(reasons[problem] for problem in uscc.problems(code))
        self.fault(USCC, "bad_uscc", message % {"value": short(text), "reasons": listed})
        return ""

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


def text_of(value: Any) -> str:
    """What a person sees in the cell, without the blanks around it."""
    match value:
        case None:
            return ""
        case str():
            return value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        case bool():
            return str(value).upper()
        case float():
            return format(value, ".15g")  # the digits Excel keeps
        case datetime():
            return value.date().isoformat()
        case _:
            return str(getattr(value, "text", value))


def short(text: str) -> str:
    """As much of what was written as a message may repeat."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def folded(text: str) -> str:
    """The text as it is compared: case, width and blanks make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
