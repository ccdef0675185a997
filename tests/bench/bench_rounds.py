"""Matches a generated round through the database: `python -m tests.bench.bench_rounds [bids] [experts]`.

Prints the seconds of gathering and matching, and of the release with its invitations, and the peak memory.
"""

import resource
import sys
import time
from typing import Any

from tests.bench import ground

ground.stand()  # the models below are read on top of it

from django.core.management import call_command  # noqa: E402

from accounts.models import Organization, User  # noqa: E402
from accounts.workflow import take  # noqa: E402
from challenges.models import Bid, Envelope  # noqa: E402
from reviews.actions import compute_waiting, start_matching  # noqa: E402
from reviews.models import Expert, Matching, Relation  # noqa: E402
from tests.factories import reviews as make  # noqa: E402

WORDS = [
    *("外延", "缺陷", "位错", "密度", "衬底", "退火", "深紫外", "量子效率", "封装", "散热"),
    *("光刻", "掺杂", "铝镓氮", "气相", "刻蚀", "表征", "可靠性", "老化", "产线", "中试"),
]


def text(place: int) -> str:
    """Twelve words, other ones for every place."""
    return "，".join(WORDS[(place * 7 + step * (place % 11 + 1)) % len(WORDS)] for step in range(12))


def fill(court: make.Court, bids: int, experts: int) -> None:
    """Bids with their technical parts, experts with their employers, and one tie for every tenth expert."""
    houses = Organization.objects.bulk_create(
        Organization(name=f"单位{place}", uscc=f"B{place:017d}") for place in range(experts // 4)
    )
    leads = Organization.objects.bulk_create(
        Organization(name=f"揭榜方{place}", uscc=f"L{place:017d}") for place in range(bids)
    )
    users = User.objects.bulk_create(
        User(email=f"bench{place}@example.org", name=f"专家{place}", is_active=True) for place in range(experts)
    )
    made = Bid.objects.bulk_create(Bid(challenge=court.challenge, lead=lead, created_by=court.owner) for lead in leads)
    Envelope.objects.bulk_create(
        (Envelope(bid=bid, part="technical", content={"summary": text(place)}) for place, bid in enumerate(made)),
        batch_size=2000,
    )
    for place, bid in enumerate(made):
        bid.code = f"R{place:05d}"
    with make.pgtrigger.ignore():
        Bid.objects.filter(pk__in=[bid.pk for bid in made]).update(state="eligible")
        Bid.objects.bulk_update(made, ["code"], batch_size=2000)
    people = Expert.objects.bulk_create(
        Expert(user=user, organization=houses[place % len(houses)], fields=["optoelectronics"], biography=text(place))
        for place, user in enumerate(users)
    )
    with make.pgtrigger.ignore():
        Expert.objects.filter(pk__in=[expert.pk for expert in people]).update(state="active")
    Relation.objects.bulk_create(
        Relation(expert=expert, kind="coproject", organization=leads[place % bids])
        for place, expert in enumerate(people)
        if place % 10 == 0
    )


def timed(what: str, act: Any) -> None:
    """One line: what, seconds, peak memory of this process so far."""
    begin = time.perf_counter()
    act()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{what}: {time.perf_counter() - begin:.1f} s, {peak:.0f} MiB\n")


def main() -> None:
    """A round of the size asked for."""
    call_command("migrate", verbosity=0)
    bids, experts = (int(word) for word in (*sys.argv[1:], "10000", "2000")[:2])
    court = make.court(bids=0, experts=0)
    timed(f"{bids} bids and {experts} experts written", lambda: fill(court, bids, experts))
    panel = make.matched(court)
    load = -(-bids * 5 // experts)
    start_matching(
        panel, actor=court.operator, per_bid=5, load_min=load // 2, load_max=load * 2, cap=100, worst_first=True
    )
    timed("conflicts, affinities and matching", compute_waiting)
    matching = Matching.objects.get()
    sys.stdout.write(f"{matching.state}: {matching.result}\n"[:1000])
    if matching.state == "draft":
        timed("released, invitations written", lambda: take(matching, "release", actor=court.operator))


if __name__ == "__main__":
    main()
