"""Policy of races: the plan is as public as its award, the minutes of the test are for those in charge."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person
from challenges.permissions.challenges import scope_challenges, view_challenge
from challenges.permissions.duties import READERS, rows_of, staff


def _view(user: Any, race: Any) -> Decision:
    return view_challenge(user, race.award.challenge)


def _scope(user: Any) -> QuerySet[Any]:
    return rows_of("Race").filter(award__challenge__in=scope_challenges(user).values("pk"))


def _record_test(user: Any, race: Any) -> Decision:
    return staff("operator", of=lambda item: item.award.challenge)(user, race)


def _add_minutes(user: Any, race: Any) -> Decision:
    decision = _record_test(user, race)
    if decision and race.state != "planned":
        return deny(_("The test has been recorded."), code="state")
    return decision


def _decide(user: Any, race: Any) -> Decision:
    decision = staff("decider", of=lambda item: item.award.challenge)(user, race)
    if decision and race.tested_by_id == user.pk:
        return deny(_("You recorded the test; somebody else must decide."), code="separation")
    return decision


def _read_minutes(user: Any, document: Any) -> Decision:
    role = holds(user, *READERS)
    if role:
        return allow(role)
    if is_person(user) and user.belongs_to(document.race.award.challenge.owner_id):
        return allow("owner")
    return deny(_("The minutes name every runner's results; the owner and those in charge read them."))


def _scope_minutes(user: Any) -> QuerySet[Any]:
    rows = rows_of("RaceDocument")
    if holds(user, *READERS):
        return rows.all()
    if not is_person(user):
        return rows.none()
    return rows.filter(race__award__challenge__owner__in=list(user.membership_roles))


POLICY = {
    "race.view": Rule(_view, _scope),
    "race.record_test": Rule(_record_test),
    "race.add_minutes": Rule(_add_minutes),
    "race.decide": Rule(_decide),
    "race_document.read": Rule(_read_minutes, _scope_minutes),
}
