"""Policy of the calendar: entered by an operator, approved by a decider who did not enter it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds, platform_only
from challenges.permissions.duties import ANOTHER_ROLE, STAFF, rows_of

PUBLIC = ("in_force", "retired")


def _view(user: Any, year: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if year.state in PUBLIC:
        return allow("public")
    return deny(_("The calendar of a year becomes public when it is in force."))


def _scope(user: Any) -> QuerySet[Any]:
    rows = rows_of("CalendarYear")
    return rows.all() if holds(user, *STAFF) else rows.filter(state__in=PUBLIC)


def _approve(user: Any, year: Any) -> Decision:
    if not holds(user, "decider"):
        return deny(ANOTHER_ROLE)
    if year.entered_by_id == user.pk:
        return deny(_("You entered this version; another decider must approve it."), code="separation")
    return allow("decider")


POLICY = {
    "calendar_year.view": Rule(_view, _scope),
    "calendar_year.create": Rule(by_role("operator")),
    "calendar_year.approve": Rule(_approve),
    "calendar_year.retire": Rule(platform_only),
}
