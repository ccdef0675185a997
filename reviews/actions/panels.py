"""Forming a panel: the commitment, the draw from the pool, the start of scoring, the consensus."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Challenge
from reviews import draw as lots
from reviews.actions.consensus import open_discussions
from reviews.actions.sheets import hand_out_sheets
from reviews.actions.ties import seek_ties
from reviews.aliases import under_aliases
from reviews.conflicts import Conflict, barred, hindrances
from reviews.models import Assignment, Expert, Panel, ScoreSheet
from reviews.models.panel import Frozen

AT_WORK = (Panel.State.FORMING, Panel.State.DRAWN, Panel.State.SCORING, Panel.State.CONSENSUS)
Pool = list[dict[str, Any]]
DRAWN_BEFORE = "drawn_before"  # why somebody is left out of a supplementary draw, beside the codes of hindrances


def create_panel(challenge: Challenge, *, actor: User, way: str = Panel.Way.DRAWN) -> Panel:
    """Begin a panel: the platform commits to its seed, in the ledger and in public."""
    with transaction.atomic():
        challenge = workflow.lock(challenge)
        decision = require(actor, "panel.create", challenge)
        if challenge.state not in (Challenge.State.OPENED, Challenge.State.UNDER_REVIEW):
            raise Refused(_("A panel is formed once the bids are opened."), code="state")
        if challenge.panels.filter(state__in=AT_WORK).exists():
            raise Refused(_("This challenge has a panel already."), code="panel_exists")
        seed = lots.new_seed()
        panel = Panel(
            challenge=challenge,
            way=way,
            size=challenge.frozen_rules.panel_size,
            created_by=actor,
            platform_seed=seed,
            platform_commitment=lots.commit(seed),
        )
        panel.save(force_insert=True)
        ledger.append(
            panel,
            "create",
            actor=actor,
            acting_as=decision.role,
            target=Panel.State.FORMING,
            data={"platform_commitment": panel.platform_commitment, "seats": panel.size, "way": panel.way},
        )
        notifications.tell("seed_wanted", panel, actor=actor)
    return panel


def pool_of(challenge: Challenge) -> tuple[Pool, Pool, str]:
    """Who may be drawn, who is excluded with codes of reasons, and whether the pool is of the field or of all fields.

    All fields are drawn from only where the challenge's own cannot fill panel and alternates within the quota.
    """
    rules = challenge.frozen_rules
    return pool_for(challenge, seats=rules.panel_size + rules.panel_alternates)


def pool_for(
    challenge: Challenge, *, seats: int, but: Container[str] = (), held: Mapping[str, int] | None = None
) -> tuple[Pool, Pool, str]:
    """The same for so many `seats`, without those drawn before (`but`), beside who holds seats by organisation."""
    quota = challenge.frozen_rules.reviewers_per_organization
    everyone = Expert.objects.filter(state=Expert.State.ACTIVE, user__is_active=True).order_by("pk")
    pool, exclusions = _sorted_out(challenge, everyone.filter(fields__contains=[challenge.industry]), but)
    if seats_in(pool, quota, held or {}) >= seats:
        return pool, exclusions, challenge.industry
    return *_sorted_out(challenge, everyone, but), "all fields"


def _sorted_out(challenge: Challenge, experts: Iterable[Expert], but: Container[str]) -> tuple[Pool, Pool]:
    experts = list(experts)
    found = hindrances(challenge, experts)
    pool, exclusions = [], []
    for expert in experts:
        against = found.get(expert.pk, [])
        reasons = {item.code for item in against if not item.only_as_chair}
        if str(expert.pk) in but:
            reasons.add(DRAWN_BEFORE)
        if reasons:
            exclusions.append({"id": str(expert.pk), "reasons": sorted(reasons)})
            continue
        pool.append(
            {
                "id": str(expert.pk),
                "organization": str(expert.organization_id) if expert.organization_id else None,
                "may_chair": expert.may_chair and not against,
            }
        )
    return pool, exclusions


def seats_in(pool: Pool, quota: int, held: Mapping[str, int]) -> int:
    """How many of the pool can sit beside those who hold seats under the quota, in whatever order they are drawn."""
    sizes = Counter(member["organization"] for member in pool)
    return sum(
        count if organization is None else min(count, max(quota - held.get(organization, 0), 0))
        for organization, count in sizes.items()
    )


@step(Panel, "give_seed")
def give_seed(panel: Panel, *, actor: User, seed: str) -> Panel:
    """Freeze the pool and take the supervisor's seed over it; refused if the pool could not fill the panel.

    In this order nobody steers the draw: the platform's seed is committed to, then nobody can change the pool any more,
    and only then are both seeds there. Whether the panel can be filled is tried now, since the pool cannot grow later.
    """
    panel = workflow.lock(panel)
    require(actor, "panel.give_seed", panel)
    if panel.state != Panel.State.FORMING or panel.supervisor_seed:
        nothing: Frozen = {}, {}
        return perform(panel.give_seed, actor=actor, seed=seed, pool_sha256="", _frozen=nothing)  # type: ignore[no-any-return]  # refused with the reason
    if panel.way == Panel.Way.MATCHED:  # what is matched stands in the matching; there is no lot to draw from a pool
        unfrozen: Frozen = {}, {}
        return perform(panel.give_seed, actor=actor, seed=seed, pool_sha256="", _frozen=unfrozen)  # type: ignore[no-any-return]
    pool, exclusions, whence = pool_of(panel.challenge)
    frozen = under_aliases(pool, exclusions)
    frozen[0]["whence"] = whence
    try:
        transcript = _transcript(panel, frozen[0], supervisor_seed=seed)
    except lots.PoolTooSmall as shortage:
        raise Refused(_shortage(shortage, excluded=len(exclusions)), code="pool_too_small") from shortage
    return perform(  # type: ignore[no-any-return]
        panel.give_seed, actor=actor, seed=seed, pool_sha256=transcript["pool_sha256"], _frozen=frozen
    )


def _transcript(panel: Panel, frozen: dict[str, Any], *, supervisor_seed: str) -> dict[str, Any]:
    rules = panel.challenge.frozen_rules
    return lots.draw(
        pool=frozen["pool"],
        size=panel.size,
        alternates=rules.panel_alternates,
        platform_seed=panel.platform_seed,
        supervisor_seed=supervisor_seed,
        quota_per_organization=rules.reviewers_per_organization,
        exclusions=frozen["exclusions"],
        context={"challenge": panel.challenge.number, "panel": str(panel.pk), "pool": frozen["whence"]},
    )


@step(Panel, "draw")
def draw(panel: Panel, *, actor: User) -> Panel:
    """Draw panel and alternates from the frozen pool, as a draft."""
    panel = workflow.lock(panel)
    require(actor, "panel.draw", panel)
    if panel.state != Panel.State.FORMING or not panel.supervisor_seed or not panel.frozen:
        return perform(panel.draw, actor=actor, transcript={})  # type: ignore[no-any-return]  # refused with the reason
    transcript = _transcript(panel, panel.frozen, supervisor_seed=panel.supervisor_seed)
    return perform(panel.draw, actor=actor, transcript=transcript)  # type: ignore[no-any-return]


def _shortage(shortage: lots.PoolTooSmall, *, excluded: int) -> str:
    if shortage.what == "chair":
        return str(
            _("Nobody drawn may chair a panel. Say of more experts that they may chair, then give a seed again.")
        )
    missing = shortage.needed - shortage.found
    return ngettext(
        "%(missing)d expert is missing: the panel needs %(needed)d, the pool can fill %(found)d seats within the quota"
        " per organisation, and %(excluded)d were left out for conflicts of interest, absence or quotas."
        " Take more experts into the pool, then give the seed again.",
        "%(missing)d experts are missing: the panel needs %(needed)d, the pool can fill %(found)d seats within the"
        " quota per organisation, and %(excluded)d were left out for conflicts of interest, absence or quotas."
        " Take more experts into the pool, then give the seed again.",
        missing,
    ) % {"missing": missing, "needed": shortage.needed, "found": shortage.found, "excluded": excluded}


@step(Challenge, "start_review")
def start_review(challenge: Challenge, *, actor: User) -> Challenge:
    """Open the scoring: every reviewer gets a technical sheet and a grant for each eligible bid."""
    challenge = perform(challenge.start_review, actor=actor)
    panel = workflow.lock(challenge.panels.get(state=Panel.State.DRAWN))
    seats = list(panel.assignments.filter(state=Assignment.State.ACCEPTED).select_related("expert__user"))
    found = barred(panel, seats)
    if found:
        raise Refused(
            _("A member of the panel has a conflict of interest now and must be recused first: %(evidence)s")
            % {"evidence": in_words(conflict for reasons in found.values() for conflict in reasons)},
            code="conflict",
        )
    panel = perform(panel.start_scoring, actor=None)
    hand_out_sheets(challenge, seats, part=ScoreSheet.Part.TECHNICAL)
    notifications.tell("scoring_opened", panel, actor=actor)
    return challenge


def in_words(found: Iterable[Conflict]) -> str:
    """The evidence of several conflicts, one sentence after the other."""
    return " ".join(conflict.evidence for conflict in found)


@step(Panel, "open_consensus")
def open_consensus(panel: Panel, *, actor: User) -> Panel:
    """Open the meeting once every sheet is locked and no seat waits for an answer; ties are put to the vote."""
    panel = workflow.lock(panel)
    require(actor, "panel.open_consensus", panel)
    if panel.assignments.filter(state=Assignment.State.INVITED).exists():
        raise Refused(_("An invitation is still unanswered; wait for the answer or until it lapses."), code="invited")
    panel = perform(panel.open_consensus, actor=actor)
    seek_ties(panel)
    open_discussions(panel)
    return panel
