"""Computing a matching from the database: conflicts as forbidden pairs, affinities, the flow; kept as a draft."""

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Case, Max, Q, Value, When
from django.db.models.functions import Now

from accounts.workflow import Refused, perform
from challenges.models import Bid, Envelope
from reviews import affinity
from reviews.conflicts import Conflict, find
from reviews.conflicts.rules import RULES
from reviews.matching import Impossible, Numbers, Pairs, Wish, match
from reviews.models import Assignment, Expert, Match, Matching, PairWish, Panel

ABANDONED = timedelta(minutes=15)  # longer than any round takes; then its worker is taken for dead
SMALLEST = 5  # experts of a panel
NAMED = 200  # bids and experts named for one reason
LEVELS = 3
CANDIDATES = (affinity.CANDIDATES, 4 * affinity.CANDIDATES)


def compute_waiting() -> int:
    """Compute the matchings that wait, one after the other; answers how many. Run by the clock, twice without harm."""
    done = 0
    while (matching := _claim()) is not None:
        compute(matching)
        done += 1
    return done


def _claim() -> Matching | None:
    waiting = Matching.objects.filter(state=Matching.State.WAITING)
    free = waiting.filter(Q(claimed_at=None) | Q(claimed_at__lt=Now() - ABANDONED))
    with transaction.atomic():
        found = free.select_for_update(skip_locked=True, of=("self",)).order_by("created_at").first()
        if found is None:
            return None
        Matching.objects.filter(pk=found.pk).update(claimed_at=Now(), progress=0)
    return Matching.objects.select_related("panel__challenge").get(pk=found.pk)


@dataclass
class Round:
    """Bids and experts by place, what is forbidden and what stands between them."""

    bids: list[Bid]
    experts: list[Expert]
    forbidden: dict[tuple[int, int], str] = field(default_factory=dict)
    kept: set[tuple[int, int]] = field(default_factory=set)
    excluded: Counter[str] = field(default_factory=Counter)
    no_chair: set[UUID] = field(default_factory=set)


def compute(matching: Matching) -> None:
    """Find the best matching and keep it as a draft, or say what is impossible; nothing where it was discarded."""
    begin = time.monotonic()
    round_ = gather(matching.panel, matching.load_max, matching.per_bid)
    _show(matching, 30)
    result: dict[str, Any] = {
        "bids": len(round_.bids),
        "experts": len(round_.experts),
        "forbidden": dict(Counter(round_.forbidden.values()).most_common()),
        "excluded": dict(round_.excluded.most_common()),
        "problems": [],
    }
    rows: list[Match] = []
    if not round_.bids or len(round_.experts) < SMALLEST:
        result["problems"].append({"constraint": "pool", "n": len(round_.experts), "needed": SMALLEST})
    else:
        rows = _matched(matching, round_, result)
    result["seconds"] = f"{time.monotonic() - begin:.1f}"
    try:
        with transaction.atomic():
            if result["problems"]:
                perform(matching.fail, actor=None, result=result)
            else:
                matching = perform(matching.finish, actor=None, result=result)
                Match.objects.bulk_create(rows, batch_size=5000)
    except Refused:  # discarded meanwhile, or computed by another worker: nothing is left to do
        return


def _show(matching: Matching, progress: int) -> None:
    Matching.objects.filter(pk=matching.pk).update(progress=progress)  # the page asks for it while it is open


def gather(panel: Panel, load_max: int, per_bid: int) -> Round:
    """Who may be asked about which bids: the experts of the field, or of all fields where these cannot carry the round.

    Who has something against them on the whole challenge is left out, who has it with one bid is kept from that bid.
    """
    bids = list(panel.challenge.bids.filter(state=Bid.State.ELIGIBLE).order_by("pk"))
    held = set(panel.assignments.filter(state__in=Assignment.HELD).values_list("expert", flat=True))
    pool = _pool(panel, held, wanted=-(-len(bids) * per_bid // load_max))
    found = find(panel.challenge, experts=pool, bids=bids, rules=RULES)
    round_ = Round(bids, [])
    for expert in pool:
        whole = [item for item in found.get(expert.pk, ()) if item.bid is None]
        if not expert.may_chair or any(item.only_as_chair for item in whole):
            round_.no_chair.add(expert.pk)
        against = {item.code for item in whole if not item.only_as_chair and (item.hard or expert.pk not in held)}
        round_.excluded.update(against)
        if not against:
            round_.experts.append(expert)
    _forbid_and_keep(round_, panel, held, found)
    return round_


def _pool(panel: Panel, held: set[UUID], *, wanted: int) -> list[Expert]:
    """Those in the pool who have not left this panel: of the field and `held`, or everybody if they are too few."""
    left = panel.assignments.exclude(state__in=(*Assignment.HELD, Assignment.State.TAKEN_BACK)).values("expert")
    active = Expert.objects.filter(state=Expert.State.ACTIVE, user__is_active=True).exclude(pk__in=left).order_by("pk")
    of_field = list(active.filter(Q(fields__contains=[panel.challenge.industry]) | Q(pk__in=held)))
    return of_field if len(of_field) >= wanted else list(active)


def _forbid_and_keep(round_: Round, panel: Panel, held: set[UUID], found: dict[UUID, list[Conflict]]) -> None:
    """Mark the pairs in conflict or unwished, and those that stand: of seats that are held, or required."""
    bids = {bid.pk: place for place, bid in enumerate(round_.bids)}
    experts = {expert.pk: place for place, expert in enumerate(round_.experts)}
    for pk, items in found.items():
        for item in items:
            if item.bid is not None and pk in experts:
                round_.forbidden.setdefault((bids[item.bid], experts[pk]), item.code)
                round_.no_chair.add(pk)
    freed = Match.objects.filter(matching__panel=panel).exclude(freed_at=None).values_list("bid", "expert")
    for bid_pk, pk in freed.distinct():  # a void sheet stays void, even where the conflict has ended since
        if bid_pk in bids and pk in experts:
            round_.forbidden.setdefault((bids[bid_pk], experts[pk]), "freed")
    wishes = panel.pair_wishes.order_by("pk").values_list("bid", "expert", "wish")
    here = [(bids[bid], experts[pk], wish) for bid, pk, wish in wishes if bid in bids and pk in experts]
    for bid, expert, wish in here:
        if wish == PairWish.Wish.FORBID:
            round_.forbidden.setdefault((bid, expert), "wish")
    standing = {(bid, expert) for bid, expert, wish in here if wish == PairWish.Wish.REQUIRE}
    for bid_pk, pk in panel.pairs().filter(expert__in=held).values_list("bid", "expert"):
        if bid_pk in bids and pk in experts:
            standing.add((bids[bid_pk], experts[pk]))
    round_.kept = standing - round_.forbidden.keys()


def _matched(matching: Matching, round_: Round, result: dict[str, Any]) -> list[Match]:
    """The pairs as rows, and into `result` what they amount to or what is impossible."""
    panel, challenge = matching.panel, matching.panel.challenge
    wish = Wish(
        bids=len(round_.bids), reviewers=len(round_.experts), per_bid=matching.per_bid, load_max=matching.load_max,
        load_min=matching.load_min, worst_first=matching.worst_first, cap=matching.cap / 100,
        quota=challenge.frozen_rules.reviewers_per_organization,
    )  # fmt: skip
    seed = hashlib.sha256(f"{panel.platform_seed}:{panel.supervisor_seed}".encode()).hexdigest()
    texts, known, fields = _bid_texts(round_.bids), _expert_texts(round_.experts), _fields(panel, round_.experts)
    houses = {
        pk: place for place, pk in enumerate(sorted({e.organization_id for e in round_.experts if e.organization_id}))
    }
    house: Numbers = np.array(
        [houses[e.organization_id] if e.organization_id else -1 for e in round_.experts], dtype=np.int64
    )
    problem: Impossible | None = None
    for most in CANDIDATES:  # a choice cut too short is no reason to call it impossible
        pairs = affinity.candidates(texts, known, fields, forbidden=round_.forbidden, most=most)
        _show(matching, 60)
        kept = _kept(round_, pairs)
        try:
            found = match(pairs, wish, seed=seed, kept=kept, house=house)
            break
        except Impossible as refusal:
            problem = refusal
    else:
        result["problems"] = _problems(problem, round_, wish) if problem else []
        return []
    _show(matching, 90)
    rows = [
        Match(matching=matching, bid=round_.bids[bid], expert=round_.experts[expert], affinity=worth, is_kept=is_kept)
        for some, is_kept in ((found.pairs.only(_marked(found.pairs, found.chosen)), False), (kept, True))
        for bid, expert, worth in zip(some.bid.tolist(), some.reviewer.tolist(), some.affinity.tolist(), strict=True)
    ]
    loads = Counter(row.expert_id for row in rows)
    if len(loads) < SMALLEST:
        result["problems"].append({"constraint": "few", "n": len(loads), "needed": SMALLEST})
    able = [pk for pk in loads if pk not in round_.no_chair]
    result |= {
        "pairs": len(rows), "kept": kept.bid.size, "total": found.total, "bound": round(found.bound),
        "weakest": min((row.affinity for row in rows), default=0), "used": len(loads),
        "load_least": min(loads.values()), "load_most": max(loads.values()),
        "seed_sha256": hashlib.sha256(seed.encode()).hexdigest(),
        "chair": _chair(panel, able, seed),
    }  # fmt: skip
    return rows


def _chair(panel: Panel, able: list[UUID], seed: str) -> str | None:
    """Who chairs: the one who does already, or else by lot under both seeds, so that nobody chooses the chair."""
    sitting = panel.assignments.filter(state__in=Assignment.HELD, is_chair=True, expert__in=able).values_list("expert")
    by_lot = sorted(able, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest())
    return next((str(pk) for pk in (*(row[0] for row in sitting), *by_lot)), None)


def _marked(pairs: Pairs, chosen: Numbers) -> Any:
    marks = np.zeros(pairs.bid.size, dtype=bool)
    marks[chosen] = True
    return marks


def _kept(round_: Round, pairs: Pairs) -> Pairs:
    """The pairs that stand, with the affinity they have among the candidates, or none."""
    worth = {
        pair: value
        for pair, value in zip(
            zip(pairs.bid.tolist(), pairs.reviewer.tolist(), strict=True), pairs.affinity.tolist(), strict=True
        )
        if pair in round_.kept
    } if round_.kept else {}  # fmt: skip
    columns = np.array(
        [(*pair, worth.get(pair, 0)) for pair in sorted(round_.kept)], dtype=np.int64
    ).reshape(-1, 3).T  # fmt: skip
    return Pairs(columns[0], columns[1], columns[2])


def _bid_texts(bids: list[Bid]) -> list[str]:
    """What each technical part says; nothing of prices or people is read."""
    rows = Envelope.objects.filter(bid__in=bids, part=Envelope.Part.TECHNICAL).values_list("bid", "content")
    texts = {bid: " ".join(str(value) for value in content.values()) for bid, content in rows}
    return [texts.get(bid.pk, "") for bid in bids]


def _expert_texts(experts: list[Expert]) -> list[str]:
    rows = Expert.objects.filter(pk__in=[item.pk for item in experts]).values_list("pk", "expertise__specialty__name")
    names: dict[UUID, list[str]] = {}
    for pk, name in rows:
        names.setdefault(pk, []).append(name or "")
    return [" ".join([expert.biography, *sorted(names.get(expert.pk, ()))]) for expert in experts]


def _fields(panel: Panel, experts: list[Expert]) -> list[float]:
    """The best level of each in the specialties of the industry; the lowest for one who only names the industry."""
    industry = panel.challenge.industry
    level = Max("expertise__level", filter=Q(expertise__specialty__industry=industry))
    named = Case(When(fields__contains=[industry], then=Value(1)), default=Value(0))
    people = Expert.objects.filter(pk__in=[item.pk for item in experts]).annotate(best=level, named=named)
    rows = people.values_list("pk", "best", "named")
    fit = {pk: (best or of_field) / LEVELS for pk, best, of_field in rows}
    return [fit[expert.pk] for expert in experts]


def _problems(refusal: Impossible, round_: Round, wish: Wish) -> list[dict[str, Any]]:
    """Which bids fail for which reason, by their codes, and which experts get too few bids."""
    kept_from = Counter(bid for bid, _expert in round_.forbidden)
    reasons: dict[str, list[int]] = {"candidates": [], "quota": [], "full": []}
    for bid in refusal.lacking:
        few, over = bid in refusal.too_few_pairs, bid in refusal.over_quota
        reasons["candidates" if few else "quota" if over else "full"].append(bid)
    problems: list[dict[str, Any]] = [
        {
            "constraint": name,
            "n": len(places),
            "bids": sorted(round_.bids[place].code for place in places)[:NAMED],
            "missing": sum(refusal.lacking[place] for place in places),
            "forbidden": max((kept_from[place] for place in places), default=0),
        }
        for name, places in reasons.items()
        if places
    ]
    if refusal.idle:
        names = sorted(str(round_.experts[place].pk) for place in refusal.idle)
        problems.append({"constraint": "idle", "n": len(names), "experts": names[:NAMED]})
    for problem in problems:
        problem |= {"per_bid": wish.per_bid, "load_max": wish.load_max, "load_min": wish.load_min, "quota": wish.quota,
                    "experts_in_all": wish.reviewers}  # fmt: skip
    return problems
