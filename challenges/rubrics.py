"""A rubric read with care: what differs from its template, whether it asks for papers, titles or degrees (破四唯)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.lists import listed
from challenges.rules import Criterion, Rubric

PARTS: Final = [("technical", gettext_lazy("Technical part")), ("commercial", gettext_lazy("Commercial part"))]
AXES: Final = [
    ("quality", gettext_lazy("Quality")),
    ("sharing", gettext_lazy("Sharing")),
    ("performance", gettext_lazy("Performance")),
]


def by_axis(means: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """The three axes in words, each with its mean; None where no criterion of the rubric weighs in it."""
    return [(str(word), means.get(axis)) for axis, word in AXES]


_COUNTED = re.compile(
    r"论文|影响因子|职称|学历|学位|院士|帽子|人才称号|奖项"
    r"|(?<![a-z])(?:SCI|CSSCI|EI|papers?|publications?|impact factors?|citations?|degrees?|professors?|PhDs?"
    r"|(?:academic|professional|honorary) titles?)(?![a-z])",
    re.IGNORECASE,
)
# A clause that says what is not counted asks for nothing: “不数论文、职称与学历”.
_CLAUSE = re.compile(r"[，。；！？;!?\n]|\.\s")
_NEGATED = re.compile(r"不|非|勿|无需|毋|破除|\b(?:not|no|never|without|nor|neither)\b", re.IGNORECASE)


def counted_words(*texts: str) -> list[str]:
    """What these texts ask for that no rubric may count: papers, titles, degrees; in the order found, each once."""
    clauses = [clause for text in texts for clause in _CLAUSE.split(text) if not _NEGATED.search(clause)]
    return list(dict.fromkeys(word for clause in clauses for word in _COUNTED.findall(clause)))


def asks_for(criterion: Criterion) -> list[str]:
    """The words in a criterion's names and guides that ask for what no rubric may count."""
    return counted_words(criterion.name, criterion.name_en, criterion.guide, criterion.guide_en)


@dataclass(frozen=True)
class Change:
    """One thing that differs from the template, and how it stands there."""

    what: str
    before: str


@dataclass(frozen=True)
class Row:
    """One criterion as pages show it, with what differs from the template."""

    criterion: Criterion
    part: str | Promise
    axis: str | Promise
    new: bool = False
    changes: list[Change] = field(default_factory=list)
    asks: str = ""


@dataclass(frozen=True)
class Reading:
    """A rubric beside its template."""

    rows: list[Row]
    gone: list[Criterion]
    changes: list[Change]
    scale: int
    total_threshold: Any

    @property
    def differs(self) -> bool:
        """Whether anything differs from the template."""
        return bool(self.gone or self.changes or any(row.new or row.changes for row in self.rows))


def read(rubric: Rubric, template: Rubric | None = None) -> Reading:
    """The rubric criterion by criterion; without a template nothing differs."""
    before = {item.key: item for item in (template or rubric).criteria}
    kept = {item.key for item in rubric.criteria}
    return Reading(
        rows=[_row(item, before.get(item.key)) for item in rubric.criteria],
        gone=[item for key, item in before.items() if key not in kept],
        changes=_changes(rubric, template or rubric, _whole()),
        scale=rubric.scale,
        total_threshold=rubric.total_threshold,
    )


def _row(criterion: Criterion, before: Criterion | None) -> Row:
    return Row(
        criterion=criterion,
        part=dict(PARTS)[criterion.part],
        axis=dict(AXES)[criterion.axis],
        new=before is None,
        changes=_changes(criterion, before, _of_criterion()) if before else [],
        asks=listed(asks_for(criterion)),
    )


_Words = dict[str, tuple[str, Callable[[Any], str]]]


def _whole() -> _Words:
    return {"scale": (_("Highest raw score"), str), "total_threshold": (_("Total a bid must reach"), str)}


def _of_criterion() -> _Words:
    return {
        "weight": (_("Weight"), str),
        "threshold": (_("Threshold"), lambda value: "—" if value is None else str(value)),
        "core": (_("Core criterion"), lambda value: _("yes") if value else _("no")),
        "part": (_("Part of the bid"), lambda value: str(dict(PARTS)[value])),
        "axis": (_("Axis"), lambda value: str(dict(AXES)[value])),
        "name": (_("Name in Chinese"), str),
        "name_en": (_("Name in English"), str),
        "guide": (_("Guide in Chinese"), lambda value: value or "—"),
        "guide_en": (_("Guide in English"), lambda value: value or "—"),
    }


def _changes(now: Any, before: Any, words: _Words) -> list[Change]:
    return [
        Change(word, say(getattr(before, name)))
        for name, (word, say) in words.items()
        if getattr(now, name) != getattr(before, name)
    ]
