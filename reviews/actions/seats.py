"""A panel's seats: answering the invitation, recusing, the alternates who follow, the chair."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from reviews.actions.consensus import open_discussions
from reviews.actions.sheets import hand_out_sheets, move_on, void_sheets
from reviews.actions.ties import seek_ties
from reviews.conflicts import barred, ends_the_seat, find, hindrances, own_conflicts
from reviews.models import Assignment, Expert, Panel, ScoreSheet
from reviews.models.panel_guards import JUDGED
from reviews.queries import short_panels

SEATING = (Panel.State.DRAWN, Panel.State.SCORING)
_matched_seat_fell: list[Callable[[Panel], None]] = []


def when_a_matched_seat_falls(function: Callable[[Panel], None]) -> Callable[[Panel], None]:
    """Name what is done about the bids of a seat that was left; matchings stand above seats."""
    _matched_seat_fell.append(function)
    return function


def invite(panel: Panel, expert: Expert, *, is_chair: bool = False) -> Assignment:
    """A seat for an expert whom the draw names, and the invitation to take it; one taken back is given anew."""
    respond_by = panel.now + panel.challenge.frozen_rules.invitation_period
    before = panel.assignments.filter(expert=expert, state=Assignment.State.TAKEN_BACK).first()
    if before is not None:
        again: Assignment = perform(before.invite_again, actor=None, is_chair=is_chair, respond_by=respond_by)
        return again
    assignment = Assignment(panel=panel, expert=expert, is_chair=is_chair, respond_by=respond_by)
    assignment.save(force_insert=True)
    ledger.append(
        assignment,
        "invite",
        actor=None,
        acting_as="platform",
        target=Assignment.State.INVITED,
        data={"expert": expert.pk, "chair": is_chair, "respond_by": respond_by},
    )
    notifications.tell("invited", assignment)
    return assignment


@step(Assignment, "accept")
def accept(assignment: Assignment, *, actor: User, no_conflict: bool = False) -> Assignment:
    """Take the seat, with sheets if scoring runs; refused with the evidence if the platform knows of a conflict."""
    panel = workflow.lock(assignment.panel)
    require(actor, "assignment.respond", assignment)
    if not no_conflict:
        raise Refused(_("Declare that you have no conflict of interest, or recuse yourself."), code="no_conflict")
    if panel.state not in SEATING or panel.challenge.state not in JUDGED:
        raise Refused(_("The panel has finished scoring; the seat is not needed any more."), code="state")
    if assignment.respond_by is not None and panel.now >= assignment.respond_by:
        raise Refused(_("The time to answer is over; the seat goes to the next expert drawn."), code="lapsed")
    found = own_conflicts(assignment, ending=True)
    if found:
        raise Refused(
            _("You cannot take this seat; please recuse yourself: %(evidence)s") % {"evidence": " ".join(found)},
            code="conflict",
        )
    assignment = perform(assignment.accept, actor=actor, no_conflict=no_conflict)
    if panel.way == Panel.Way.MATCHED:
        assignment = free_bids(assignment)
    keep_a_chair(panel)
    if panel.state == Panel.State.SCORING:
        hand_out_sheets(panel.challenge, [assignment], part=ScoreSheet.Part.TECHNICAL)
    return assignment


@step(Assignment, "decline")
def decline(assignment: Assignment, *, actor: User | None, reason: str) -> Assignment:
    """Leave the invitation; the next expert drawn is called."""
    panel = workflow.lock(assignment.panel)
    assignment = perform(assignment.decline, actor=actor, reason=reason)
    return fill_seat(panel, assignment)


@step(Assignment, "recuse")
def recuse(assignment: Assignment, *, actor: User | None, reason: str, told: str = "") -> Assignment:
    """Leave the seat for a conflict: sheets become void, grants end, and the next expert is called while it matters.

    `told` is what the expert reads of a reason that the platform found.
    """
    panel = workflow.lock(assignment.panel)
    if panel.state == Panel.State.CLOSED:
        raise Refused(_("The review is finished; what is wrong with it is a matter for an objection."), code="state")
    assignment = perform(assignment.recuse, actor=actor, reason=reason, told=told)
    void_sheets(assignment, panel.challenge.bids.all())
    if panel.state == Panel.State.CONSENSUS:
        seek_ties(panel)
        open_discussions(panel)
    return fill_seat(panel, assignment)


def free_bids(assignment: Assignment) -> Assignment:
    """Take from a seat of a matched panel the bids that its holder has a conflict with by now; the seat stays.

    Those sheets become void, those grants end, and the bids are matched to others; who chairs hands that on, since a
    chair has no tie to any bid. Run twice it does nothing the second time.
    """
    panel = workflow.lock(assignment.panel)
    assignment = workflow.lock(assignment)
    found = barred(panel, [assignment]).get(assignment.expert_id, []) if assignment.state in Assignment.HELD else []
    of_bids = [item for item in found if not ends_the_seat(panel, item)]
    if not of_bids:
        return assignment
    freed = panel.pairs().filter(expert=assignment.expert_id, bid__in=[item.bid for item in of_bids])
    bids = sorted(str(pk) for pk in freed.values_list("bid", flat=True))
    freed.update(freed_at=panel.now)
    void_sheets(assignment, panel.challenge.bids.filter(pk__in=bids))
    assignment.is_chair = False
    assignment.save()
    ledger.append(
        assignment, "free_bids", actor=None, acting_as="platform", source=assignment.state, target=assignment.state,
        data={"bids": bids, "reason": " ".join(item.evidence for item in of_bids)}, at=assignment.now,
    )  # fmt: skip
    if bids:
        notifications.tell("bids_taken", assignment)
        if panel.state == Panel.State.CONSENSUS:
            seek_ties(panel)
            open_discussions(panel)
        return fill_seat(panel, assignment)
    keep_a_chair(panel)
    return assignment


def fill_seat(panel: Panel, empty: Assignment) -> Assignment:
    """Call the next expert in the order drawn who is free of conflict, see that there is a chair, and go on.

    In a matched panel the bids that were left are matched again instead.
    """
    if panel.way == Panel.Way.DRAWN:
        fill_seats(panel)
    elif panel.state in SEATING and panel.challenge.state in JUDGED:
        _matched_seat_fell[0](panel)
    keep_a_chair(panel)
    if panel.state == Panel.State.SCORING:
        move_on(panel)
    return Assignment.objects.select_related("panel__challenge", "expert__user").get(pk=empty.pk)


def fill_seats(panel: Panel, *, tells: bool = True) -> None:
    """Call the next in the order drawn for every empty seat of a released panel; operators hear of what stays empty.

    Must run under the panel's lock. With a supplementary draw ordered there is nothing left to say.
    """
    if panel.state not in SEATING or panel.challenge.state not in JUDGED or panel.released_at is None:
        return
    left = panel.assignments.filter(state__in=(Assignment.State.DECLINED, Assignment.State.RECUSED))
    fallen = list(left.order_by("responded_at", "pk"))
    for _seat in range(panel.empty_seats()):
        successor = next_in_order(panel)
        if successor is None:
            if tells and panel.supplement_ordered() is None:
                notifications.tell("seat_empty", panel)
            return
        if fallen:
            perform(fallen.pop(0).replace, actor=None)
        invite(panel, successor)


def call_again() -> int:
    """Fill the empty seats of drawn panels for which somebody in the order can sit by now; run by the clock."""
    return workflow.sweep(short_panels().filter(challenge__state__in=JUDGED).order_by("pk"), _call_again)


def _call_again(panel: Panel) -> None:
    panel = workflow.lock(panel)
    fill_seats(panel, tells=False)
    keep_a_chair(panel)


def next_in_order(panel: Panel) -> Expert | None:
    """The alternates as drawn, the rest of the order, then the supplementary ones, as far as the quota lets them."""
    following = dict.fromkeys([*panel.drawn.get("alternates", ()), *panel.order_drawn()])
    there = panel.assignments.exclude(state=Assignment.State.TAKEN_BACK)
    called = {str(pk) for pk in there.values_list("expert_id", flat=True)}
    waiting = [UUID(pk) for pk in following if pk not in called]
    experts = {expert.pk: expert for expert in ready_to_sit(panel, Expert.objects.filter(pk__in=waiting))}
    held = panel.assignments.filter(state__in=Assignment.HELD)
    taken = Counter(held.values_list("expert__organization_id", flat=True))
    quota = panel.challenge.frozen_rules.reviewers_per_organization
    for pk in waiting:
        expert = experts.get(pk)
        if expert is None:
            continue
        if expert.organization_id is None or taken[expert.organization_id] < quota:
            return expert
    return None


def ready_to_sit(panel: Panel, experts: QuerySet[Expert]) -> list[Expert]:
    """Those of `experts` who are in the pool still and have nothing against them, soft or hard.

    In a matched panel a conflict with one bid keeps nobody from the seat.
    """
    active = list(experts.filter(state=Expert.State.ACTIVE, user__is_active=True).select_related("user").order_by("pk"))
    found = hindrances(panel.challenge, active)
    out = {
        pk
        for pk, items in found.items()
        if any(not item.only_as_chair and (panel.way == Panel.Way.DRAWN or item.bid is None) for item in items)
    }
    return [expert for expert in active if expert.pk not in out]


def keep_a_chair(panel: Panel) -> None:
    """Where the chair fell, the first in the order drawn follows: one who accepted, or else one who is invited."""
    held = list(panel.assignments.filter(state__in=Assignment.HELD).select_related("expert__user", "panel__challenge"))
    if any(seat.is_chair for seat in held):
        return
    order = {pk: place for place, pk in enumerate(panel.order_drawn())}
    barred_by = find(panel.challenge, experts=[seat.expert for seat in held]) if panel.way == Panel.Way.MATCHED else {}
    able = [seat for seat in held if seat.expert.may_chair and seat.expert_id not in barred_by]
    able.sort(key=lambda seat: (seat.state != Assignment.State.ACCEPTED, order.get(str(seat.expert_id), len(order))))
    if not able:
        return
    chair = workflow.lock(able[0])
    chair.is_chair = True
    chair.save()
    ledger.append(
        chair, "become_chair", actor=None, acting_as="platform", source=chair.state, target=chair.state, at=chair.now
    )
    notifications.tell("chair_named", chair)


def lapse_invitations() -> int:
    """Invitations that nobody answered in time fall to the next expert drawn; answers how many. Run by the clock."""
    due = Assignment.objects.filter(
        state=Assignment.State.INVITED,
        respond_by__lte=Now(),
        panel__state__in=SEATING,
        panel__challenge__state__in=JUDGED,
    ).select_related("panel__challenge", "expert__user")
    reason = _("Not answered in time.")
    return workflow.sweep(due.order_by("pk"), lambda seat: decline(seat, actor=None, reason=reason))
