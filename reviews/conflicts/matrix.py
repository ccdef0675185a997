"""All experts of the pool against all opened bids of a challenge, a page at a time, for those who arrange its panel."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.models import Bid, Challenge
from reviews.conflicts.rules import BY_CODE, NAMES_TO_AVOID, RULES
from reviews.conflicts.search import Conflict, find, years_before
from reviews.models import Expert
from reviews.queries import experts_found

SIZE = 25
HARD, SOFT, FREE = "hard", "soft", "free"


@dataclass(frozen=True)
class Asked:
    """What the matrix is narrowed to: a rule, a bid by its code, a name or employer, what was found."""

    rule: str = ""
    bid: str = ""
    text: str = ""
    show: str = ""

    @property
    def by_finding(self) -> bool:
        """Whether every expert has to be asked about before a page can be cut."""
        return bool(self.rule or self.bid or self.show)


@dataclass(frozen=True)
class Row:
    """One expert with what is found against them, in the order of the rules."""

    expert: Expert
    findings: list[Conflict]

    @property
    def everywhere(self) -> str:
        """`hard`, `soft` or nothing: what holds for the whole challenge."""
        return _strongest(item for item in self.findings if item.bid is None)

    def on(self, bid: UUID) -> str:
        """The same for one bid."""
        return _strongest(item for item in self.findings if item.bid == bid)


@dataclass(frozen=True)
class Page:
    """Some rows; `bids` are all opened bids by id, `columns` those that something is found about on this page."""

    number: int
    rows: list[Row]
    has_next: bool
    bids: dict[UUID, Bid]
    columns: list[Bid]

    @property
    def has_previous(self) -> bool:
        """Whether a page lies before."""
        return self.number > 1

    @property
    def others(self) -> int:
        """How many bids nobody on this page has a tie to."""
        return len(self.bids) - len(self.columns)


def page(challenge: Challenge, asked: Asked, *, number: int = 1, size: int = SIZE) -> Page:
    """The page of the matrix; four statements at most, however many experts and bids there are."""
    opened = challenge.bids.exclude(state__in=Bid.SEALED).order_by("code")
    bids = {bid.pk: bid for bid in opened}
    experts = Expert.objects.filter(state=Expert.State.ACTIVE).select_related("user", "organization")
    if asked.text:
        experts = experts.filter(pk__in=experts_found(asked.text))
    if asked.by_finding:
        found = _narrowed(challenge, asked, bids)
        experts = experts.exclude(pk__in=found) if asked.show == FREE else experts.filter(pk__in=found)
    start = (number - 1) * size
    shown = list(experts.order_by("user__name", "id")[start : start + size + 1])
    findings = find(challenge, experts=shown[:size], rules=RULES)
    rows = [Row(expert, findings.get(expert.pk, [])) for expert in shown[:size]]
    hit = {item.bid for row in rows for item in row.findings}
    return Page(number, rows, len(shown) > size, bids, [bid for pk, bid in bids.items() if pk in hit])


def explained(challenge: Challenge) -> list[dict[str, Any]]:
    """Every rule with its words and the number that the challenge's frozen rules give it."""
    rules = challenge.frozen_rules
    years = rules.conflict_window_years
    since = localtime(years_before(challenge.now, years))
    back = ngettext("%(n)d year back: since %(day)s", "%(n)d years back: since %(day)s", years) % {
        "n": years,
        "day": date_format(since, "DATE_FORMAT"),
    }
    numbers = {rule.code: getattr(rules, rule.number) for rule in RULES if rule.number} | {"avoided": NAMES_TO_AVOID}
    return [
        {
            "code": rule.code,
            "title": str(rule.title),
            "hard": rule.hard,
            "window": back
            if rule.window
            else _("counted to %(n)s") % {"n": numbers[rule.code]}
            if rule.code in numbers
            else "",
        }
        for rule in RULES
    ]


def _narrowed(challenge: Challenge, asked: Asked, bids: dict[UUID, Bid]) -> set[UUID]:
    """The experts that something is found about, as asked; with `free`, those who have to be left out."""
    rules = (BY_CODE[asked.rule],) if asked.rule in BY_CODE else RULES
    only = next((pk for pk, bid in bids.items() if bid.code == asked.bid), None)
    found = set()
    for expert, items in find(challenge, rules=rules).items():
        seen = [item for item in items if not asked.bid or item.bid == only is not None]
        hard = any(item.hard for item in seen)
        if seen and {HARD: hard, SOFT: not hard}.get(asked.show, True):
            found.add(expert)
    return found


def _strongest(items: Any) -> str:
    found = {item.hard for item in items}
    return HARD if True in found else SOFT if found else ""
