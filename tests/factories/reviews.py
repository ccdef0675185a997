"""A challenge with opened bids, an expert pool around it, and panels brought to a stage by the real steps."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pgtrigger
from guardian.shortcuts import assign_perm

from accounts import clock, uscc
from accounts.models import Membership, Organization, User
from accounts.workflow import take
from challenges import rules
from challenges.models import Bid, BidMember, Challenge, Envelope
from reviews.actions import add_expert, create_panel, save_scores
from reviews.models import Assignment, Expert, Panel, ScoreSheet
from tests.factories import worlds

SEED = "监督员的随机种子 20261123"


@dataclass
class Court:
    """Everything a review needs."""

    operator: User
    supervisor: User
    owner: User
    challenge: Challenge
    bids: list[Bid] = field(default_factory=list)
    experts: list[Expert] = field(default_factory=list)


def person(name: str, *roles: str) -> User:
    """An account."""
    number = User.objects.count()
    return User.objects.create_user(f"person{number}@example.org", None, name=name, roles=list(roles))


def company(name: str, *, parent: Organization | None = None) -> Organization:
    """An organisation with a valid code of its own."""
    code = uscc.make(f"91140400MA{Organization.objects.count():06d}")
    return Organization.objects.create(name=name, uscc=code, parent=parent)


def join(user: User, organization: Organization, *, ended_days_ago: int | None = None) -> None:
    """A membership, in force or ended."""
    ended = None if ended_days_ago is None else clock.now() - timedelta(days=ended_days_ago)
    Membership.objects.create(user=user, organization=organization, ended_at=ended)
    user.__dict__.pop("membership_roles", None)


def expert(court: Court, name: str, **data: Any) -> Expert:
    """An expert in the pool, employed by an organisation of their own unless said otherwise."""
    given = {"fields": ["optoelectronics"], "organization": None} | data
    if "organization" not in data:
        given["organization"] = company(f"{name}的单位")
    return add_expert(person(name), actor=court.operator, **given)


def bid(court: Court, name: str, *, state: str = "eligible") -> Bid:
    """A bid with one team member, placed in `state`."""
    lead, member = company(f"{name}公司"), person(f"{name}成员")
    made = Bid.objects.create(challenge=court.challenge, lead=lead, created_by=member)
    Envelope.objects.bulk_create(Envelope(bid=made, part=part) for part in Envelope.Part.values)
    BidMember.objects.create(bid=made, user=member, name=member.name, organization=lead)
    for permission in ("view_bid", "edit_bid"):
        assign_perm(permission, member, made)
    place(made, state=state, code=f"B{len(court.bids) + 1}" if state not in Bid.SEALED else "")
    made = Bid.objects.get(pk=made.pk)
    court.bids.append(made)
    return made


def place(obj: Any, **columns: Any) -> None:
    """Put an object where a test needs it, past the guards of the database."""
    with pgtrigger.ignore():
        type(obj).objects.filter(pk=obj.pk).update(**columns)


def court(*, bids: int = 2, experts: int = 8, review_class: str = "applied", **numbers: Any) -> Court:
    """An opened challenge with eligible bids and experts of its field; `numbers` change the rule set."""
    name = f"court of {bids} and {experts}, {review_class} {sorted(numbers.items())}"
    return worlds.reach(name, lambda: _court(bids, experts, review_class, numbers))


def _court(bids: int, experts: int, review_class: str, numbers: dict[str, Any]) -> Court:
    operator, supervisor, owner = person("运营员", "operator"), person("监督员", "supervisor"), person("发榜人")
    enterprise = company("示范制造有限公司")
    join(owner, enterprise)
    challenge = Challenge.objects.create(
        owner=enterprise,
        title="深紫外LED外延缺陷密度控制",
        industry="optoelectronics",
        kind="bottleneck",
        created_by=owner,
    )
    frozen = rules.standard().model_copy(update=numbers)
    now = clock.now()
    place(
        challenge,
        state="opened",
        review_class=review_class,
        rules=frozen.model_dump(mode="json"),
        rubric=frozen.rubrics[review_class].model_dump(mode="json"),
        published_at=now,
        submitted_at=now,
        opened_at=now,
        bid_deadline=now,
    )
    made = Court(operator, supervisor, owner, Challenge.objects.get(pk=challenge.pk))
    for number in range(bids):
        bid(made, f"揭榜方{number + 1}")
    made.experts = [expert(made, f"专家{number + 1}") for number in range(experts)]
    return made


def draft(given: Court) -> Panel:
    """The panel, drawn and told to nobody yet."""
    panel = create_panel(given.challenge, actor=given.operator)
    panel = take(panel, "give_seed", actor=given.supervisor, seed=SEED)
    return take(panel, "draw", actor=given.operator)


def matched(given: Court) -> Panel:
    """A panel whose reviewers are to be matched to bids, both seeds given."""
    panel = create_panel(given.challenge, actor=given.operator, way="matched")
    return take(panel, "give_seed", actor=given.supervisor, seed=SEED)


def drawn(given: Court) -> Panel:
    """The panel, drawn and invited."""
    return worlds.reach(f"drawn {given.challenge.pk}", lambda: take(draft(given), "release", actor=given.operator))


def seats(panel: Panel, *states: str) -> list[Assignment]:
    """Seats in the order drawn."""
    order = panel.drawn["order"]
    rows = Assignment.objects.filter(panel=panel, state__in=states or ("invited", "accepted"))
    found = list(rows.select_related("panel__challenge", "expert__user"))
    return sorted(found, key=lambda seat: order.index(str(seat.expert_id)))


def accept_all(panel: Panel) -> list[Assignment]:
    """Everyone invited accepts."""
    return [take(seat, "accept", actor=seat.expert.user, no_conflict=True) for seat in seats(panel, "invited")]


def scoring(given: Court) -> Panel:
    """The panel at work, sheets handed out."""

    def build() -> Panel:
        panel = drawn(given)
        accept_all(panel)
        take(given.challenge, "start_review", actor=given.operator)
        return Panel.objects.get(pk=panel.pk)

    panel = worlds.reach(f"scoring {given.challenge.pk}", build)
    given.challenge = Challenge.objects.get(pk=given.challenge.pk)
    return panel


def sheets(panel: Panel, **where: Any) -> list[ScoreSheet]:
    """The panel's sheets, with all that their policy looks at."""
    rows = ScoreSheet.objects.filter(assignment__panel=panel, **where)
    related = rows.select_related("assignment__panel__challenge", "assignment__expert__user", "bid")
    return list(related.order_by("assignment", "bid__code", "part"))


def fill(sheet: ScoreSheet, score: str = "80", comment: str = "依据充分，路线清楚。") -> ScoreSheet:
    """Score every criterion of a sheet and submit it."""
    rubric = sheet.assignment.panel.challenge.frozen_rubric
    given = {item.key: {"score": score, "comment": comment} for item in rubric.criteria if item.part == sheet.part}
    saved = save_scores(sheet, actor=sheet.assignment.expert.user, scores=given, version=sheet.version)
    return take(saved, "submit", actor=sheet.assignment.expert.user)


def lock(sheet: ScoreSheet, score: str = "80") -> ScoreSheet:
    """Fill, submit and lock a sheet."""
    return take(fill(sheet, score), "lock", actor=sheet.assignment.expert.user)


def consensus(given: Court, scores: dict[str, str] | None = None) -> Panel:
    """Everything locked and the meeting open; `scores` gives each bid's score by its code."""
    panel = scoring(given)

    def build() -> Panel:
        while left := sheets(panel, state="open"):
            for sheet in left:
                lock(sheet, (scores or {}).get(sheet.bid.code, "80"))
        chair = next(seat for seat in seats(panel, "accepted") if seat.is_chair)
        return take(Panel.objects.get(pk=panel.pk), "open_consensus", actor=chair.expert.user)

    return worlds.reach(f"consensus {given.challenge.pk} {scores}", build)
