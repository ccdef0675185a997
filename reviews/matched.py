"""What a matching amounts to, in words and rows for its page and the API."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Min, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from challenges.models import Bid
from reviews.conflicts.rules import BY_CODE
from reviews.models import Expert, Match, Matching

SHOWN = 20


def facts(matching: Matching) -> list[tuple[str, str]]:
    """The numbers of a matching that was found."""
    result = matching.result
    return [
        (_("Bids"), str(result["bids"])),
        (_("Reviewers"), _("%(used)d of %(all)d who may judge") % {"used": result["used"], "all": result["experts"]}),
        (_("Pairs"), _("%(pairs)d, of these kept %(kept)d") % {"pairs": result["pairs"], "kept": result["kept"]}),
        (_("Loads"), f"{result['load_least']} – {result['load_most']}"),
        (
            _("Affinity in all"),
            _("%(total)d; at best %(bound)d") % {"total": result["total"], "bound": result["bound"]},
        ),
        (_("Weakest pair"), str(result["weakest"])),
        (_("Computed in"), _("%(seconds)s s") % {"seconds": result["seconds"]}),
    ]


def left_out(matching: Matching) -> list[tuple[str, str]]:
    """What the conflicts took away: experts left out as a whole, and single pairs forbidden, by the rule."""
    result = matching.result
    said = [
        (_title(code), _("%(n)d experts left out") % {"n": count}) for code, count in result.get("excluded", {}).items()
    ]
    return said + [
        (_title(code), _("%(n)d pairs forbidden") % {"n": count}) for code, count in result.get("forbidden", {}).items()
    ]


def _title(code: str) -> str:
    if code == "freed":
        return _("Freed for a conflict before")
    return str(BY_CODE[code].title) if code in BY_CODE else _("Forbidden by an operator")


def problems(matching: Matching) -> list[dict[str, Any]]:
    """Why there is no matching: each constraint in words, with the bids or experts it concerns."""
    rows = matching.result.get("problems", [])
    keys = [UUID(pk) for row in rows for pk in row.get("experts", ())]
    names = {str(pk): name for pk, name in Expert.objects.filter(pk__in=keys).values_list("pk", "user__name")}
    return [
        {
            "constraint": row["constraint"],
            "text": _words(row["constraint"]) % row,
            "bids": row.get("bids", []),
            "experts": [names.get(pk, pk) for pk in row.get("experts", ())],
        }
        for row in rows
    ]


def _words(constraint: str) -> str:
    return {
        "pool": _("Only %(n)d experts may judge; at least %(needed)d are needed, and one eligible bid."),
        "few": _(
            "The best matching needs only %(n)d experts, and a panel has at least %(needed)d."
            " Allow fewer bids per reviewer."
        ),
        "candidates": _(
            "%(n)d bids have fewer than %(per_bid)d experts who may judge them; %(missing)d reviewers are missing."
            " Conflicts of interest and wishes forbid up to %(forbidden)d of %(experts_in_all)d. Take more experts into"
            " the pool, or ask for fewer reviewers per bid."
        ),
        "quota": _(
            "%(n)d bids have experts of too few organisations: at most %(quota)d of one organisation may judge a bid."
            " Take experts of other organisations into the pool."
        ),
        "full": _(
            "%(n)d bids lack %(missing)d reviewers, since everybody who may judge them has %(load_max)d bids already."
            " Allow more bids per reviewer, or take more experts into the pool."
        ),
        "idle": _("%(n)d experts cannot be given %(load_min)d bids. Ask for fewer bids per reviewer at least."),
    }[constraint]


def coverage(matching: Matching) -> QuerySet[Bid]:
    """The bids of the matching with `readers`, `weakest` and `average` affinity, the worst served first."""
    bids: QuerySet[Bid] = Bid.objects.filter(pk__in=matching.matches.order_by().values("bid"))
    of_it = Match.objects.filter(matching=matching).order_by().values("bid")
    rows = of_it.annotate(n=Count("pk"), low=Min("affinity"), mean=Avg("affinity"))
    mine = rows.filter(bid=OuterRef("pk"))
    return bids.annotate(
        readers=Subquery(mine.values("n")[:1]),
        weakest=Subquery(mine.values("low")[:1]),
        average=Subquery(mine.values("mean")[:1]),
    ).order_by("weakest", "code", "pk")


def weakest_pairs(matching: Matching) -> Iterable[Match]:
    """The pairs that fit least."""
    return matching.matches.select_related("bid", "expert__user").order_by("affinity", "bid__code", "pk")[:SHOWN]


def loads(matching: Matching) -> list[dict[str, Any]]:
    """How many reviewers read how many bids: the distribution, and its share of the widest for the bar."""
    each = matching.matches.order_by().values("expert").annotate(n=Count("pk")).values_list("n", flat=True)
    counted: dict[int, int] = {}
    for n in each:
        counted[n] = counted.get(n, 0) + 1
    widest = max(counted.values(), default=1)
    return [{"bids": n, "reviewers": counted[n], "of": widest} for n in sorted(counted)]
