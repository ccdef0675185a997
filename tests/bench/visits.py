"""What people look at: every list with its filters and orders, the pages of work, and the API's lists."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from accounts.models import User
from challenges.models import Award, Bid, Challenge, Contract, Milestone, Payment
from reviews.models import Panel, ScoreSheet

WORD = "储氢瓶寿命"


@dataclass(frozen=True)
class Visit:
    """One address as one person; without an address the page is not there (yet). A list has its number of queries."""

    name: str
    who: str
    path: str | None
    is_list: bool = True


def person(who: str) -> User | None:
    """The generated account, nobody for the public."""
    return None if who == "public" else User.objects.get(email=f"load-{who}1@demo.example")


def visits() -> list[Visit]:
    """Everything that is measured, pages first."""
    return [*_pages(), *_objects(), *_api()]


def _visit(name: str, who: str, page: str, *args: Any, query: dict[str, Any] | None = None) -> Visit:
    try:
        path = reverse(page, args=args)
    except NoReverseMatch:
        return Visit(name, who, None)
    return Visit(name, who, f"{path}?{urlencode(query)}" if query else path)


def _pages() -> list[Visit]:
    lists: list[tuple[str, str, dict[str, Any]]] = [
        ("challenge_list", "public", {}),
        ("challenge_list", "public", {"page": 50}),
        ("challenge_list", "public", {"industry": "hydrogen"}),
        ("challenge_list", "public", {"kind": "frontier", "state": "completed"}),
        ("challenge_list", "public", {"state": "published"}),
        ("challenge_list", "public", {"reward_from": 500, "reward_to": 1000}),
        ("challenge_list", "public", {"deadline": "7"}),
        ("challenge_list", "public", {"sort": "deadline"}),
        ("challenge_list", "public", {"sort": "reward"}),
        ("challenge_list", "public", {"q": WORD}),
        ("challenge_list", "public", {"q": "氢", "sort": "reward"}),
        ("challenge_list", "bidder", {}),
        ("challenge_list", "bidder", {"q": WORD, "industry": "hydrogen"}),
        ("challenge_list", "owner", {"mine": "on"}),
        ("challenge_list", "operator", {"state": "submitted"}),
        ("bids", "bidder", {}),
        ("bids", "bidder", {"state": "submitted"}),
        ("bids", "bidder", {"q": WORD}),
        ("bids", "owner", {}),
        ("bids", "operator", {}),
        ("bids", "operator", {"state": "ranked"}),
        ("bids", "operator", {"q": WORD}),
        *(("work", who, {}) for who in ("owner", "bidder", "reviewer", "operator", "decider", "supervisor", "finance")),
        ("inbox", "bidder", {}),
        ("inbox", "bidder", {"show": "unread"}),
        ("inbox_poll", "bidder", {}),
        ("reviews", "reviewer", {}),
        ("panels", "operator", {}),
        ("panels", "operator", {"state": "scoring", "q": WORD}),
        ("panels", "supervisor", {}),
        ("experts", "operator", {}),
        ("experts", "operator", {"field": "hydrogen", "state": "active"}),
        ("experts", "operator", {"q": "研究"}),
        ("awards", "public", {}),
        ("awards", "decider", {"state": "notice"}),
        ("awards", "decider", {"q": WORD}),
        ("contracts", "bidder", {}),
        ("contracts", "operator", {}),
        ("contracts", "operator", {"state": "effective", "q": WORD}),
        ("payments", "finance", {}),
        ("payments", "finance", {"state": "approved"}),
        ("payments", "finance", {"q": WORD}),
        ("payments", "bidder", {}),
        ("ledger", "operator", {}),
        ("ledger", "operator", {"q": WORD}),
        ("ledger", "bidder", {}),
        ("organizations", "operator", {}),
        ("organizations", "operator", {"q": "示范晨光", "state": "verified"}),
        ("rule_sets", "operator", {}),
        ("profile", "bidder", {}),
        *_deep(),
        *_searched(),
        *_by_state(),
    ]
    return [_visit(_named(page, query), who, page, query=query) for page, who, query in lists]


def _deep() -> list[tuple[str, str, dict[str, Any]]]:
    """The far end of long lists."""
    whose = {"challenge_list": "public", "bids": "operator", "contracts": "operator", "payments": "finance"}
    whose |= {"panels": "operator", "awards": "public", "ledger": "operator", "organizations": "operator"}
    return [(page, who, {"page": 400 if page == "challenge_list" else 150}) for page, who in whose.items()]


def _searched() -> list[tuple[str, str, dict[str, Any]]]:
    """One character, a word that is in every name, signs that a pattern would read, and nothing that is found."""
    whose = {"challenge_list": "public", "bids": "operator", "contracts": "operator", "payments": "finance"}
    whose |= {"panels": "operator", "organizations": "operator", "experts": "operator", "awards": "public"}
    return [(page, who, {"q": text}) for page, who in whose.items() for text in ("氢", "示范", "%", "_", "没有此物")]


def _by_state() -> list[tuple[str, str, dict[str, Any]]]:
    """A common and a rare state of each list that is filtered by it."""
    states = {
        "challenge_list": ("completed", "cancelled"), "bids": ("opened", "awarded"), "panels": ("closed", "forming"),
        "contracts": ("completed", "draft"), "payments": ("paid", "frozen"), "awards": ("confirmed", "suspended"),
        "experts": ("active", "applied"), "organizations": ("verified", "suspended"),
    }  # fmt: skip
    return [(page, "operator", {"state": state}) for page, chosen in states.items() for state in chosen]


def _named(page: str, query: dict[str, Any]) -> str:
    return " ".join([page, *(f"{key}={value}" for key, value in query.items())])


def _objects() -> list[Visit]:
    """One page of each kind, with much on it where there is a choice."""
    bidder, reviewer = person("bidder"), person("reviewer")

    def first(rows: Any, *order: str) -> Any:
        return rows.order_by(*order, "pk").values_list("pk", flat=True).first()

    public = Challenge.objects.filter(published_at__isnull=False, secrecy="public")
    owned = public.filter(owner__memberships__user=person("owner"))
    closed = Challenge.objects.filter(state="completed")
    bids = Bid.objects.filter(grants__user=bidder)
    sheets = ScoreSheet.objects.filter(assignment__expert__user=reviewer)
    chosen: list[tuple[str, str, str, Any]] = [
        ("challenge (open)", "public", "challenge", first(public.filter(state="published"))),
        ("challenge (done)", "operator", "challenge", first(closed)),
        ("challenge (own)", "owner", "challenge", first(owned)),
        ("ledger of a challenge", "operator", "challenge_ledger", first(closed)),
        ("bid (sealed)", "bidder", "bid", first(bids.filter(state="submitted"))),
        ("bid (judged)", "bidder", "bid", first(bids.filter(state__in=["not_awarded", "awarded", "ranked"]))),
        ("bid (opened)", "operator", "bid", first(Bid.objects.filter(state="ranked"))),
        ("bid editor", "bidder", "bid_part", first(bids.filter(state="draft", challenge__state="published"))),
        ("seat", "reviewer", "assignment", _seat(sheets)),
        ("sheet (open)", "reviewer", "sheet", first(sheets.filter(state="open"))),
        ("sheet (locked)", "reviewer", "sheet", first(sheets.filter(state="locked"))),
        ("panel (scoring)", "operator", "panel", first(Panel.objects.filter(state="scoring"))),
        ("panel (closed)", "decider", "panel", first(Panel.objects.filter(state="closed"))),
        ("award", "public", "award", first(Award.objects.filter(state="notice"))),
        ("contract", "owner", "contract", first(Contract.objects.filter(challenge__in=owned))),
        ("milestone", "operator", "milestone", first(Milestone.objects.filter(state="submitted"))),
        ("payment", "finance", "payment", first(Payment.objects.filter(state="approved"))),
    ]  # fmt: skip
    more = {"bid_part": ["technical"]}
    found = [
        _visit(name, who, page, pk, *more.get(page, [])) if pk else Visit(name, who, None)
        for name, who, page, pk in chosen
    ]
    return [replace(visit, is_list=False) for visit in found]


def _seat(sheets: Any) -> Any:
    return sheets.filter(state="open").order_by("pk").values_list("assignment", flat=True).first()


def _api() -> list[Visit]:
    lists: list[tuple[str, str, dict[str, Any]]] = [
        ("challenges", "public", {}),
        ("challenges", "public", {"size": 50}),
        ("challenges", "public", {"q": WORD}),
        ("challenges", "public", {"industry": "hydrogen", "state": "published"}),
        ("challenges", "public", {"sort": "reward"}),
        ("challenges", "public", {"sort": "deadline", "page": 100}),
        ("bids", "bidder", {}),
        ("bids", "operator", {}),
        ("panels", "operator", {}),
        ("assignments", "reviewer", {}),
        ("sheets", "reviewer", {}),
        ("sheets", "operator", {}),
        ("awards", "public", {}),
        ("objections", "decider", {}),
        ("contracts", "bidder", {}),
        ("contracts", "operator", {}),
        ("milestones", "owner", {}),
        ("milestones", "operator", {}),
        ("payments", "finance", {}),
        ("experts", "operator", {}),
        ("organizations", "operator", {}),
        ("inbox", "bidder", {}),
        ("me", "bidder", {}),
        ("bids", "operator", {"q": "示范"}),
        ("bids", "operator", {"sort": "rank", "page": 200}),
        ("contracts", "operator", {"state": "draft", "page": 5}),
        ("milestones", "operator", {"q": "样机"}),
        ("milestones", "operator", {"sort": "newest", "state": "accepted"}),
        ("objections", "decider", {"q": "公示", "state": "dismissed"}),
        ("payments", "finance", {"state": "scheduled"}),
        ("experts", "operator", {"q": "王"}),
        ("experts", "operator", {"field": "hydrogen", "state": "active"}),
        ("organizations", "operator", {"q": "91", "sort": "newest"}),
        ("organizations", "operator", {"kind": "university", "state": "verified"}),
        ("assignments", "operator", {"state": "replaced"}),
        ("sheets", "operator", {"state": "locked", "part": "commercial"}),
        ("sheets", "operator", {"state": "void"}),
    ]

    def address(kind: str, query: dict[str, Any]) -> str | None:
        try:
            root = reverse("api:openapi-json").removesuffix("openapi.json")
        except NoReverseMatch:
            return None
        return f"{root}{kind}" + (f"?{urlencode(query)}" if query else "")

    return [Visit(f"API {_named(kind, query)}", who, address(kind, query)) for kind, who, query in lists]
