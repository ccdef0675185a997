"""Score sheets: handed out, kept, locked; the price part opens when every technical sheet is locked."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby, product
from typing import Any

from django.contrib.auth.models import Permission
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _

from accounts import notifications, workflow
from accounts.models import Notification, User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Bid, BidGrant, Challenge
from challenges.rules import Rubric
from reviews.models import Assignment, Panel, ScoreSheet
from reviews.models.sheet import scoring_is_open

LONGEST_COMMENT = 5000
GRANT = {ScoreSheet.Part.TECHNICAL: "score_bid", ScoreSheet.Part.COMMERCIAL: "price_bid"}
_SCORE = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
Watching = Callable[[Panel], None]
_watching: list[Watching] = []


def when_progress(function: Watching) -> None:
    """Let somebody hear when a sheet of a panel is begun or locked."""
    _watching.append(function)


def _moved(panel: Panel) -> None:
    for function in _watching:
        transaction.on_commit(partial(function, panel), robust=True)


def hand_out_sheets(challenge: Challenge, seats: Sequence[Assignment], *, part: ScoreSheet.Part) -> int:
    """A sheet of this part and the grant to read it, for each of these seats and eligible bids; answers how many.

    Must run under the panel's lock; what somebody already has is left alone.
    """
    bids = challenge.bids.filter(state=Bid.State.ELIGIBLE).order_by("pk")
    there = ScoreSheet.objects.filter(assignment__in=[seat.pk for seat in seats], part=part).order_by()
    given = set(there.values_list("assignment_id", "bid_id"))
    sheets = [
        ScoreSheet(assignment=seat, bid=bid, part=part)
        for seat, bid in _to_judge(seats, list(bids))
        if (seat.pk, bid.pk) not in given
    ]
    if not sheets:
        return 0
    permission = Permission.objects.get(content_type__app_label="challenges", codename=GRANT[part])
    ScoreSheet.objects.bulk_create(sheets)
    BidGrant.objects.bulk_create(
        (
            BidGrant(user=sheet.assignment.expert.user, permission=permission, content_object=sheet.bid)
            for sheet in sheets
        ),
        ignore_conflicts=True,
    )
    return len(sheets)


def _to_judge(seats: Sequence[Assignment], bids: Sequence[Bid]) -> Iterator[tuple[Assignment, Bid]]:
    """Who reads what: in a drawn panel everybody all bids, in a matched one those matched to them."""
    panel = seats[0].panel if seats else None
    if panel is None or panel.way == Panel.Way.DRAWN:
        yield from product(seats, bids)
        return
    mine, known = {seat.expert_id: seat for seat in seats}, {bid.pk: bid for bid in bids}
    for expert, bid in panel.pairs().filter(expert__in=mine).order_by("expert", "bid").values_list("expert", "bid"):
        if bid in known:
            yield mine[expert], known[bid]


def void_sheets(assignment: Assignment, bids: QuerySet[Bid]) -> None:
    """Declare the reviewer's sheets of these bids void, and end their sight of them."""
    for sheet in assignment.sheets.filter(bid__in=bids).exclude(state=ScoreSheet.State.VOID).order_by("pk"):
        perform(sheet.void, actor=None)
    BidGrant.objects.filter(
        user=assignment.expert.user_id, content_object__in=bids, permission__codename__in=GRANT.values()
    ).delete()


def save_scores(sheet: ScoreSheet, *, actor: User, scores: Mapping[str, Mapping[str, Any]], version: int) -> ScoreSheet:
    """Keep what the reviewer wrote: {criterion: {"score": "85.5" or "", "comment": "…"}}; others stay as they are.

    `version` is the one that was read: another tab's save in between is refused (code "version"). Raises
    ValidationError by field (`<criterion>_score`, `<criterion>_comment`).
    """
    with transaction.atomic():
        sheet = workflow.lock(sheet)
        require(actor, "sheet.score", sheet)
        if sheet.state != ScoreSheet.State.OPEN:
            raise Refused(_("This sheet is no longer open; take it back before you edit it."), code="state")
        if not scoring_is_open(sheet):
            raise Refused(scoring_is_open.explain(sheet), code="condition")
        if sheet.version != version:
            raise Refused(
                _("This sheet was saved in another window meanwhile. Copy your text, then reload the page."),
                code="version",
            )
        rubric = sheet.assignment.panel.challenge.frozen_rubric
        sheet.scores = {**sheet.scores, **_checked(scores, rubric, part=sheet.part)}
        sheet.version = version + 1
        if sheet.started_at is None:
            _moved(sheet.assignment.panel)
        sheet.started_at = sheet.started_at or sheet.now
        sheet.saved_at = sheet.now
        sheet.save()
    return sheet


def _checked(scores: Mapping[str, Mapping[str, Any]], rubric: Rubric, *, part: str) -> dict[str, dict[str, str]]:
    known = {item.key for item in rubric.criteria if item.part == part}
    errors: dict[str, list[str]] = {}
    clean: dict[str, dict[str, str]] = {}
    for key, entry in scores.items():
        if key not in known or not isinstance(entry, Mapping):
            errors.setdefault(NON_FIELD_ERRORS, []).append(
                _("“%(name)s” is no criterion of this sheet.") % {"name": str(key)[:40]}
            )
            continue
        comment = str(entry.get("comment") or "").strip()
        try:
            clean[key] = {"score": score_text(entry.get("score"), scale=rubric.scale), "comment": comment}
        except ValidationError as error:
            errors[f"{key}_score"] = error.messages
        if len(comment) > LONGEST_COMMENT:
            errors[f"{key}_comment"] = [_("Write at most %(most)d characters.") % {"most": LONGEST_COMMENT}]
        elif "\x00" in comment:
            errors[f"{key}_comment"] = [_("The text holds a character that cannot be stored.")]
    if errors:
        raise ValidationError(errors)
    return clean


def score_text(given: Any, *, scale: int) -> str:
    """The score as plain decimal text, or nothing while it is not given."""
    text = unicodedata.normalize("NFKC", "" if given is None else str(given)).strip()
    if not text:
        return ""
    if not _SCORE.fullmatch(text) or Decimal(text) > scale:
        raise ValidationError(
            _("Give a number from 0 to %(scale)d with at most two decimals.") % {"scale": scale}, code="score"
        )
    return str(Decimal(text))


@step(ScoreSheet, "lock")
def lock(sheet: ScoreSheet, *, actor: User) -> ScoreSheet:
    """Lock a sheet; with the last technical one the price part opens, with the last of all the panel is told."""
    panels = Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("challenge")
    panel = panels.get(assignments=sheet.assignment_id)
    sheet = perform(sheet.lock, actor=actor)
    _moved(panel)
    move_on(panel)
    return sheet


def move_on(panel: Panel) -> None:
    """Open the price part, or tell that everything is locked, once no reviewer has anything left to lock before it.

    Must run under the panel's lock, so that of two reviewers who finish at the same moment one does it.
    """
    left = ScoreSheet.objects.filter(assignment__panel=panel).aggregate(
        technical=Count("pk", filter=Q(part=ScoreSheet.Part.TECHNICAL, state__in=("open", "submitted"))),
        commercial=Count("pk", filter=Q(part=ScoreSheet.Part.COMMERCIAL, state__in=("open", "submitted"))),
        locked=Count("pk", filter=Q(state=ScoreSheet.State.LOCKED)),
    )
    if left["technical"] or not left["locked"]:
        return
    seats = list(panel.assignments.filter(state__in=Assignment.HELD).select_related("expert__user"))
    if any(seat.state == Assignment.State.INVITED for seat in seats):
        return
    challenge = panel.challenge
    if any(item.part == "commercial" for item in challenge.frozen_rubric.criteria):
        opened = hand_out_sheets(challenge, seats, part=ScoreSheet.Part.COMMERCIAL)
        if opened:
            notifications.tell("pricing_opened", panel)
            return
    if not left["commercial"]:
        notifications.tell("all_sheets_locked", panel)


def remind_reviewers() -> int:
    """Remind, once, everyone whose sheets are not locked shortly before the review ends; answers how many people.

    One reading finds them all, however many panels are at work; each panel with somebody to remind is one writing.
    """
    late = list(_late_and_untold().select_related("panel__challenge", "expert__user").order_by("panel", "pk"))
    for panel, seats in groupby(late, key=lambda seat: seat.panel):
        notifications.write("review_due", panel, [seat.expert.user for seat in seats])
    return len(late)


def _late_and_untold() -> QuerySet[Assignment]:
    """Seats with a sheet to lock whose review ends soon, by each challenge's own rules, and who were not told of it."""
    before = Cast(KeyTextTransform("reminder_before", "panel__challenge__rules"), DurationField())  # ISO 8601
    seats = Assignment.objects.filter(
        state=Assignment.State.ACCEPTED, expert__user__is_active=True, panel__state=Panel.State.SCORING
    ).annotate(due=ExpressionWrapper(F("panel__challenge__review_ends_at") - before, DateTimeField()))
    told = Notification.objects.filter(
        kind="review_due",
        recipient=OuterRef("expert__user"),
        object_id=OuterRef("panel"),
        created_at__gte=OuterRef("due"),
    )
    unlocked = ScoreSheet.objects.filter(assignment=OuterRef("pk"), state__in=("open", "submitted"))
    running = seats.filter(panel__challenge__review_ends_at__gt=Now(), due__lte=Now())
    return running.filter(Exists(unlocked), ~Exists(told))
