"""What a contract must hold before its offer: targets as strong as the bid's, shares of 100 %, a clear IP clause."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.conditions import condition
from challenges.models.bid_guards import SHARES
from challenges.models.choices import Comparator, IpPreset
from challenges.models.notice import Target

SHARE_WORDS: dict[str, Any] = {
    "cost_share": gettext_lazy("Cost share"),
    "result_share": gettext_lazy("Result share"),
    "benefit_share": gettext_lazy("Benefit share"),
    "risk_share": gettext_lazy("Risk share"),
}


def number_of(text: str) -> Decimal | None:
    """The finite number a text writes, or None."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def plain(number: Decimal) -> str:
    """A number as the contract keeps it: no exponent, no zeros at the end."""
    return f"{number.normalize():f}"


def shown(target: dict[str, Any]) -> str:
    """A target's bound as everywhere on the site: “≥ 99.5 %”."""
    value = Target(value=number_of(target["value"]), text=target["value"]).shown_value
    return f"{Comparator(target['comparator']).label} {value} {target['unit']}".strip()


@dataclass(frozen=True)
class Comparison:
    """One target as the notice asked for it, as the bid promised it and as the contract says it."""

    contract: dict[str, Any]
    bid: dict[str, Any] | None
    notice: dict[str, Any] | None

    @property
    def against_bid(self) -> str:
        """“weaker”, “equal” or “stronger” than the bid; “” where the bid promised nothing to compare with."""
        return strength(self.contract, self.bid) if self.bid else ""

    @property
    def difference(self) -> str:
        """In words what differs from the bid."""
        return _difference(self.contract, self.bid) if self.bid else _("not in the bid")

    @property
    def below_notice(self) -> bool:
        """Whether the notice asked for more, which an award may have accepted."""
        return self.notice is not None and strength(self.contract, self.notice) == "weaker"


def strength(given: dict[str, Any], bound: dict[str, Any]) -> str:
    """Whether `given` asks less, the same or more than `bound`; another unit, comparator or core mark is no more."""
    if any(given[key] != bound[key] for key in ("comparator", "unit")) or (bound["core"] and not given["core"]):
        return "weaker"
    mine, theirs = number_of(given["value"]), number_of(bound["value"])
    if mine is None or theirs is None or given["comparator"] == Comparator.EQUAL:
        same = mine == theirs if mine is not None else given["value"].strip() == bound["value"].strip()
        return "equal" if same else "weaker"
    if mine == theirs:
        return "equal"
    return "stronger" if (mine > theirs) == (given["comparator"] == Comparator.AT_LEAST) else "weaker"


def _difference(given: dict[str, Any], bound: dict[str, Any]) -> str:
    if bound["core"] and not given["core"]:
        return _("no core target any more")
    mine, theirs = number_of(given["value"]), number_of(bound["value"])
    same_measure = all(given[key] == bound[key] for key in ("comparator", "unit"))
    found = strength(given, bound)
    if found == "equal":
        return _("as in the bid")
    if not same_measure or mine is None or theirs is None or given["comparator"] == Comparator.EQUAL:
        return _("%(ours)s instead of %(theirs)s") % {"ours": shown(given), "theirs": shown(bound)}
    by = shown({"comparator": "=", "value": plain(abs(mine - theirs)), "unit": given["unit"]}).removeprefix("= ")
    return (_("weaker by %(by)s") if found == "weaker" else _("stronger by %(by)s")) % {"by": by}


def committed_targets(bid: Any) -> list[dict[str, Any]]:
    """What the bid promised, target by target in the notice's order, as a contract keeps it."""
    return [_as_kept(item.target, item.value, item.text) for item in bid.commitments.select_related("target")]


def _as_kept(target: Any, value: Decimal | None, text: str) -> dict[str, Any]:
    return {
        "name": target.name,
        "comparator": target.comparator,
        "value": plain(value) if value is not None else text,
        "unit": target.unit,
        "method": target.method,
        "core": target.core,
    }


def comparisons(contract: Any) -> list[Comparison]:
    """Each target of the contract beside the bid's and the notice's; they stand in the same order."""
    rows = list(contract.bid.commitments.select_related("target"))
    found = []
    for place, given in enumerate(contract.targets):
        row = rows[place] if place < len(rows) else None
        found.append(
            Comparison(
                given,
                bid=_as_kept(row.target, row.value, row.text) if row else None,
                notice=_as_kept(row.target, row.target.value, row.target.text) if row else None,
            )
        )
    return found


def _weaker(contract: Any) -> list[Comparison]:
    return [item for item in comparisons(contract) if item.against_bid == "weaker"]


def _say_weaker(contract: Any) -> str:
    lines = [
        _("“%(name)s”: the bid promised %(bid)s, the contract says %(contract)s (%(difference)s)")
        % {"name": item.contract["name"], "bid": shown(item.bid or {}), "contract": shown(item.contract),
           "difference": item.difference}
        for item in _weaker(contract)
    ]  # fmt: skip
    return _("No target may be weaker than in the bid. %(lines)s.") % {"lines": _("; ").join(lines)}


@condition(_say_weaker)
def targets_are_not_weaker(contract: Any) -> bool:
    """Number by number, no target of the contract is weaker than the bid's; none is missing."""
    return len(contract.targets) >= contract.bid.commitments.count() and not _weaker(contract)


def share_totals(shares: Iterable[Any]) -> dict[str, Decimal]:
    """What each of the four kinds sums to."""
    rows = list(shares)
    return {name: sum((getattr(item, name) for item in rows), Decimal(0)) for name in SHARES}


def _say_shares(contract: Any) -> str:
    lines = []
    for name, total in share_totals(contract.shares.all()).items():
        if total < 100:
            lines.append(_("%(share)s: %(n)s %% missing") % {"share": SHARE_WORDS[name], "n": plain(100 - total)})
        elif total > 100:
            lines.append(_("%(share)s: %(n)s %% too much") % {"share": SHARE_WORDS[name], "n": plain(total - 100)})
    return _("Each share must sum to 100 %% over the consortium. %(lines)s.") % {"lines": _("; ").join(lines)}


@condition(_say_shares)
def consortium_shares_sum_to_hundred(contract: Any) -> bool:
    """Cost, result, benefit and risk each sum to exactly 100 %."""
    return all(total == 100 for total in share_totals(contract.shares.all()).values())


@condition(gettext_lazy("Choose an intellectual property clause, or write your own."))
def ip_clause_is_settled(contract: Any) -> bool:
    """A preset was chosen, or a clause of one's own is written."""
    return bool(contract.ip_preset != IpPreset.OTHER or contract.ip_clause.strip())
