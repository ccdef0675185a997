"""Supplementary draws: a way out where everybody in the order drawn declined, lapsed, was recused or is barred by now.

Whoever fills a seat is invited at once, without a release of its own: a supplementary order stands for further
alternates, and an alternate is called the moment a seat falls. A panel whose invitations were taken back stays a draft.
"""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.workflow import Refused, perform, step
from reviews import draw as lots
from reviews.actions.panels import Pool, pool_for, seats_in
from reviews.actions.seats import fill_seats, keep_a_chair, next_in_order
from reviews.aliases import under_aliases
from reviews.models import Assignment, Panel, SupplementaryDraw


@step(Panel, "order_supplement")
def order_supplement(panel: Panel, *, actor: User) -> Panel:
    """Commit to the seed of a further draw; refused while somebody in the order can sit, or nobody could be drawn."""
    panel = workflow.lock(panel)
    seed, number = lots.new_seed(), panel.supplements.count() + 1
    commitment = lots.commit(seed)
    panel = perform(panel.order_supplement, actor=actor, number=number, platform_commitment=commitment)
    if next_in_order(panel) is not None:
        raise Refused(
            _("Somebody in the order drawn can sit by now and is invited within a few minutes; no draw is needed."),
            code="order",
        )
    _pool_now(panel)
    draw = SupplementaryDraw(
        panel=panel, number=number, ordered_by=actor, platform_commitment=commitment, platform_seed=seed
    )
    draw.save(force_insert=True)
    notifications.tell("supplement_ordered", panel, actor=actor)
    return panel


@step(Panel, "give_supplement_seed")
def give_supplement_seed(panel: Panel, *, actor: User, seed: str) -> Panel:
    """Freeze the pool, draw its order from both seeds, and invite who fills the empty seats."""
    panel = perform(panel.give_supplement_seed, actor=actor, seed=seed)
    draw = panel.supplement_ordered()
    pool, exclusions, whence = _pool_now(panel)
    frozen, draw.aliases = under_aliases(pool, exclusions)
    draw.transcript = lots.supplement(
        **frozen,
        platform_seed=draw.platform_seed,
        supervisor_seed=seed,
        context={
            "challenge": panel.challenge.number,
            "panel": str(panel.pk),
            "pool": whence,
            "number": str(draw.number),
            "after": _last_transcript(panel)["sha256"],
        },
    )
    draw.pool_sha256, draw.seed_given_by, draw.drawn_at = draw.transcript["pool_sha256"], actor, panel.now
    draw.save()
    ledger.append(
        panel,
        "draw_supplement",
        actor=None,
        acting_as="platform",
        source=panel.state,
        target=panel.state,
        data={
            "number": draw.number,
            "platform_seed": draw.platform_seed,
            "pool_sha256": draw.pool_sha256,
            "sha256": draw.transcript["sha256"],
        },
        at=panel.now,
    )
    notifications.tell("supplement_drawn", panel, actor=actor)
    fill_seats(panel)
    keep_a_chair(panel)
    return panel


def _last_transcript(panel: Panel) -> dict[str, Any]:
    """That of the draw before the one that waits."""
    last = panel.supplements.exclude(SupplementaryDraw.WAITS).last()
    transcript: dict[str, Any] | None = last.transcript if last else panel.transcript
    return transcript or {}


def _pool_now(panel: Panel) -> tuple[Pool, Pool, str]:
    """Whoever is eligible now and never stood in an order of this panel or held a seat; refused if nobody can sit."""
    seats = panel.assignments.select_related("expert")
    before = {*panel.order_drawn(), *(str(seat.expert_id) for seat in seats)}
    held = Counter(str(seat.expert.organization_id) for seat in seats if seat.state in Assignment.HELD)
    wanted = max(panel.empty_seats(), 1)
    pool, exclusions, whence = pool_for(panel.challenge, seats=wanted, but=before, held=held)
    if not seats_in(pool, panel.challenge.frozen_rules.reviewers_per_organization, held):
        raise Refused(
            _(
                "Nobody is left to be drawn: %(excluded)d experts were drawn before or are left out for conflicts of"
                " interest, absence or quotas, %(pool)d would be too many of their organisation. Take more experts into"
                " the pool, then try again."
            )
            % {"excluded": len(exclusions), "pool": len(pool)},
            code="pool_too_small",
        )
    return pool, exclusions, whence
