"""Asking the rules: one statement for all of them, and the evidence put into words for who reads it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from challenges.models import Bid, Challenge
from challenges.permissions import STAFF
from reviews.conflicts.rules import BY_CODE, GROUND, HARD, NAMES_TO_AVOID, RULES, Rule
from reviews.models import Expert

Words = Callable[[Rule, str, dict[str, Any]], str]
BETWEEN_NAMES = "[\\n,，、;；]+"


@dataclass(frozen=True)
class Conflict:
    """Why an expert may not judge: a code for programs, the evidence in words, and the bid (None: the challenge)."""

    code: str
    evidence: str
    bid: UUID | None = None
    hard: bool = True

    @property
    def only_as_chair(self) -> bool:
        """Whether it keeps nobody out of a panel, but from its chair."""
        return self.code == "chairs"


def conflicts(challenge: Challenge, experts: Iterable[Expert] | None = None) -> dict[UUID, list[Conflict]]:
    """Expert id → hard conflicts with the challenge; who has none is no key. Without `experts`, the whole pool."""
    found = find(challenge, experts=experts, rules=HARD)
    return {
        expert: list({(item.code, item.evidence): item for item in items}.values()) for expert, items in found.items()
    }


def hindrances(challenge: Challenge, experts: Iterable[Expert] | None = None) -> dict[UUID, list[Conflict]]:
    """The same with the soft rules: why somebody is not drawn, or (code "chairs") not drawn as chair."""
    return find(challenge, experts=experts, rules=RULES)


def find(
    challenge: Challenge,
    *,
    experts: Iterable[Expert] | None = None,
    bids: Iterable[Bid] | None = None,
    rules: Iterable[Rule] = HARD,
    words: Words | None = None,
) -> dict[UUID, list[Conflict]]:
    """Expert id → what the rules find against them, bid by bid, in the order of the rules; one statement.

    Without `experts` everyone in the pool is asked about, without `bids` every opened bid of the challenge. `words`
    puts the evidence of a rule into words, by name and facts; left out, for those who arrange the panel.
    """
    asked = tuple(rules)
    order = {rule.code: place for place, rule in enumerate(asked)}
    statement = f"WITH {GROUND} {' UNION ALL '.join(rule.sql for rule in asked)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT found.code, found.expert, found.bid, found.facts, u.name FROM ({statement}) AS found"  # noqa: S608  (constants)
            " JOIN reviews_expert e ON e.id = found.expert JOIN accounts_user u ON u.id = e.user_id",
            _parameters(challenge, experts, bids),
        )
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (order[row[0]], str(row[2] or ""), row[3]))
    found: dict[UUID, list[Conflict]] = defaultdict(list)
    for code, expert, bid, facts, name in rows:
        rule = BY_CODE[code]
        found[expert].append(Conflict(code, (words or in_words)(rule, name, json.loads(facts)), bid, rule.hard))
    return dict(found)


def _parameters(challenge: Challenge, experts: Iterable[Expert] | None, bids: Iterable[Bid] | None) -> dict[str, Any]:
    rules = challenge.frozen_rules
    since = years_before(challenge.now, rules.conflict_window_years)
    return {
        "challenge": challenge.pk,
        "experts": None if experts is None else [expert.pk for expert in experts],
        "bids": None if bids is None else [bid.pk for bid in bids],
        "staff": list(STAFF),
        "zone": settings.TIME_ZONE,
        "now": challenge.now,
        "since": since,
        "today": localtime(challenge.now).date(),
        "since_day": localtime(since).date(),
        "last_day": localtime(challenge.review_ends_at or challenge.now + rules.review_period).date(),
        "between_names": BETWEEN_NAMES,
        "names_to_avoid": NAMES_TO_AVOID,
        "panels_at_once": rules.panels_at_once,
        "panels_in_a_row": rules.panels_in_a_row,
        "chairs_a_year": rules.chairs_a_year,
    }


def in_words(rule: Rule, expert: str, facts: dict[str, Any]) -> str:
    """The evidence of one rule in the reader's language."""
    sides = {
        "owner": _("the challenge owner"),
        "lead": _("the lead of a bid"),
        "partner": _("a partner in a bid"),
        "member": _("on the team of a bid"),
        "author": _("who wrote the challenge"),
    }
    words = {"expert": expert, "other": "", "of": "", "count": ""} | facts
    words["side"] = sides.get(str(facts.get("part", "")), "")
    words["when"] = _when(facts.get("since"), facts.get("until"))
    if facts.get("source"):
        return _("%(evidence)s (source: %(source)s)") % {
            "evidence": _(rule.evidence) % words,
            "source": facts["source"],
        }
    return _(rule.evidence) % words


def in_own_words(rule: Rule, _expert: str, facts: dict[str, Any]) -> str:
    """The evidence of one rule for the expert it is about: whom they are tied to, and no more of who stands where."""
    sides = {"owner": _("the challenge owner"), "author": _("who wrote the challenge")}
    words = {"other": "", "count": ""} | facts
    words["side"] = sides.get(str(facts.get("part", "")), _("concerned in a bid"))
    words["when"] = _when(facts.get("since"), facts.get("until"))
    return _(rule.own) % words


def _when(since: str | None, until: str | None) -> str:
    days = {
        "since": date_format(date.fromisoformat(since), "DATE_FORMAT") if since else "",
        "until": date_format(date.fromisoformat(until), "DATE_FORMAT") if until else "",
    }
    if since and until:
        return _("from %(since)s to %(until)s") % days
    if until:
        return _("until %(until)s") % days
    return _("since %(since)s") % days if since else _("to this day")


def years_before(moment: datetime, years: int) -> datetime:
    """The same day `years` earlier, the last of February where it has no 29th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)
