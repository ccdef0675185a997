"""Challenges brought to a stage by the real steps."""

from datetime import timedelta
from decimal import Decimal

from accounts import clock
from challenges import actions
from challenges.models import Challenge
from reviews.demo import walk
from reviews.demo.people import Cast
from reviews.models import ScoreSheet
from tests.factories import worlds

TARGETS = (
    {"name": "位错密度", "comparator": "<=", "value": Decimal("5e8"), "unit": "cm^-2", "method": "XRD", "core": True},
    {"name": "外量子效率", "comparator": ">=", "value": Decimal(8), "unit": "%", "method": "积分球"},
    {"name": "防爆型式", "comparator": "=", "text": "Ex ib I Mb", "method": "GB/T 3836"},
)

# What is over in seconds by the `demo` rules.
PASSING = ("award_proposed",)


def new_challenge(cast: Cast, **data: object) -> Challenge:
    """A complete draft of the cast's enterprise, due in ninety days."""
    content = {
        "title": "深紫外LED外延缺陷密度控制",
        "industry": "optoelectronics",
        "kind": "bottleneck",
        "background": "AlN模板位错高，发光效率低。",
        "reward": Decimal(20_000_000),
        "duration_months": 30,
        "ip_clause": "双方共有",
        "contact_name": "联系人",
        "contact_phone": "0355-5550007",
        "bid_deadline": clock.now() + timedelta(days=90),
    } | data
    return actions.create_challenge(
        actor=cast.owner, organization=cast.owner_organization, data=content, targets=TARGETS
    )


def challenge_at(cast: Cast, stage: str, **data: object) -> Challenge:
    """A challenge carried to a stage of `reviews.demo.walk`, scored in the short way; put back if once reached."""

    def build() -> Challenge:
        stages = list(walk.STAGES)
        if stages.index(stage) < stages.index("scored"):
            return walk.carry(new_challenge(cast, **data), cast, to=stage)
        challenge = walk.carry(new_challenge(cast, **data), cast, to="under_review")
        score(challenge)
        return walk.carry(challenge, cast, to=stage, since="scored")

    if stage in PASSING:
        return build()
    return worlds.reach(f"{stage} {cast.owner.pk} {sorted(data.items())}", build)


def score(challenge: Challenge) -> None:
    """Every sheet locked: the last of each part by its steps, the others by writing what the steps would leave.

    Four bids before five reviewers are forty sheets; of three steps each, they take longer than the rest of a life.
    """
    while sheets := walk.open_sheets(challenge):
        *others, last = sheets
        for sheet in others:
            sheet.scores, sheet.version = walk.scores_of(sheet), 1
            sheet.started_at = sheet.saved_at = sheet.locked_at = clock.now()
        ScoreSheet.objects.bulk_update(others, ["scores", "version", "started_at", "saved_at", "locked_at"])
        rows = ScoreSheet.objects.filter(pk__in=[sheet.pk for sheet in others])
        rows.update(state="submitted")
        rows.update(state="locked")
        walk.fill(last)
