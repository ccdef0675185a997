"""What waits after the delivery: outcomes, their transfers, and the reports of later years."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from challenges.models import Bid, FollowUp, Outcome, Transfer, TransferObjection
from challenges.permissions import granted
from reviews.work.items import AT_MOST, Item, link


def of_sides(user: User) -> Iterator[Item]:
    """The team's drafts and reports, and what the owner confirms."""
    mine = Bid.objects.filter(pk=OuterRef("contract__bid")).filter(pk__in=granted(user, "edit_bid"))
    owns = Q(contract__challenge__owner__in=list(user.membership_roles))
    rows = Outcome.objects.annotate(mine=Exists(mine)).filter(
        Q(mine=True, state__in=["draft", "returned", "registered"]) | owns & Q(state="registered")
    )
    for outcome in rows.select_related("contract__challenge").order_by("created_at", "id")[:AT_MOST]:
        yield _outcome(user, outcome)
    due = _due().filter(contract__bid__in=granted(user, "edit_bid"))
    for item in due.order_by("due_on", "id")[:AT_MOST]:
        yield _follow_up(item, _("Report on the use of the results"), _("Report"))


def of_operator(user: User) -> Iterator[Item]:
    """Prices to publish, objections to answer, transfers to conclude, and reports that are overdue."""
    objected = TransferObjection.objects.filter(transfer=OuterRef("pk"), answered_at=None)
    rows = Transfer.objects.annotate(objected=Exists(objected)).filter(state__in=["draft", "publicity"])
    rows = rows.filter(Q(state="draft") | Q(objected=True) | Q(publicity_ends_at__lte=Now()))
    rows = rows.exclude(outcome__contract__challenge__deciders__contains=[user.pk])
    for transfer in rows.order_by("created_at", "id")[:AT_MOST]:
        what, button = _transfer_words(transfer)
        yield Item(what, transfer.name, link("transfer", transfer), button, None, "transfer", transfer.state)
    overdue = _due().filter(due_on__lt=timezone.localdate())
    for item in overdue.order_by("due_on", "id")[:AT_MOST]:
        yield _follow_up(item, _("A follow-up report is overdue: ask the team for it"))


def _due() -> Any:
    waiting = FollowUp.objects.filter(state="due", remind_on__lte=timezone.localdate())
    return waiting.select_related("contract__challenge")


def _outcome(user: User, outcome: Any) -> Item:
    owns = outcome.contract.challenge.owner_id in user.membership_roles
    if outcome.state == "registered" and owns and outcome.registered_by_id != user.pk:
        what, button = _("Compare the outcome with its evidence and confirm it"), _("Look at it")
    elif outcome.state == "registered":
        what, button = _("The owner confirms the outcome"), ""
    elif outcome.state == "returned":
        what, button = _("Mend the outcome that was returned"), _("Mend it")
    else:
        what, button = _("Finish the outcome and register it"), _("Go on")
    subject = f"{outcome.contract.challenge.title} · {outcome.title}"
    return Item(what, subject, link("outcome", outcome), button, None, "outcome", outcome.state)


def _transfer_words(transfer: Any) -> tuple[str, str]:
    if transfer.objected:
        return _("Answer the objection against the price"), _("Answer")
    if transfer.state == "draft" and transfer.way == Transfer.Way.AGREED:
        return _("Publish name and price of the transfer"), _("Look at it")
    return _("Record the transfer as concluded"), _("Look at it")


def _follow_up(item: Any, what: str, button: str = "") -> Item:
    due: datetime = item.due_at
    return Item(what, item.contract.challenge.title, link("follow_up", item), button, due, "followup", item.state)
