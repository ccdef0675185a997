"""Policy of the region's figures: which challenges are counted for whom."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds
from challenges.permissions.duties import READERS, rows_of


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


POLICY = {
    "challenge.count": Rule(_count, _counted),
    "challenge.count_needs": Rule(by_role(*READERS)),
}
