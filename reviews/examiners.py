"""Who may test the runners of a race: experts of the pool who judged nothing of the challenge and are free of ties."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.lists import listed
from accounts.models import User
from accounts.policy import Text
from challenges.models import Challenge
from reviews.conflicts.search import conflicts
from reviews.models import Assignment, Expert

SAT = (Assignment.State.INVITED, Assignment.State.ACCEPTED, Assignment.State.RECUSED, Assignment.State.REPLACED)


def unfit(challenge: Challenge, users: list[User]) -> Iterator[Text]:
    """A sentence for each of `users` who may not be on the separate panel of the challenge's shared test."""
    experts = {item.user_id: item for item in Expert.objects.filter(user__in=users, state=Expert.State.ACTIVE)}
    seats = Assignment.objects.filter(panel__challenge=challenge, expert__in=experts.values(), state__in=SAT)
    sat = set(seats.values_list("expert", flat=True))
    tied = conflicts(challenge, experts.values())
    for user in users:
        expert = experts.get(user.pk)
        if expert is None:
            yield _("%(name)s is not in the expert pool.") % {"name": user.name}
        elif expert.pk in sat:
            yield _("%(name)s sat on an earlier panel of this challenge.") % {"name": user.name}
        elif expert.pk in tied:
            evidence = listed(item.evidence for item in tied[expert.pk])
            yield _("%(name)s has a conflict of interest: %(evidence)s") % {"name": user.name, "evidence": evidence}
