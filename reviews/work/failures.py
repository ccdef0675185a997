"""Milestones that failed: a decider closes them without blame, or owner or operator proposes to end the contract."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import visible
from challenges.models import Milestone, Termination
from reviews.work.items import AT_MOST, Item, link


def to_close(user: User) -> Iterator[Item]:
    """What a decider may close, who has not acted on the challenge before."""
    rows = _undecided(user).exclude(contract__challenge__executors__contains=[user.pk])
    what = _("A milestone failed: close it without blame, or wait for a proposal to end the contract")
    for milestone in rows[:AT_MOST]:
        yield Item(what, _subject(milestone), link("milestone", milestone), _("Decide"), None, "milestone", "failed")


def to_end_as_owner(user: User) -> Iterator[Item]:
    """Contracts of the user's organisations that they may propose to end."""
    yield from _to_end(_undecided(user).filter(contract__challenge__owner__in=list(user.membership_roles)))


def to_end_as_operator(user: User) -> Iterator[Item]:
    """Contracts that an operator may propose to end, who has decided nothing on the challenge."""
    yield from _to_end(_undecided(user).exclude(contract__challenge__deciders__contains=[user.pk]))


def _to_end(rows: QuerySet[Milestone]) -> Iterator[Item]:
    what = _("A milestone failed: propose to end the contract, unless a decider closes it")
    for milestone in rows[:AT_MOST]:
        page = link("contract", milestone.contract)
        yield Item(what, _subject(milestone), page, _("Look at it"), None, "milestone", "failed")


def _undecided(user: User) -> QuerySet[Milestone]:
    rows = visible(user, "milestone.view").filter(state="failed", contract__state="effective")
    rows = rows.exclude(contract__terminations__state__in=Termination.OPEN)
    found: QuerySet[Milestone] = rows.select_related("contract__challenge").order_by("due_on", "id")
    return found


def _subject(milestone: Milestone) -> str:
    return f"{milestone.contract.challenge.title} · {milestone.title}"
