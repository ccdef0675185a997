"""Mid-term checks that wait: for the team's report, or for an operator's conclusion."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from challenges.models import MidtermCheck
from challenges.permissions import granted
from reviews.work.items import AT_MOST, Item, link


def to_report(user: User) -> Iterator[Item]:
    """Reports that the teams of `user` are asked for."""
    rows = MidtermCheck.objects.filter(
        state="due", opens_on__lte=timezone.localdate(), contract__state="effective",
        contract__bid__in=granted(user, "edit_bid"),
    )  # fmt: skip
    for check in rows.select_related("contract__challenge").order_by("due_on", "id")[:AT_MOST]:
        yield _item(check, _("Hand in the mid-term report"), _("Report"), check.due_at)


def to_conclude(user: User) -> Iterator[Item]:
    """Reports to conclude, for an operator who decided nothing there; and those the team is late with."""
    rows = MidtermCheck.objects.filter(contract__state="effective", state__in=["due", "reported"])
    rows = rows.exclude(state="due", due_on__gte=timezone.localdate())
    rows = rows.exclude(contract__challenge__deciders__contains=[user.pk])
    for check in rows.select_related("contract__challenge").order_by("due_on", "id")[:AT_MOST]:
        if check.state == "due":
            yield _item(check, _("A mid-term report is overdue: ask the team for it"), "", check.due_at)
        else:
            yield _item(check, _("Conclude the mid-term check"), _("Read the report"), check.conclude_by)


def _item(check: MidtermCheck, what: str, button: str, due: datetime | None) -> Item:
    return Item(
        what, check.contract.challenge.title, link("midterm_check", check), button, due, "midtermcheck", check.state
    )
