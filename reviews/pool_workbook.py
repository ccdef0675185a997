"""Experts in a workbook: the template, every row of an upload or its faults, and the pool as a table.

All rows are valid or nothing is imported. What a row names (employer, specialties, an account) is looked up here, in a
fixed number of queries, so that the first look says all that is wrong.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from challenges import spreadsheet
from challenges.permissions import STAFF
from challenges.spreadsheet import Cells, open_sheet, short, write_sheet
from challenges.workbook import INDUSTRIES
from reviews.models import Expert, Expertise, Language, Specialty

COLUMNS = (
    NAME := "姓名",
    EMAIL := "电子邮箱",
    EMPLOYER := "工作单位统一社会信用代码",
    FIELDS := "所属产业",
    SPECIALTIES := "专业方向及程度",
    LANGUAGES := "语言",
    BIOGRAPHY := "简介",
)
LEVELS = {"熟悉": 1, "从事": 2, "主持": 3}
LANGUAGE_WORDS = {"中文": "zh", "英文": "en", "日文": "ja", "韩文": "ko", "德文": "de", "法文": "fr", "俄文": "ru"}
SHEET = "专家"
EXAMPLE = (
    "张三（示例，导入前删除本行）", "zhangsan@example.org", "91350100M000100Y43", "半导体光电、氢能",
    "半导体材料与外延|主持\n燃料电池|熟悉", "中文、英文", "从事宽禁带半导体外延生长与缺陷表征。",
)  # fmt: skip
WIDTHS = (16, 28, 26, 24, 30, 16, 50)
EXPORTED = (
    "姓名",
    "电子邮箱（部分隐去）",
    "工作单位",
    "所属产业",
    "专业方向及程度",
    "语言",
    "可任组长",
    "状态",
    "入库申请日期",
)
_BETWEEN = re.compile(r"[\n,，、;；]+")


@dataclass(frozen=True, slots=True)
class Row:
    """A faultless row; `user` is the account of the address, if there is one."""

    row: int
    name: str
    email: str
    organization: Organization | None
    fields: list[str]
    specialties: dict[Specialty, int]
    languages: list[str]
    biography: str
    user: User | None


Reading = spreadsheet.Reading[Row]


@dataclass(frozen=True)
class Known:
    """What the rows of a workbook may name, read once."""

    organizations: Mapping[str, Organization]
    users: Mapping[str, User]
    experts: set[Any]
    specialties: Mapping[str, list[Specialty]]
    addresses: Counter[str]


class ExpertParser(Cells):
    """One row on its way to an expert."""

    def __init__(self, number: int, cells: tuple[Any, ...], places: Mapping[str, int]) -> None:
        super().__init__(number, cells, places)
        self._refuse_formulas()
        self.name = " ".join(self._filled(NAME, longest=100).split())
        self.email = unicodedata.normalize("NFKC", self._filled(EMAIL, longest=254)).strip().lower()
        self.code = self._uscc(EMPLOYER) if self._optional(EMPLOYER, longest=50) else ""

    def parse(self, known: Known) -> Row:
        """The row; it means something only if no fault was noted."""
        fields = self._several(FIELDS, INDUSTRIES, needed=True)
        languages = self._several(LANGUAGES, LANGUAGE_WORDS, needed=False)
        return Row(
            row=self.number,
            name=self.name,
            email=self.email,
            organization=self._organization(known),
            fields=fields,
            specialties=self._specialties(known, fields),
            languages=languages or [Language.CHINESE.value],
            biography=self._optional(BIOGRAPHY, longest=3000),
            user=self._account(known),
        )

    def _several(self, column: str, names: Mapping[str, str], *, needed: bool) -> list[str]:
        text = self._filled(column, longest=200) if needed else self._optional(column, longest=200)
        found: dict[str, None] = {}
        for part in _parts(text):
            if part not in names:
                message = _("“%(value)s” is not known here. Use one of: %(names)s.")
                self.fault(column, "unknown_choice", message % {"value": short(part), "names": "、".join(names)})
                return []
            found[names[part]] = None
        return list(found)

    def _specialties(self, known: Known, fields: list[str]) -> dict[Specialty, int]:
        found: dict[Specialty, int] = {}
        for part in _parts(self._optional(SPECIALTIES, longest=2000)):
            name, _sign, level = (piece.strip() for piece in part.replace("｜", "|").partition("|"))
            if level not in LEVELS:
                message = _("“%(value)s”: write a specialty, a line “|” and one of: %(names)s.")
                self.fault(SPECIALTIES, "bad_level", message % {"value": short(part), "names": "、".join(LEVELS)})
                continue
            fitting = [item for item in known.specialties.get(name, ()) if item.industry in fields]
            if len(fitting) != 1:
                message = _("“%(value)s” is no specialty of the industries of this row; see the list of them.")
                self.fault(SPECIALTIES, "unknown_specialty", message % {"value": short(name)})
                continue
            found[fitting[0]] = LEVELS[level]
        return found

    def _organization(self, known: Known) -> Organization | None:
        found = known.organizations.get(self.code)
        if self.code and found is None:
            message = _("No organisation is registered under “%(code)s”. It registers first, or leave the cell empty.")
            self.fault(EMPLOYER, "unknown_organization", message % {"code": self.code})
        return found

    def _account(self, known: Known) -> User | None:
        if self.has_fault(EMAIL):
            return None
        try:
            validate_email(self.email)
        except ValidationError:
            message = _("“%(value)s” is not an e-mail address.")
            self.fault(EMAIL, "bad_email", message % {"value": short(self.email)})
            return None
        if known.addresses[self.email] > 1:
            self.fault(EMAIL, "repeated", _("This address stands in another row as well. Keep one of them."))
        user = known.users.get(self.email)
        if user is None:
            return None
        if not user.is_active:
            self.fault(EMAIL, "closed", _("The account of this address is closed. Take the row out."))
        elif set(user.roles) & set(STAFF):
            self.fault(EMAIL, "staff", _("This is somebody of the platform's staff, who do not review."))
        elif user.pk in known.experts:
            self.fault(
                EMAIL, "exists", _("This person is in the expert pool already, or has applied. Take the row out.")
            )
        elif self.name and user.name != self.name:
            message = _("The account of this address belongs to “%(name)s”. Put right the name or the address.")
            self.fault(NAME, "other_name", message % {"name": user.name})
        return user


def read(stream: BinaryIO) -> Reading:
    """Every row of the workbook or its faults; Unreadable if it is no such workbook."""
    reading, places, lines = open_sheet(stream, columns=COLUMNS, title=SHEET)
    parsers = [ExpertParser(number, cells, places) for number, cells in lines]
    known = _known(parsers)
    order = {column: place for place, column in enumerate(COLUMNS)}
    for parser in parsers:
        row = parser.parse(known)
        if not parser.faults:
            reading.rows.append(row)
        reading.faults += sorted(parser.faults, key=lambda fault: order[fault.column])
    return reading


def template() -> bytes:
    """The empty workbook with its headings and one line that shows how it is filled in."""
    return write_sheet(SHEET, COLUMNS, [EXAMPLE], widths=WIDTHS)


def export(experts: Iterable[Expert]) -> bytes:
    """The pool as a table; addresses are masked, since nobody is written to from it."""
    languages = {code: word for word, code in LANGUAGE_WORDS.items()}
    fields = {code: word for word, code in INDUSTRIES.items()}
    levels = {level: word for word, level in LEVELS.items()}
    rows = (
        (
            expert.user.name, masked(expert.user.email), expert.organization.name if expert.organization else "",
            "、".join(fields.get(item, item) for item in expert.fields),
            "\n".join(f"{item.specialty.name}|{levels[item.level]}" for item in expert.expertise.all()),
            "、".join(languages.get(item, item) for item in expert.languages), "是" if expert.may_chair else "否",
            str(expert.get_state_display()), expert.created_at.date().isoformat(),
        )
        for expert in experts
    )  # fmt: skip
    return write_sheet(SHEET, EXPORTED, rows, widths=(16, 28, 30, 24, 30, 16, 10, 10, 14))


def masked(email: str) -> str:
    """As much of an address as tells two people apart who know each other."""
    name, _sign, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _known(parsers: list[ExpertParser]) -> Known:
    codes = {parser.code for parser in parsers if parser.code}
    addresses = Counter(parser.email for parser in parsers if parser.email)
    users = {user.email: user for user in User.objects.filter(email__in=addresses)}
    held = Expert.objects.filter(user__in=users.values()).values_list("user", flat=True)
    specialties: dict[str, list[Specialty]] = {}
    for item in Specialty.objects.all():
        specialties.setdefault(item.name, []).append(item)
    found = {item.uscc: item for item in Organization.objects.filter(uscc__in=codes)}
    return Known(found, users, set(held), specialties, addresses)


assert set(LEVELS.values()) == set(Expertise.Level.values)  # noqa: S101  (a level without its word could not be written)
