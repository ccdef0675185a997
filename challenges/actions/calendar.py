"""The calendar's table: a version of a year entered, and the change of the version in force."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import CalendarYear

LATEST_DAY = 29  # of December: the announcement of a year moves no day of the year before that is earlier


def enter_calendar_year(
    *, actor: User, year: int, title: str, number: str, off: Iterable[date], worked: Iterable[date]
) -> CalendarYear:
    """The next version of a year, as announced, waiting for a decider. Days in order, each once."""
    days_off, days_worked = sorted(set(off)), sorted(set(worked))
    _check(year, days_off, days_worked)
    with transaction.atomic():
        decision = require(actor, "calendar_year.create")
        versions = CalendarYear.objects.select_for_update().filter(year=year).order_by("version")
        made = CalendarYear(
            year=year, version=max((item.version for item in versions), default=0) + 1, title=title, number=number,
            off=days_off, worked=days_worked, entered_by=actor,
        )  # fmt: skip
        made.save(force_insert=True)
        data = {"year": year, "number": number, "off": days_off, "worked": days_worked}
        ledger.append(made, "create", actor=actor, acting_as=decision.role, target="proposed", data=data)
        notifications.tell("calendar_proposed", made, actor=actor)
    return made


def _check(year: int, off: list[date], worked: list[date]) -> None:
    first, last = date(year - 1, 12, LATEST_DAY), date(year, 12, 31)
    outside = [day for day in (*off, *worked) if not first <= day <= last]
    if outside:
        raise Refused(_("%(day)s does not lie in the year of the announcement.") % {"day": outside[0]}, code="days")
    if not off:
        raise Refused(_("Enter the days off."), code="days")
    plain = [day for day in worked if day.weekday() < 5]
    if plain:
        raise Refused(_("%(day)s is no Saturday or Sunday, so it is worked anyway.") % {"day": plain[0]}, code="days")
    both = set(off) & set(worked)
    if both:
        raise Refused(_("%(day)s cannot be off and worked.") % {"day": min(both)}, code="days")


@step(CalendarYear, "approve")
def approve_calendar_year(year: CalendarYear, *, actor: User) -> CalendarYear:
    """Put the version in force and retire the one before it."""
    current = CalendarYear.objects.filter(year=year.year, state=CalendarYear.State.IN_FORCE).first()
    if current is not None:
        require(actor, "calendar_year.approve", workflow.lock(year))
        perform(current.retire, actor=None)
    return perform(year.approve, actor=actor)  # type: ignore[no-any-return]
