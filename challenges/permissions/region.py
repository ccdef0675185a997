"""Policy of the region: what is counted for whom, and its figures, entered by one person and confirmed by another."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds
from challenges.permissions.duties import ANOTHER_ROLE, READERS, STAFF, rows_of


def _count(user: Any, challenge: Any) -> Decision:
    role = holds(user, *READERS)
    if role and challenge.submitted_at is not None:
        return allow(role)
    if challenge.published_at is not None and challenge.secrecy == "public":
        return allow("public")
    return deny(_("Only published challenges are counted for everyone."))


def _counted(user: Any) -> QuerySet[Any]:
    public = Q(published_at__isnull=False, secrecy="public")
    return rows_of("Challenge").filter(public | Q(submitted_at__isnull=False) if holds(user, *READERS) else public)


def _view_figure(user: Any, figure: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if figure.state == "confirmed":
        return allow("public")
    return deny(_("A figure becomes public when it is confirmed."))


def _scope_figures(user: Any) -> QuerySet[Any]:
    rows = rows_of("RegionFigure")
    return rows.all() if holds(user, *STAFF) else rows.filter(state="confirmed")


def _decide(user: Any, figure: Any) -> Decision:
    if not holds(user, "decider"):
        return deny(ANOTHER_ROLE)
    if figure.entered_by_id == user.pk:
        return deny(_("You entered this figure; somebody else must confirm it."), code="separation")
    return allow("decider")


def _add_document(user: Any, figure: Any) -> Decision:
    role = holds(user, "operator")
    if not role:
        return deny(ANOTHER_ROLE)
    if figure.state != "proposed":
        return deny(_("The figure has been decided."), code="state")
    return allow(role)


POLICY = {
    "challenge.count": Rule(_count, _counted),
    "region.count_all": Rule(by_role(*READERS)),
    "region_target.view": Rule(lambda _user, _target: allow("public"), lambda _user: rows_of("RegionTarget").all()),
    "region_figure.view": Rule(_view_figure, _scope_figures),
    "region_figure.create": Rule(by_role("operator")),
    "region_figure.decide": Rule(_decide),
    "region_figure.add_document": Rule(_add_document),
    "region_document.read": Rule(
        by_role(*STAFF),
        lambda user: rows_of("RegionDocument").all() if holds(user, *STAFF) else rows_of("RegionDocument").none(),
    ),
}
